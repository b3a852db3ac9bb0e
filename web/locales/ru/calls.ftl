# Список звонков.
calls-count =
    { $count ->
        [one] { $count } звонок
        [few] { $count } звонка
       *[other] { $count } звонков
    }
calls-more-than = более { $count } звонков
calls-not-counted = подсчёт длился слишком долго
calls-talk = { $hours } разговоров
calls-count-definition = Звонки, начавшиеся в указанное время и прошедшие фильтры. Точный счёт до 10 000.
calls-talk-definition = От ответа до конца, всего по этим звонкам.
calls-new =
    { $count ->
        [one] { $count } новый звонок
        [few] { $count } новых звонка
       *[other] { $count } новых звонков
    }
calls-none = Звонков пока нет
calls-none-text = Звонки появляются здесь, как только начинаются. Можно импортировать и захваты трафика за любое время.
calls-none-filtered = Ни один звонок не прошёл фильтры
calls-none-filtered-text = Уберите фильтр или сделайте его шире.
calls-none-range-text = Они могут быть в другое время.
calls-all-time = Показать за всё время
calls-import = Импортировать захват
call-running = идёт
call = Звонок

column-time = Время
column-caller = Кто звонил
column-called = Кому
column-direction = Направление
column-ring = Гудки
column-talk = Беседа
column-result = Итог
column-recording = Запись
definition-ring = От начала звонка до ответа, или до конца без ответа.
definition-talk = От ответа до конца.

search-placeholder = Имена, номера, коды
range = Время
range-today = Сегодня
range-yesterday = Вчера
range-7d = Последние 7 дней
range-30d = Новейшие 30 дней
range-all = Всё время
range-from = С
range-to = По
range-since = С { $day }
range-until = По { $day }

filter-add = Фильтр
filter-clear = Убрать фильтры
filter-remove = Убрать фильтр: { $filter }
filter-number = Номер
filter-name = Имя
filter-result = Итог
filter-direction = Направление
filter-recording_state = Запись
filter-duration = Длина беседы
filter-codec = Кодек
filter-hint-number = В любом виде: +7 495 123-45-67, 8 495…, 007495… Довольно начала.
filter-hint-name = Часть любого из имён; регистр и диакритика не важны.
filter-hint-codec = Например PCMA, G722, opus.
chip = { $filter }: { $value }
chip-duration-min = Беседа ≥ { $min }
chip-duration-max = Беседа ≤ { $max }
chip-duration-between = Беседа { $min } – { $max }
duration-min = Не меньше
duration-max = Не больше
duration-hint = Минуты и секунды, 1:30, или секунды, 90.
duration-wrong = Напишите как 1:30 или 90.

calls-table = Таблица
calls-table-title = Все эти звонки таблицей для электронных таблиц (CSV)

views = Виды
views-none = Вид хранит набор фильтров под именем. Задайте фильтры и сохраните их здесь.
view-save = Сохранить эти фильтры как
view-saved = Вид «{ $name }» сохранён.
view-remove = Удалить вид { $name }
view-removed = Вид «{ $name }» удалён.
