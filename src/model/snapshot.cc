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

}  // namespace

std::string encode_snapshot(const CallSnapshot& snapshot) {
  std::string text;
  encode_snapshot(snapshot.call, snapshot.recording, text);
  return text;
}

void encode_snapshot(const CallRecord& call, const RecordingRecord& recording, std::string& out) {
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
template std::string encode_list(const std::vector<ExternalId>&);
template std::optional<std::vector<std::string>> decode_list(std::string_view);
template std::optional<std::vector<Hold>> decode_list(std::string_view);
template std::optional<std::vector<ExternalId>> decode_list(std::string_view);

}  // namespace ew
