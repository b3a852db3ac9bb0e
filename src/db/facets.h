// What a call is narrowed down by, in one short text: "answered inbound recorded passive g" are its result,
// direction, recording state, source and class of duration. A log has some hundreds of different ones, so a
// search for rare combinations asks an index for just those that fit.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "model/call_record.h"

namespace ew::db {

std::string facets_of(const CallRecord& call, RecordingState state, std::optional<int64_t> duration_us);

// The part of a search that facets answer. Whether the duration fits is known for its class only.
struct FacetChoice {
  std::optional<TechResult> tech_result;
  std::optional<Direction> direction;
  std::optional<RecordingState> recording_state;
  std::optional<SourceKind> source;
  std::optional<int64_t> min_duration_us, max_duration_us;

  bool is_any() const;
  bool admits(std::string_view facets) const;
};

}  // namespace ew::db
