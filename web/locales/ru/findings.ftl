# Что клиенты записи делают иначе, чем в RFC.
finding-no-require = INVITE не требует опции siprec; сеансом записи он признан по другим признакам.
finding-change-no-require = Отправлять Require: siprec в INVITE.
finding-no-source-tag = В Contact нет метки +sip.src; сеансом записи он признан по другим признакам.
finding-change-no-source-tag = Отправлять метку вместе с Contact: <sip:sbc@192.0.2.1>;+sip.src
finding-source-tag-in-uri = Метка +sip.src стоит внутри адреса в Contact, а её место за закрывающей скобкой.
finding-change-source-tag-in-uri = Писать +sip.src за закрывающей скобкой: <sip:sbc@192.0.2.1>;+sip.src
finding-no-metadata = Сеанс не несёт метаданных, поэтому стороны известны разве что из заголовков SIP.
finding-change-no-metadata = Включить метаданные записи (application/rs-metadata+xml) в профиле записи.
finding-metadata-type = У части с метаданными другой тип, чем application/rs-metadata+xml; она всё равно прочитана.
finding-change-metadata-type = Отправлять метаданные как application/rs-metadata+xml с Content-Disposition: recording-session.
finding-cisco-participants = Стороны взяты из X-Cisco-Recording-Participant: собственный вид записи Cisco, без метаданных.
finding-change-cisco-participants = Если устройство умеет SIPREC с метаданными, перейти на него.
finding-built-in-bridge = Встроенный мост Cisco отправляет каждую сторону в отдельном сеансе без метаданных; кто кому звонил, не сказано.
finding-change-built-in-bridge = Записывать на шлюзе, который умеет SIPREC с метаданными, а не на телефоне.
finding-no-label = У строки медиа нет метки, поэтому метаданные не могут сказать, чья она; строки и стороны сопоставлены по порядку.
finding-change-no-label = Дать каждой строке m= метку (a=label:1, a=label:2) и назвать метки в метаданных.
finding-label-twice = У двух строк медиа одна и та же метка.
finding-change-label-twice = Дать каждой строке m= свою метку.
finding-label-unknown = Метки строки медиа нет в метаданных; её сторона взята по порядку строк.
finding-change-label-unknown = Отправлять вместе с SDP метаданные, в которых есть поток с этой меткой.
finding-no-direction = В предложении нет a=sendonly.
finding-change-no-direction = Отправлять a=sendonly в каждой строке m=.
finding-null-address = Медиа удерживается адресом 0.0.0.0 вместо a=inactive.
finding-change-null-address = Удерживать через a=inactive и оставлять адрес как есть.
finding-same-version = SDP изменился, а версия в его строке o= нет.
finding-change-same-version = Увеличивать версию в строке o= при каждом изменении.
finding-metadata-too-large = Метаданные длиннее 256 КиБ и не прочитаны; они хранятся вместе с сообщениями.
finding-change-metadata-too-large = Отправлять в одном документе меньше: меньше расширений, только текущие сеансы.
finding-metadata-too-deep = В метаданных вложено больше 64 элементов, они не прочитаны; они хранятся вместе с сообщениями.
finding-change-metadata-too-deep = Отправлять менее вложенные метаданные; проверить стоит глубокие расширения.
finding-metadata-too-many-attributes = В метаданных больше 1000 атрибутов, они не прочитаны; они хранятся вместе с сообщениями.
finding-change-metadata-too-many-attributes = Отправлять в одном документе меньше: меньше расширений, только текущие сеансы.
finding-metadata-forbidden-xml = Метаданные объявляют тип документа или сущности, что отклоняется; они хранятся вместе с сообщениями.
finding-change-metadata-forbidden-xml = Отправлять простой XML без DOCTYPE и ENTITY.
finding-metadata-not-utf8 = Метаданные не в правильном UTF-8; неверные байты заменены.
finding-change-metadata-not-utf8 = Отправлять метаданные в UTF-8.
finding-metadata-not-well-formed = Метаданные не являются правильным XML; использовано то, что стоит до ошибки.
finding-change-metadata-not-well-formed = Сообщить изготовителю клиента: его XML в этом месте испорчен.
finding-metadata-root = Внешний элемент метаданных не recording.
finding-change-metadata-root = Назвать внешний элемент recording.
finding-metadata-namespace = Пространство имён метаданных не urn:ietf:params:xml:ns:recording:1.
finding-change-metadata-namespace = Использовать пространство имён urn:ietf:params:xml:ns:recording:1.
finding-datamode-name = Элемент назван dataMode, а по схеме он datamode.
finding-change-datamode-name = Назвать элемент datamode.
finding-datamode-missing = В метаданных не сказано, полные ли они; они приняты как полные.
finding-change-datamode-missing = Указывать <datamode>complete</datamode> или <datamode>partial</datamode> в каждом документе.
finding-datamode-value = В datamode стоит не complete и не partial; принято как complete.
finding-change-datamode-value = Писать в datamode complete или partial, строчными буквами.
finding-draft-form = Метаданные имеют вид черновика, что был до RFC: связи стоят внутри участников и потоков.
finding-change-draft-form = Поставить более новую версию клиента, если есть такая, что следует RFC 7865.
finding-no-session = В метаданных не назван ни один сеанс связи.
finding-change-no-session = Отправлять для каждого звонка элемент session с его session_id.
finding-no-id = У элемента нет идентификатора.
finding-change-no-id = Дать идентификатор каждому сеансу, участнику и потоку.
finding-id-twice = Один идентификатор стоит для двух разных вещей; вторая пропущена.
finding-change-id-twice = Дать каждой вещи свой идентификатор.
finding-too-many = В метаданных больше 256 элементов одного вида, 10 000 всего, или значение длиннее 1000 байт; что сверх того, пропущено.
finding-change-too-many = Отправлять в одном документе меньше: только те сеансы и стороны, что ещё есть.
finding-no-address = У участника нет адреса.
finding-change-no-address = Отправлять nameID с aor для каждого участника.
finding-address-form = Адрес участника не является URI.
finding-change-address-form = Писать адрес как URI: sip:100@example.org или tel:+421905123456.
finding-time-form = Время записано не так, как в RFC 3339.
finding-change-time-form = Писать время с поясом: 2026-03-02T09:00:00Z.
finding-associations-missing = В метаданных не сказано, кто отправляет какой поток; стороны и потоки сопоставлены по порядку.
finding-change-associations-missing = Отправлять participantsessionassoc и participantstreamassoc для каждого участника.
finding-unknown-reference = Связь называет то, чего метаданные не определяют; это мог определить другой клиент.
finding-change-unknown-reference = Определять названное в том же документе.
finding-placeholder = Участник стоит ни за кого: клиент ещё не знал сторону.
finding-change-placeholder = Отправить обновление, как только сторона станет известна.
finding-partial-first = Частичное обновление пришло раньше какого-либо полного снимка.
finding-change-partial-first = Начинать каждый сеанс документом, у которого datamode равен complete.
finding-cost-nothing = Ничего: всё понято и так.
finding-cost-strict = Здесь ничего. Система записи, которая следует букве, как и эта для клиента со строгой настройкой, отклонит звонок.
finding-cost-parties-unknown = Номера, имена и то, кто говорит на какой дорожке, могут отсутствовать или быть неверны.
finding-cost-parties-swapped = Голоса могут быть приписаны не тем сторонам.
finding-cost-who-called = Неизвестно, кто кому звонил.
finding-cost-metadata-lost = Всё, что говорят эти метаданные: стороны, потоки, идентификаторы. Звук записывается.
finding-cost-metadata-rest = То, что стоит за ошибкой: сторон и потоков может не хватать. Звук записывается.
finding-cost-wrong-letters = В именах могут быть неверные буквы.
finding-cost-taken-as-complete = Обновление, задуманное как часть, завершило бы всё, что в нём не названо.
finding-cost-no-call-id = Звонки одного сеанса неразличимы, и копия другой системы записи может не соединиться с этим звонком.
finding-cost-not-linked = В звонке может не хватать стороны или того, чей голос в потоке.
finding-cost-beyond-limit = Стороны, потоки или идентификаторы сверх предела отсутствуют.
finding-cost-no-number = У стороны нет номера, поэтому звонок по нему не найти.
finding-cost-time = Время может отсутствовать или быть неверным на часовой пояс.
finding-cost-until-known = Сторона неизвестна, пока клиент не скажет больше.
finding-cost-history = Что клиент сказал раньше, здесь неизвестно, пока он не отправит полный документ, о котором его просят.
peculiarity-requires-unknown = он требует того, что здесь неизвестно
peculiarity-plain-signalling = его сигнализация не шифруется
peculiarity-null-hold = он удерживает адресом 0.0.0.0
peculiarity-asks-password = сначала у него спрашивают пароль (401)
peculiarity-no-ack = он не всегда отправляет ACK
peculiarity-declines = он отклоняет запросы сервера записи
peculiarity-no-answer = он не всегда отвечает на запросы сервера записи
