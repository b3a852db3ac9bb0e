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
audit-playback-started = Listening began
audit-playback-ended = Listening ended
audit-recording-exported = Recording downloaded
audit-import-started = Import began
audit-import-finished = Import ended
audit-session-started = Signed in
audit-session-ended = Signed out
audit-session-refused = Sign-in refused
audit-account-added = Account added
audit-account-changed = Account changed
audit-api-key-added = API key made
audit-api-key-removed = API key revoked
audit-key-rotated = New key version
audit-key-recovery-shown = Recovery key shown
audit-settings-changed = Settings changed
audit-result-done = done
audit-result-ok = done
audit-result-success = done
audit-result-refused = refused
audit-result-denied = refused
audit-result-failed = failed

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
