# Importación de capturas.
import-drop = Suelte aquí las capturas
import-formats = pcap o pcapng, también comprimidas con gzip o zstd. Lo ya importado no se añade dos veces.
import-choose = Elegir archivos
import-list = Importaciones
import-none = Aún no se ha importado nada.
import-sample = Cargar la muestra
import-sample-name = Muestra
import-waiting = Espera su turno
import-running = Leyendo, { $share }
import-cancelled = Cancelada. Se conserva lo leído hasta entonces.
import-known = Ya estaba importada; nada que añadir.
import-result =
    { $calls ->
        [one] { $calls } llamada
       *[other] { $calls } llamadas
    } de { $messages ->
        [one] { $messages } mensaje SIP
       *[other] { $messages } mensajes SIP
    } y { $packets ->
        [one] { $packets } paquete de sonido
       *[other] { $packets } paquetes de sonido
    }
import-open =
    { $count ->
        [one] Ver la llamada
       *[other] Ver las llamadas
    }
upload-waiting = Espera su turno
upload-sending = Enviando, { $share }
upload-cancel = Cancelar { $name }
