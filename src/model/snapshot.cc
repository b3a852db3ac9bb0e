#include <simdjson.h>

#include <charconv>
#include <limits>

#include "model/field_writer.h"

namespace ew {
namespace {

namespace dom = simdjson::dom;

// A visitor of call_fields.h that takes the fields from a JSON object. What is absent keeps the record's
// default. The first fault is kept, with its place; after it nothing more is read.
class FieldReader {
 public:
  FieldReader(dom::object object, std::string place, std::optional<Error>& fault)
      : object_(object), place_(std::move(place)), fault_(fault) {}

  template <typename T>
  void field(std::string_view name, T& member) {
    dom::element element;
    if (find(name, element) && !read(element, member, name)) refuse(name);
  }
  template <typename T>
  void field(std::string_view name, std::vector<T>& members) {
    dom::element element;
    if (!find(name, element)) return;
    dom::array array;
    if (element.get(array)) return refuse(name);
    members.reserve(std::min(array.size(), kReserveMax));
    for (dom::element each : array) {
      if (!read(each, members.emplace_back(), name)) refuse(name);
      if (fault_) return;
    }
  }
  void nonzero(std::string_view name, uint32_t& member) { field(name, member); }
  void hex(std::string_view name, uint32_t& member) {
    dom::element element;
    if (!find(name, element)) return;
    std::string_view text;
    if (element.get(text) || text.size() != 8) return refuse(name);
    auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), member, 16);
    if (error != std::errc{} || end != text.data() + text.size()) refuse(name);
  }

  // A member that no version was ever written without.
  void require(std::string_view name) {
    dom::element element;
    if (!fault_ && !find(name, element))
      fault_.emplace(ErrorCode::kInvalid, place_ + "." + std::string(name) + " is missing");
  }

 private:
  static constexpr size_t kReserveMax = 4'096;

  bool find(std::string_view name, dom::element& element) {
    return !fault_ && !object_.at_key(name).get(element);
  }
  void refuse(std::string_view name) {
    if (!fault_)
      fault_.emplace(ErrorCode::kInvalid, place_ + "." + std::string(name) + " is not what belongs there");
  }

  template <typename T>
  bool read(dom::element element, std::optional<T>& member, std::string_view name) {
    return read(element, member.emplace(), name);
  }
  bool read(dom::element element, std::string& member, std::string_view) {
    std::string_view text;
    if (element.get(text)) return false;
    member = text;
    return true;
  }
  bool read(dom::element element, bool& member, std::string_view) { return !element.get(member); }
  bool read(dom::element element, double& member, std::string_view) { return !element.get(member); }
  bool read(dom::element element, WallTime& member, std::string_view) {
    constexpr int64_t kMaxUs = std::numeric_limits<int64_t>::max() / kNsPerUs;
    int64_t us;
    if (element.get(us) || us > kMaxUs || us < -kMaxUs) return false;
    member = WallTime::from_us(us);
    return true;
  }
  template <typename Tag>
  bool read(dom::element element, Id<Tag>& member, std::string_view) {
    std::string_view text;
    if (element.get(text)) return false;
    auto id = Id<Tag>::parse(text);
    if (id) member = *id;
    return id.has_value();
  }
  template <typename T>
  requires(std::is_enum_v<T>) bool read(dom::element element, T& member, std::string_view) {
    std::string_view text;
    if (element.get(text)) return false;
    auto value = enum_of<T>(text);
    if (value) member = *value;
    return value.has_value();
  }
  template <typename T>
  requires(std::is_integral_v<T> && !std::same_as<T, bool>) bool read(dom::element element, T& member,
                                                                      std::string_view) {
    std::conditional_t<std::is_signed_v<T>, int64_t, uint64_t> value;
    if (element.get(value) || value > std::numeric_limits<T>::max() || value < std::numeric_limits<T>::min())
      return false;
    member = static_cast<T>(value);
    return true;
  }
  template <typename Record>
  requires(std::same_as<Record, Hold> || std::same_as<Record, Leg> || std::same_as<Record, MediaStream> ||
           std::same_as<Record, CallEvent>) bool read(dom::element element, Record& member,
                                                      std::string_view name) {
    dom::object object;
    if (element.get(object)) return false;
    FieldReader reader(object, place_ + "." + std::string(name), fault_);
    visit_fields(reader, member);
    return true;
  }

  dom::object object_;
  std::string place_;
  std::optional<Error>& fault_;
};

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
  const CallRecord& call = snapshot.call;
  std::string text;
  text.reserve(1'500 + 500 * (call.legs.size() + call.streams.size()) + 80 * call.events.size());
  JsonWriter json(text);
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
  writer.record(snapshot.recording);
  json.end_object();
  return text;
}

Result<CallSnapshot> decode_snapshot(std::string_view text) {
  dom::parser parser;
  dom::element root;
  auto error = parser.parse(text.data(), text.size()).get(root);
  if (error)
    return Error(ErrorCode::kInvalid,
                 std::string("a call's snapshot is no JSON: ") + simdjson::error_message(error));
  dom::object call_object, recording_object;
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

}  // namespace ew
