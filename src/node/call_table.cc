#include "node/call_table.h"

#include <algorithm>
#include <array>
#include <cstdio>

#include "base/text.h"

namespace ew::node {
namespace {

constexpr size_t kCallsAtOnce = 500;
constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";
constexpr std::string_view kHead =
    "call_id,start_at,ring_at,answer_at,end_at,direction,tech_result,end_reason,end_reason_sip,"
    "end_reason_q850,hangup_by,caller_number,caller_name,called_number,called_name,dialled_digits,did,"
    "connected_number,queue,ring_seconds,talk_seconds,source,recording_state\r\n";

// What a phone number may be, and no formula can: a plus and digits are only ever a number.
bool is_number(std::string_view text) {
  return text.size() > 1 && text.front() == '+' &&
         text.find_first_not_of("0123456789", 1) == std::string_view::npos;
}

// Spreadsheets begin a formula with these; some skip blanks before it, and some know the full-width forms.
bool is_formula(std::string_view text) {
  static constexpr std::array<std::string_view, 4> kFullWidth = {"\xef\xbc\x9d", "\xef\xbc\x8b",
                                                                 "\xef\xbc\x8d", "\xef\xbc\xa0"};
  text = text.substr(std::min(text.find_first_not_of(" \xc2\xa0"), text.size()));
  if (text.empty() || is_number(text)) return false;
  return std::string_view("=+-@|%").find(text.front()) != std::string_view::npos ||
         std::ranges::any_of(kFullWidth, [&](std::string_view sign) { return text.starts_with(sign); });
}

class Row {
 public:
  explicit Row(std::string& table) : table_(table) {}
  ~Row() { table_ += "\r\n"; }
  Row(const Row&) = delete;
  Row& operator=(const Row&) = delete;

  void add(std::string_view text) {
    if (!is_first_) table_ += ',';
    is_first_ = false;
    table_ += csv_cell(text);
  }
  void add(const std::optional<std::string>& text) { add(std::string_view(text ? *text : "")); }
  void add(WallTime time) { add(std::string_view(to_rfc3339(time))); }
  void add(const std::optional<WallTime>& time) { time ? add(*time) : add(std::string_view()); }
  void add(const std::optional<int>& number) {
    add(std::string_view(number ? std::to_string(*number) : std::string()));
  }
  void add_seconds(const std::optional<WallTime>& from, const std::optional<WallTime>& to) {
    char text[32] = "";
    if (from && to && *from <= *to)
      std::snprintf(text, sizeof text, "%.3f", static_cast<double>(*to - *from) * 1e-9);
    add(std::string_view(text));
  }

 private:
  std::string& table_;
  bool is_first_ = true;
};

void add_call(std::string& table, const CallRecord& call, const std::vector<RecordingRecord>& recordings) {
  Row row(table);
  row.add(std::string_view(call.call_id.text()));
  row.add(call.start_at);
  for (const auto& time : {call.ring_at, call.answer_at, call.end_at}) row.add(time);
  row.add(name_of(call.direction));
  row.add(name_of(call.tech_result));
  row.add(std::string_view(call.end_reason));
  row.add(call.end_reason_sip);
  row.add(call.end_reason_q850);
  row.add(name_of(call.hangup_by));
  for (const auto* text : {&call.caller_number, &call.caller_name, &call.called_number, &call.called_name,
                           &call.dialled_digits, &call.did, &call.connected_number, &call.queue})
    row.add(*text);
  row.add_seconds(call.ring_at, call.answer_at ? call.answer_at : call.end_at);
  row.add_seconds(call.answer_at, call.end_at);
  row.add(name_of(call.source));
  row.add(name_of(recordings.empty() ? RecordingState::kNoMedia : recordings.front().state));
}

}  // namespace

std::string csv_cell(std::string_view text) {
  // A line break inside of a cell breaks every reader that goes by lines, and a tab begins a formula too.
  std::string plain = to_utf8(text);
  std::ranges::replace_if(
      plain, [](unsigned char c) { return c < 0x20 || c == 0x7f; }, ' ');
  // Where numbers are written with a comma, a spreadsheet may take each semicolon for the end of a cell.
  std::string cell;
  for (std::string_view left = plain; !left.empty();) {
    const std::string_view piece = left.substr(0, left.find(';'));
    if (is_formula(piece)) cell += '\'';
    for (char c : piece) cell.append(c == '"' ? 2 : 1, c);
    left.remove_prefix(piece.size());
    if (left.empty()) break;
    cell += ';';
    left.remove_prefix(1);
  }
  const bool quoted =
      cell.find_first_of(",;\"") != std::string::npos || cell.starts_with(' ') || cell.ends_with(' ');
  return quoted ? '"' + cell + '"' : cell;
}

Result<std::string> CallTable::next(db::CallLog& log) {
  std::string table;
  if (ended_) return table;
  if (!begun_) table = std::string(kByteOrderMark) + std::string(kHead);
  db::CallPage page = TRY(log.list(filter_, after_, kCallsAtOnce));
  for (size_t i = 0; i < page.calls.size(); ++i) add_call(table, page.calls[i], page.recordings[i]);
  calls_ += page.calls.size();
  begun_ = true;
  after_ = page.next;
  ended_ = !after_;
  return table;
}

}  // namespace ew::node
