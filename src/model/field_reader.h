// A visitor of call_fields.h that reads a parsed JSON object. Only this module's .cc files include it: it
// brings simdjson.
#pragma once

#include <simdjson.h>

#include <algorithm>
#include <charconv>
#include <limits>

#include "model/call_fields.h"

namespace ew {

// A visitor of call_fields.h that takes the fields from a JSON object. What is absent keeps the record's
// default. The first fault is kept, with its place; after it nothing more is read.
class FieldReader {
 public:
  FieldReader(simdjson::dom::object object, std::string place, std::optional<Error>& fault)
      : object_(object), place_(std::move(place)), fault_(fault) {}

  template <typename T>
  void field(std::string_view name, T& member) {
    simdjson::dom::element element;
    if (find(name, element) && !read(element, member, name)) refuse(name);
  }
  template <typename T>
  void field(std::string_view name, std::vector<T>& members) {
    simdjson::dom::element element;
    if (!find(name, element)) return;
    if (!list(element, members, name)) refuse(name);
  }
  // False where it is no array, or an element is not what belongs there.
  template <typename T>
  bool list(simdjson::dom::element element, std::vector<T>& members, std::string_view name) {
    simdjson::dom::array array;
    if (element.get(array)) return false;
    members.reserve(std::min(array.size(), kReserveMax));
    for (simdjson::dom::element each : array)
      if (!read(each, members.emplace_back(), name) || fault_) return false;
    return true;
  }
  void nonzero(std::string_view name, uint32_t& member) { field(name, member); }
  void hex(std::string_view name, uint32_t& member) {
    simdjson::dom::element element;
    if (!find(name, element)) return;
    std::string_view text;
    if (element.get(text) || text.size() != 8) return refuse(name);
    auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), member, 16);
    if (error != std::errc{} || end != text.data() + text.size()) refuse(name);
  }

  // A member that no version was ever written without.
  void require(std::string_view name) {
    simdjson::dom::element element;
    if (!fault_ && !find(name, element))
      fault_.emplace(ErrorCode::kInvalid, place_ + "." + std::string(name) + " is missing");
  }

 private:
  static constexpr size_t kReserveMax = 4'096;

  bool find(std::string_view name, simdjson::dom::element& element) {
    return !fault_ && !object_.at_key(name).get(element);
  }
  void refuse(std::string_view name) {
    if (!fault_)
      fault_.emplace(ErrorCode::kInvalid, place_ + "." + std::string(name) + " is not what belongs there");
  }

  template <typename T>
  bool read(simdjson::dom::element element, std::optional<T>& member, std::string_view name) {
    return read(element, member.emplace(), name);
  }
  bool read(simdjson::dom::element element, std::string& member, std::string_view) {
    std::string_view text;
    if (element.get(text)) return false;
    member = text;
    return true;
  }
  bool read(simdjson::dom::element element, bool& member, std::string_view) { return !element.get(member); }
  bool read(simdjson::dom::element element, double& member, std::string_view) { return !element.get(member); }
  bool read(simdjson::dom::element element, WallTime& member, std::string_view) {
    constexpr int64_t kMaxUs = std::numeric_limits<int64_t>::max() / kNsPerUs;
    int64_t us;
    if (element.get(us) || us > kMaxUs || us < -kMaxUs) return false;
    member = WallTime::from_us(us);
    return true;
  }
  template <typename Tag>
  bool read(simdjson::dom::element element, Id<Tag>& member, std::string_view) {
    std::string_view text;
    if (element.get(text)) return false;
    auto id = Id<Tag>::parse(text);
    if (id) member = *id;
    return id.has_value();
  }
  template <typename T>
  requires(std::is_enum_v<T>) bool read(simdjson::dom::element element, T& member, std::string_view) {
    std::string_view text;
    if (element.get(text)) return false;
    auto value = enum_of<T>(text);
    if (value) member = *value;
    return value.has_value();
  }
  template <typename T>
  requires(std::is_integral_v<T> && !std::same_as<T, bool>) bool read(simdjson::dom::element element,
                                                                      T& member, std::string_view) {
    std::conditional_t<std::is_signed_v<T>, int64_t, uint64_t> value;
    if (element.get(value) || value > std::numeric_limits<T>::max() || value < std::numeric_limits<T>::min())
      return false;
    member = static_cast<T>(value);
    return true;
  }
  template <typename Record>
  requires(std::same_as<Record, Hold> || std::same_as<Record, Loss> || std::same_as<Record, ExternalId> || std::same_as<Record, Leg> || std::same_as<Record, MediaStream> ||
           std::same_as<Record, CallEvent>) bool read(simdjson::dom::element element, Record& member,
                                                      std::string_view name) {
    simdjson::dom::object object;
    if (element.get(object)) return false;
    FieldReader reader(object, place_ + "." + std::string(name), fault_);
    visit_fields(reader, member);
    return true;
  }

  simdjson::dom::object object_;
  std::string place_;
  std::optional<Error>& fault_;
};

}  // namespace ew
