# Настройки, учётная запись, ключи.
settings-profile = Профиль
settings-recording = Запись
settings-accounts = Учётные записи
settings-api-keys = Ключи API
settings-keys = Шифрование
settings-system = Система

profile-who = Вы
profile-signed-in = Вход как { $name }: { $roles }
display-name = Отображаемое имя
password-change = Сменить пароль
password-change-text = Все остальные ваши сеансы при этом закончатся.
password-current = Нынешний пароль
password-new = Новый пароль
password-hint = Не меньше 12 знаков. Несколько слов лучше одного странного.
password-changed = Пароль сменён. Все остальные сеансы закончены.
totp-title = Второй фактор
totp-off-text = Код из приложения в телефоне, спрашивается после пароля. Тогда украденного пароля мало.
totp-on-text = Включён. После пароля спрашивается код.
totp-begin = Настроить
totp-scan = Отсканируйте это приложением для входа или введите в него секрет.
totp-qr = QR-код секрета
totp-first = Первый код, который покажет приложение.
totp-switch-on = Включить
totp-remove = Выключить
totp-is-on = Второй фактор включён.
totp-is-off = Второй фактор выключен.

recording-configured = Это задано файлом настроек; здесь изменить нельзя.
recording-question = Какие звонки записывать?
recording-none = Никакие
recording-none-hint = В журнале — кто, когда, сколько. Ничьих слов не хранится.
recording-all = Все
recording-all-hint = Каждый звонок записывается с первой секунды.
legal-ground = Правовое основание
legal-ground-hint = Почему закон разрешает вам записывать: согласие после предупреждения, договор, обязанность записывать. Заносится в аудит.
legal-ground-missing = Укажите основание. Без него запись в большинстве стран незаконна.
recording-law = В большинстве стран люди на линии должны знать, что их записывают, и часто — соглашаться.
recording-is-on = Теперь записываются все звонки.
recording-is-off = Теперь звонки не записываются.

account-add = Добавить учётную запись
account-edit = Изменить { $name }
account-added = { $name } теперь может входить.
account-you = вы
account-disabled = отключена
account-totp = второй фактор
account-no-totp = без второго фактора
account-last = последний вход { $time }
account-never = ещё не было входа
account-name-hint = Строчные латинские буквы, цифры и . _ @ -
account-new-password = Новый пароль
account-new-password-hint = Оставьте пустым, чтобы не менять. Новый закончит сеансы этого человека.
account-disable = Отключить
account-enable = Включить
account-now-disabled = { $name } больше не может входить.
account-now-enabled = { $name } снова может входить.
account-reset-totp = Снять второй фактор
account-totp-reset = Второй фактор { $name } снят.
roles = Роли

api-keys-text = С ключом программа делает от вашего имени то, что вы ей разрешили.
api-keys-none = Ключей API нет
api-keys-none-text = Создайте по одному на программу, с правами не больше нужных.
api-key-add = Создать ключ
api-key-title = Для чего он
api-key-title-hint = Например: ночной отчёт
api-key-permissions = Что ему разрешено
api-key-expires = Действует
api-key-made = Ваш новый ключ
api-key-once = Скопируйте его сейчас. Больше он не покажется; хранится лишь его отпечаток.
api-key-saved = Ключ сохранён
api-key-until = до { $time }
api-key-used = последнее использование { $time }
api-key-unused = не использован
api-key-remove = Отозвать
api-key-remove-named = Отозвать { $title }
api-key-remove-text = Программам с этим ключом сразу будет отказано. Вернуть нельзя.
api-key-removed = Ключ «{ $title }» отозван.

recovery-title = Ключ восстановления
recovery-text = Открывает все записи, если ключи сервера потеряны. У кого он есть, тот может слышать всё.
recovery-saved = Сохранён. Его отпечаток:
recovery-not-saved = Ещё не сохранён. Обратитесь к тому, кто управляет ключами.
recovery-show = Показать ключ восстановления
recovery-print = Напечатать
recovery-where = Перепишите или напечатайте его и храните там, куда не дойдёт пожар у сервера. Показывается только сейчас.
recovery-ending = Его последние знаки
recovery-ending-hint = Введите хотя бы последние восемь — из того, что вы сохранили.
recovery-prove = Ключ сохранён
key-versions = Версии ключа
key-versions-text = Новые записи опечатывает нынешняя версия. Прежние открывают то, что опечатали.
key-version = Версия
key-fingerprint = Отпечаток
key-use = Применение
key-current = Опечатывает новые записи
key-old = Открывает прежние
key-rotate = Начать новую версию
key-rotated = Используется версия { $version }.

disk = Диск
disk-free = Свободно { $free } из { $total }. Записи занимают { $ours }.
disk-days =
    { $count ->
        [one] При нынешнем темпе заполнится примерно через { $count } день.
        [few] При нынешнем темпе заполнится примерно через { $count } дня.
       *[other] При нынешнем темпе заполнится примерно через { $count } дней.
    }
disk-days-unknown = Когда он заполнится, станет известно через несколько дней.
definition-days = Свободное место, делённое на прирост в день за последние дни.
processes = Процессы
process = Процесс
process-since = Работает с
process-restarts = Перезапуски
process-id = PID
system-version = Earwitness { $version } · узел { $node }
