// Records with random fields for tests: every field of call_fields.h gets a value, so a field that a form
// forgets is found.
#pragma once

#include <limits>
#include <random>

#include "model/call_fields.h"

namespace ew::testing {

class RandomRecords {
 public:
  explicit RandomRecords(uint64_t seed) : random_(seed) {}

  uint64_t below(uint64_t bound) { return std::uniform_int_distribution<uint64_t>(0, bound - 1)(random_); }
  bool one_in(uint64_t n) { return below(n) == 0; }

  // A snapshot as the engine makes it: both sides have the same streams, ids are set.
  CallSnapshot snapshot() {
    CallSnapshot made{.call = call(), .recording = recording()};
    made.recording.call_id = made.call.call_id;
    made.recording.streams = made.call.streams;
    return made;
  }
  CallRecord call() {
    CallRecord made;
    visit_fields(*this, made);
    field("legs", made.legs);
    field("streams", made.streams);
    field("events", made.events);
    return made;
  }
  RecordingRecord recording() {
    RecordingRecord made;
    visit_fields(*this, made);
    return made;
  }

  void field(std::string_view, std::string& member) { member = text(); }
  void field(std::string_view, bool& member) { member = one_in(2); }
  void field(std::string_view, double& member) {
    member = one_in(3) ? 0 : static_cast<double>(random_()) / 1e17;
  }
  void field(std::string_view, WallTime& member) { member = time(); }
  template <typename Tag>
  void field(std::string_view, Id<Tag>& member) {
    for (uint8_t& byte : member.bytes) byte = static_cast<uint8_t>(random_());
  }
  template <typename T>
  requires(std::is_integral_v<T>) void field(std::string_view, T& member) {
    // Small numbers, any number and the ends of the range.
    member = one_in(2)   ? static_cast<T>(below(100))
             : one_in(4) ? std::numeric_limits<T>::max()
                         : static_cast<T>(random_());
  }
  template <typename T>
  requires(std::is_enum_v<T>) void field(std::string_view, T& member) {
    constexpr uint64_t kCount = std::same_as<T, TechResult>       ? 15
                                : std::same_as<T, RecordingState> ? 14
                                : std::same_as<T, HangupBy>       ? 4
                                                                  : 5;
    member = static_cast<T>(below(kCount));
  }
  template <typename T>
  void field(std::string_view name, std::optional<T>& member) {
    member.reset();
    if (!one_in(3)) field(name, member.emplace());
  }
  template <typename T>
  void field(std::string_view name, std::vector<T>& members) {
    members.resize(below(4));
    for (T& member : members) field(name, member);
  }
  template <typename T>
  requires(std::same_as<T, Hold> || std::same_as<T, Loss> || std::same_as<T, ExternalId> || std::same_as<T, Leg> || std::same_as<T, MediaStream> ||
           std::same_as<T, CallEvent>) void field(std::string_view, T& member) {
    visit_fields(*this, member);
  }
  void nonzero(std::string_view name, uint32_t& member) { field(name, member); }
  void hex(std::string_view name, uint32_t& member) { field(name, member); }

  // Valid UTF-8 without NUL, often with what needs an escape somewhere.
  std::string text() {
    static constexpr std::string_view kPieces[] = {
        "a",    "Zoë", "\"", "\\",   "\n",  "\x01", "'; DROP TABLE call--", "😀", "ш",
        "\x7f", "%_",  "{}", "null", "421", " ",    "sip:100@10.0.0.1"};
    std::string made;
    for (uint64_t i = below(6); i > 0; --i) made += kPieces[below(std::size(kPieces))];
    return made;
  }
  // Whole microseconds within twenty years.
  WallTime time() {
    return WallTime::from_us(1'500'000'000'000'000 + static_cast<int64_t>(below(630'000'000'000'000)));
  }

 private:
  std::mt19937_64 random_;
};

}  // namespace ew::testing
