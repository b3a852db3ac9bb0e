# Calls in progress.
nav-live = Сейчас
live-count =
    { $count ->
        [one] { $count } текущий звонок
        [few] { $count } текущих звонка
       *[other] { $count } текущих звонков
    }
live-search = Имена, номера, источники
live-more =
    { $count ->
        [one] Ещё { $count } более ранний звонок не показан.
        [few] Ещё { $count } более ранних звонка не показаны.
       *[other] Ещё { $count } более ранних звонков не показаны.
    }
live-none = Сейчас звонков нет
live-none-text = Звонки появляются здесь, как только начинаются. Они поступают с сетевого интерфейса.
live-connect = Подключить источник
live-none-filtered = Среди текущих звонков таких слов нет.
live-column-since = Длится
live-column-who = Кто и кому
live-column-levels = Уровни
live-column-source = Источник
live-since = Начало: { $time }
live-no-sound = звука пока нет
live-findings =
    { $count ->
        [one] { $count } замечание
        [few] { $count } замечания
       *[other] { $count } замечаний
    }
level-of = Уровень: { $name }
live-state-recording = Записывается
live-state-paused = Пауза
live-state-not_recorded = Не записывается
live-paused-by-peer = со стороны клиента записи; ничего не сохраняется
live-paused-by-operator = отсюда; ничего не сохраняется
live-listen = Слушать
live-listen-stop = Перестать слушать
live-bar = Прослушивание вживую
live-bar-heard = В эфире
live-bar-waiting = В эфире, ждём звука
live-bar-ended = Звонок закончился

live-do-pause = Пауза
live-do-resume = Продолжить
live-do-stop = Закончить запись
live-ask-pause = Приостановить запись?
live-ask-pause-text = То, что будет сказано до продолжения, нигде не сохранится. На странице звонка пауза показана как тишина, с вашей причиной.
live-ask-resume = Продолжить запись?
live-ask-resume-text = С этого момента звонок снова сохраняется.
live-ask-stop = Закончить запись этого звонка?
live-ask-stop-text = Звонок продолжится, но остаток не сохранится. Отменить это нельзя.
live-reason = Причина
live-reason-hint = Она хранится в журнале аудита; не пишите имён и номеров.
live-reason-card = Диктуют номер карты
live-reason-private = Личный вопрос
live-reason-asked = Попросил участник
live-reason-over = Причина отпала
live-reason-mistake = Записывается по ошибке
live-done-pause = Запись приостановлена.
live-done-resume = Запись продолжается.
live-done-stop = Запись закончена.

running = Этот звонок идёт сейчас
running-text = Звук, сообщения и заметки появятся здесь, когда он закончится.
running-streams = Потоки
