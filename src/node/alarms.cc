#include "node/alarms.h"

#include <array>
#include <cmath>
#include <cstdio>

namespace ew::node {
namespace {

constexpr std::array<std::string_view, kAlarmCodes.size()> kCodes = {
    "disk",          "disk_full",     "keys_not_saved", "port_occupied", "clock",          "running_as_root",
    "recorder_down", "journal_error", "sealing_late",   "capture_down",  "packets_dropped"};
constexpr std::array<std::string_view, 3> kSeverities = {"notice", "warning", "critical"};

struct DiskLimit {
  double share;
  Severity severity;
};
constexpr DiskLimit kDiskLimits[] = {
    {0.95, Severity::kCritical}, {0.90, Severity::kWarning}, {0.80, Severity::kNotice}};

std::string seconds_text(int64_t ns) { return std::to_string(ns / kNsPerSec); }

std::string joined(const std::vector<std::string>& texts) {
  std::string all;
  for (const std::string& text : texts) all += (all.empty() ? "" : ", ") + text;
  return all;
}

void want(std::map<AlarmCode, Alarm>& wanted, AlarmCode code, Severity severity, std::string detail,
          std::vector<std::pair<std::string, std::string>> values = {}) {
  wanted[code] = {code, severity, {}, std::move(detail), std::move(values)};
}

}  // namespace

std::string_view name_of(AlarmCode code) { return kCodes[static_cast<size_t>(code)]; }
std::string_view name_of(Severity severity) { return kSeverities[static_cast<size_t>(severity)]; }

void Alarms::want_disk(const NodeState& state, Wanted& wanted) const {
  if (state.disk_total == 0) return;
  if (state.disk_free < kFullBytes)
    want(wanted, AlarmCode::kDiskFull, Severity::kCritical, "The disk is full.",
         {{"free_bytes", std::to_string(state.disk_free)}});
  double used = 1 - static_cast<double>(state.disk_free) / static_cast<double>(state.disk_total);
  for (const DiskLimit& limit : kDiskLimits) {
    if (used < limit.share) continue;
    std::string percent = std::to_string(static_cast<int>(std::floor(used * 100)));
    std::vector<std::pair<std::string, std::string>> values = {{"percent", percent}};
    if (state.days_until_full)
      values.emplace_back("days", std::to_string(static_cast<int64_t>(*state.days_until_full)));
    want(wanted, AlarmCode::kDisk, limit.severity, "The disk is " + percent + " % full.", std::move(values));
    return;
  }
}

// Both clocks pass at the same rate but for what somebody does to the wall clock.
void Alarms::want_clock(Wanted& wanted) {
  const int64_t now = clock_.monotonic_ns();
  const int64_t offset = clock_.wall().ns - now;
  int64_t step = clock_offset_ns_ ? offset - *clock_offset_ns_ : 0;
  clock_offset_ns_ = offset;
  if (std::abs(step) > kStepNs) {
    step_ns_ = step;
    stepped_at_ns_ = now;
  }
  if (step_ns_ == 0 || now - stepped_at_ns_ > kStepShownNs) return;
  want(wanted, AlarmCode::kClock, Severity::kWarning,
       "The clock was stepped by " + seconds_text(step_ns_) + " s.", {{"seconds", seconds_text(step_ns_)}});
}

void Alarms::want_processes(const NodeState& state, Wanted& wanted) {
  const int64_t now = clock_.monotonic_ns();
  if (state.recorder_is_up) down_since_ns_.reset();
  if (!state.recorder_is_up && !down_since_ns_) down_since_ns_ = now;
  if (down_since_ns_ && now - *down_since_ns_ > kDownNs)
    want(wanted, AlarmCode::kRecorderDown, Severity::kCritical, "The recorder does not run.");
  if (!state.journal_error.empty()) {
    journal_error_ = state.journal_error;
    journal_error_at_ns_ = now;
  }
  if (!journal_error_.empty() && now - journal_error_at_ns_ <= kErrorNs)
    want(wanted, AlarmCode::kJournalError, Severity::kCritical, journal_error_);
  if (state.sealing_wait_ns > kLateNs)
    want(wanted, AlarmCode::kSealingLate, Severity::kWarning,
         "An ended part has waited for " + seconds_text(state.sealing_wait_ns) + " s.",
         {{"seconds", seconds_text(state.sealing_wait_ns)}});
}

void Alarms::want_capture(const NodeState& state, Wanted& wanted) {
  if (!state.capture_troubles.empty())
    want(wanted, AlarmCode::kCaptureDown, Severity::kCritical, joined(state.capture_troubles));
  const int64_t now = clock_.monotonic_ns();
  // A recorder that was restarted counts from nothing.
  if (state.packets_dropped < packets_dropped_) packets_dropped_ = 0;
  if (now - dropped_at_ns_ > kErrorNs) dropped_lately_ = 0;
  if (state.packets_dropped > packets_dropped_) {
    dropped_lately_ += state.packets_dropped - packets_dropped_;
    packets_dropped_ = state.packets_dropped;
    dropped_at_ns_ = now;
  }
  if (dropped_lately_ > 0)
    want(wanted, AlarmCode::kPacketsDropped, Severity::kWarning,
         std::to_string(dropped_lately_) + " packets were lost in the recorder.",
         {{"packets", std::to_string(dropped_lately_)}});
}

void Alarms::update(const NodeState& state) {
  Wanted wanted;
  want_disk(state, wanted);
  want_clock(wanted);
  want_processes(state, wanted);
  want_capture(state, wanted);
  if (!state.keys_saved)
    want(wanted, AlarmCode::kKeysNotSaved, Severity::kWarning, "The recovery key is not saved.");
  if (state.runs_as_root)
    want(wanted, AlarmCode::kRunningAsRoot, Severity::kWarning, "The server runs as root.");
  if (!state.occupied.empty()) {
    const std::string addresses = joined(state.occupied);
    want(wanted, AlarmCode::kPortOccupied, Severity::kWarning, addresses, {{"addresses", addresses}});
  }
  if (replace(std::move(wanted)) && changed_) changed_();
}

// The list is another one if an alarm came, went or became better or worse; that its figures move is no news.
bool Alarms::replace(Wanted wanted) {
  std::lock_guard lock(mutex_);
  bool changed = false;
  for (auto& [code, alarm] : wanted) {
    auto before = raised_.find(code);
    bool is_news = before == raised_.end() || before->second.severity != alarm.severity;
    alarm.since = before == raised_.end() ? clock_.wall() : before->second.since;
    if (!is_news) continue;
    changed = true;
    LogLevel level = alarm.severity == Severity::kNotice    ? LogLevel::kNotice
                     : alarm.severity == Severity::kWarning ? LogLevel::kWarning
                                                            : LogLevel::kError;
    log_.write(level, "Alarm",
               {{"code", std::string(name_of(code))},
                {"severity", std::string(name_of(alarm.severity))},
                {"detail", alarm.detail}});
  }
  for (const auto& [code, alarm] : raised_) {
    if (wanted.contains(code)) continue;
    changed = true;
    log_.notice("Alarm is over", {{"code", std::string(name_of(code))}});
  }
  raised_ = std::move(wanted);
  return changed;
}

std::vector<Alarm> Alarms::list() const {
  std::lock_guard lock(mutex_);
  std::vector<Alarm> alarms;
  for (const auto& [code, alarm] : raised_) alarms.push_back(alarm);
  return alarms;
}

}  // namespace ew::node
