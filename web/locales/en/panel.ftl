# The frame around every page, and words that many pages use.
brand = Earwitness
title = { $page } · Earwitness
skip-to-content = Go to the content
nav-label = Pages
nav-calls = Calls
nav-import = Import
nav-audit = Audit
nav-settings = Settings
go-to-calls = Go to the calls
language = Language
language-now = Language: { $name }
me-menu = Your account
me-menu-of = Your account: { $name }
sign-out = Sign out
search-calls = Search calls

close = Close
cancel = Cancel
save = Save
saved = Saved
edit = Edit
apply = Apply
confirm = Confirm
continue = Continue
undo = Undo
copy = Copy
copied = Copied
try-again = Try again
play = Play
pause = Pause
days =
    { $count ->
        [one] { $count } day
       *[other] { $count } days
    }
since = since { $time }
time-zone = Times are in { $zone }

player = Player
player-close = Stop and close the player
position = Position
position-of = { $at } of { $length }

alarms = Alarms
alarms-none = Nothing to report.
alarm-open = Show
alarms-more = { $count } more
alarms-fewer = Fewer
severity-notice = Notice:
severity-warning = Warning:
severity-critical = Urgent:
alarm-disk = The disk is filling up. Free some space or add a disk.
alarm-disk-full = The disk is full. New calls are logged but not recorded until there is space.
alarm-keys-not-saved = The recovery key is not saved. Without it, lost keys mean lost recordings.
alarm-port-occupied = Another program uses a port that the recorder needs. { $detail }
alarm-clock = The computer's clock jumped or is not set by the network. Times of calls may be wrong.
alarm-running-as-root = The server runs as root. Start it by the systemd unit, which drops these rights.
alarm-recorder-down = The recorder does not run. Calls are not being recorded.
alarm-journal-error = The journal could not be written. The newest seconds of running calls are at risk.
alarm-sealing-late = Finished calls are waiting to be sealed for longer than usual.
alarm-capture-down = A network interface cannot be captured. { $detail }
alarm-packets-dropped = Packets were lost in the recorder: the machine or its disk is too slow. { $detail }
alarm-other = { $detail }

keys-title = Keyboard
keys-everywhere = Everywhere
keys-list = In the list of calls
keys-live = In the list of calls in progress
keys-listen = Listen, or stop listening
keys-pause = Pause or resume recording
keys-call = On a call
keys-search = Search calls
keys-help = Show these keys
keys-close = Close what is open
keys-next = Next or previous call
keys-open = Open the call
keys-play = Play or pause
keys-ends = First or last loaded call
keys-seek = 5 seconds back or on
keys-speed = Slower or faster
keys-zoom = Zoom in, out, show all
keys-mute = Mute a side
keys-mark = Set a mark here
keys-note = Write a note here
keys-link = Copy a link to this second

not-found-title = There is no such page
not-found-text = The address may be mistyped, or come from another version of the panel.
not-allowed-title = Your account may not see this page
not-allowed-text = An administrator can give you a role that may. Your present roles are in your profile.

sign-in = Sign in
sign-in-return = After signing in you come back to the page you were on.
sign-in-other = Use another account
account-name = Account name
password = Password
totp-code = Code
totp-hint = The six digits that your authenticator app shows now.
totp-continue = Continue

confirm-title = It is you?
confirm-text = This act needs your password again. For five minutes you will not be asked twice.
confirm-or-code = Or the code of your second factor
