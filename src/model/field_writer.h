// A visitor of call_fields.h that writes the fields into a JSON object. The two forms differ in three things:
// what is unknown (absent in the stored form, null in the public one), times (microseconds; RFC 3339) and
// empty lists (absent; []).
#pragma once

#include <cstdio>
#include <optional>
#include <string>
#include <type_traits>
#include <vector>

#include "model/call_fields.h"
#include "model/json_writer.h"

namespace ew {

enum class JsonForm { kStored, kPublic };

template <JsonForm form>
class FieldWriter {
 public:
  explicit FieldWriter(JsonWriter& json) : json_(json) {}

  template <typename T>
  void field(std::string_view name, const T& member) {
    if (is_unknown(member)) return unknown(name);
    json_.key(name);
    write(member);
  }
  template <typename T>
  void field(std::string_view name, const std::vector<T>& members) {
    if (form == JsonForm::kStored && members.empty()) return;
    json_.key(name);
    list(members);
  }
  template <typename T>
  void list(const std::vector<T>& members) {
    json_.begin_array();
    for (const T& member : members) write(member);
    json_.end_array();
  }
  void nonzero(std::string_view name, uint32_t member) {
    if (member == 0) return unknown(name);
    field(name, member);
  }
  void hex(std::string_view name, uint32_t member) {
    char text[9];
    std::snprintf(text, sizeof text, "%08x", member);
    json_.key(name);
    json_.string(text);
  }

  // An object of its own.
  template <typename Record>
  void record(const Record& record) {
    json_.begin_object();
    visit_fields(*this, record);
    json_.end_object();
  }

 private:
  void unknown(std::string_view name) {
    if (form == JsonForm::kStored) return;
    json_.key(name);
    json_.null();
  }

  template <typename T>
  static bool is_unknown(const std::optional<T>& member) {
    return !member;
  }
  static bool is_unknown(const std::string& member) { return member.empty(); }
  static bool is_unknown(const Uuid& member) { return form == JsonForm::kPublic && member.is_nil(); }
  template <typename T>
  requires(std::is_arithmetic_v<T> || std::is_enum_v<T> ||
           std::same_as<T, WallTime>) static bool is_unknown(T) {
    return false;
  }

  template <typename T>
  void write(const std::optional<T>& member) {
    write(*member);
  }
  void write(const std::string& text) { json_.string(text); }
  void write(bool value) { json_.boolean(value); }
  void write(const Uuid& id) { json_.string(id.text()); }
  void write(const Hold& hold) { record(hold); }
  void write(const Loss& loss) { record(loss); }
  void write(const ExternalId& id) { record(id); }
  void write(WallTime time) {
    if constexpr (form == JsonForm::kStored) {
      json_.number(time.us());
    } else {
      json_.string(to_rfc3339(time));
    }
  }
  template <typename T>
  requires(std::is_enum_v<T>) void write(T value) { json_.string(name_of(value)); }
  template <typename T>
  requires(std::is_arithmetic_v<T>) void write(T value) { json_.number(value); }

  JsonWriter& json_;
};

}  // namespace ew
