#include "node/recording_policy.h"

#include <nlohmann/json.hpp>

namespace ew::node {

Result<RecordingPolicy> recording_policy(const config::Config& config, db::Workspace& workspace) {
  if (config.recording_configured) {
    const bool all = config.record_default == config::RecordDefault::kAll;
    return RecordingPolicy{all, all ? "the configuration says: all" : "the configuration says: none"};
  }
  auto stored = TRY(workspace.settings().get(kRecordingSetting));
  if (!stored) return RecordingPolicy{false, "nobody has said yet what is recorded"};
  auto setting = nlohmann::json::parse(*stored, nullptr, false);
  if (!setting.is_object())
    return Error(ErrorCode::kCorrupt, "the setting of what is recorded cannot be read");
  const bool all = setting.value("default", "none") == "all";
  return RecordingPolicy{all, all ? "recording is switched on for all" : "recording is switched off"};
}

}  // namespace ew::node
