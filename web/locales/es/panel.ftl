# El marco de todas las páginas y palabras que usan muchas.
brand = Earwitness
title = { $page } · Earwitness
skip-to-content = Ir al contenido
nav-label = Páginas
nav-calls = Llamadas
nav-import = Importar
nav-audit = Auditoría
nav-settings = Ajustes
go-to-calls = Ir a las llamadas
language = Idioma
language-now = Idioma: { $name }
me-menu = Su cuenta
me-menu-of = Su cuenta: { $name }
sign-out = Cerrar sesión
search-calls = Buscar llamadas

close = Cerrar
cancel = Cancelar
save = Guardar
saved = Guardado
edit = Editar
apply = Aplicar
confirm = Confirmar
continue = Continuar
undo = Deshacer
copy = Copiar
copied = Copiado
try-again = Reintentar
play = Reproducir
pause = Pausar
days =
    { $count ->
        [one] { $count } día
       *[other] { $count } días
    }
since = desde { $time }
time-zone = Horas en { $zone }

player = Reproductor
player-close = Parar y cerrar el reproductor
position = Posición
position-of = { $at } de { $length }

alarms = Alarmas
alarms-none = Sin novedades.
alarm-open = Ver
alarms-more = { $count } más
alarms-fewer = Menos
severity-notice = Aviso:
severity-warning = Advertencia:
severity-critical = Urgente:
alarm-disk = El disco se está llenando. Libere espacio o añada un disco.
alarm-disk-full = El disco está lleno. Las llamadas nuevas se registran, pero no se graban hasta que haya espacio.
alarm-keys-not-saved = La clave de recuperación no está guardada. Sin ella, perder las claves es perder las grabaciones.
alarm-port-occupied = Otro programa usa un puerto que la grabadora necesita. { $detail }
alarm-clock = El reloj del equipo ha saltado o no se ajusta por la red. Las horas de las llamadas pueden ser erróneas.
alarm-running-as-root = El servidor se ejecuta como root. Arránquelo con la unidad de systemd, que renuncia a esos derechos.
alarm-recorder-down = La grabadora no funciona. Las llamadas no se están grabando.
alarm-journal-error = No se pudo escribir el diario. Peligran los últimos segundos de las llamadas en curso.
alarm-sealing-late = Las llamadas terminadas esperan su sellado más de lo habitual.
alarm-capture-down = No se puede capturar una interfaz de red. { $detail }
alarm-packets-dropped = Se perdieron paquetes en la grabadora: el equipo o su disco es demasiado lento. { $detail }
alarm-other = { $detail }

keys-title = Teclado
keys-everywhere = En todas partes
keys-list = En la lista de llamadas
keys-live = En la lista de llamadas en curso
keys-listen = Escuchar o dejar de escuchar
keys-pause = Pausar o reanudar la grabación
keys-call = En una llamada
keys-search = Buscar llamadas
keys-help = Mostrar estas teclas
keys-close = Cerrar lo que está abierto
keys-next = Llamada siguiente o anterior
keys-open = Abrir la llamada
keys-play = Reproducir o pausar
keys-ends = Primera o última llamada cargada
keys-seek = 5 segundos atrás o adelante
keys-speed = Más lento o más rápido
keys-zoom = Acercar, alejar, ver todo
keys-mute = Silenciar un lado
keys-mark = Poner aquí una marca
keys-note = Escribir aquí una nota
keys-link = Copiar un enlace a este segundo

not-found-title = Esta página no existe
not-found-text = La dirección puede estar mal escrita o ser de otra versión del panel.
not-allowed-title = Su cuenta no puede ver esta página
not-allowed-text = Un administrador puede darle un rol que lo permita. Sus roles actuales están en su perfil.

sign-in = Iniciar sesión
sign-in-return = Al iniciar sesión volverá a la página en la que estaba.
sign-in-other = Usar otra cuenta
account-name = Nombre de cuenta
password = Contraseña
totp-code = Código
totp-hint = Las seis cifras que muestra ahora su aplicación de autenticación.
totp-continue = Continuar

confirm-title = ¿Es usted?
confirm-text = Este acto requiere de nuevo su contraseña. No se le volverá a pedir en cinco minutos.
confirm-or-code = O el código de su segundo factor
