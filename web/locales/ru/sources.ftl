# Where calls come from.
nav-sources = Источники
sources-siprec = Клиенты записи (SIPREC)
sources-hep = Агенты HEP
sources-captures = Сетевые интерфейсы
sources-imports = Импорт
never = никогда
siprec-not-ready = Новые звонки отклоняются: { $why }
siprec-addresses = Адреса для клиентов записи
siprec-addresses-text = Укажите один из них в SBC или АТС как сервер записи.
siprec-no-peer = Клиентов записи ещё не было
siprec-no-peer-text = Укажите клиенту один из адресов выше. Как только он что-нибудь пришлёт, хотя бы OPTIONS, он появится здесь.
peer-unknown = не настроен
peer-calls-now = Звонков сейчас
peer-calls-total = Звонков всего
peer-refused = Отклонено
peer-last-call = Последний звонок
peer-last-options = Последний OPTIONS
peer-way = Соединение
peer-encrypted = зашифровано
peer-plain = без шифрования
peer-errors =
    { $count ->
        [one] { $count } ошибка
        [few] Последние { $count } ошибки
       *[other] Последние { $count } ошибок
    }
peer-findings =
    { $count ->
        [one] { $count } особенность
        [few] { $count } особенности
       *[other] { $count } особенностей
    }
definition-options = Запросом OPTIONS клиент спрашивает, на месте ли сервер записи.
finding-matters = Из-за этого могло что-то пропасть:
finding-harmless = Всё равно понято:
hep-addresses = Адреса для агентов HEP
hep-addresses-text = На один из них агенты присылают копии SIP, который они видят, по HEP версии 3.
hep-no-agent = Агентов HEP ещё не было слышно
hep-no-agent-text = Направьте Kamailio, Asterisk или FreeSWITCH на этот адрес: как только придёт первый пакет, агент появится здесь.
hep-agent = Агент
hep-address = Адрес
hep-last = Последний раз
hep-sip = Сообщения SIP
hep-reports = Отчёты
hep-trouble = Неполадка
definition-hep-reports = Что агент сообщает о звонках кроме SIP: RTCP, качество, строки своего журнала.
hep-refused = Отклонено или не прочитано: { $count }. Последнее пришло от { $address }: { $why }.
agent-number = Агент { $id }
capture-interface = Интерфейс
capture-bytes = Байты
capture-dropped-kernel = Потеряно ядром
capture-dropped-us = Потеряно нами
definition-dropped-kernel = Пакеты, отброшенные операционной системой, потому что их не успели забрать.
definition-dropped-us = Пакеты, которые были получены и затем отброшены, потому что сервер записи не успевал.
captures-none = Ни один интерфейс не прослушивается. Чтобы слушать:
imports-line = Готово: { $done }, выполняется: { $running }, с ошибкой: { $failed }.
imports-last = Последний закончился { $time }.
source-siprec = SIPREC
source-passive = Интерфейс
source-hep = HEP
source-pcap = Захват
source-import = Импорт
source-unknown = Источник
sources-lab = Лаборатория: проверить INVITE или захват
