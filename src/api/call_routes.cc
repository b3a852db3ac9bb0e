// Finding calls and looking at one.
#include <algorithm>

#include "api/exchange_internal.h"
#include "base/text.h"
#include "node/call_table.h"
#include "node/exporter.h"
#include "node/signalling.h"

namespace ew::api {
namespace {

constexpr size_t kCallsAtOnce = 50;
constexpr size_t kMaxWords = 16;
constexpr int64_t kDefaultRangeNs = 30 * 24 * 3600 * kNsPerSec;

template <typename Enum>
Status set_enum(const Exchange& exchange, const char* name, std::optional<Enum>& value) {
  auto text = exchange.optional_text(name);
  if (!text) return {};
  value = enum_of<Enum>(*text);
  if (!value)
    return Error(ErrorCode::kInvalid, std::string(name) + ": unknown value " + printable(*text, 40));
  return {};
}

void set_time(const Exchange& exchange, const char* name, std::optional<WallTime>& value) {
  WallTime time;
  auto text = exchange.optional_text(name);
  if (text && parse_rfc3339(*text, time)) value = time;
}

std::vector<std::string> split_words(std::string_view text) {
  std::vector<std::string> words;
  while (!(text = trim(text)).empty()) {
    size_t end = std::min(text.find_first_of(" \t"), text.size());
    words.emplace_back(text.substr(0, end));
    text.remove_prefix(end);
  }
  return words;
}

Result<db::CallFilter> filter_of(const Exchange& exchange) {
  db::CallFilter filter;
  filter.tenant = exchange.tenant();
  set_time(exchange, "from", filter.from);
  set_time(exchange, "to", filter.to);
  TRY(set_enum(exchange, "result", filter.tech_result));
  TRY(set_enum(exchange, "direction", filter.direction));
  TRY(set_enum(exchange, "recording_state", filter.recording_state));
  TRY(set_enum(exchange, "source", filter.source));
  filter.number = exchange.optional_text("number");
  filter.name = exchange.optional_text("name");
  filter.codec = exchange.optional_text("codec");
  filter.external_id = exchange.optional_text("external_id");
  auto number = [&](const char* name) {
    auto found = exchange.parameters.find(name);
    return found == exchange.parameters.end() ? std::nullopt : std::optional(found->get<double>());
  };
  filter.min_duration_sec = number("min_duration");
  filter.max_duration_sec = number("max_duration");
  if (auto words = exchange.optional_text("words")) filter.words = split_words(*words);
  if (filter.words.size() > kMaxWords) return Error(ErrorCode::kInvalid, "words: at most 16 of them");
  return filter;
}

// Without a range: the 30 days up to the newest call. Gives where they begin.
Result<std::optional<WallTime>> set_default_range(db::CallLog& log, db::CallFilter& filter) {
  if (filter.from || filter.to) return std::optional<WallTime>();
  db::CallFilter all;
  all.tenant = filter.tenant;
  auto newest = TRY(log.list(all, std::nullopt, 1));
  if (newest.calls.empty()) return std::optional<WallTime>();
  filter.from = newest.calls.front().start_at + -kDefaultRangeNs;
  return filter.from;
}

std::string text_of(const db::PageKey& key) { return to_rfc3339(key.start_at) + "/" + key.call_id.text(); }

std::optional<db::PageKey> page_key_of(std::string_view text) {
  size_t slash = text.find('/');
  if (slash == std::string_view::npos) return std::nullopt;
  db::PageKey key;
  auto id = CallId::parse(text.substr(slash + 1));
  if (!id || !parse_rfc3339(text.substr(0, slash), key.start_at)) return std::nullopt;
  key.call_id = *id;
  return key;
}

// The calls' own texts are put together as they are: parsing them again would cost most of the answer.
std::string page_text(const db::CallPage& page, const std::optional<WallTime>& from) {
  std::string text = "{\"calls\":[";
  for (size_t i = 0; i < page.calls.size(); ++i) {
    if (i > 0) text += ',';
    text += call_json(page.calls[i], page.recordings[i], false);
  }
  text += "],\"from\":" + time_json(from).dump();
  return text + ",\"next\":" + (page.next ? json(text_of(*page.next)).dump() : "null") + "}";
}

Answer list_calls(Exchange& exchange) {
  auto filter = TRY(filter_of(exchange));
  std::optional<db::PageKey> after;
  if (auto text = exchange.optional_text("after")) {
    after = page_key_of(*text);
    if (!after) return bad_request("after", "what a former page gave as next");
  }
  auto log = TRY(exchange.parts.call_logs.take());
  auto from = TRY(set_default_range(*log, filter));
  auto page = TRY(log->list(filter, after, exchange.parameters.value("limit", kCallsAtOnce)));
  return json_text(page_text(page, from));
}

Answer count_calls(Exchange& exchange) {
  auto filter = TRY(filter_of(exchange));
  auto log = TRY(exchange.parts.call_logs.take());
  TRY(set_default_range(*log, filter));
  auto count = TRY(log->count(filter));
  return json{{"value", count.value}, {"more", count.more}, {"talk_seconds", nullptr}};
}

// A table while it is sent: page by page, however many there are.
class TableBody : public http::BodySource {
 public:
  TableBody(CallLogs& logs, db::CallFilter filter) : logs_(logs), table_(std::move(filter)) {}

  // The first lines, while there is still time to say that it failed.
  Status begin() { return make(); }
  std::optional<uint64_t> size() const override { return std::nullopt; }
  Result<size_t> read(uint64_t, ByteSpan out) override {
    if (taken_ == lines_.size()) TRY(make());
    const size_t length = std::min(out.size(), lines_.size() - taken_);
    std::copy_n(lines_.begin() + static_cast<ptrdiff_t>(taken_), length, out.begin());
    taken_ += length;
    return length;
  }

 private:
  Status make() {
    auto log = TRY(logs_.take());
    lines_ = TRY(table_.next(*log));
    taken_ = 0;
    return {};
  }

  CallLogs& logs_;
  node::CallTable table_;
  std::string lines_;
  size_t taken_ = 0;
};

// Which calls were taken away is told by the filters' names: what was looked for may be somebody's number.
std::string names_of_filters(const Exchange& exchange) {
  std::string names;
  for (const auto& [name, value] : exchange.parameters.items())
    names += (names.empty() ? "" : " ") + std::string(name);
  return names;
}

Answer table_of_calls(Exchange& exchange) {
  auto filter = TRY(filter_of(exchange));
  {
    auto log = TRY(exchange.parts.call_logs.take());
    TRY(set_default_range(*log, filter));
  }
  TRY(exchange.parts.data.audit_act("calls.exported", {}, {{"filters", names_of_filters(exchange)}},
                                    exchange.who.actor()));
  auto body = std::make_unique<TableBody>(exchange.parts.call_logs, std::move(filter));
  TRY(body->begin());
  http::Response response = http::stream("text/csv; charset=utf-8", std::move(body));
  response.headers.set("Content-Disposition", "attachment; filename=\"calls.csv\"");
  return response;
}

Result<db::CallRows> find_rows(Exchange& exchange) {
  auto log = TRY(exchange.parts.call_logs.take());
  auto rows = TRY(log->find(exchange.tenant(), exchange.id<CallId>("call_id")));
  if (!rows) return Error(ErrorCode::kNotFound, "there is no such call");
  return std::move(*rows);
}

json event_json(const CallRecord& call, const CallEvent& event) {
  return {{"at", to_rfc3339(event.at)},
          {"offset_seconds", static_cast<double>(event.at - call.start_at) * 1e-9},
          {"kind", event.kind},
          {"who", event.who},
          {"detail", event.detail}};
}

json why_json(const db::CallRows& rows) {
  if (rows.recordings.empty()) return {{"code", "no_recording"}, {"detail", ""}};
  const RecordingRecord& recording = rows.recordings.front();
  return {{"code", name_of(recording.state)}, {"detail", recording.state_detail}};
}

Answer get_call(Exchange& exchange) {
  auto rows = TRY(find_rows(exchange));
  json events = json::array();
  for (const CallEvent& event : rows.call.events) events.push_back(event_json(rows.call, event));
  auto log = TRY(exchange.parts.call_logs.take());
  std::string related;
  for (CallId other : TRY(log->calls_of_interaction(exchange.tenant(), rows.call.interaction_id))) {
    if (other == rows.call.call_id) continue;
    auto found = TRY(log->find(exchange.tenant(), other));
    if (found) related += (related.empty() ? "" : ",") + call_json(found->call, found->recordings, false);
  }
  int64_t notes = TRY(exchange.parts.workspace.annotations().count(exchange.tenant(), rows.call.call_id));
  return json_text("{\"call\":" + call_json(rows.call, rows.recordings, false) + ",\"events\":" +
                   events.dump(-1, ' ', false, json::error_handler_t::replace) + ",\"related\":[" + related +
                   "],\"why\":" + why_json(rows).dump(-1, ' ', false, json::error_handler_t::replace) +
                   ",\"note_count\":" + std::to_string(notes) + "}");
}

// The recording that was asked for, or the call's first.
Result<RecordingId> recording_of(const Exchange& exchange, const db::CallRows& rows) {
  if (rows.recordings.empty()) return Error(ErrorCode::kNotFound, "nothing is stored of this call");
  auto text = exchange.optional_text("recording");
  if (!text) return rows.recordings.front().recording_id;
  for (const RecordingRecord& recording : rows.recordings)
    if (recording.recording_id.text() == *text) return recording.recording_id;
  return Error(ErrorCode::kNotFound, "this call has no such recording");
}

Answer get_messages(Exchange& exchange) {
  auto rows = TRY(find_rows(exchange));
  auto found = TRY(
      node::signalling(exchange.parts.data, rows, TRY(recording_of(exchange, rows)), exchange.who.actor()));
  auto offset = [&](WallTime at) { return static_cast<double>(at - rows.call.start_at) * 1e-9; };
  json messages = json::array(), reports = json::array();
  for (const node::SignallingMessage& message : found.messages)
    messages.push_back(json{{"n", messages.size()},
                            {"at", to_rfc3339(message.at)},
                            {"offset_seconds", offset(message.at)},
                            {"source", message.source.text()},
                            {"destination", message.destination.text()},
                            {"transport", transport_name(message.transport)},
                            {"start_line", message.start_line},
                            {"method", message.method.empty() ? json() : json(message.method)},
                            {"status", message.status == 0 ? json() : json(message.status)},
                            {"call_id", message.call_id},
                            {"cseq", message.cseq},
                            {"text", message.text}});
  for (const node::AgentReport& report : found.reports)
    reports.push_back(json{{"n", reports.size()},
                           {"at", to_rfc3339(report.at)},
                           {"offset_seconds", offset(report.at)},
                           {"kind", report.kind},
                           {"who", report.who},
                           {"text", report.text}});
  return json{{"messages", std::move(messages)},
              {"cut", found.cut},
              {"reports", std::move(reports)},
              {"reports_cut", found.reports_cut}};
}

}  // namespace

const char* transport_name(Transport transport) {
  switch (transport) {
    case Transport::kUdp:
      return "udp";
    case Transport::kTcp:
      return "tcp";
    case Transport::kTls:
      return "tls";
  }
  return "";
}

void add_call_routes(Routes& routes) {
  routes.handlers.insert({{"listCalls", list_calls},
                          {"countCalls", count_calls},
                          {"tableOfCalls", table_of_calls},
                          {"getCall", get_call},
                          {"getMessages", get_messages}});
}

}  // namespace ew::api
