# Lo que los clientes de grabación hacen de otro modo que los RFC.
finding-no-require = El INVITE no exige la opción siprec; se tomó por una sesión de grabación por sus otras señales.
finding-change-no-require = Enviar Require: siprec en el INVITE.
finding-no-source-tag = Al Contact le falta la marca +sip.src; se tomó por una sesión de grabación por sus otras señales.
finding-change-no-source-tag = Enviar la marca junto al Contact: <sip:sbc@192.0.2.1>;+sip.src
finding-source-tag-in-uri = La marca +sip.src está dentro de la dirección de Contact; su sitio es detrás del corchete de cierre.
finding-change-source-tag-in-uri = Escribir +sip.src detrás del corchete de cierre: <sip:sbc@192.0.2.1>;+sip.src
finding-no-metadata = La sesión no trae metadatos, así que las partes se conocen como mucho por sus cabeceras SIP.
finding-change-no-metadata = Activar los metadatos de grabación (application/rs-metadata+xml) en el perfil de grabación.
finding-metadata-type = La parte de metadatos tiene un tipo que no es application/rs-metadata+xml; se leyó de todos modos.
finding-change-metadata-type = Enviar los metadatos como application/rs-metadata+xml con Content-Disposition: recording-session.
finding-cisco-participants = Las partes se tomaron de X-Cisco-Recording-Participant: la forma de grabar propia de Cisco, sin metadatos.
finding-change-cisco-participants = Donde el equipo sepa hacer SIPREC con metadatos, cambiar a ello.
finding-built-in-bridge = El puente integrado de Cisco envía cada parte en una sesión propia, sin metadatos; no dice quién llamó a quién.
finding-change-built-in-bridge = Grabar en una pasarela que haga SIPREC con metadatos, en vez de en el teléfono.
finding-no-label = Una línea de medios no tiene etiqueta, así que los metadatos no pueden decir de quién es; líneas y partes se unieron por su orden.
finding-change-no-label = Dar a cada línea m= una etiqueta (a=label:1, a=label:2) y nombrar las etiquetas en los metadatos.
finding-label-twice = Dos líneas de medios llevan la misma etiqueta.
finding-change-label-twice = Dar a cada línea m= una etiqueta propia.
finding-label-unknown = La etiqueta de una línea de medios no está en los metadatos; su parte se tomó del orden de las líneas.
finding-change-label-unknown = Enviar con el SDP metadatos que tengan un flujo con esta etiqueta.
finding-no-direction = La oferta no dice a=sendonly.
finding-change-no-direction = Enviar a=sendonly en cada línea m=.
finding-null-address = Los medios se retienen con la dirección 0.0.0.0 en vez de con a=inactive.
finding-change-null-address = Retener con a=inactive y dejar la dirección como está.
finding-same-version = El SDP cambió, pero la versión de su línea o= no.
finding-change-same-version = Subir la versión de la línea o= con cada cambio.
finding-metadata-too-large = Los metadatos pasan de 256 KiB y no se leyeron; se guardan con los mensajes.
finding-change-metadata-too-large = Enviar menos en un documento: menos extensiones, solo sesiones que siguen.
finding-metadata-too-deep = Los metadatos anidan más de 64 elementos y no se leyeron; se guardan con los mensajes.
finding-change-metadata-too-deep = Enviar metadatos menos anidados; lo que hay que mirar son las extensiones profundas.
finding-metadata-too-many-attributes = Los metadatos tienen más de 1.000 atributos y no se leyeron; se guardan con los mensajes.
finding-change-metadata-too-many-attributes = Enviar menos en un documento: menos extensiones, solo sesiones que siguen.
finding-metadata-forbidden-xml = Los metadatos declaran un tipo de documento o entidades, que se rechazan; se guardan con los mensajes.
finding-change-metadata-forbidden-xml = Enviar XML sencillo, sin DOCTYPE ni ENTITY.
finding-metadata-not-utf8 = Los metadatos no son UTF-8 válido; los bytes erróneos se sustituyeron.
finding-change-metadata-not-utf8 = Enviar los metadatos en UTF-8.
finding-metadata-not-well-formed = Los metadatos no son XML bien formado; se usó lo que hay antes del fallo.
finding-change-metadata-not-well-formed = Avisar al fabricante del cliente: su XML está roto en este lugar.
finding-metadata-root = El elemento exterior de los metadatos no es recording.
finding-change-metadata-root = Llamar recording al elemento exterior.
finding-metadata-namespace = El espacio de nombres de los metadatos no es urn:ietf:params:xml:ns:recording:1.
finding-change-metadata-namespace = Usar el espacio de nombres urn:ietf:params:xml:ns:recording:1.
finding-datamode-name = El elemento se llama dataMode; en el esquema es datamode.
finding-change-datamode-name = Llamar datamode al elemento.
finding-datamode-missing = Los metadatos no dicen si están completos; se tomaron por completos.
finding-change-datamode-missing = Decir <datamode>complete</datamode> o <datamode>partial</datamode> en cada documento.
finding-datamode-value = El datamode no es ni complete ni partial; se tomó por complete.
finding-change-datamode-value = Decir complete o partial en datamode, en minúsculas.
finding-draft-form = Los metadatos tienen la forma de un borrador anterior al RFC: las asociaciones están dentro de participantes y flujos.
finding-change-draft-form = Usar una versión más nueva del cliente, si hay una que siga el RFC 7865.
finding-no-session = Los metadatos no nombran ninguna sesión de comunicación.
finding-change-no-session = Enviar por cada llamada un elemento session con su session_id.
finding-no-id = Un elemento no tiene id.
finding-change-no-id = Dar un id a cada sesión, participante y flujo.
finding-id-twice = Un mismo id nombra dos cosas distintas; la segunda se dejó fuera.
finding-change-id-twice = Dar a cada cosa un id propio.
finding-too-many = Los metadatos tienen más de 256 elementos de una clase, 10.000 en total, o un valor de más de 1.000 bytes; lo que pasa de ahí se dejó fuera.
finding-change-too-many = Enviar menos en un documento: solo sesiones y partes que siguen.
finding-no-address = Un participante no tiene dirección.
finding-change-no-address = Enviar nameID con aor para cada participante.
finding-address-form = La dirección de un participante no es un URI.
finding-change-address-form = Escribir la dirección como URI: sip:100@example.org o tel:+421905123456.
finding-time-form = Una hora no tiene la forma del RFC 3339.
finding-change-time-form = Escribir las horas con su zona: 2026-03-02T09:00:00Z.
finding-associations-missing = Los metadatos no dicen quién envía qué flujo; partes y flujos se unieron por su orden.
finding-change-associations-missing = Enviar participantsessionassoc y participantstreamassoc para cada participante.
finding-unknown-reference = Una asociación nombra algo que los metadatos no definen; otro cliente puede haberlo definido.
finding-change-unknown-reference = Definir lo nombrado en el mismo documento.
finding-placeholder = Un participante no representa a nadie: el cliente aún no conocía a la parte.
finding-change-placeholder = Enviar una actualización en cuanto se conozca a la parte.
finding-partial-first = Una actualización parcial llegó antes de cualquier instantánea completa.
finding-change-partial-first = Empezar cada sesión con un documento cuyo datamode sea complete.
finding-cost-nothing = Nada: se entendió de todos modos.
finding-cost-strict = Aquí nada. Una grabadora que va al pie de la letra, como esta con un cliente puesto en estricto, rechaza la llamada.
finding-cost-parties-unknown = Números, nombres y quién habla en qué pista pueden faltar o estar mal.
finding-cost-parties-swapped = Las voces pueden atribuirse a las partes equivocadas.
finding-cost-who-called = No se sabe quién llamó a quién.
finding-cost-metadata-lost = Todo lo que dicen estos metadatos: partes, flujos, identificadores. El sonido se graba.
finding-cost-metadata-rest = Lo que hay detrás del fallo: pueden faltar partes y flujos. El sonido se graba.
finding-cost-wrong-letters = Los nombres pueden tener letras equivocadas.
finding-cost-taken-as-complete = Una actualización pensada como parte daría por terminado lo que no nombra.
finding-cost-no-call-id = Las llamadas de una sesión no se distinguen, y la copia de otra grabadora puede no unirse a esta llamada.
finding-cost-not-linked = Puede faltar en la llamada una parte, o de quién es la voz de un flujo.
finding-cost-beyond-limit = Faltan las partes, flujos o identificadores que pasan del límite.
finding-cost-no-number = La parte no tiene número, así que la llamada no se encuentra por él.
finding-cost-time = Una hora puede faltar, o estar mal por la zona horaria.
finding-cost-until-known = La parte es desconocida hasta que el cliente diga más.
finding-cost-history = Lo que el cliente dijo antes no se conoce aquí hasta que envíe un documento completo, que se le pide.
peculiarity-requires-unknown = exige algo que aquí no se conoce
peculiarity-plain-signalling = su señalización no está cifrada
peculiarity-null-hold = retiene con la dirección 0.0.0.0
peculiarity-asks-password = primero se le pide su contraseña (401)
peculiarity-no-ack = no siempre envía ACK
peculiarity-declines = rechaza solicitudes del grabador
peculiarity-no-answer = no siempre responde a las solicitudes del grabador
