# Слова, которые употребляет сервер.
direction-inbound = Входящий
direction-outbound = Исходящий
direction-internal = Внутренний
direction-transit = Транзит
direction-unknown = Неизвестно

result-answered = Отвечен
result-answered-voicemail = Голосовая почта
result-answered-ivr-only = Только меню
result-no-answer = Нет ответа
result-busy = Занято
result-rejected = Отклонён
result-cancelled = Отменён
result-abandoned-ivr = Положил трубку в меню
result-abandoned-queue = Положил трубку в очереди
result-short-abandoned = Сразу положил трубку
result-unreachable = Недоступен
result-congestion = Перегрузка
result-failed = Не удался
result-diverted = Переадресован
result-unknown = Неизвестно

recording-recorded = Записан
recording-recorded-partial = Записан частично
recording-not-recorded-by-policy = Не записан: правило
recording-not-recorded-consent-declined = Не записан: нет согласия
recording-not-recorded-by-party-request = Не записан: по просьбе
recording-not-recorded-encrypted-no-keys = Не записан: шифрован
recording-not-recorded-no-media = Без звука
recording-not-recorded-failed = Запись не удалась
recording-recorded-in-error = Записан по ошибке
recording-missing-evidence = Нет подтверждения
recording-extra-recording = Запись без звонка
recording-expired = Срок истёк
recording-shredded = Уничтожен
recording-held = Хранится по закону
recording-unknown = Неизвестно

participant-caller = Звонящий
participant-callee = Вызванный
participant-unknown = Другая сторона
participant-system = Система
participant-mixed = Оба

event-invite = Вызов
event-ring = Гудки
event-answer = Ответ
event-hold = Удержание
event-unhold = Возврат
event-transfer = Перевод
event-transferred-from = Переведён из
event-rejoined = Продолжен другой сессией
event-joined = Вошёл
event-left = Вышел
event-rec-pause = Запись приостановлена
event-rec-resume = Запись продолжена
event-finding = Замечание
event-replaced = Заменён
event-moved = Звук перенесён
event-refresh = Продлён
event-end = Конец
event-dtmf = Цифра
event-mark = Метка
event-pause = Пауза
event-resume = Продолжение
event-unknown = Событие

role-administrator = Администратор
role-listener = Слушатель
role-auditor = Аудитор
role-hint-administrator = настраивает учётные записи, ключи и запись; звонки не слушает
role-hint-listener = слушает звонки, пишет заметки, скачивает
role-hint-auditor = читает журнал аудита и проверяет его

permission-calls-read = Видеть звонки
permission-recordings-listen = Слушать
permission-recordings-export = Скачивать
permission-notes-write = Писать заметки
permission-imports-run = Импортировать
permission-jobs-read = Видеть задания
permission-settings-read = Видеть настройки
permission-settings-write = Менять настройки
permission-accounts-manage = Управлять учётными записями
permission-keys-manage = Управлять ключами
permission-audit-read = Читать аудит
permission-audit-verify = Проверять
permission-status-read = Видеть состояние системы

process-recorder = Запись
process-keeper = Хранитель
process-media-worker = Обработка звука

actor-system = система
actor-unknown = неизвестно
actor-recorder = запись
actor-keeper = хранитель
