# Calls in progress.
nav-live = Live
live-count =
    { $count ->
        [one] { $count } call in progress
       *[other] { $count } calls in progress
    }
live-search = Names, numbers, sources
live-more =
    { $count ->
        [one] { $count } older call is not shown.
       *[other] { $count } older calls are not shown.
    }
live-none = No call is in progress
live-none-text = Calls appear here as soon as they begin. They come from a network interface.
live-connect = Connect a source
live-none-filtered = No call in progress has these words.
live-column-since = Since
live-column-who = Who and whom
live-column-levels = Levels
live-column-source = Source
live-since = Began { $time }
live-no-sound = no sound yet
live-findings =
    { $count ->
        [one] { $count } remark
       *[other] { $count } remarks
    }
level-of = Level: { $name }
live-state-recording = Being recorded
live-state-paused = Paused
live-state-not_recorded = Not recorded
live-paused-by-peer = by the recording client; nothing is stored
live-paused-by-operator = here; nothing is stored
live-listen = Listen
live-listen-stop = Stop listening
live-bar = Live listening
live-bar-heard = Live
live-bar-waiting = Live, waiting for sound
live-bar-ended = The call has ended

live-do-pause = Pause
live-do-resume = Resume
live-do-stop = End recording
live-ask-pause = Pause the recording?
live-ask-pause-text = What is said until you resume is not stored anywhere. The call's page shows the pause as silence, with your reason.
live-ask-resume = Resume the recording?
live-ask-resume-text = From now on the call is stored again.
live-ask-stop = End the recording of this call?
live-ask-stop-text = The call goes on, the rest of it is not stored. This cannot be undone.
live-reason = Reason
live-reason-hint = It is kept in the audit log; write no names and no numbers.
live-reason-card = Card number is read out
live-reason-private = Private matter
live-reason-asked = A party asked for it
live-reason-over = The reason is over
live-reason-mistake = Recorded by mistake
live-done-pause = The recording is paused.
live-done-resume = The recording goes on.
live-done-stop = The recording has been ended.

running = This call is in progress
running-text = Its sound, messages and notes are here when it has ended.
running-streams = Streams
