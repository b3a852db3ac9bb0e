# Ajustes, cuenta, claves.
settings-profile = Perfil
settings-recording = Grabación
settings-accounts = Cuentas
settings-api-keys = Claves de API
settings-keys = Cifrado
settings-system = Sistema

profile-who = Usted
profile-signed-in = Sesión de { $name }: { $roles }
display-name = Nombre mostrado
password-change = Cambiar contraseña
password-change-text = Con ello terminan todas sus otras sesiones.
password-current = Contraseña actual
password-new = Contraseña nueva
password-hint = Al menos 12 caracteres. Varias palabras son mejores que una rara.
password-changed = La contraseña está cambiada. Las otras sesiones han terminado.
totp-title = Segundo factor
totp-off-text = Un código de una aplicación de su teléfono, pedido tras la contraseña. Así no basta una contraseña robada.
totp-on-text = Activado. Se pide un código tras la contraseña.
totp-begin = Configurar
totp-scan = Escanee esto con una aplicación de autenticación o escriba en ella el secreto.
totp-qr = Código QR del secreto
totp-first = El primer código que muestre la aplicación.
totp-switch-on = Activar
totp-remove = Desactivar
totp-is-on = El segundo factor está activado.
totp-is-off = El segundo factor está desactivado.

recording-configured = Lo fija el archivo de configuración; aquí no se puede cambiar.
recording-question = ¿Qué llamadas se graban?
recording-none = Ninguna
recording-none-hint = Se registra quién, cuándo y cuánto. No se guardan las palabras de nadie.
recording-all = Todas
recording-all-hint = Cada llamada se graba desde el primer segundo.
legal-ground = Base legal
legal-ground-hint = Por qué la ley le permite grabar: consentimiento por locución, contrato, deber de grabar. Se escribe en la auditoría.
legal-ground-missing = Diga con qué base. Sin ella, grabar es delito en la mayoría de los países.
recording-law = En la mayoría de los países los interlocutores deben saber que se les graba, y a menudo consentir.
recording-is-on = Desde ahora se graban todas las llamadas.
recording-is-off = Desde ahora no se graba ninguna llamada.

account-add = Añadir cuenta
account-edit = Editar { $name }
account-added = { $name } ya puede iniciar sesión.
account-you = usted
account-disabled = desactivada
account-totp = segundo factor
account-no-totp = sin segundo factor
account-last = última vez { $time }
account-never = nunca ha entrado
account-name-hint = Minúsculas, cifras y . _ @ -
account-new-password = Contraseña nueva
account-new-password-hint = Déjela vacía para conservar la actual. Una nueva termina las sesiones de esta persona.
account-disable = Desactivar cuenta
account-enable = Activar cuenta
account-now-disabled = { $name } ya no puede iniciar sesión.
account-now-enabled = { $name } puede iniciar sesión otra vez.
account-reset-totp = Quitar el segundo factor
account-totp-reset = El segundo factor de { $name } está quitado.
roles = Roles

api-keys-text = Con una clave, un programa hace en su nombre lo que usted le permita.
api-keys-none = Ninguna clave de API
api-keys-none-text = Cree una para cada programa, sin más derechos de los que necesite.
api-key-add = Crear clave
api-key-title = Para qué es
api-key-title-hint = Por ejemplo: informe nocturno
api-key-permissions = Qué puede hacer
api-key-expires = Válida durante
api-key-made = Su clave nueva
api-key-once = Cópiela ahora. No se mostrará otra vez; solo se conserva su huella.
api-key-saved = La he guardado
api-key-until = hasta { $time }
api-key-used = último uso { $time }
api-key-unused = sin usar
api-key-remove = Revocar
api-key-remove-named = Revocar { $title }
api-key-remove-text = Los programas que la usan serán rechazados en el acto. No se puede deshacer.
api-key-removed = La clave «{ $title }» está revocada.

recovery-title = Clave de recuperación
recovery-text = Abre todas las grabaciones si se pierden las claves del servidor. Quien la tenga puede oírlo todo.
recovery-saved = Guardada. Su huella:
recovery-not-saved = Aún sin guardar. Pida ayuda a quien pueda gestionar claves.
recovery-show = Mostrar la clave de recuperación
recovery-print = Imprimir
recovery-where = Anótela o imprímala y guárdela donde no llegue un incendio del servidor. Solo se muestra esta vez.
recovery-ending = Sus últimos caracteres
recovery-ending-hint = Escriba al menos los ocho últimos, de lo que guardó.
recovery-prove = La he guardado
key-versions = Versiones de la clave
key-versions-text = Las grabaciones nuevas se sellan con la versión actual. Las anteriores abren lo que sellaron.
key-version = Versión
key-fingerprint = Huella
key-use = Uso
key-current = Sella las grabaciones nuevas
key-old = Abre las anteriores
key-rotate = Empezar una versión nueva
key-rotated = La versión { $version } está en uso.

disk = Disco
disk-free = { $free } libres de { $total }. Las grabaciones ocupan { $ours }.
disk-days =
    { $count ->
        [one] Lleno en { $count } día, más o menos, al ritmo actual.
       *[other] Lleno en { $count } días, más o menos, al ritmo actual.
    }
disk-days-unknown = Cuándo se llenará se sabrá dentro de unos días.
definition-days = Espacio libre dividido por el crecimiento diario de los últimos días.
processes = Procesos
process = Proceso
process-since = En marcha desde
process-restarts = Reinicios
process-id = PID
system-version = Earwitness { $version } · nodo { $node }
