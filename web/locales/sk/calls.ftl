# Zoznam hovorov.
calls-count =
    { $count ->
        [one] { $count } hovor
        [few] { $count } hovory
       *[other] { $count } hovorov
    }
calls-more-than = viac než { $count } hovorov
calls-not-counted = počítanie trvalo pridlho
calls-talk = { $hours } rozhovorov
calls-count-definition = Hovory, ktoré sa začali v zobrazenom čase a vyhovujú filtrom. Presne spočítané do 10 000.
calls-talk-definition = Od prijatia do konca, súčet za tieto hovory.
calls-new =
    { $count ->
        [one] { $count } nový hovor
        [few] { $count } nové hovory
       *[other] { $count } nových hovorov
    }
calls-none = Zatiaľ žiadne hovory
calls-none-text = Hovory sa tu objavia hneď, ako sa začnú. Môžete tiež importovať záznamy prevádzky z ktoréhokoľvek dňa.
calls-none-filtered = Týmto filtrom nevyhovuje žiadny hovor
calls-none-filtered-text = Odoberte niektorý filter alebo ho rozšírte.
calls-none-range-text = V inom čase nejaké byť môžu.
calls-all-time = Ukázať hovory za celý čas
calls-import = Importovať záznam
call-running = prebieha
call = Hovor

column-time = Čas
column-caller = Kto volal
column-called = Komu
column-direction = Smer
column-ring = Zvonil
column-talk = Trval
column-result = Výsledok
column-recording = Nahrávka
definition-ring = Od začiatku hovoru po prijatie, alebo po koniec bez prijatia.
definition-talk = Od prijatia do konca.

search-placeholder = Mená, čísla, identifikátory
range = Čas
range-today = Dnes
range-yesterday = Včera
range-7d = Posledných 7 dní
range-30d = Najnovších 30 dní
range-all = Celý čas
range-from = Od
range-to = Do
range-since = Od { $day }
range-until = Do { $day }

filter-add = Filter
filter-clear = Zrušiť filtre
filter-remove = Odobrať filter: { $filter }
filter-number = Číslo
filter-name = Meno
filter-result = Výsledok
filter-direction = Smer
filter-recording_state = Nahrávka
filter-duration = Trvanie
filter-codec = Kodek
filter-hint-number = V akomkoľvek zápise: +421 905 123 456, 00421905…, 0905 123 456. Stačí začiatok.
filter-hint-name = Časť ktoréhokoľvek mena; na veľkosti písmen a diakritike nezáleží.
filter-hint-codec = Napríklad PCMA, G722, opus.
chip = { $filter }: { $value }
chip-duration-min = Trval ≥ { $min }
chip-duration-max = Trval ≤ { $max }
chip-duration-between = Trval { $min } – { $max }
duration-min = Aspoň
duration-max = Najviac
duration-hint = Minúty a sekundy, 1:30, alebo sekundy, 90.
duration-wrong = Napíšte to ako 1:30 alebo 90.

calls-table = Tabuľka
calls-table-title = Všetky tieto hovory ako tabuľka pre tabuľkový program (CSV)

views = Pohľady
views-none = Pohľad si pod menom pamätá výber filtrov. Nastavte filtre a uložte ich sem.
view-save = Uložiť tieto filtre ako
view-saved = Pohľad „{ $name }“ je uložený.
view-remove = Odstrániť pohľad { $name }
view-removed = Pohľad „{ $name }“ je odstránený.
