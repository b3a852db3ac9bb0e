# Palabras que usa el servidor.
direction-inbound = Entrante
direction-outbound = Saliente
direction-internal = Interna
direction-transit = Tránsito
direction-unknown = Desconocida

result-answered = Atendida
result-answered-voicemail = Buzón de voz
result-answered-ivr-only = Solo menú
result-no-answer = Sin respuesta
result-busy = Ocupado
result-rejected = Rechazada
result-cancelled = Cancelada
result-abandoned-ivr = Colgó en el menú
result-abandoned-queue = Colgó en la cola
result-short-abandoned = Colgó enseguida
result-unreachable = Inaccesible
result-congestion = Congestión
result-failed = Fallida
result-diverted = Desviada
result-unknown = Desconocido

recording-recorded = Grabada
recording-recorded-partial = Grabada en parte
recording-not-recorded-by-policy = No grabada: política
recording-not-recorded-consent-declined = No grabada: sin consentimiento
recording-not-recorded-by-party-request = No grabada: lo pidió una parte
recording-not-recorded-encrypted-no-keys = No grabada: cifrada
recording-not-recorded-no-media = Sin sonido
recording-not-recorded-failed = Falló la grabación
recording-recorded-in-error = Grabada por error
recording-missing-evidence = Faltan pruebas
recording-extra-recording = Grabación sin llamada
recording-expired = Caducada
recording-shredded = Destruida
recording-held = Retención legal
recording-unknown = Desconocido

participant-caller = Llamante
participant-callee = Llamado
participant-unknown = Otra parte
participant-system = Sistema
participant-mixed = Ambos

event-invite = Llamada
event-ring = Timbre
event-answer = Atendida
event-hold = En espera
event-unhold = Reanudada
event-transfer = Transferencia
event-transferred-from = Transferida desde
event-rejoined = Continuada por otra sesión
event-joined = Se incorpora
event-left = Se va
event-rec-pause = Grabación en pausa
event-rec-resume = Grabación reanudada
event-finding = Hallazgo
event-replaced = Sustituida
event-moved = Sonido trasladado
event-refresh = Renovada
event-end = Fin
event-dtmf = Tecla
event-mark = Marca
event-pause = Pausa
event-resume = Continuación
event-unknown = Suceso

role-administrator = Administrador
role-listener = Oyente
role-auditor = Auditor
role-hint-administrator = configura cuentas, claves y grabación; no escucha llamadas
role-hint-listener = escucha llamadas, escribe notas, descarga
role-hint-auditor = lee el registro de auditoría y lo verifica

permission-calls-read = Ver llamadas
permission-recordings-listen = Escuchar
permission-recordings-export = Descargar
permission-notes-write = Escribir notas
permission-imports-run = Importar
permission-jobs-read = Ver tareas
permission-settings-read = Ver ajustes
permission-settings-write = Cambiar ajustes
permission-accounts-manage = Gestionar cuentas
permission-keys-manage = Gestionar claves
permission-audit-read = Leer la auditoría
permission-audit-verify = Verificar
permission-status-read = Ver el estado del sistema

process-recorder = Grabadora
process-keeper = Conservador
process-media-worker = Proceso de sonido

actor-system = el sistema
actor-unknown = desconocido
actor-recorder = la grabadora
actor-keeper = el conservador
