// What is recorded of live sources: what the configuration says, else what was answered in the panel. An
// import records always: somebody asked for it.
#pragma once

#include <string>

#include "config/config.h"
#include "db/workspace.h"

namespace ew::node {

inline constexpr const char* kRecordingSetting = "recording";  // {"default": "all" or "none", "legal_ground"}

struct RecordingPolicy {
  bool record = false;
  std::string reason;  // in words
};
Result<RecordingPolicy> recording_policy(const config::Config& config, db::Workspace& workspace);

}  // namespace ew::node
