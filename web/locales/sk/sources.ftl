# Where calls come from.
nav-sources = Zdroje
sources-siprec = Nahrávací klienti (SIPREC)
sources-hep = Agenti HEP
sources-captures = Sieťové rozhrania
sources-imports = Importy
never = nikdy
siprec-not-ready = Nové hovory sa odmietajú: { $why }
siprec-addresses = Adresy pre nahrávacích klientov
siprec-addresses-text = Zadajte jednu z nich v SBC alebo ústredni ako nahrávací server.
siprec-no-peer = Zatiaľ sa neozval žiadny nahrávací klient
siprec-no-peer-text = Zadajte mu jednu z adries vyššie. Len čo niečo pošle, aj obyčajný OPTIONS, objaví sa tu.
peer-unknown = nenastavený
peer-calls-now = Hovory teraz
peer-calls-total = Hovory spolu
peer-refused = Odmietnuté
peer-last-call = Posledný hovor
peer-last-options = Posledný OPTIONS
peer-way = Spojenie
peer-encrypted = šifrované
peer-plain = nešifrované
peer-errors =
    { $count ->
        [one] { $count } chyba
        [few] Posledné { $count } chyby
       *[other] Posledných { $count } chýb
    }
peer-findings =
    { $count ->
        [one] { $count } zvláštnosť
        [few] { $count } zvláštnosti
       *[other] { $count } zvláštností
    }
definition-options = Cez OPTIONS sa klient pýta, či je nahrávač na mieste.
finding-matters = Toto mohlo niečo stáť:
finding-harmless = Aj tak sa rozumelo:
hep-addresses = Adresy pre agentov HEP
hep-addresses-text = Agenti na jednu z nich posielajú kópie SIP, ktoré vidia, cez HEP verzie 3.
hep-no-agent = Zatiaľ sa neozval žiadny agent HEP
hep-no-agent-text = Nasmerujte Kamailio, Asterisk alebo FreeSWITCH na túto adresu: len čo pošle paket, objaví sa tu.
hep-agent = Agent
hep-address = Adresa
hep-last = Naposledy
hep-sip = Správy SIP
hep-reports = Hlásenia
hep-trouble = Problém
definition-hep-reports = Čo agent hovorí o hovoroch okrem ich SIP: RTCP, kvalita, riadky jeho denníka.
hep-refused = Odmietnuté alebo nečitateľné: { $count }. Posledné prišlo od { $address }: { $why }.
agent-number = Agent { $id }
capture-interface = Rozhranie
capture-bytes = Bajty
capture-dropped-kernel = Stratené jadrom
capture-dropped-us = Stratené nami
definition-dropped-kernel = Pakety, ktoré operačný systém zahodil, lebo neboli včas prevzaté.
definition-dropped-us = Pakety, ktoré boli prevzaté a potom zahodené, lebo nahrávač bol príliš pomalý.
captures-none = Nepočúva sa na žiadnom rozhraní. Ak chcete počúvať:
imports-line = { $done } hotových, { $running } prebieha, { $failed } zlyhalo.
imports-last = Posledný sa skončil { $time }.
source-siprec = SIPREC
source-passive = Rozhranie
source-hep = HEP
source-pcap = Záznam
source-import = Import
source-unknown = Zdroj
sources-lab = Laboratórium: vyskúšať INVITE alebo záznam
