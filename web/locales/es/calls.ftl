# La lista de llamadas.
calls-count =
    { $count ->
        [one] { $count } llamada
       *[other] { $count } llamadas
    }
calls-more-than = más de { $count } llamadas
calls-not-counted = el recuento tardaba demasiado
calls-talk = { $hours } de conversación
calls-count-definition = Llamadas que empezaron en el tiempo mostrado y cumplen los filtros. Recuento exacto hasta 10 000.
calls-talk-definition = Desde la respuesta hasta el final, sumado en estas llamadas.
calls-new =
    { $count ->
        [one] { $count } llamada nueva
       *[other] { $count } llamadas nuevas
    }
calls-none = Aún no hay llamadas
calls-none-text = Las llamadas aparecen aquí en cuanto empiezan. También puede importar capturas de cualquier fecha.
calls-none-filtered = Ninguna llamada cumple estos filtros
calls-none-filtered-text = Quite un filtro o amplíelo.
calls-none-range-text = Puede haberlas en otro momento.
calls-all-time = Ver todas las fechas
calls-import = Importar una captura
call-running = en curso
call = Llamada

column-time = Hora
column-caller = Quién llamó
column-called = A quién
column-direction = Sentido
column-ring = Timbre
column-talk = Habla
column-result = Resultado
column-recording = Grabación
definition-ring = Desde el inicio de la llamada hasta que se atendió o terminó sin respuesta.
definition-talk = Desde la respuesta hasta el final.

search-placeholder = Nombres, números, ids
range = Tiempo
range-today = Hoy
range-yesterday = Ayer
range-7d = Últimos 7 días
range-30d = Los 30 días más recientes
range-all = Siempre
range-from = Desde
range-to = Hasta
range-since = Desde { $day }
range-until = Hasta { $day }

filter-add = Filtro
filter-clear = Quitar filtros
filter-remove = Quitar el filtro: { $filter }
filter-number = Número
filter-name = Nombre
filter-result = Resultado
filter-direction = Sentido
filter-recording_state = Grabación
filter-duration = Tiempo de habla
filter-codec = Códec
filter-hint-number = En cualquier notación: +34 911 234 567, 0034911…, 911 234 567. Basta el comienzo.
filter-hint-name = Una parte de cualquiera de los nombres; no importan mayúsculas ni acentos.
filter-hint-codec = Por ejemplo PCMA, G722, opus.
chip = { $filter }: { $value }
chip-duration-min = Habla ≥ { $min }
chip-duration-max = Habla ≤ { $max }
chip-duration-between = Habla { $min } – { $max }
duration-min = Al menos
duration-max = Como mucho
duration-hint = Minutos y segundos, 1:30, o segundos, 90.
duration-wrong = Escríbalo como 1:30 o 90.

calls-table = Tabla
calls-table-title = Todas estas llamadas como tabla para hojas de cálculo (CSV)

views = Vistas
views-none = Una vista guarda una elección de filtros con un nombre. Ponga filtros y guárdelos aquí.
view-save = Guardar estos filtros como
view-saved = La vista «{ $name }» está guardada.
view-remove = Eliminar la vista { $name }
view-removed = La vista «{ $name }» está eliminada.
