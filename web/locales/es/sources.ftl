# Where calls come from.
nav-sources = Fuentes
sources-siprec = Clientes de grabación (SIPREC)
sources-hep = Agentes HEP
sources-captures = Interfaces de red
sources-imports = Importaciones
never = nunca
siprec-not-ready = Se rechazan llamadas nuevas: { $why }
siprec-addresses = Direcciones para clientes de grabación
siprec-addresses-text = Indique una de ellas a su SBC o centralita como servidor de grabación.
siprec-no-peer = Aún no se ha visto ningún cliente de grabación
siprec-no-peer-text = Indíquele una de las direcciones de arriba. En cuanto envíe algo, aunque sea un OPTIONS, aparecerá aquí.
peer-unknown = sin configurar
peer-calls-now = Llamadas ahora
peer-calls-total = Llamadas en total
peer-refused = Rechazadas
peer-last-call = Última llamada
peer-last-options = Último OPTIONS
peer-way = Conexión
peer-encrypted = cifrada
peer-plain = sin cifrar
peer-errors =
    { $count ->
        [one] { $count } error
       *[other] Últimos { $count } errores
    }
peer-findings =
    { $count ->
        [one] { $count } peculiaridad
       *[other] { $count } peculiaridades
    }
definition-options = Con OPTIONS un cliente pregunta si el grabador está ahí.
finding-matters = Esto puede haber costado algo:
finding-harmless = Se entendió de todos modos:
hep-addresses = Direcciones para agentes HEP
hep-addresses-text = Los agentes envían a una de ellas copias del SIP que ven, con HEP versión 3.
hep-no-agent = Aún no se ha oído a ningún agente HEP
hep-no-agent-text = Dirija Kamailio, Asterisk o FreeSWITCH a esta dirección: en cuanto envíe un paquete, aparecerá aquí.
hep-agent = Agente
hep-address = Dirección
hep-last = Último contacto
hep-sip = Mensajes SIP
hep-reports = Informes
hep-trouble = Problema
definition-hep-reports = Lo que un agente cuenta de las llamadas además de su SIP: RTCP, calidad, líneas de su registro.
hep-refused = Rechazados o ilegibles: { $count }. El último vino de { $address }: { $why }.
agent-number = Agente { $id }
capture-interface = Interfaz
capture-bytes = Bytes
capture-dropped-kernel = Perdidos por el núcleo
capture-dropped-us = Perdidos por nosotros
definition-dropped-kernel = Paquetes que el sistema operativo descartó porque no se recogieron a tiempo.
definition-dropped-us = Paquetes recogidos y luego abandonados porque el grabador fue demasiado lento.
captures-none = No se escucha ninguna interfaz. Para escuchar una:
imports-line = { $done } terminadas, { $running } en marcha, { $failed } fallidas.
imports-last = La última terminó { $time }.
source-siprec = SIPREC
source-passive = Interfaz
source-hep = HEP
source-pcap = Captura
source-import = Importación
source-unknown = Fuente
sources-lab = Laboratorio: probar un INVITE o una captura
