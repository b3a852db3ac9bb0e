# The audit log.
audit-title = Audit log
audit-size =
    { $count ->
        [one] { $count } entry
       *[other] { $count } entries
    }
audit-none = No entry passes these filters
audit-none-text = Every sign-in, every listening, every change is written here and cannot be changed.
audit-more = Show older entries
audit-index = No.
audit-actor = Who
audit-kind = What
audit-kind-all = Everything
audit-result = Result
audit-details = Details
audit-call = Call
audit-group-call = Calls
audit-group-playback = Listening
audit-recording-compared = Recordings compared
audit-recording-paused = Recording paused
audit-recording-resumed = Recording resumed
audit-recording-stopped = Recording ended by a person
audit-live-listened = Live listening
audit-live-listen-ended = Live listening ended
audit-live-levels-viewed = Levels watched live
audit-group-live = Live
audit-group-recording = Recordings
audit-group-import = Imports
audit-group-session = Signing in
audit-group-account = Accounts
audit-group-api-key = API keys
audit-group-key = Encryption keys
audit-group-settings = Settings
audit-group-verify = Verification
audit-call-viewed = Call opened
audit-call-exported = Call downloaded
audit-calls-exported = Calls taken away as a table
audit-playback-ended = Listening ended
audit-import-started = Import began
audit-import-finished = Import ended
audit-session-refused = Sign-in refused
audit-account-added = Account added
audit-account-changed = Account changed
audit-key-rotated = New key version
audit-key-recovery-shown = Recovery key shown
audit-result-done = done
audit-result-ok = done
audit-result-success = done
audit-result-refused = refused
audit-result-denied = refused
audit-result-failed = failed
audit-account-password-changed = Password changed
audit-account-totp-on = Second factor on
audit-account-totp-off = Second factor off
audit-api-key-made = API key made
audit-api-key-revoked = API key revoked
audit-call-signalling-viewed = Signalling opened
audit-key-recovery-saved = Recovery key saved
audit-playback-granted = Listening granted
audit-playback-resumed = Listening resumed
audit-recording-quality-viewed = Quality viewed
audit-recording-waveform-viewed = Waveform viewed
audit-session-opened = Signed in
audit-session-closed = Signed out
audit-session-confirmed = Password confirmed
audit-settings-recording-changed = Recording setting changed
audit-verify-started = Verification began
audit-part-stored = Recording stored
audit-journal-damaged = Journal damaged

verify-title = Verification
verify-sound = Everything is as it was stored
verify-broken = Something is not as it was stored
verify-never = Not verified yet
verify-when = { $time }: { $entries ->
        [one] { $entries } entry
       *[other] { $entries } entries
    } and { $objects ->
        [one] { $objects } object
       *[other] { $objects } objects
    } read back.
verify-what = Verifying reads every recording and every entry back and compares them with what was sealed.
verify-start = Verify now
verify-running = Verifying…
audit-group-laboratory = Laboratory
audit-laboratory-used = Looked at in the lab
