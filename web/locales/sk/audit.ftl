# Záznam auditu.
audit-title = Záznam auditu
audit-size =
    { $count ->
        [one] { $count } zápis
        [few] { $count } zápisy
       *[other] { $count } zápisov
    }
audit-none = Týmto filtrom nevyhovuje žiadny zápis
audit-none-text = Každé prihlásenie, každé počúvanie, každá zmena sa sem zapíše a nedá sa zmeniť.
audit-more = Ukázať staršie zápisy
audit-index = Č.
audit-actor = Kto
audit-kind = Čo
audit-kind-all = Všetko
audit-result = Výsledok
audit-details = Podrobnosti
audit-call = Hovor
audit-group-call = Hovory
audit-group-playback = Počúvanie
audit-recording-compared = Nahrávky porovnané
audit-recording-paused = Nahrávanie pozastavené
audit-recording-resumed = Nahrávanie pokračuje
audit-recording-stopped = Nahrávanie ukončila osoba
audit-live-listened = Počúvanie naživo
audit-live-listen-ended = Koniec počúvania naživo
audit-live-levels-viewed = Úrovne sledované naživo
audit-group-live = Naživo
audit-group-recording = Nahrávky
audit-group-import = Importy
audit-group-session = Prihlasovanie
audit-group-account = Účty
audit-group-api-key = Kľúče API
audit-group-key = Šifrovacie kľúče
audit-group-settings = Nastavenia
audit-group-verify = Overenie
audit-call-viewed = Hovor otvorený
audit-call-exported = Hovor stiahnutý
audit-calls-exported = Hovory stiahnuté ako tabuľka
audit-playback-ended = Počúvanie skončilo
audit-import-started = Import začal
audit-import-finished = Import skončil
audit-session-refused = Prihlásenie odmietnuté
audit-account-added = Účet pridaný
audit-account-changed = Účet zmenený
audit-key-rotated = Nová verzia kľúča
audit-key-recovery-shown = Obnovovací kľúč ukázaný
audit-result-done = hotovo
audit-result-ok = hotovo
audit-result-success = hotovo
audit-result-refused = odmietnuté
audit-result-denied = odmietnuté
audit-result-failed = zlyhalo
audit-account-password-changed = Heslo zmenené
audit-account-totp-on = Druhý faktor zapnutý
audit-account-totp-off = Druhý faktor vypnutý
audit-api-key-made = Kľúč API vytvorený
audit-api-key-revoked = Kľúč API zrušený
audit-call-signalling-viewed = Signalizácia otvorená
audit-key-recovery-saved = Obnovovací kľúč uložený
audit-playback-granted = Počúvanie povolené
audit-playback-resumed = Počúvanie pokračuje
audit-recording-quality-viewed = Kvalita zobrazená
audit-recording-waveform-viewed = Priebeh zvuku zobrazený
audit-session-opened = Prihlásenie
audit-session-closed = Odhlásenie
audit-session-confirmed = Heslo potvrdené
audit-settings-recording-changed = Nastavenie nahrávania zmenené
audit-verify-started = Overenie začalo
audit-part-stored = Nahrávka uložená
audit-journal-damaged = Žurnál poškodený

verify-title = Overenie
verify-sound = Všetko je tak, ako sa uložilo
verify-broken = Niečo nie je tak, ako sa uložilo
verify-never = Ešte neoverené
verify-when = { $time }: prečítané { $entries ->
        [one] { $entries } zápis
        [few] { $entries } zápisy
       *[other] { $entries } zápisov
    } a { $objects ->
        [one] { $objects } objekt
        [few] { $objects } objekty
       *[other] { $objects } objektov
    }.
verify-what = Overenie znova prečíta každú nahrávku a každý zápis a porovná ich s tým, čo sa zapečatilo.
verify-start = Overiť teraz
verify-running = Overuje sa…
audit-group-laboratory = Laboratórium
audit-laboratory-used = Pozreté v laboratóriu
