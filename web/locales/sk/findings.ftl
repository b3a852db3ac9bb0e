# Čo klienti nahrávania robia inak, než je v RFC.
finding-no-require = INVITE nevyžaduje voľbu siprec; za nahrávaciu reláciu bol uznaný podľa iných znakov.
finding-change-no-require = Posielať Require: siprec v INVITE.
finding-no-source-tag = V Contact chýba značka +sip.src; za nahrávaciu reláciu bol uznaný podľa iných znakov.
finding-change-no-source-tag = Posielať značku pri Contact: <sip:sbc@192.0.2.1>;+sip.src
finding-source-tag-in-uri = Značka +sip.src stojí vnútri adresy v Contact, patrí však za zatváraciu zátvorku.
finding-change-source-tag-in-uri = Písať +sip.src za zatváraciu zátvorku: <sip:sbc@192.0.2.1>;+sip.src
finding-no-metadata = Relácia nenesie metadáta, takže strany sú známe nanajvýš z hlavičiek SIP.
finding-change-no-metadata = Zapnúť metadáta nahrávania (application/rs-metadata+xml) v profile nahrávania.
finding-metadata-type = Časť s metadátami má iný typ než application/rs-metadata+xml; napriek tomu bola prečítaná.
finding-change-metadata-type = Posielať metadáta ako application/rs-metadata+xml s Content-Disposition: recording-session.
finding-cisco-participants = Strany boli prevzaté z X-Cisco-Recording-Participant: vlastná forma nahrávania Cisco, bez metadát.
finding-change-cisco-participants = Ak zariadenie vie SIPREC s metadátami, prejsť naň.
finding-built-in-bridge = Zabudovaný most Cisco posiela každú stranu vo vlastnej relácii bez metadát; kto komu volal, nehovorí.
finding-change-built-in-bridge = Nahrávať na bráne, ktorá vie SIPREC s metadátami, namiesto na telefóne.
finding-no-label = Riadok médií nemá značku, takže metadáta nemôžu povedať, čí je; riadky a strany sa spojili podľa poradia.
finding-change-no-label = Dať každému riadku m= značku (a=label:1, a=label:2) a značky uviesť v metadátach.
finding-label-twice = Dva riadky médií nesú rovnakú značku.
finding-change-label-twice = Dať každému riadku m= vlastnú značku.
finding-label-unknown = Značka riadku médií nie je v metadátach; jeho strana sa určila podľa poradia riadkov.
finding-change-label-unknown = Posielať spolu s SDP metadáta, v ktorých je prúd s touto značkou.
finding-no-direction = Ponuka neuvádza a=sendonly.
finding-change-no-direction = Posielať a=sendonly v každom riadku m=.
finding-null-address = Médiá sú podržané adresou 0.0.0.0 namiesto a=inactive.
finding-change-null-address = Podržať pomocou a=inactive a adresu nechať, ako je.
finding-same-version = SDP sa zmenilo, ale verzia v jeho riadku o= nie.
finding-change-same-version = Zvýšiť verziu v riadku o= pri každej zmene.
finding-metadata-too-large = Metadáta majú viac než 256 KiB a neboli prečítané; uchovávajú sa so správami.
finding-change-metadata-too-large = Posielať v jednom dokumente menej: menej rozšírení, iba prebiehajúce relácie.
finding-metadata-too-deep = Metadáta vnárajú viac než 64 prvkov a neboli prečítané; uchovávajú sa so správami.
finding-change-metadata-too-deep = Posielať menej vnorené metadáta; pozrieť sa treba na hlboké rozšírenia.
finding-metadata-too-many-attributes = Metadáta majú viac než 1 000 atribútov a neboli prečítané; uchovávajú sa so správami.
finding-change-metadata-too-many-attributes = Posielať v jednom dokumente menej: menej rozšírení, iba prebiehajúce relácie.
finding-metadata-forbidden-xml = Metadáta deklarujú typ dokumentu alebo entity, čo sa odmieta; uchovávajú sa so správami.
finding-change-metadata-forbidden-xml = Posielať jednoduché XML bez DOCTYPE a ENTITY.
finding-metadata-not-utf8 = Metadáta nie sú platné UTF-8; nesprávne bajty boli nahradené.
finding-change-metadata-not-utf8 = Posielať metadáta v UTF-8.
finding-metadata-not-well-formed = Metadáta nie sú správne XML; použilo sa to, čo stojí pred chybou.
finding-change-metadata-not-well-formed = Oznámiť výrobcovi klienta: jeho XML je na tomto mieste pokazené.
finding-metadata-root = Vonkajší prvok metadát nie je recording.
finding-change-metadata-root = Nazvať vonkajší prvok recording.
finding-metadata-namespace = Menný priestor metadát nie je urn:ietf:params:xml:ns:recording:1.
finding-change-metadata-namespace = Použiť menný priestor urn:ietf:params:xml:ns:recording:1.
finding-datamode-name = Prvok sa volá dataMode, v schéme je to datamode.
finding-change-datamode-name = Nazvať prvok datamode.
finding-datamode-missing = Metadáta nehovoria, či sú úplné; vzali sa ako úplné.
finding-change-datamode-missing = Uvádzať <datamode>complete</datamode> alebo <datamode>partial</datamode> v každom dokumente.
finding-datamode-value = V datamode nie je ani complete, ani partial; vzalo sa ako complete.
finding-change-datamode-value = Písať do datamode complete alebo partial, malými písmenami.
finding-draft-form = Metadáta majú tvar návrhu spred RFC: priradenia stoja vnútri účastníkov a prúdov.
finding-change-draft-form = Použiť novší softvér klienta, ak je taký, ktorý sa drží RFC 7865.
finding-no-session = Metadáta neuvádzajú žiadnu komunikačnú reláciu.
finding-change-no-session = Posielať pre každý hovor prvok session s jeho session_id.
finding-no-id = Prvok nemá identifikátor.
finding-change-no-id = Dať identifikátor každej relácii, účastníkovi a prúdu.
finding-id-twice = Jeden identifikátor stojí za dve rôzne veci; druhá bola vynechaná.
finding-change-id-twice = Dať každej veci vlastný identifikátor.
finding-too-many = Metadáta majú viac než 256 prvkov jedného druhu, 10 000 spolu, alebo hodnotu dlhšiu než 1 000 bajtov; čo je nad to, bolo vynechané.
finding-change-too-many = Posielať v jednom dokumente menej: iba relácie a strany, ktoré ešte trvajú.
finding-no-address = Účastník nemá adresu.
finding-change-no-address = Posielať nameID s aor pre každého účastníka.
finding-address-form = Adresa účastníka nie je URI.
finding-change-address-form = Písať adresu ako URI: sip:100@example.org alebo tel:+421905123456.
finding-time-form = Čas nie je taký, ako ho má RFC 3339.
finding-change-time-form = Písať časy s pásmom: 2026-03-02T09:00:00Z.
finding-associations-missing = Metadáta nehovoria, kto posiela ktorý prúd; strany a prúdy sa spojili podľa poradia.
finding-change-associations-missing = Posielať participantsessionassoc a participantstreamassoc pre každého účastníka.
finding-unknown-reference = Priradenie uvádza niečo, čo metadáta nedefinujú; mohol to definovať iný klient.
finding-change-unknown-reference = Definovať, čo sa uvádza, v tom istom dokumente.
finding-placeholder = Účastník nestojí za nikoho: klient stranu ešte nepoznal.
finding-change-placeholder = Poslať aktualizáciu, hneď ako je strana známa.
finding-partial-first = Čiastočná aktualizácia prišla pred akýmkoľvek úplným snímkom.
finding-change-partial-first = Začínať každú reláciu dokumentom, ktorého datamode je complete.
finding-cost-nothing = Nič: porozumelo sa tomu aj tak.
finding-cost-strict = Tu nič. Záznamník, ktorý sa drží litery, ako tento pri klientovi nastavenom na prísne, hovor odmietne.
finding-cost-parties-unknown = Čísla, mená a to, kto hovorí na ktorej stope, môžu chýbať alebo byť nesprávne.
finding-cost-parties-swapped = Hlasy sa môžu pripísať nesprávnym stranám.
finding-cost-who-called = Nie je známe, kto komu volal.
finding-cost-metadata-lost = Všetko, čo tieto metadáta hovoria: strany, prúdy, identifikátory. Zvuk sa nahráva.
finding-cost-metadata-rest = Čo stojí za chybou: strany a prúdy môžu chýbať. Zvuk sa nahráva.
finding-cost-wrong-letters = V menách môžu byť nesprávne písmená.
finding-cost-taken-as-complete = Aktualizácia, ktorá je myslená ako časť, by ukončila to, čo neuvádza.
finding-cost-no-call-id = Hovory jednej relácie sa nedajú rozlíšiť a kópia iného záznamníka sa s týmto hovorom nemusí spojiť.
finding-cost-not-linked = V hovore môže chýbať strana alebo to, čí hlas je v prúde.
finding-cost-beyond-limit = Strany, prúdy alebo identifikátory nad limit chýbajú.
finding-cost-no-number = Strana nemá číslo, takže hovor sa podľa neho nenájde.
finding-cost-time = Čas môže chýbať alebo byť posunutý o časové pásmo.
finding-cost-until-known = Strana je neznáma, kým klient nepovie viac.
finding-cost-history = Čo klient povedal predtým, tu nie je známe, kým nepošle úplný dokument, o ktorý je požiadaný.
peculiarity-requires-unknown = vyžaduje niečo, čo tu nie je známe
peculiarity-plain-signalling = jeho signalizácia nie je šifrovaná
peculiarity-null-hold = podržiava adresou 0.0.0.0
peculiarity-asks-password = najprv sa od neho pýta heslo (401)
peculiarity-no-ack = nie vždy posiela ACK
peculiarity-declines = odmieta požiadavky nahrávača
peculiarity-no-answer = nie vždy odpovedá na požiadavky nahrávača
