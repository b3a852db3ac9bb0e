# Rám okolo každej stránky a slová, ktoré používajú mnohé.
brand = Earwitness
title = { $page } · Earwitness
skip-to-content = Prejsť na obsah
nav-label = Stránky
nav-calls = Hovory
nav-import = Import
nav-audit = Audit
nav-settings = Nastavenia
go-to-calls = Prejsť na hovory
language = Jazyk
language-now = Jazyk: { $name }
me-menu = Váš účet
me-menu-of = Váš účet: { $name }
sign-out = Odhlásiť sa
search-calls = Hľadať hovory

close = Zavrieť
cancel = Zrušiť
save = Uložiť
saved = Uložené
edit = Upraviť
apply = Použiť
confirm = Potvrdiť
continue = Pokračovať
undo = Vrátiť späť
copy = Kopírovať
copied = Skopírované
try-again = Skúsiť znova
play = Prehrať
pause = Pozastaviť
days =
    { $count ->
        [one] { $count } deň
        [few] { $count } dni
       *[other] { $count } dní
    }
since = od { $time }
time-zone = Časy sú v pásme { $zone }

player = Prehrávač
player-close = Zastaviť a zavrieť prehrávač
position = Pozícia
position-of = { $at } z { $length }

alarms = Poplachy
alarms-none = Nič na hlásenie.
alarm-open = Ukázať
alarms-more = ešte { $count }
alarms-fewer = Menej
severity-notice = Oznam:
severity-warning = Varovanie:
severity-critical = Naliehavé:
alarm-disk = Disk sa plní. Uvoľnite miesto alebo pridajte disk.
alarm-disk-full = Disk je plný. Nové hovory sa zapisujú, ale nenahrávajú, kým nebude miesto.
alarm-keys-not-saved = Obnovovací kľúč nie je uložený. Bez neho strata kľúčov znamená stratu nahrávok.
alarm-port-occupied = Iný program používa port, ktorý potrebuje záznamník. { $detail }
alarm-clock = Hodiny počítača preskočili alebo ich nenastavuje sieť. Časy hovorov môžu byť nesprávne.
alarm-running-as-root = Server beží ako root. Spustite ho jednotkou systemd, ktorá sa týchto práv vzdá.
alarm-recorder-down = Záznamník nebeží. Hovory sa nenahrávajú.
alarm-journal-error = Žurnál sa nepodarilo zapísať. Ohrozené sú posledné sekundy prebiehajúcich hovorov.
alarm-sealing-late = Skončené hovory čakajú na zapečatenie dlhšie než zvyčajne.
alarm-capture-down = Sieťové rozhranie sa nedá zachytávať. { $detail }
alarm-packets-dropped = V nahrávači sa stratili pakety: počítač alebo jeho disk je príliš pomalý. { $detail }
alarm-other = { $detail }

keys-title = Klávesy
keys-everywhere = Všade
keys-list = V zozname hovorov
keys-live = V zozname prebiehajúcich hovorov
keys-listen = Počúvať alebo prestať
keys-pause = Pozastaviť alebo pokračovať v nahrávaní
keys-call = Pri hovore
keys-search = Hľadať hovory
keys-help = Ukázať tieto klávesy
keys-close = Zavrieť, čo je otvorené
keys-next = Ďalší alebo predošlý hovor
keys-open = Otvoriť hovor
keys-play = Prehrať alebo pozastaviť
keys-ends = Prvý alebo posledný načítaný hovor
keys-seek = O 5 sekúnd späť alebo vpred
keys-speed = Pomalšie alebo rýchlejšie
keys-zoom = Priblížiť, oddialiť, celé
keys-mute = Stíšiť jednu stranu
keys-mark = Označiť toto miesto
keys-note = Napísať sem poznámku
keys-link = Kopírovať odkaz na túto sekundu

not-found-title = Taká stránka nie je
not-found-text = Adresa môže mať preklep alebo byť z inej verzie panela.
not-allowed-title = Váš účet túto stránku vidieť nesmie
not-allowed-text = Správca vám môže dať rolu, ktorá smie. Vaše terajšie roly sú v profile.

sign-in = Prihlásenie
sign-in-return = Po prihlásení sa vrátite na stránku, na ktorej ste boli.
sign-in-other = Použiť iný účet
account-name = Názov účtu
password = Heslo
totp-code = Kód
totp-hint = Šesť číslic, ktoré teraz ukazuje vaša overovacia aplikácia.
totp-continue = Pokračovať

confirm-title = Ste to vy?
confirm-text = Tento úkon žiada znova vaše heslo. Päť minút sa potom nebude pýtať.
confirm-or-code = Alebo kód druhého faktora
