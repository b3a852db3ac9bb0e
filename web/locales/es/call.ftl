# Una llamada.
calls-to = llama a
fact-talk = habló { $length }
fact-ring = sonó { $length }
fact-hangup =
    { $who ->
        [caller] colgó el llamante
        [callee] colgó el llamado
        [system] la terminó el sistema
       *[other] no se sabe quién colgó
    }
why-import = vino con una captura importada
why-recording-is-switched-off = la grabación estaba apagada para todos
why-recording-is-switched-on = se graban todas las llamadas
why-no-recording = no se guardó nada de ella
related = Misma conversación:
related-before = antes del traspaso
related-after = después del traspaso
deck = Sonido y eje de tiempo
no-sound = No hay sonido de esta llamada.
no-sound-permission = Su cuenta no puede escuchar. Un administrador puede darle el rol de oyente.
recording-choice = Grabación
recording-number = Grabación { $number }

speed = Velocidad
speed-times = { $speed }×
mute = Silenciar: { $name }
zoom-in = Acercar
zoom-out = Alejar
zoom-fit = Ver la llamada entera
mark = Marca
mark-added = Marcado en { $time }.
note = Nota
copy-link = Copiar enlace
download = Descargar
download-wav = Sonido (WAV)
download-pcapng = Paquetes (pcapng)
download-json = Registro (JSON)

lane-events = Sucesos
lane-notes = Notas
lane-quality = Pérdida, jitter
before-sound = timbre
event-more = +{ $count }
definition-quality = Barras: parte de paquetes perdidos, la altura entera es 10 %. Línea: jitter, la altura entera es 40 ms.
note-at =
    { $kind ->
        [mark] Marca en { $time } { $text }
       *[note] Nota en { $time }: { $text }
    }

call-tabs = Detalles de la llamada
tab-notes = Notas
tab-signalling = Señalización
tab-streams = Flujos
note-new = Nota nueva
note-placeholder = ¿Qué conviene saber de este momento?
note-will-be-at = En { $time }
note-whole-call = Toda la llamada
note-save = Añadir nota
note-edit = Editar nota
note-remove = Borrar nota
note-removed = La nota está borrada.
notes-none = Aún no hay notas. Al escuchar, pulse m para marcar un momento o n para escribir sobre él.
notes-none-reader = Aún no hay notas.

messages-none = No se vieron mensajes SIP de esta llamada.
messages-cut = Solo se muestran los primeros { $count } mensajes. La descarga de los paquetes los tiene todos.
message-open = { $time }: { $message }, de { $source } a { $destination }
agent-reports = Informes de agentes
agent-reports-cut = Solo se muestran los primeros { $count } informes.
report-hep-rtcp = RTCP
report-hep-quality = Calidad
report-hep-log = Línea de registro

streams-none = No se vieron flujos de sonido de esta llamada.
stream-voice = Voz
stream-label = Etiqueta
definition-label = El nombre del flujo en la sesión de grabación, por el que sus metadatos dicen quién habla.
stream-packets = Paquetes
stream-lost = Perdidos
stream-jitter = Jitter
stream-duplicated = Repetidos
stream-reordered = Desordenados
stream-encryption = Cifrado
stream-encrypted = SRTP
stream-open = Ninguno
stream-path = De → a
stream-ssrc = SSRC
definition-loss = Paquetes cuyos números faltan, y su parte de todos los enviados.
loss-before = { $figure } antes de llegar aquí
loss-at-capture = { $figure } descartados en el punto de captura
loss-in-recorder = { $figure } descartados por el grabador
evidence = Evidencia
evidence-seconds = { $stored } de { $expected } de voz
definition-evidence = Qué parte de los paquetes enviados está guardada: del tiempo entre el primero y el último de cada flujo. Los que faltan se marcan bajo las ondas: ámbar lo que nunca llegó aquí, rojo lo que descartamos nosotros.
definition-jitter = Irregularidad de la llegada de los paquetes, según RFC 3550.

tab-comparison = Comparación
compare-first = Primera
compare-second = Segunda
compare-equal = Ambas grabaciones contienen lo mismo.
compare-unequal = Las grabaciones difieren.
compare-clock = El segundo testigo vio los mismos paquetes { $difference } después.
compare-same = Iguales
compare-different = Distintos
compare-only-first = Solo en la primera
compare-only-second = Solo en la segunda
compare-absent = no está
compare-where = Dónde difieren
compare-span-only_first =
    { $count ->
        [one] { $count } paquete está solo en la primera
       *[other] { $count } paquetes están solo en la primera
    }
compare-span-only_second =
    { $count ->
        [one] { $count } paquete está solo en la segunda
       *[other] { $count } paquetes están solo en la segunda
    }
compare-span-different =
    { $count ->
        [one] { $count } paquete es distinto
       *[other] { $count } paquetes son distintos
    }
compare-cut = Hay más lugares así de los que se muestran.
