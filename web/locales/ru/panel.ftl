# Рамка вокруг каждой страницы и слова, которые нужны многим.
brand = Earwitness
title = { $page } · Earwitness
skip-to-content = Перейти к содержанию
nav-label = Страницы
nav-calls = Звонки
nav-import = Импорт
nav-audit = Аудит
nav-settings = Настройки
go-to-calls = Перейти к звонкам
language = Язык
language-now = Язык: { $name }
me-menu = Ваша учётная запись
me-menu-of = Ваша учётная запись: { $name }
sign-out = Выйти
search-calls = Искать звонки

close = Закрыть
cancel = Отмена
save = Сохранить
saved = Сохранено
edit = Изменить
apply = Применить
confirm = Подтвердить
continue = Дальше
undo = Вернуть
copy = Копировать
copied = Скопировано
try-again = Повторить
play = Слушать
pause = Пауза
days =
    { $count ->
        [one] { $count } день
        [few] { $count } дня
       *[other] { $count } дней
    }
since = с { $time }
time-zone = Часовой пояс: { $zone }

player = Проигрыватель
player-close = Остановить и закрыть проигрыватель
position = Место
position-of = { $at } из { $length }

alarms = Тревоги
alarms-none = Всё в порядке.
alarm-open = Показать
alarms-more = ещё { $count }
alarms-fewer = Свернуть
severity-notice = К сведению:
severity-warning = Внимание:
severity-critical = Срочно:
alarm-disk = Диск заполняется. Освободите место или добавьте диск.
alarm-disk-full = Диск полон. Новые звонки заносятся в журнал, но не записываются, пока нет места.
alarm-keys-not-saved = Ключ восстановления не сохранён. Без него потеря ключей — это потеря записей.
alarm-port-occupied = Другая программа заняла порт, нужный записи. { $detail }
alarm-clock = Часы компьютера скакнули или не сверяются по сети. Время звонков может быть неверным.
alarm-running-as-root = Сервер работает от root. Запускайте его службой systemd, которая отказывается от этих прав.
alarm-recorder-down = Запись не работает. Звонки не записываются.
alarm-journal-error = Не удалось записать журнал на диск. Под угрозой последние секунды идущих звонков.
alarm-sealing-late = Законченные звонки ждут опечатывания дольше обычного.
alarm-capture-down = Не удаётся прослушивать сетевой интерфейс. { $detail }
alarm-packets-dropped = Регистратор потерял пакеты: компьютер или его диск слишком медленный. { $detail }
alarm-other = { $detail }

keys-title = Клавиши
keys-everywhere = Везде
keys-list = В списке звонков
keys-live = В списке текущих звонков
keys-listen = Слушать или перестать
keys-pause = Пауза или продолжение записи
keys-call = На странице звонка
keys-search = Искать звонки
keys-help = Показать эти клавиши
keys-close = Закрыть открытое
keys-next = Следующий или прошлый звонок
keys-open = Открыть звонок
keys-play = Слушать или пауза
keys-ends = Первый или последний загруженный
keys-seek = На 5 секунд назад или вперёд
keys-speed = Медленнее или быстрее
keys-zoom = Крупнее, мельче, целиком
keys-mute = Заглушить одну сторону
keys-mark = Поставить здесь метку
keys-note = Написать здесь заметку
keys-link = Копировать ссылку на эту секунду

not-found-title = Такой страницы нет
not-found-text = В адресе опечатка, или он от другой версии панели.
not-allowed-title = Вашей учётной записи эта страница не разрешена
not-allowed-text = Администратор может дать вам роль, которой она разрешена. Ваши роли указаны в профиле.

sign-in = Вход
sign-in-return = После входа вы вернётесь на страницу, где были.
sign-in-other = Войти под другим именем
account-name = Имя учётной записи
password = Пароль
totp-code = Код
totp-hint = Шесть цифр, которые сейчас показывает приложение для входа.
totp-continue = Дальше

confirm-title = Это вы?
confirm-text = Для этого действия нужен ещё раз ваш пароль. Пять минут он больше не понадобится.
confirm-or-code = Или код второго фактора
