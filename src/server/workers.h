// The media workers that the supervisor runs for the keeper.
#pragma once

#include <map>
#include <string>

#include "base/result.h"
#include "ipc/rpc.h"

namespace ew::server {

class Workers {
 public:
  static constexpr size_t kMaxWorkers = 24;
  static constexpr int64_t kGraceNs = 300 * kNsPerMs;  // to end by itself once its socket is closed

  // The answers to Request::kWorker and kEndWorker.
  Result<ipc::Answer> start();
  Result<ipc::Answer> end(uint64_t number, int64_t now_ns);
  // True if this process was one of them.
  bool note_exit(pid_t pid, int wait_status);
  // Nobody will ask for them any more: all are to end.
  void abandon(int64_t now_ns);
  void kill_due(int64_t now_ns);
  size_t running() const;

 private:
  struct Worker {
    pid_t pid = -1;
    std::string ended;  // how; empty as long as it runs
    int64_t kill_at_ns = 0;
    bool is_abandoned = false;
  };
  std::map<uint64_t, Worker> workers_;
  uint64_t next_ = 1;
};

}  // namespace ew::server
