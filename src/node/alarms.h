// Alarms: what an operator should know, from what is known of the node at one moment. Each is raised and
// cleared with a line in the log.
#pragma once

#include <array>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/log.h"
#include "base/time.h"

namespace ew::node {

// The codes and severities of openapi.json's Alarm.
enum class AlarmCode {
  kDisk,          // filling up: from 80 % notice, 90 % warning, 95 % critical
  kDiskFull,      // less than kFullBytes left
  kKeysNotSaved,  // the recovery key
  kPortOccupied,  // an address that somebody else listens on
  kClock,         // the wall clock was stepped
  kRunningAsRoot,
  kRecorderDown,    // for longer than kDownNs
  kJournalError,    // for kErrorNs after the last one
  kSealingLate,     // an ended part waits for longer than kLateNs
  kCaptureDown,     // an interface that should be captured is not
  kPacketsDropped,  // for kErrorNs after the last one that was lost in us
};
inline constexpr std::array kAlarmCodes = {
    AlarmCode::kDisk,        AlarmCode::kDiskFull,      AlarmCode::kKeysNotSaved, AlarmCode::kPortOccupied,
    AlarmCode::kClock,       AlarmCode::kRunningAsRoot, AlarmCode::kRecorderDown, AlarmCode::kJournalError,
    AlarmCode::kSealingLate, AlarmCode::kCaptureDown,   AlarmCode::kPacketsDropped};
enum class Severity { kNotice, kWarning, kCritical };
std::string_view name_of(AlarmCode code);
std::string_view name_of(Severity severity);

struct Alarm {
  AlarmCode code;
  Severity severity = Severity::kWarning;
  WallTime since;
  std::string detail;  // for people, in English
  std::vector<std::pair<std::string, std::string>> values;
};

// What is known of the node.
struct NodeState {
  uint64_t disk_total = 0, disk_free = 0;  // bytes; total 0: unknown
  std::optional<double> days_until_full;
  bool keys_saved = true;
  std::vector<std::string> occupied;
  bool runs_as_root = false;
  bool recorder_is_up = true;
  std::string journal_error;  // new since the last look
  std::vector<std::string> capture_troubles;
  uint64_t packets_dropped = 0;  // since the recorder's start
  int64_t sealing_wait_ns = 0;
};

// Any thread.
class Alarms {
 public:
  static constexpr uint64_t kFullBytes = 64 * 1024 * 1024;
  static constexpr int64_t kDownNs = 3 * kNsPerSec;
  static constexpr int64_t kErrorNs = 300 * kNsPerSec;
  static constexpr int64_t kLateNs = 60 * kNsPerSec;
  static constexpr int64_t kStepNs = 2 * kNsPerSec;  // between two looks the clocks may differ by so much
  static constexpr int64_t kStepShownNs = 600 * kNsPerSec;

  // `changed` is called after the list has changed, on the thread of update().
  Alarms(const Clock& clock, Log& log, std::function<void()> changed = {})
      : clock_(clock), log_(log), changed_(std::move(changed)) {}

  void update(const NodeState& state);
  std::vector<Alarm> list() const;

 private:
  using Wanted = std::map<AlarmCode, Alarm>;
  void want_disk(const NodeState& state, Wanted& wanted) const;
  void want_clock(Wanted& wanted);
  void want_processes(const NodeState& state, Wanted& wanted);
  void want_capture(const NodeState& state, Wanted& wanted);
  bool replace(Wanted wanted);

  const Clock& clock_;
  Log& log_;
  const std::function<void()> changed_;
  mutable std::mutex mutex_;
  Wanted raised_;  // guarded by mutex_
  // The thread of update() alone.
  std::optional<int64_t> clock_offset_ns_;  // wall minus monotonic, at the last look
  int64_t stepped_at_ns_ = 0, step_ns_ = 0;
  std::optional<int64_t> down_since_ns_;
  int64_t journal_error_at_ns_ = 0;
  std::string journal_error_;
  uint64_t packets_dropped_ = 0, dropped_lately_ = 0;
  int64_t dropped_at_ns_ = 0;
};

}  // namespace ew::node
