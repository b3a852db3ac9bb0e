#include <algorithm>
#include <cmath>
#include <tuple>

#include "base/text.h"
#include "model/field_writer.h"

namespace ew {
namespace {

// The absent after all that is there.
auto time_key(const std::optional<WallTime>& time) { return std::pair(!time, time.value_or(WallTime{})); }

template <typename Record, typename Key>
void sort_by(std::vector<Record>& records, Key key) {
  std::stable_sort(records.begin(), records.end(),
                   [&](const Record& a, const Record& b) { return key(a) < key(b); });
}

// A kind comes from the wire and becomes a member's name.
std::string member_of(std::string_view kind) {
  std::string name = to_utf8(kind);
  for (char& c : name)
    if (static_cast<uint8_t>(c) < 0x20 || c == '"' || c == '\\' || c == 0x7f) c = '_';
  return name.empty() ? "id" : name;
}

// Downwards, so that only what is whole is 1.
double rounded(double number) { return std::floor(number * 1e6) / 1e6; }

class PublicForm {
 public:
  PublicForm(std::string& out, JsonLayout layout) : json_(out, layout) {}

  void call(const CallRecord& call, const std::vector<RecordingRecord>& recordings);

 private:
  void identity(const CallRecord& call);
  void result(const CallRecord& call);
  void parties(const CallRecord& call);
  void external_ids(const CallRecord& call);
  void recording(const RecordingRecord& recording);
  void evidence(const RecordingRecord& recording);
  void seconds(std::string_view name, const std::optional<WallTime>& from, const std::optional<WallTime>& to);
  template <typename Record>
  void list(std::string_view name, std::vector<Record> records);
  void list(std::string_view name, const std::vector<RecordingRecord>& recordings);

  JsonWriter json_;
  FieldWriter<JsonForm::kPublic> fields_{json_};
};

void PublicForm::call(const CallRecord& call, const std::vector<RecordingRecord>& unsorted) {
  std::vector<RecordingRecord> recordings = unsorted;
  sort_by_time(recordings);
  json_.begin_object();
  identity(call);
  fields_.field("recording_state", recordings.empty() ? RecordingState::kNoMedia : recordings.front().state);
  result(call);
  parties(call);
  external_ids(call);
  list("legs", call.legs);
  list("streams", call.streams);
  list("events", call.events);
  fields_.field("events_cut", call.events_cut);
  fields_.field("ended", call.ended);
  list("recordings", recordings);
  json_.end_object();
}

void PublicForm::identity(const CallRecord& call) {
  fields_.field("call_id", call.call_id);
  fields_.field("interaction_id", call.interaction_id);
  fields_.field("parent_call_id", call.parent_call_id);
  fields_.field("tenant", call.tenant);
  fields_.field("source", call.source);
  fields_.field("source_detail", call.source_detail);
  fields_.field("direction", call.direction);
  fields_.field("tech_result", call.tech_result);
}

void PublicForm::result(const CallRecord& call) {
  fields_.field("start_at", std::optional(call.start_at));
  fields_.field("ring_at", call.ring_at);
  fields_.field("answer_at", call.answer_at);
  fields_.field("end_at", call.end_at);
  seconds("duration_sec", call.start_at, call.end_at);
  seconds("talk_sec", call.answer_at, call.end_at);
  fields_.field("hangup_by", call.hangup_by);
  fields_.field("end_reason", call.end_reason);
  fields_.field("end_reason_sip", call.end_reason_sip);
  fields_.field("end_reason_q850", call.end_reason_q850);
}

void PublicForm::parties(const CallRecord& call) {
  fields_.field("caller_number", call.caller_number);
  fields_.field("caller_name", call.caller_name);
  fields_.field("called_number", call.called_number);
  fields_.field("called_name", call.called_name);
  fields_.field("dialled_digits", call.dialled_digits);
  fields_.field("did", call.did);
  fields_.field("connected_number", call.connected_number);
  fields_.field("queue", call.queue);
}

// By kind, in the order in which kinds and values came.
void PublicForm::external_ids(const CallRecord& call) {
  std::vector<std::pair<std::string, std::vector<std::string>>> kinds = {{"sip_call_id", call.sip_call_ids}};
  for (const ExternalId& id : call.external_ids) {
    std::string name = member_of(id.kind);
    auto kind =
        std::find_if(kinds.begin(), kinds.end(), [&](const auto& known) { return known.first == name; });
    if (kind == kinds.end()) kind = kinds.insert(kinds.end(), {name, {}});
    kind->second.push_back(id.value);
  }
  json_.key("external_ids");
  json_.begin_object();
  for (const auto& [kind, values] : kinds) fields_.field(kind, values);
  json_.end_object();
}

void PublicForm::recording(const RecordingRecord& recording) {
  json_.begin_object();
  fields_.field("recording_id", recording.recording_id);
  fields_.field("state", recording.state);
  fields_.field("state_detail", recording.state_detail);
  fields_.field("witness", recording.witness);
  fields_.field("start_at", recording.start_at);
  fields_.field("end_at", recording.end_at);
  fields_.field("media_bytes", recording.media_bytes);
  fields_.field("captures", recording.captures);
  evidence(recording);
  list("streams", recording.streams);
  json_.end_object();
}

void PublicForm::evidence(const RecordingRecord& recording) {
  json_.key("evidence");
  const auto evidence = evidence_of(recording);
  if (!evidence) return json_.null();
  json_.begin_object();
  fields_.field("score", rounded(evidence->score()));
  fields_.field("expected_sec", rounded(evidence->expected_s));
  fields_.field("stored_sec", rounded(evidence->stored_s));
  json_.end_object();
}

void PublicForm::seconds(std::string_view name, const std::optional<WallTime>& from,
                         const std::optional<WallTime>& to) {
  json_.key(name);
  if (!from || !to) return json_.null();
  json_.number(static_cast<double>(to->us() - from->us()) / 1e6);
}

template <typename Record>
void PublicForm::list(std::string_view name, std::vector<Record> records) {
  sort_by_time(records);
  json_.key(name);
  json_.begin_array();
  for (const Record& record : records) fields_.record(record);
  json_.end_array();
}

void PublicForm::list(std::string_view name, const std::vector<RecordingRecord>& recordings) {
  json_.key(name);
  json_.begin_array();
  for (const RecordingRecord& each : recordings) recording(each);
  json_.end_array();
}

}  // namespace

std::optional<Evidence> evidence_of(const RecordingRecord& recording) {
  std::optional<Evidence> evidence;
  for (const MediaStream& stream : recording.streams) {
    if (!stream.first_at || !stream.last_at || stream.packets == 0) continue;
    const double seconds = static_cast<double>(*stream.last_at - *stream.first_at) * 1e-9;
    const double packets = static_cast<double>(stream.packets);
    const bool is_stored = !stream.encrypted || stream.opened;
    if (!evidence) evidence.emplace();
    evidence->expected_s += seconds;
    // In this order: where nothing was lost the share is 1, to the bit.
    evidence->stored_s += is_stored ? seconds * (packets / (packets + static_cast<double>(stream.lost))) : 0;
  }
  return evidence;
}

void sort_by_time(std::vector<Leg>& legs) {
  sort_by(legs, [](const Leg& leg) { return time_key(leg.invite_at); });
}
void sort_by_time(std::vector<MediaStream>& streams) {
  sort_by(streams, [](const MediaStream& s) {
    return std::tuple(time_key(s.first_at), s.ssrc, std::string_view(s.source));
  });
}
void sort_by_time(std::vector<CallEvent>& events) {
  sort_by(events, [](const CallEvent& event) { return event.at; });
}
void sort_by_time(std::vector<RecordingRecord>& recordings) {
  sort_by(recordings,
          [](const RecordingRecord& r) { return std::pair(time_key(r.start_at), r.recording_id); });
}

std::string call_json(const CallRecord& call, const std::vector<RecordingRecord>& recordings, bool pretty) {
  std::string text;
  PublicForm(text, pretty ? JsonLayout::kPretty : JsonLayout::kCompact).call(call, recordings);
  return text;
}

}  // namespace ew
