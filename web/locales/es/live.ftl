# Calls in progress.
nav-live = En vivo
live-count =
    { $count ->
        [one] { $count } llamada en curso
       *[other] { $count } llamadas en curso
    }
live-search = Nombres, números, fuentes
live-more =
    { $count ->
        [one] { $count } llamada anterior no se muestra.
       *[other] { $count } llamadas anteriores no se muestran.
    }
live-none = No hay ninguna llamada en curso
live-none-text = Las llamadas aparecen aquí en cuanto empiezan. Llegan de una interfaz de red.
live-connect = Conectar una fuente
live-none-filtered = Ninguna llamada en curso contiene estas palabras.
live-column-since = Desde
live-column-who = Quién y a quién
live-column-levels = Niveles
live-column-source = Fuente
live-since = Empezó { $time }
live-no-sound = aún sin sonido
live-findings =
    { $count ->
        [one] { $count } observación
       *[other] { $count } observaciones
    }
level-of = Nivel: { $name }
live-state-recording = Se está grabando
live-state-paused = En pausa
live-state-not_recorded = No se graba
live-paused-by-peer = por el cliente de grabación; no se guarda nada
live-paused-by-operator = desde aquí; no se guarda nada
live-listen = Escuchar
live-listen-stop = Dejar de escuchar
live-bar = Escucha en vivo
live-bar-heard = En vivo
live-bar-waiting = En vivo, esperando sonido
live-bar-ended = La llamada ha terminado

live-do-pause = Pausar
live-do-resume = Reanudar
live-do-stop = Terminar la grabación
live-ask-pause = ¿Pausar la grabación?
live-ask-pause-text = Lo que se diga hasta que reanude no se guarda en ninguna parte. La página de la llamada muestra la pausa como silencio, con su motivo.
live-ask-resume = ¿Reanudar la grabación?
live-ask-resume-text = A partir de ahora la llamada se vuelve a guardar.
live-ask-stop = ¿Terminar la grabación de esta llamada?
live-ask-stop-text = La llamada sigue, pero el resto no se guarda. No se puede deshacer.
live-reason = Motivo
live-reason-hint = Queda en el registro de auditoría; no escriba nombres ni números.
live-reason-card = Se dicta un número de tarjeta
live-reason-private = Asunto privado
live-reason-asked = Lo pidió una de las partes
live-reason-over = El motivo ha terminado
live-reason-mistake = Grabada por error
live-done-pause = La grabación está en pausa.
live-done-resume = La grabación continúa.
live-done-stop = La grabación ha terminado.

running = Esta llamada está en curso
running-text = Su sonido, mensajes y notas estarán aquí cuando termine.
running-streams = Flujos
