# Calls in progress.
nav-live = Naživo
live-count =
    { $count ->
        [one] { $count } prebiehajúci hovor
        [few] { $count } prebiehajúce hovory
       *[other] { $count } prebiehajúcich hovorov
    }
live-search = Mená, čísla, zdroje
live-more =
    { $count ->
        [one] { $count } starší hovor nie je zobrazený.
        [few] { $count } staršie hovory nie sú zobrazené.
       *[other] { $count } starších hovorov nie je zobrazených.
    }
live-none = Žiadny hovor neprebieha
live-none-text = Hovory sa tu objavia hneď, ako sa začnú. Prichádzajú zo sieťového rozhrania.
live-connect = Pripojiť zdroj
live-none-filtered = Žiadny prebiehajúci hovor neobsahuje tieto slová.
live-column-since = Trvá
live-column-who = Kto a komu
live-column-levels = Úrovne
live-column-source = Zdroj
live-since = Začiatok: { $time }
live-no-sound = zatiaľ bez zvuku
live-findings =
    { $count ->
        [one] { $count } poznámka
        [few] { $count } poznámky
       *[other] { $count } poznámok
    }
level-of = Úroveň: { $name }
live-state-recording = Nahráva sa
live-state-paused = Pozastavené
live-state-not_recorded = Nenahráva sa
live-paused-by-peer = nahrávacím klientom; nič sa neukladá
live-paused-by-operator = odtiaľto; nič sa neukladá
live-listen = Počúvať
live-listen-stop = Prestať počúvať
live-bar = Počúvanie naživo
live-bar-heard = Naživo
live-bar-waiting = Naživo, čaká sa na zvuk
live-bar-ended = Hovor sa skončil

live-do-pause = Pozastaviť
live-do-resume = Pokračovať
live-do-stop = Ukončiť nahrávanie
live-ask-pause = Pozastaviť nahrávanie?
live-ask-pause-text = Čo sa povie, kým nebudete pokračovať, sa nikde neuloží. Stránka hovoru ukáže pauzu ako ticho, s vaším dôvodom.
live-ask-resume = Pokračovať v nahrávaní?
live-ask-resume-text = Odteraz sa hovor opäť ukladá.
live-ask-stop = Ukončiť nahrávanie tohto hovoru?
live-ask-stop-text = Hovor pokračuje, jeho zvyšok sa neuloží. Nedá sa to vrátiť.
live-reason = Dôvod
live-reason-hint = Uloží sa v zázname auditu; nepíšte mená ani čísla.
live-reason-card = Diktuje sa číslo karty
live-reason-private = Súkromná záležitosť
live-reason-asked = Požiadala o to strana hovoru
live-reason-over = Dôvod pominul
live-reason-mistake = Nahráva sa omylom
live-done-pause = Nahrávanie je pozastavené.
live-done-resume = Nahrávanie pokračuje.
live-done-stop = Nahrávanie bolo ukončené.

running = Tento hovor práve prebieha
running-text = Jeho zvuk, správy a poznámky tu budú, keď sa skončí.
running-streams = Prúdy
