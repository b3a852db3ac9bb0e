# Words that the server uses.
direction-inbound = Inbound
direction-outbound = Outbound
direction-internal = Internal
direction-transit = Transit
direction-unknown = Unknown

result-answered = Answered
result-answered-voicemail = Voicemail
result-answered-ivr-only = Menu only
result-no-answer = No answer
result-busy = Busy
result-rejected = Rejected
result-cancelled = Cancelled
result-abandoned-ivr = Hung up in menu
result-abandoned-queue = Hung up in queue
result-short-abandoned = Hung up at once
result-unreachable = Unreachable
result-congestion = Congestion
result-failed = Failed
result-diverted = Diverted
result-unknown = Unknown

recording-recorded = Recorded
recording-recorded-partial = Partly recorded
recording-not-recorded-by-policy = Not recorded: policy
recording-not-recorded-consent-declined = Not recorded: consent declined
recording-not-recorded-by-party-request = Not recorded: a party asked
recording-not-recorded-encrypted-no-keys = Not recorded: encrypted
recording-not-recorded-no-media = No media
recording-not-recorded-failed = Recording failed
recording-recorded-in-error = Recorded in error
recording-missing-evidence = Evidence missing
recording-extra-recording = Recording without a call
recording-expired = Expired
recording-shredded = Shredded
recording-held = On legal hold
recording-unknown = Unknown

participant-caller = Caller
participant-callee = Called
participant-unknown = Other party
participant-system = System
participant-mixed = Both

event-invite = Call
event-ring = Ringing
event-answer = Answered
event-hold = On hold
event-unhold = Resumed
event-transfer = Transfer
event-transferred-from = Transferred from
event-rejoined = Rejoined by another session
event-joined = Joined
event-left = Left
event-rec-pause = Recording paused
event-rec-resume = Recording resumed
event-finding = Finding
event-replaced = Replaced
event-moved = Media moved
event-refresh = Refreshed
event-end = End
event-dtmf = Digit
event-mark = Mark
event-pause = Pause
event-resume = Resume
event-unknown = Event

role-administrator = Administrator
role-listener = Listener
role-auditor = Auditor
role-hint-administrator = sets up accounts, keys and recording; does not hear calls
role-hint-listener = hears calls, writes notes, downloads
role-hint-auditor = reads the audit log and verifies it

permission-calls-read = See calls
permission-recordings-listen = Listen
permission-recordings-export = Download
permission-notes-write = Write notes
permission-imports-run = Import
permission-jobs-read = See jobs
permission-settings-read = See settings
permission-settings-write = Change settings
permission-accounts-manage = Manage accounts
permission-keys-manage = Manage keys
permission-audit-read = Read the audit log
permission-audit-verify = Verify
permission-status-read = See the system's state

process-recorder = Recorder
process-keeper = Keeper
process-media-worker = Media worker

actor-system = the system
actor-unknown = unknown
actor-recorder = the recorder
actor-keeper = the keeper
