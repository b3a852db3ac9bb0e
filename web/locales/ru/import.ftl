# Импорт захватов.
import-drop = Перетащите сюда захваты трафика
import-formats = pcap или pcapng, можно сжатые gzip или zstd. Что уже импортировано, второй раз не добавится.
import-choose = Выбрать файлы
import-list = Импорт
import-none = Пока ничего не импортировано.
import-sample = Загрузить образец
import-sample-name = Образец
import-waiting = Ждёт очереди
import-running = Чтение, { $share }
import-cancelled = Отменено. Что успели прочитать, осталось.
import-known = Уже импортировано; добавить нечего.
import-result =
    { $calls ->
        [one] { $calls } звонок
        [few] { $calls } звонка
       *[other] { $calls } звонков
    } из { $messages ->
        [one] { $messages } сообщения SIP
       *[other] { $messages } сообщений SIP
    } и { $packets ->
        [one] { $packets } звукового пакета
       *[other] { $packets } звуковых пакетов
    }
import-open =
    { $count ->
        [one] Показать звонок
       *[other] Показать звонки
    }
upload-waiting = Ждёт очереди
upload-sending = Отправка, { $share }
upload-cancel = Отменить { $name }
