# Import of captures.
import-drop = Drop captures here
import-formats = pcap or pcapng, also packed with gzip or zstd. What was imported before is not added twice.
import-choose = Choose files
import-list = Imports
import-none = Nothing was imported yet.
import-sample = Load the sample
import-sample-name = Sample
import-waiting = Waiting for its turn
import-running = Reading, { $share }
import-cancelled = Cancelled. What was read until then is kept.
import-known = Imported before; nothing to add.
import-result =
    { $calls ->
        [one] { $calls } call
       *[other] { $calls } calls
    } from { $messages ->
        [one] { $messages } SIP message
       *[other] { $messages } SIP messages
    } and { $packets ->
        [one] { $packets } media packet
       *[other] { $packets } media packets
    }
import-open =
    { $count ->
        [one] Show the call
       *[other] Show the calls
    }
upload-waiting = Waiting for its turn
upload-sending = Sending, { $share }
upload-cancel = Cancel { $name }
