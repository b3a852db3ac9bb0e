# Nastavenia, účet, kľúče.
settings-profile = Profil
settings-recording = Nahrávanie
settings-accounts = Účty
settings-api-keys = Kľúče API
settings-keys = Šifrovanie
settings-system = Systém

profile-who = Vy
profile-signed-in = Prihlásený účet { $name }: { $roles }
display-name = Zobrazené meno
password-change = Zmeniť heslo
password-change-text = Všetky vaše ostatné relácie tým skončia.
password-current = Terajšie heslo
password-new = Nové heslo
password-hint = Aspoň 12 znakov. Viac slov je lepších než jedno zvláštne.
password-changed = Heslo je zmenené. Všetky ostatné relácie skončili.
totp-title = Druhý faktor
totp-off-text = Kód z aplikácie vo vašom telefóne, žiadaný po hesle. Ukradnuté heslo potom nestačí.
totp-on-text = Zapnutý. Po hesle sa žiada kód.
totp-begin = Nastaviť
totp-scan = Odfoťte toto overovacou aplikáciou alebo do nej napíšte tajomstvo.
totp-qr = QR kód tajomstva
totp-first = Prvý kód, ktorý aplikácia ukáže.
totp-switch-on = Zapnúť
totp-remove = Vypnúť
totp-is-on = Druhý faktor je zapnutý.
totp-is-off = Druhý faktor je vypnutý.

recording-configured = Určuje to konfiguračný súbor; tu sa to nedá zmeniť.
recording-question = Ktoré hovory sa nahrávajú?
recording-none = Žiadne
recording-none-hint = Zapisuje sa kto, kedy a ako dlho. Ničie slová sa neuchovávajú.
recording-all = Všetky
recording-all-hint = Každý hovor sa nahráva od prvej sekundy.
legal-ground = Právny základ
legal-ground-hint = Prečo vám zákon dovoľuje nahrávať: súhlas po oznámení, zmluva, povinnosť nahrávať. Zapíše sa do auditu.
legal-ground-missing = Uveďte, na akom základe. Bez neho je nahrávanie vo väčšine krajín trestné.
recording-law = Vo väčšine krajín musia ľudia na linke vedieť, že sa nahrávajú, a často aj súhlasiť.
recording-is-on = Odteraz sa nahrávajú všetky hovory.
recording-is-off = Odteraz sa nenahráva žiadny hovor.

account-add = Pridať účet
account-edit = Upraviť { $name }
account-added = { $name } sa už môže prihlásiť.
account-you = vy
account-disabled = vypnutý
account-totp = druhý faktor
account-no-totp = bez druhého faktora
account-last = naposledy { $time }
account-never = ešte neprihlásený
account-name-hint = Malé písmená, číslice a . _ @ -
account-new-password = Nové heslo
account-new-password-hint = Nechajte prázdne a ostane terajšie. Nové ukončí relácie tejto osoby.
account-disable = Vypnúť účet
account-enable = Zapnúť účet
account-now-disabled = { $name } sa už neprihlási.
account-now-enabled = { $name } sa môže znova prihlásiť.
account-reset-totp = Odobrať druhý faktor
account-totp-reset = Druhý faktor účtu { $name } je odobraný.
roles = Roly

api-keys-text = S kľúčom robí program vo vašom mene, čo mu dovolíte.
api-keys-none = Žiadne kľúče API
api-keys-none-text = Vytvorte po jednom pre každý program, s právami len takými, aké potrebuje.
api-key-add = Vytvoriť kľúč
api-key-title = Na čo je
api-key-title-hint = Napríklad: nočný výkaz
api-key-permissions = Čo smie robiť
api-key-expires = Platí
api-key-made = Váš nový kľúč
api-key-once = Skopírujte ho teraz. Znova sa neukáže; uchováva sa len jeho odtlačok.
api-key-saved = Uložil(a) som si ho
api-key-until = do { $time }
api-key-used = naposledy použitý { $time }
api-key-unused = nepoužitý
api-key-remove = Zrušiť platnosť
api-key-remove-named = Zrušiť platnosť: { $title }
api-key-remove-text = Programy s týmto kľúčom budú hneď odmietnuté. Nedá sa to vrátiť.
api-key-removed = Kľúč „{ $title }“ už neplatí.

recovery-title = Obnovovací kľúč
recovery-text = Otvorí všetky nahrávky, ak sa kľúče servera stratia. Kto ho má, môže počuť všetko.
recovery-saved = Uložený. Jeho odtlačok:
recovery-not-saved = Ešte neuložený. Obráťte sa na toho, kto smie spravovať kľúče.
recovery-show = Ukázať obnovovací kľúč
recovery-print = Vytlačiť
recovery-where = Odpíšte alebo vytlačte ho a majte tam, kam požiar pri serveri nedosiahne. Ukáže sa len teraz.
recovery-ending = Jeho posledné znaky
recovery-ending-hint = Napíšte aspoň posledných osem, z toho, čo ste si uložili.
recovery-prove = Uložil(a) som si ho
key-versions = Verzie kľúča
key-versions-text = Nové nahrávky pečatí terajšia verzia. Staršie otvárajú, čo zapečatili.
key-version = Verzia
key-fingerprint = Odtlačok
key-use = Použitie
key-current = Pečatí nové nahrávky
key-old = Otvára staršie
key-rotate = Začať novú verziu
key-rotated = Používa sa verzia { $version }.

disk = Disk
disk-free = Voľných { $free } z { $total }. Nahrávky zaberajú { $ours }.
disk-days =
    { $count ->
        [one] Pri terajšom tempe bude plný asi o { $count } deň.
        [few] Pri terajšom tempe bude plný asi o { $count } dni.
       *[other] Pri terajšom tempe bude plný asi o { $count } dní.
    }
disk-days-unknown = Kedy bude plný, bude známe po niekoľkých dňoch.
definition-days = Voľné miesto delené denným prírastkom za posledné dni.
processes = Procesy
process = Proces
process-since = Beží od
process-restarts = Reštarty
process-id = PID
system-version = Earwitness { $version } · uzol { $node }
