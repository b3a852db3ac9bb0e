# Settings, account, keys.
settings-profile = Profile
settings-recording = Recording
settings-accounts = Accounts
settings-api-keys = API keys
settings-keys = Encryption
settings-system = System

profile-who = You
profile-signed-in = Signed in as { $name }: { $roles }
display-name = Name shown
password-change = Change password
password-change-text = All your other sessions end with it.
password-current = Present password
password-new = New password
password-hint = At least 12 characters. A few words are better than one odd one.
password-changed = The password is changed. All other sessions have ended.
totp-title = Second factor
totp-off-text = A code from an app on your phone, asked after the password. A stolen password is then not enough.
totp-on-text = On. A code is asked after the password.
totp-begin = Set up
totp-scan = Scan this with an authenticator app, or type the secret into it.
totp-qr = QR code of the secret
totp-first = The first code that the app shows.
totp-switch-on = Switch on
totp-remove = Switch off
totp-is-on = The second factor is on.
totp-is-off = The second factor is off.

recording-configured = The configuration file sets this; it cannot be changed here.
recording-question = Which calls are recorded?
recording-none = None
recording-none-hint = Calls are logged: who, when, how long. Nobody's words are kept.
recording-all = All calls
recording-all-hint = Every call is recorded from its first second.
legal-ground = Legal ground
legal-ground-hint = Why the law lets you record: consent by announcement, contract, a duty to record. It is written into the audit log.
legal-ground-missing = Say on which ground. Without one, recording is an offence in most countries.
recording-law = In most countries the people on the line must know that they are recorded, and often agree.
recording-is-on = All calls are recorded from now on.
recording-is-off = No call is recorded from now on.

account-add = Add account
account-edit = Edit { $name }
account-added = { $name } can sign in now.
account-you = you
account-disabled = disabled
account-totp = second factor
account-no-totp = no second factor
account-last = last here { $time }
account-never = never signed in
account-name-hint = Small letters, digits and . _ @ -
account-new-password = New password
account-new-password-hint = Leave empty to keep the present one. A new one ends this person's sessions.
account-disable = Disable account
account-enable = Enable account
account-now-disabled = { $name } can no longer sign in.
account-now-enabled = { $name } can sign in again.
account-reset-totp = Take away second factor
account-totp-reset = The second factor of { $name } is taken away.
roles = Roles

api-keys-text = With a key, a program does in your name what you allow it.
api-keys-none = No API keys
api-keys-none-text = Make one for each program, with no more rights than it needs.
api-key-add = Make a key
api-key-title = What it is for
api-key-title-hint = For example: nightly report
api-key-permissions = What it may do
api-key-expires = Valid for
api-key-made = Your new key
api-key-once = Copy it now. It is not shown again; only its hash is kept.
api-key-saved = I have saved it
api-key-until = until { $time }
api-key-used = last used { $time }
api-key-unused = never used
api-key-remove = Revoke
api-key-remove-named = Revoke { $title }
api-key-remove-text = Programs that use this key are refused at once. This cannot be undone.
api-key-removed = The key “{ $title }” is revoked.

recovery-title = Recovery key
recovery-text = Opens all recordings if the server's keys are lost. Whoever has it can hear everything.
recovery-saved = Saved. Its fingerprint:
recovery-not-saved = Not saved yet. Ask somebody who may manage keys.
recovery-show = Show the recovery key
recovery-print = Print
recovery-where = Write it down or print it, and keep it where a fire at the server does not reach. It is shown only this once.
recovery-ending = Its last characters
recovery-ending-hint = Type at least the last eight, from what you saved.
recovery-prove = I have saved it
key-versions = Key versions
key-versions-text = New recordings are sealed with the current version. Older versions open what they sealed.
key-version = Version
key-fingerprint = Fingerprint
key-use = Use
key-current = Seals new recordings
key-old = Opens older ones
key-rotate = Begin a new version
key-rotated = Version { $version } is in use.

disk = Disk
disk-free = { $free } free of { $total }. Recordings take { $ours }.
disk-days =
    { $count ->
        [one] Full in about { $count } day at the present pace.
       *[other] Full in about { $count } days at the present pace.
    }
disk-days-unknown = When it will be full is known after a few days.
definition-days = Free space divided by the growth per day over the last days.
processes = Processes
process = Process
process-since = Runs since
process-restarts = Restarts
process-id = PID
system-version = Earwitness { $version } · node { $node }
