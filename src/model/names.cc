#include <algorithm>
#include <array>

#include "model/call_record.h"

namespace ew {
namespace {

template <typename Enum>
struct Names;

// In the order of the enumerators. Stored in log parts and databases: never renamed.
template <>
struct Names<TechResult> {
  static constexpr std::array<std::string_view, 15> kAll = {
      "unknown",           "answered",        "answered_voicemail",
      "answered_ivr_only", "no_answer",       "busy",
      "rejected",          "cancelled",       "abandoned_ivr",
      "abandoned_queue",   "short_abandoned", "unreachable",
      "congestion",        "failed",          "diverted"};
};
template <>
struct Names<RecordingState> {
  static constexpr std::array<std::string_view, 14> kAll = {"recorded",
                                                            "recorded_partial",
                                                            "not_recorded_by_policy",
                                                            "not_recorded_consent_declined",
                                                            "not_recorded_by_party_request",
                                                            "not_recorded_encrypted_no_keys",
                                                            "not_recorded_no_media",
                                                            "not_recorded_failed",
                                                            "recorded_in_error",
                                                            "missing_evidence",
                                                            "extra_recording",
                                                            "expired",
                                                            "shredded",
                                                            "held"};
};
template <>
struct Names<Direction> {
  static constexpr std::array<std::string_view, 5> kAll = {"unknown", "inbound", "outbound", "internal",
                                                           "transit"};
};
template <>
struct Names<HangupBy> {
  static constexpr std::array<std::string_view, 4> kAll = {"unknown", "caller", "callee", "system"};
};
template <>
struct Names<SourceKind> {
  static constexpr std::array<std::string_view, 5> kAll = {"pcap", "passive", "siprec", "hep", "import"};
};

template <typename Enum>
std::string_view name(Enum value) {
  auto index = static_cast<size_t>(value);
  EW_CHECK(index < Names<Enum>::kAll.size());
  return Names<Enum>::kAll[index];
}

}  // namespace

std::string_view name_of(TechResult value) { return name(value); }
std::string_view name_of(RecordingState value) { return name(value); }
std::string_view name_of(Direction value) { return name(value); }
std::string_view name_of(HangupBy value) { return name(value); }
std::string_view name_of(SourceKind value) { return name(value); }

template <typename Enum>
std::optional<Enum> enum_of(std::string_view text) {
  const auto& all = Names<Enum>::kAll;
  auto found = std::find(all.begin(), all.end(), text);
  if (found == all.end()) return std::nullopt;
  return static_cast<Enum>(found - all.begin());
}

template std::optional<TechResult> enum_of(std::string_view);
template std::optional<RecordingState> enum_of(std::string_view);
template std::optional<Direction> enum_of(std::string_view);
template std::optional<HangupBy> enum_of(std::string_view);
template std::optional<SourceKind> enum_of(std::string_view);

}  // namespace ew
