# Import záznamov prevádzky.
import-drop = Sem pustite záznamy prevádzky
import-formats = pcap alebo pcapng, aj zbalené gzip alebo zstd. Čo už bolo importované, nepridá sa druhý raz.
import-choose = Vybrať súbory
import-list = Importy
import-none = Zatiaľ sa nič neimportovalo.
import-sample = Načítať ukážku
import-sample-name = Ukážka
import-waiting = Čaká, kým príde na rad
import-running = Číta sa, { $share }
import-cancelled = Zrušené. Čo sa dovtedy prečítalo, ostáva.
import-known = Už importované; niet čo pridať.
import-result =
    { $calls ->
        [one] { $calls } hovor
        [few] { $calls } hovory
       *[other] { $calls } hovorov
    } z { $messages ->
        [one] { $messages } správy SIP
       *[other] { $messages } správ SIP
    } a { $packets ->
        [one] { $packets } zvukového paketu
       *[other] { $packets } zvukových paketov
    }
import-open =
    { $count ->
        [one] Ukázať hovor
       *[other] Ukázať hovory
    }
upload-waiting = Čaká, kým príde na rad
upload-sending = Posiela sa, { $share }
upload-cancel = Zrušiť { $name }
