#include "server/node_watch.h"

#include <pthread.h>
#include <sys/statvfs.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <limits>
#include <nlohmann/json.hpp>
#include <system_error>

#include "node/recording_policy.h"
#include "server/figures.h"

namespace ew::server {
namespace {

constexpr auto kWatchEvery = std::chrono::seconds(1);
constexpr int64_t kMeasureEveryNs = 3600 * kNsPerSec;

uint64_t bytes_below(const std::string& folder) {
  uint64_t total = 0;
  std::error_code error;
  for (std::filesystem::recursive_directory_iterator at(folder, error), end; !error && at != end;
       at.increment(error)) {
    std::error_code gone;
    if (at->is_regular_file(gone)) total += at->file_size(gone);
  }
  return total;
}

}  // namespace

NodeWatch::NodeWatch(Surroundings around)
    : around_(std::move(around)),
      alarms_(around_.data.clock(), around_.log, around_.alarms_changed),
      forecast_(around_.data.env(), around_.data.path("disk-growth")) {}

void NodeWatch::start() {
  look();
  thread_ = std::thread([this] { work(); });
}

void NodeWatch::stop() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void NodeWatch::look_soon() {
  {
    std::lock_guard lock(mutex_);
    is_due_ = true;
  }
  wake_.notify_all();
}

void NodeWatch::set_facts(Facts facts) {
  std::lock_guard lock(mutex_);
  facts_ = std::move(facts);
}

void NodeWatch::work() {
  pthread_setname_np(pthread_self(), "watch");
  std::unique_lock lock(mutex_);
  for (;;) {
    wake_.wait_for(lock, kWatchEvery, [this] { return stopping_ || is_due_; });
    if (stopping_) return;
    is_due_ = false;
    lock.unlock();
    look();
    lock.lock();
  }
}

void NodeWatch::look_at_disk(node::NodeState& state) {
  struct statvfs disk;
  if (::statvfs(around_.data.config().data_directory.c_str(), &disk) != 0) return;
  state.disk_total = uint64_t{disk.f_blocks} * disk.f_frsize;
  state.disk_free = uint64_t{disk.f_bavail} * disk.f_frsize;
  const uint64_t used = state.disk_total - std::min(state.disk_total, state.disk_free);
  Status noted = forecast_.note(around_.data.clock().wall(), used);
  if (!noted.ok()) around_.log.debug("The disk's growth is not noted", {{"reason", noted.error().message()}});
  state.days_until_full = forecast_.days_until_full(state.disk_free);
  const int64_t now = around_.data.clock().monotonic_ns();
  std::optional<uint64_t> ours;
  if (measured_at_ns_ == 0 || now - measured_at_ns_ >= kMeasureEveryNs) {
    ours = bytes_below(around_.data.config().data_directory);
    measured_at_ns_ = now;
    show_certificates(around_.data.config(), around_.figures);
  }
  around_.figures.gauge("earwitness_disk_free_bytes", "Free space on the data directory's disk")
      .set(static_cast<double>(state.disk_free));
  around_.figures.gauge("earwitness_disk_total_bytes", "Size of the data directory's disk")
      .set(static_cast<double>(state.disk_total));
  around_.figures
      .gauge("earwitness_disk_hours_left",
             "Hours until the disk is full at its present growth; +Inf where that is not known")
      .set(state.days_until_full ? *state.days_until_full * 24 : std::numeric_limits<double>::infinity());
  std::lock_guard lock(mutex_);
  disk_total_ = state.disk_total;
  disk_free_ = state.disk_free;
  days_until_full_ = state.days_until_full;
  if (ours) used_by_us_ = *ours;
}

void NodeWatch::look_at_recorder(node::NodeState& state) {
  auto recorder = around_.recorder.state();
  state.recorder_is_up = recorder.ok();
  around_.figures.gauge("earwitness_recorder_up", "1 while the recorder answers").set(recorder.ok() ? 1 : 0);
  around_.figures.adopt("recorder", recorder.ok() ? recorder->figures : std::vector<metrics::Family>());
  if (!recorder.ok()) return;
  state.journal_error = recorder->journal_error;
  state.packets_dropped = recorder->dropped;
  for (const Refusals::Told& told : recorder->refusals) note_refusal(told);
  if (Status told = tell_recorder(state); !told.ok())
    around_.log.warning("The recorder does not know what to record", {{"reason", told.error().message()}});
}

// Whoever was turned away at the recording server is on record (REQUIREMENTS A02).
void NodeWatch::note_refusal(const Refusals::Told& told) {
  const srs::Refusal& refusal = told.refusal;
  Status noted = around_.data.audit_act("siprec.refused", {},
                                        {{"source", refusal.source.text()},
                                         {"peer", refusal.peer},
                                         {"method", refusal.method},
                                         {"status", std::to_string(refusal.status)},
                                         {"reason", refusal.reason},
                                         {"count", std::to_string(told.count)}},
                                        "recorder", "refused");
  if (!noted.ok())
    around_.log.warning("A refusal is not in the audit log", {{"reason", noted.error().message()}});
}

// What live sources are recorded, and for whom. The recorder has neither database nor keys.
Status NodeWatch::tell_recorder(const node::NodeState& state) {
  const config::Config& config = around_.data.config();
  node::RecordingPolicy policy = TRY(node::recording_policy(config, around_.workspace));
  vault::KekPublic kek = TRY(around_.data.keks().current(config.tenant));
  const bool is_full = state.disk_total > 0 && state.disk_free < node::Alarms::kFullBytes;
  return around_.recorder.set_orders({kek, policy.record, policy.reason, is_full ? "the disk is full" : ""});
}

bool NodeWatch::keys_saved() {
  auto setting = around_.workspace.settings().get("recovery_key");
  if (!setting.ok() || !*setting) return false;
  auto json = nlohmann::json::parse(**setting, nullptr, false);
  return json.is_object() && json.value("saved", false);
}

void NodeWatch::look() {
  node::NodeState state;
  look_at_disk(state);
  look_at_recorder(state);
  state.keys_saved = keys_saved();
  state.sealing_wait_ns = around_.data.sealer().waiting_ns();
  {
    std::lock_guard lock(mutex_);
    state.occupied = facts_.occupied;
    state.capture_troubles = facts_.capture_troubles;
    state.runs_as_root = facts_.runs_as_root;
  }
  around_.figures.gauge("earwitness_sealing_wait_seconds", "How long the oldest ended part has waited")
      .set(static_cast<double>(state.sealing_wait_ns) * 1e-9);
  alarms_.update(state);
  show_alarms(alarms_.list(), around_.figures);
}

api::SystemStatus NodeWatch::status() const {
  api::SystemStatus status;
  status.version = EW_VERSION;
  status.started_at = around_.started_at;
  for (const node::Alarm& alarm : alarms_.list())
    status.alarms.push_back({std::string(name_of(alarm.code)), std::string(name_of(alarm.severity)),
                             alarm.since, alarm.detail, alarm.values});
  std::lock_guard lock(mutex_);
  status.free_bytes = disk_free_;
  status.total_bytes = disk_total_;
  status.used_by_us_bytes = used_by_us_;
  status.days_until_full = days_until_full_;
  for (const Facts::Process& process : facts_.processes)
    status.processes.push_back({process.name, process.pid, process.since, process.restarts});
  return status;
}

Status NodeWatch::ready() const {
  for (const node::Alarm& alarm : alarms_.list())
    if (alarm.severity == node::Severity::kCritical || alarm.code == node::AlarmCode::kPortOccupied)
      return Error(ErrorCode::kBusy, std::string(name_of(alarm.code)) + ": " + alarm.detail);
  return {};
}

}  // namespace ew::server
