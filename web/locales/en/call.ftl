# One call.
calls-to = calls
fact-talk = talked { $length }
fact-ring = rang { $length }
fact-hangup =
    { $who ->
        [caller] hung up by the caller
        [callee] hung up by the called
        [system] ended by the system
       *[other] unknown who hung up
    }
why-import = it came with an imported capture
why-recording-is-switched-off = recording was off for everybody
why-recording-is-switched-on = recording is on for everybody
why-no-recording = nothing was stored of it
related = Same conversation:
related-before = before the transfer
related-after = after the transfer
deck = Sound and time axis
no-sound = There is no sound of this call.
no-sound-permission = Your account may not listen. An administrator can give you the role of a listener.
recording-choice = Recording
recording-number = Recording { $number }

speed = Speed
speed-times = { $speed }×
mute = Mute { $name }
zoom-in = Zoom in
zoom-out = Zoom out
zoom-fit = Show the whole call
mark = Mark
mark-added = Marked at { $time }.
note = Note
copy-link = Copy link
download = Download
download-wav = Sound (WAV)
download-pcapng = Packets (pcapng)
download-json = Record (JSON)

lane-events = Events
lane-notes = Notes
lane-quality = Loss, jitter
before-sound = ringing
event-more = +{ $count }
definition-quality = Bars: share of packets lost, full height is 10 %. Line: jitter, full height is 40 ms.
note-at =
    { $kind ->
        [mark] Mark at { $time } { $text }
       *[note] Note at { $time }: { $text }
    }

call-tabs = Details of the call
tab-notes = Notes
tab-signalling = Signalling
tab-streams = Streams
note-new = New note
note-placeholder = What is worth knowing about this moment?
note-will-be-at = At { $time }
note-whole-call = Whole call
note-save = Add note
note-edit = Edit note
note-remove = Delete note
note-removed = The note is deleted.
notes-none = No notes yet. While listening, press m to mark a moment, or n to write about it.
notes-none-reader = No notes yet.

messages-none = No SIP messages of this call were seen.
messages-cut = Only the first { $count } messages are shown. The download of the packets holds all.
message-open = { $time }: { $message }, from { $source } to { $destination }
agent-reports = Reports of agents
agent-reports-cut = Only the first { $count } reports are shown.
report-hep-rtcp = RTCP
report-hep-quality = Quality
report-hep-log = Log line

streams-none = No media streams of this call were seen.
stream-voice = Voice
stream-label = Label
definition-label = The stream's name in the recording session, by which its metadata says who speaks.
stream-packets = Packets
stream-lost = Lost
stream-jitter = Jitter
stream-duplicated = Twice
stream-reordered = Out of order
stream-encryption = Encryption
stream-encrypted = SRTP
stream-open = None
stream-path = From → to
stream-ssrc = SSRC
definition-loss = Packets whose numbers are missing, and their share of all that were sent.
loss-before = { $figure } before us
loss-at-capture = { $figure } dropped at the capture point
loss-in-recorder = { $figure } dropped by the recorder
evidence = Evidence
evidence-seconds = { $stored } of { $expected } of speech
definition-evidence = What share of the packets that were sent is stored: of the time from each stream's first packet to its last. Which are missing stands below the waves: amber what never came to us, red what we dropped.
definition-jitter = How unevenly packets arrived, by RFC 3550.

tab-comparison = Comparison
compare-first = First
compare-second = Second
compare-equal = Both recordings hold the same.
compare-unequal = The recordings differ.
compare-clock = The second witness saw the same packets { $difference } later.
compare-same = Same
compare-different = Different
compare-only-first = Only in the first
compare-only-second = Only in the second
compare-absent = not there
compare-where = Where they differ
compare-span-only_first =
    { $count ->
        [one] { $count } packet is only in the first
       *[other] { $count } packets are only in the first
    }
compare-span-only_second =
    { $count ->
        [one] { $count } packet is only in the second
       *[other] { $count } packets are only in the second
    }
compare-span-different =
    { $count ->
        [one] { $count } packet is different
       *[other] { $count } packets are different
    }
compare-cut = There are more such places than are listed.
