# Where calls come from.
nav-sources = Источники
sources-siprec = Клиенты записи (SIPREC)
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
