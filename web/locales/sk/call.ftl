# Jeden hovor.
calls-to = volá
fact-talk = trval { $length }
fact-ring = zvonil { $length }
fact-hangup =
    { $who ->
        [caller] zložil volajúci
        [callee] zložil volaný
        [system] ukončil systém
       *[other] nevedno, kto zložil
    }
why-import = prišiel s importovaným záznamom
why-recording-is-switched-off = nahrávanie bolo pre všetkých vypnuté
why-recording-is-switched-on = nahrávajú sa všetky hovory
why-no-recording = nič sa z neho neuložilo
related = Ten istý rozhovor:
related-before = pred presmerovaním
related-after = po presmerovaní
deck = Zvuk a časová os
no-sound = Z tohto hovoru nie je zvuk.
no-sound-permission = Váš účet nesmie počúvať. Správca vám môže dať rolu poslucháča.
recording-choice = Nahrávka
recording-number = Nahrávka { $number }

speed = Rýchlosť
speed-times = { $speed }×
mute = Stíšiť: { $name }
zoom-in = Priblížiť
zoom-out = Oddialiť
zoom-fit = Ukázať celý hovor
mark = Značka
mark-added = Označené v čase { $time }.
note = Poznámka
copy-link = Kopírovať odkaz
download = Stiahnuť
download-wav = Zvuk (WAV)
download-pcapng = Pakety (pcapng)
download-json = Záznam (JSON)

lane-events = Udalosti
lane-notes = Poznámky
lane-quality = Straty, jitter
before-sound = zvonenie
event-more = +{ $count }
definition-quality = Stĺpce: podiel stratených paketov, plná výška je 10 %. Čiara: jitter, plná výška je 40 ms.
note-at =
    { $kind ->
        [mark] Značka v čase { $time } { $text }
       *[note] Poznámka v čase { $time }: { $text }
    }

call-tabs = Podrobnosti hovoru
tab-notes = Poznámky
tab-signalling = Signalizácia
tab-streams = Prúdy
note-new = Nová poznámka
note-placeholder = Čo sa oplatí vedieť o tejto chvíli?
note-will-be-at = V čase { $time }
note-whole-call = Celý hovor
note-save = Pridať poznámku
note-edit = Upraviť poznámku
note-remove = Vymazať poznámku
note-removed = Poznámka je vymazaná.
notes-none = Zatiaľ bez poznámok. Pri počúvaní stlačte m a označte chvíľu, alebo n a napíšte o nej.
notes-none-reader = Zatiaľ bez poznámok.

messages-none = Žiadne správy SIP tohto hovoru nebolo vidieť.
messages-cut = Zobrazených je len prvých { $count } správ. Stiahnuté pakety obsahujú všetky.
message-open = { $time }: { $message }, z { $source } do { $destination }
agent-reports = Hlásenia agentov
agent-reports-cut = Zobrazených je len prvých { $count } hlásení.
report-hep-rtcp = RTCP
report-hep-quality = Kvalita
report-hep-log = Riadok denníka

streams-none = Žiadne zvukové prúdy tohto hovoru nebolo vidieť.
stream-voice = Hlas
stream-label = Označenie
definition-label = Meno prúdu v nahrávacej relácii, podľa ktorého jej metadáta hovoria, kto hovorí.
stream-packets = Pakety
stream-lost = Stratené
stream-jitter = Jitter
stream-duplicated = Dvakrát
stream-reordered = Mimo poradia
stream-encryption = Šifrovanie
stream-encrypted = SRTP
stream-open = Žiadne
stream-path = Odkiaľ → kam
stream-ssrc = SSRC
definition-loss = Pakety, ktorých čísla chýbajú, a ich podiel zo všetkých odoslaných.
loss-before = { $figure } pred nami
loss-at-capture = { $figure } zahodených v mieste zachytávania
loss-in-recorder = { $figure } zahodených nahrávačom
evidence = Dôkaznosť
evidence-seconds = { $stored } z { $expected } reči
definition-evidence = Aký podiel odoslaných paketov je uložený: za čas od prvého po posledný paket každého prúdu. Čo chýba, je vyznačené pod vlnami: žltou to, čo k nám neprišlo, červenou to, čo sme zahodili my.
definition-jitter = Nepravidelnosť príchodu paketov podľa RFC 3550.

tab-comparison = Porovnanie
compare-first = Prvá
compare-second = Druhá
compare-equal = V oboch nahrávkach je to isté.
compare-unequal = Nahrávky sa líšia.
compare-clock = Druhý svedok videl tie isté pakety o { $difference } neskôr.
compare-same = Rovnaké
compare-different = Odlišné
compare-only-first = Len v prvej
compare-only-second = Len v druhej
compare-absent = nie je
compare-where = Kde sa líšia
compare-span-only_first =
    { $count ->
        [one] { $count } paket je len v prvej
        [few] { $count } pakety sú len v prvej
       *[other] { $count } paketov je len v prvej
    }
compare-span-only_second =
    { $count ->
        [one] { $count } paket je len v druhej
        [few] { $count } pakety sú len v druhej
       *[other] { $count } paketov je len v druhej
    }
compare-span-different =
    { $count ->
        [one] { $count } paket je odlišný
        [few] { $count } pakety sú odlišné
       *[other] { $count } paketov je odlišných
    }
compare-cut = Takých miest je viac, než je uvedené.
