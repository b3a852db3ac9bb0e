# Журнал аудита.
audit-title = Журнал аудита
audit-size =
    { $count ->
        [one] { $count } запись
        [few] { $count } записи
       *[other] { $count } записей
    }
audit-none = Ни одна запись не прошла фильтры
audit-none-text = Каждый вход, каждое прослушивание, каждое изменение пишется сюда и не может быть изменено.
audit-more = Показать более ранние
audit-index = №
audit-actor = Кто
audit-kind = Что
audit-kind-all = Всё
audit-result = Итог
audit-details = Подробности
audit-call = Звонок
audit-group-call = Звонки
audit-group-playback = Прослушивание
audit-recording-compared = Записи сравнены
audit-recording-paused = Запись приостановлена
audit-recording-resumed = Запись продолжена
audit-recording-stopped = Запись закончена человеком
audit-live-listened = Прослушивание вживую
audit-live-listen-ended = Конец прослушивания вживую
audit-live-levels-viewed = Просмотр уровней вживую
audit-group-live = Вживую
audit-group-recording = Записи
audit-group-import = Импорт
audit-group-session = Вход
audit-group-account = Учётные записи
audit-group-api-key = Ключи API
audit-group-key = Ключи шифрования
audit-group-settings = Настройки
audit-group-verify = Проверка
audit-call-viewed = Звонок открыт
audit-call-exported = Звонок скачан
audit-calls-exported = Звонки скачаны таблицей
audit-playback-ended = Прослушивание закончено
audit-import-started = Импорт начат
audit-import-finished = Импорт закончен
audit-session-refused = Во входе отказано
audit-account-added = Учётная запись добавлена
audit-account-changed = Учётная запись изменена
audit-key-rotated = Новая версия ключа
audit-key-recovery-shown = Ключ восстановления показан
audit-result-done = сделано
audit-result-ok = сделано
audit-result-success = сделано
audit-result-refused = отказано
audit-result-denied = отказано
audit-result-failed = не удалось
audit-account-password-changed = Пароль сменён
audit-account-totp-on = Второй фактор включён
audit-account-totp-off = Второй фактор выключен
audit-api-key-made = Ключ API создан
audit-api-key-revoked = Ключ API отозван
audit-call-signalling-viewed = Сигнализация открыта
audit-key-recovery-saved = Ключ восстановления сохранён
audit-playback-granted = Прослушивание разрешено
audit-playback-resumed = Прослушивание продолжено
audit-recording-quality-viewed = Качество просмотрено
audit-recording-waveform-viewed = Осциллограмма просмотрена
audit-session-opened = Вход
audit-session-closed = Выход
audit-session-confirmed = Пароль подтверждён
audit-settings-recording-changed = Настройка записи изменена
audit-verify-started = Проверка начата
audit-part-stored = Запись сохранена
audit-journal-damaged = Журнал повреждён

verify-title = Проверка
verify-sound = Всё так, как было сохранено
verify-broken = Что-то не так, как было сохранено
verify-never = Ещё не проверялось
verify-when = { $time }: прочитано { $entries ->
        [one] { $entries } запись
        [few] { $entries } записи
       *[other] { $entries } записей
    } и { $objects ->
        [one] { $objects } объект
        [few] { $objects } объекта
       *[other] { $objects } объектов
    }.
verify-what = Проверка заново читает каждую запись звонка и журнала и сравнивает с тем, что было опечатано.
verify-start = Проверить сейчас
verify-running = Проверяется…
audit-group-laboratory = Лаборатория
audit-laboratory-used = Просмотр в лаборатории
