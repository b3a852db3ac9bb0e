#include "model/snapshot.h"

#include "model/field_reader.h"
#include "model/field_writer.h"
#include "model/json_list.h"

namespace ew {
namespace {

template <typename Record>
void write_list(JsonWriter& json, std::string_view name, const std::vector<Record>& records) {
  if (records.empty()) return;
  FieldWriter<JsonForm::kStored> writer(json);
  json.key(name);
  json.begin_array();
  for (const Record& record : records) writer.record(record);
  json.end_array();
}

void encode_whole(const CallRecord& call, const RecordingRecord& recording, std::string& out) {
  out.clear();
  out.reserve(1'500 + 500 * (call.legs.size() + call.streams.size()) + 80 * call.events.size());
  JsonWriter json(out);
  FieldWriter<JsonForm::kStored> writer(json);
  json.begin_object();
  json.key("call");
  json.begin_object();
  visit_fields(writer, call);
  write_list(json, "legs", call.legs);
  write_list(json, "streams", call.streams);
  write_list(json, "events", call.events);
  json.end_object();
  json.key("recording");
  writer.record(recording);
  json.end_object();
}

constexpr size_t kTextKept = 200, kListKept = 8;

// At most so many bytes; a character is not cut in two.
void cut(std::string& text) {
  if (text.size() <= kTextKept) return;
  size_t end = kTextKept;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) --end;
  text.resize(end);
}

void cut_texts(CallRecord& call) {
  for (auto* text : {&call.caller_number, &call.caller_name, &call.called_number, &call.called_name,
                     &call.dialled_digits, &call.did, &call.connected_number, &call.queue})
    if (*text) cut(**text);
  cut(call.source_detail);
  for (ExternalId& id : call.external_ids) {
    cut(id.kind);
    cut(id.value);
  }
  for (Leg& leg : call.legs)
    for (auto text : {&Leg::from_uri, &Leg::to_uri, &Leg::from_name, &Leg::to_name, &Leg::user_agent,
                      &Leg::server, &Leg::final_reason, &Leg::refer_target})
      cut(leg.*text);
  for (CallEvent& event : call.events) cut(event.detail);
}

template <typename T>
bool keep_half(std::vector<T>& list) {
  if (list.size() <= kListKept) return false;
  list.resize(list.size() / 2);
  return true;
}

// Whether there was anything left to leave out. How a call began and how it ended says more than its middle.
bool halve_lists(CallRecord& call, RecordingRecord& recording) {
  bool is_less = false;
  if (const size_t events = call.events.size(); events > kListKept) {
    const auto quarter = static_cast<ptrdiff_t>(events / 4);
    call.events.erase(call.events.begin() + quarter, call.events.end() - quarter);
    is_less = true;
  }
  is_less |= keep_half(call.legs);
  for (Leg& leg : call.legs) is_less |= keep_half(leg.holds);
  is_less |= keep_half(call.external_ids);
  is_less |= keep_half(call.sip_call_ids);
  for (MediaStream& stream : call.streams) is_less |= keep_half(stream.losses);
  is_less |= keep_half(call.streams);
  is_less |= keep_half(recording.captures);
  return is_less;
}

}  // namespace

std::string encode_snapshot(const CallSnapshot& snapshot) {
  std::string text;
  encode_snapshot(snapshot.call, snapshot.recording, text);
  return text;
}

void encode_snapshot(const CallRecord& call, const RecordingRecord& recording, std::string& out) {
  encode_whole(call, recording, out);
  if (out.size() <= kMaxSnapshotBytes) return;
  CallRecord cut_call = call;
  RecordingRecord cut_recording = recording;
  cut_texts(cut_call);
  cut_call.events_cut = true;
  while (encode_whole(cut_call, cut_recording, out), out.size() > kMaxSnapshotBytes)
    if (!halve_lists(cut_call, cut_recording)) return;
}

Result<CallSnapshot> decode_snapshot(std::string_view text) {
  if (text.empty())
    return Error(ErrorCode::kInvalid, "a call's snapshot is empty");  // simdjson copies from null
  simdjson::dom::parser parser;
  simdjson::dom::element root;
  auto error = parser.parse(text.data(), text.size()).get(root);
  if (error)
    return Error(ErrorCode::kInvalid,
                 std::string("a call's snapshot is no JSON: ") + simdjson::error_message(error));
  simdjson::dom::object call_object, recording_object;
  if (root["call"].get(call_object) || root["recording"].get(recording_object))
    return Error(ErrorCode::kInvalid, "a call's snapshot lacks call or recording");

  CallSnapshot snapshot;
  CallRecord& call = snapshot.call;
  std::optional<Error> fault;
  call.tenant.clear();  // the empty text is absent
  FieldReader call_reader(call_object, "call", fault);
  for (auto name : {"call_id", "start_at"}) call_reader.require(name);
  visit_fields(call_reader, call);
  call_reader.field("legs", call.legs);
  call_reader.field("streams", call.streams);
  call_reader.field("events", call.events);
  FieldReader recording_reader(recording_object, "recording", fault);
  for (auto name : {"recording_id", "call_id"}) recording_reader.require(name);
  visit_fields(recording_reader, snapshot.recording);
  if (fault) return *std::move(fault);
  snapshot.recording.streams = call.streams;
  return snapshot;
}

template <typename T>
std::string encode_list(const std::vector<T>& members) {
  std::string text;
  JsonWriter json(text);
  FieldWriter<JsonForm::kStored>(json).list(members);
  return text;
}

template <typename T>
std::optional<std::vector<T>> decode_list(std::string_view text) {
  simdjson::dom::parser parser;
  simdjson::dom::element root;
  std::vector<T> members;
  std::optional<Error> fault;
  if (text.empty() || parser.parse(text.data(), text.size()).get(root)) return std::nullopt;
  if (!FieldReader({}, "list", fault).list(root, members, "element")) return std::nullopt;
  return members;
}

template std::string encode_list(const std::vector<std::string>&);
template std::string encode_list(const std::vector<Hold>&);
template std::string encode_list(const std::vector<Loss>&);
template std::string encode_list(const std::vector<ExternalId>&);
template std::optional<std::vector<std::string>> decode_list(std::string_view);
template std::optional<std::vector<Hold>> decode_list(std::string_view);
template std::optional<std::vector<Loss>> decode_list(std::string_view);
template std::optional<std::vector<ExternalId>> decode_list(std::string_view);

}  // namespace ew
