# El registro de auditoría.
audit-title = Registro de auditoría
audit-size =
    { $count ->
        [one] { $count } entrada
       *[other] { $count } entradas
    }
audit-none = Ninguna entrada cumple estos filtros
audit-none-text = Cada inicio de sesión, cada escucha y cada cambio se escriben aquí y no pueden cambiarse.
audit-more = Ver entradas anteriores
audit-index = N.º
audit-actor = Quién
audit-kind = Qué
audit-kind-all = Todo
audit-result = Resultado
audit-details = Detalles
audit-call = Llamada
audit-group-call = Llamadas
audit-group-playback = Escuchas
audit-recording-compared = Grabaciones comparadas
audit-recording-paused = Grabación pausada
audit-recording-resumed = Grabación reanudada
audit-recording-stopped = Grabación terminada por una persona
audit-live-listened = Escucha en vivo
audit-live-listen-ended = Fin de la escucha en vivo
audit-live-levels-viewed = Niveles vistos en vivo
audit-group-live = En vivo
audit-group-recording = Grabaciones
audit-group-import = Importaciones
audit-group-session = Inicios de sesión
audit-group-account = Cuentas
audit-group-api-key = Claves de API
audit-group-key = Claves de cifrado
audit-group-settings = Ajustes
audit-group-verify = Verificación
audit-call-viewed = Llamada abierta
audit-call-exported = Llamada descargada
audit-calls-exported = Llamadas descargadas como tabla
audit-playback-ended = Escucha terminada
audit-import-started = Importación iniciada
audit-import-finished = Importación terminada
audit-session-refused = Inicio de sesión rechazado
audit-account-added = Cuenta añadida
audit-account-changed = Cuenta cambiada
audit-key-rotated = Nueva versión de la clave
audit-key-recovery-shown = Clave de recuperación mostrada
audit-result-done = hecho
audit-result-ok = hecho
audit-result-success = hecho
audit-result-refused = rechazado
audit-result-denied = rechazado
audit-result-failed = fallido
audit-account-password-changed = Contraseña cambiada
audit-account-totp-on = Segundo factor activado
audit-account-totp-off = Segundo factor desactivado
audit-api-key-made = Clave de API creada
audit-api-key-revoked = Clave de API revocada
audit-call-signalling-viewed = Señalización abierta
audit-key-recovery-saved = Clave de recuperación guardada
audit-playback-granted = Escucha concedida
audit-playback-resumed = Escucha reanudada
audit-recording-quality-viewed = Calidad vista
audit-recording-waveform-viewed = Forma de onda vista
audit-session-opened = Sesión iniciada
audit-session-closed = Sesión cerrada
audit-session-confirmed = Contraseña confirmada
audit-settings-recording-changed = Ajuste de grabación cambiado
audit-verify-started = Verificación iniciada
audit-part-stored = Grabación guardada
audit-journal-damaged = Diario dañado

verify-title = Verificación
verify-sound = Todo está como se guardó
verify-broken = Algo no está como se guardó
verify-never = Aún sin verificar
verify-when = { $time }: { $entries ->
        [one] { $entries } entrada
       *[other] { $entries } entradas
    } y { $objects ->
        [one] { $objects } objeto
       *[other] { $objects } objetos
    } leídos.
verify-what = Verificar es leer de nuevo cada grabación y cada entrada y compararlas con lo que se selló.
verify-start = Verificar ahora
verify-running = Verificando…
audit-group-laboratory = Laboratorio
audit-laboratory-used = Mirado en el laboratorio
