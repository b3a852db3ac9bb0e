#include <algorithm>
#include <cinttypes>
#include <cstdio>

#include "base/text.h"
#include "cli/commands.h"
#include "node/call_table.h"
#include "node/exporter.h"

namespace ew::cli {
namespace {

// A page's end as text: "START/CALL".
std::string text_of(const db::PageKey& key) { return to_rfc3339(key.start_at) + "/" + key.call_id.text(); }

Result<std::optional<db::PageKey>> page_key_of(const std::string& text) {
  if (text.empty()) return std::optional<db::PageKey>();
  size_t slash = text.find('/');
  db::PageKey key;
  auto id =
      slash == std::string::npos ? std::nullopt : CallId::parse(std::string_view(text).substr(slash + 1));
  if (!id || !parse_rfc3339(std::string_view(text).substr(0, slash), key.start_at))
    return Error(ErrorCode::kUsage, "--after: expected what a former page gave, START/CALL");
  key.call_id = *id;
  return std::optional(key);
}

Status set_time(const char* option, const std::string& text, std::optional<WallTime>& time) {
  if (text.empty()) return {};
  WallTime parsed;
  if (!parse_rfc3339(text, parsed))
    return Error(ErrorCode::kUsage,
                 std::string(option) + ": expected a time such as 2026-11-21T09:00:00Z, not " + text);
  time = parsed;
  return {};
}

template <typename Enum>
Status set_enum(const char* option, const std::string& text, std::optional<Enum>& value) {
  if (text.empty()) return {};
  value = enum_of<Enum>(text);
  if (!value) return Error(ErrorCode::kUsage, std::string(option) + ": unknown value " + text);
  return {};
}

Result<db::CallFilter> filter_of(const CallsArguments& arguments, const std::string& tenant) {
  db::CallFilter filter;
  filter.tenant = tenant;
  TRY(set_time("--from", arguments.from, filter.from));
  TRY(set_time("--to", arguments.to, filter.to));
  TRY(set_enum("--result", arguments.result, filter.tech_result));
  TRY(set_enum("--direction", arguments.direction, filter.direction));
  TRY(set_enum("--source", arguments.source, filter.source));
  TRY(set_enum("--recording", arguments.recording_state, filter.recording_state));
  auto text = [](const std::string& value) { return value.empty() ? std::nullopt : std::optional(value); };
  filter.number = text(arguments.number);
  filter.name = text(arguments.name);
  filter.codec = text(arguments.codec);
  filter.external_id = text(arguments.external_id);
  filter.min_duration_sec = arguments.min_duration;
  filter.max_duration_sec = arguments.max_duration;
  filter.words = arguments.words;
  return filter;
}

std::string clock_text(const std::optional<WallTime>& from, const std::optional<WallTime>& to) {
  if (!from || !to || *to < *from) return "-";
  int64_t seconds = (*to - *from + kNsPerSec / 2) / kNsPerSec;
  char text[32];
  if (seconds >= 3600) {
    std::snprintf(text, sizeof text, "%" PRId64 ":%02d:%02d", seconds / 3600,
                  static_cast<int>(seconds / 60 % 60), static_cast<int>(seconds % 60));
  } else {
    std::snprintf(text, sizeof text, "%d:%02d", static_cast<int>(seconds / 60),
                  static_cast<int>(seconds % 60));
  }
  return text;
}

std::string party(const std::optional<std::string>& number, const std::optional<std::string>& name) {
  std::string text = number.value_or("unknown");
  if (name && !name->empty()) text += " " + *name;
  return printable(text, 24);
}

// Columns are counted in characters, not bytes.
void print_column(std::FILE* out, std::string text, size_t width) {
  size_t characters =
      static_cast<size_t>(std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xc0) != 0x80; }));
  text.append(characters < width ? width - characters : 0, ' ');
  std::fprintf(out, "%s  ", text.c_str());
}

void print_row(std::FILE* out, const std::string& id, const std::string& start, const std::string& caller,
               const std::string& called, const std::string& ring, const std::string& talk,
               const std::string& result, const std::string& recording) {
  print_column(out, id, 13);
  print_column(out, start, 20);
  print_column(out, caller, 24);
  print_column(out, called, 24);
  print_column(out, ring, 6);
  print_column(out, talk, 8);
  print_column(out, result, 12);
  std::fprintf(out, "%s\n", recording.c_str());
}

void print_table(std::FILE* out, const db::CallPage& page, const db::Count& count) {
  print_row(out, "call", "start (UTC)", "caller", "called", "ring", "talk", "result", "recording");
  for (size_t i = 0; i < page.calls.size(); ++i) {
    const CallRecord& call = page.calls[i];
    auto until = call.answer_at ? call.answer_at : call.end_at;
    const auto& recordings = page.recordings[i];
    std::string state(name_of(recordings.empty() ? RecordingState::kNoMedia : recordings.front().state));
    std::string start = to_rfc3339(call.start_at).substr(0, 19);
    start[10] = ' ';
    print_row(out, call.call_id.text().substr(0, 13), start, party(call.caller_number, call.caller_name),
              party(call.called_number, call.called_name),
              call.ring_at ? clock_text(call.ring_at, until) : "-", clock_text(call.answer_at, call.end_at),
              std::string(name_of(call.tech_result)), state);
  }
  std::fprintf(out, "%s%" PRIu64 " calls", count.more ? "more than " : "", count.value);
  if (page.next) std::fprintf(out, "; next page: --after %s", text_of(*page.next).c_str());
  std::fprintf(out, "\n");
}

int print_csv(Context& context, db::CallLog& log, db::CallFilter filter) {
  node::CallTable table(std::move(filter));
  while (true) {
    auto lines = table.next(log);
    if (!lines) return context.fail(lines.error());
    if (lines->empty()) return kDone;
    std::fwrite(lines->data(), 1, lines->size(), context.out);
  }
}

}  // namespace

int calls_command(Context& context, const CallsArguments& arguments) {
  auto data = context.open();
  if (!data) return context.fail(data.error());
  auto filter = filter_of(arguments, (*data)->config().tenant);
  if (!filter) return context.fail(filter.error());
  if (arguments.csv) return print_csv(context, (*data)->calls(), std::move(*filter));
  auto after = page_key_of(arguments.after);
  if (!after) return context.fail(after.error());
  auto page = (*data)->calls().list(*filter, *after, arguments.limit);
  if (!page) return context.fail(page.error());
  if (context.json) {
    std::string text = "[";
    for (size_t i = 0; i < page->calls.size(); ++i)
      text += (i ? ",\n" : "\n") + call_json(page->calls[i], page->recordings[i], false);
    std::fprintf(context.out, "%s\n]\n", text.c_str());
  } else {
    auto count = (*data)->calls().count(*filter);
    if (!count) return context.fail(count.error());
    print_table(context.out, *page, *count);
  }
  return kDone;
}

int show_command(Context& context, const std::string& id) {
  auto data = context.open();
  if (!data) return context.fail(data.error());
  auto call = node::find_call(**data, id);
  if (!call) return context.fail(call.error());
  Status audited = (*data)->audit_act("call.viewed", {}, {{"call", call->call.call_id.text()}});
  if (!audited) return context.fail(audited.error());
  std::fprintf(context.out, "%s\n", call_json(call->call, call->recordings, true).c_str());
  Status closed = (*data)->close();
  return closed.ok() ? kDone : context.fail(closed.error());
}

}  // namespace ew::cli
