# Один звонок.
calls-to = звонит
fact-talk = беседа { $length }
fact-ring = гудки { $length }
fact-hangup =
    { $who ->
        [caller] трубку положил звонящий
        [callee] трубку положил вызванный
        [system] закончила система
       *[other] кто положил трубку, неизвестно
    }
why-import = из импортированного захвата
why-recording-is-switched-off = запись была выключена для всех
why-recording-is-switched-on = записываются все звонки
why-no-recording = ничего не сохранено
related = Тот же разговор:
related-before = до перевода
related-after = после перевода
deck = Звук и ось времени
no-sound = Звука этого звонка нет.
no-sound-permission = Вашей учётной записи слушать не разрешено. Администратор может дать вам роль слушателя.
recording-choice = Запись
recording-number = Запись { $number }

speed = Скорость
speed-times = { $speed }×
mute = Заглушить: { $name }
zoom-in = Крупнее
zoom-out = Мельче
zoom-fit = Показать весь звонок
mark = Метка
mark-added = Метка на { $time }.
note = Заметка
copy-link = Копировать ссылку
download = Скачать
download-wav = Звук (WAV)
download-pcapng = Пакеты (pcapng)
download-json = Данные (JSON)

lane-events = События
lane-notes = Заметки
lane-quality = Потери
before-sound = гудки
event-more = +{ $count }
definition-quality = Столбцы: доля потерянных пакетов, полная высота 10 %. Линия: джиттер, полная высота 40 мс.
note-at =
    { $kind ->
        [mark] Метка на { $time } { $text }
       *[note] Заметка на { $time }: { $text }
    }

call-tabs = Подробности звонка
tab-notes = Заметки
tab-signalling = Сигнализация
tab-streams = Потоки
note-new = Новая заметка
note-placeholder = Что стоит знать об этом месте?
note-will-be-at = На { $time }
note-whole-call = Весь звонок
note-save = Добавить заметку
note-edit = Изменить заметку
note-remove = Удалить заметку
note-removed = Заметка удалена.
notes-none = Заметок пока нет. Слушая, нажмите m, чтобы отметить место, или n, чтобы написать о нём.
notes-none-reader = Заметок пока нет.

messages-none = Сообщений SIP этого звонка не видели.
messages-cut = Показаны только первые { $count } сообщений. В скачанных пакетах есть все.
message-open = { $time }: { $message }, от { $source } к { $destination }
agent-reports = Отчёты агентов
agent-reports-cut = Показаны только первые { $count } отчётов.
report-hep-rtcp = RTCP
report-hep-quality = Качество
report-hep-log = Строка журнала

streams-none = Звуковых потоков этого звонка не видели.
stream-voice = Голос
stream-label = Метка
definition-label = Имя потока в сессии записи, по которому её метаданные говорят, кто говорит.
stream-packets = Пакеты
stream-lost = Потеряно
stream-jitter = Джиттер
stream-duplicated = Дважды
stream-reordered = Не по порядку
stream-encryption = Шифрование
stream-encrypted = SRTP
stream-open = Нет
stream-path = Откуда → куда
stream-ssrc = SSRC
definition-loss = Пакеты, чьих номеров нет, и их доля от всех отправленных.
loss-before = { $figure } до нас
loss-at-capture = { $figure } отброшено в точке захвата
loss-in-recorder = { $figure } отброшено сервером записи
evidence = Доказательность
evidence-seconds = { $stored } из { $expected } речи
definition-evidence = Какая доля отправленных пакетов сохранена: за время от первого до последнего пакета каждого потока. Чего не хватает, отмечено под волнами: жёлтым — что до нас не дошло, красным — что отбросили мы.
definition-jitter = Неровность прихода пакетов по RFC 3550.

tab-comparison = Сравнение
compare-first = Первая
compare-second = Вторая
compare-equal = В обеих записях одно и то же.
compare-unequal = Записи различаются.
compare-clock = Второй свидетель видел те же пакеты на { $difference } позже.
compare-same = Совпадают
compare-different = Отличаются
compare-only-first = Только в первой
compare-only-second = Только во второй
compare-absent = нет
compare-where = Где они различаются
compare-span-only_first =
    { $count ->
        [one] { $count } пакет есть только в первой
        [few] { $count } пакета есть только в первой
       *[other] { $count } пакетов есть только в первой
    }
compare-span-only_second =
    { $count ->
        [one] { $count } пакет есть только во второй
        [few] { $count } пакета есть только во второй
       *[other] { $count } пакетов есть только во второй
    }
compare-span-different =
    { $count ->
        [one] { $count } пакет отличается
        [few] { $count } пакета отличаются
       *[other] { $count } пакетов отличаются
    }
compare-cut = Таких мест больше, чем показано.
