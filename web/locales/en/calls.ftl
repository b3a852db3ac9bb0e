# The list of calls.
calls-count =
    { $count ->
        [one] { $count } call
       *[other] { $count } calls
    }
calls-more-than = more than { $count } calls
calls-not-counted = counting took too long
calls-talk = { $hours } of talk
calls-count-definition = Calls that began in the time shown and pass the filters. Counted exactly up to 10,000.
calls-talk-definition = From the answer to the end, summed over these calls.
calls-new =
    { $count ->
        [one] { $count } new call
       *[other] { $count } new calls
    }
calls-none = No calls yet
calls-none-text = Calls appear here as soon as they begin. You can also import captures of calls, of any date.
calls-none-filtered = No call passes these filters
calls-none-filtered-text = Take a filter away or widen it.
calls-none-range-text = There may be some at another time.
calls-all-time = Show calls of all time
calls-import = Import a capture
call-running = running
call = Call

column-time = Time
column-caller = Who called
column-called = Whom
column-direction = Direction
column-ring = Ring
column-talk = Talk
column-result = Result
column-recording = Recording
definition-ring = From the call's beginning until it was answered, or ended unanswered.
definition-talk = From the answer to the end.

search-placeholder = Names, numbers, ids
range = Time
range-today = Today
range-yesterday = Yesterday
range-7d = Last 7 days
range-30d = Newest 30 days
range-all = All time
range-from = From
range-to = To
range-since = Since { $day }
range-until = Until { $day }

filter-add = Filter
filter-clear = Clear filters
filter-remove = Remove the filter: { $filter }
filter-number = Number
filter-name = Name
filter-result = Result
filter-direction = Direction
filter-recording_state = Recording
filter-duration = Talk time
filter-codec = Codec
filter-hint-number = In any notation: +421 905 123 456, 00421905…, 0905 123 456. Its beginning is enough.
filter-hint-name = A part of either name; capitals and accents do not matter.
filter-hint-codec = For example PCMA, G722, opus.
chip = { $filter }: { $value }
chip-duration-min = Talk ≥ { $min }
chip-duration-max = Talk ≤ { $max }
chip-duration-between = Talk { $min } – { $max }
duration-min = At least
duration-max = At most
duration-hint = Minutes and seconds, 1:30, or seconds, 90.
duration-wrong = Write it as 1:30 or 90.

calls-table = Table
calls-table-title = All these calls as a table for spreadsheets (CSV)

views = Views
views-none = A view keeps a choice of filters under a name. Set some filters, then save them here.
view-save = Save these filters as
view-saved = View “{ $name }” is saved.
view-remove = Remove the view { $name }
view-removed = View “{ $name }” is removed.
