// NodeWatch: looks once a second how the node is, for alarms, figures and the API's state.
#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

#include "api/service.h"
#include "db/workspace.h"
#include "metrics/metrics.h"
#include "node/alarms.h"
#include "node/disk_forecast.h"
#include "server/orders.h"
#include "server/recorder_link.h"

namespace ew::server {

class NodeWatch {
 public:
  struct Surroundings {
    node::DataDirectory& data;
    db::Workspace& workspace;
    RecorderLink& recorder;
    metrics::Registry& figures;
    Log& log;
    WallTime started_at;
    std::function<void()> alarms_changed;
  };
  explicit NodeWatch(Surroundings around);
  ~NodeWatch() { stop(); }
  void start();
  void stop();
  // A recorder came: it is told at once what it needs to know.
  void look_soon();

  // Any thread.
  void set_facts(Facts facts);
  api::SystemStatus status() const;
  // An error says why this node cannot do its work now.
  Status ready() const;

 private:
  void work();
  void look();
  void look_at_disk(node::NodeState& state);
  void look_at_recorder(node::NodeState& state);
  Status tell_recorder(const node::NodeState& state);
  void note_refusal(const Refusals::Told& told);
  bool keys_saved();

  Surroundings around_;
  node::Alarms alarms_;
  node::DiskForecast forecast_;
  mutable std::mutex mutex_;
  std::condition_variable wake_;
  bool stopping_ = false;  // guarded by mutex_, as all below
  bool is_due_ = false;
  Facts facts_;
  uint64_t disk_total_ = 0, disk_free_ = 0, used_by_us_ = 0;
  std::optional<double> days_until_full_;
  int64_t measured_at_ns_ = 0;  // the thread's alone: when used_by_us_ was
  std::thread thread_;
};

}  // namespace ew::server
