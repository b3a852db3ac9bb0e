#include "server/workers.h"

#include <signal.h>

#include <algorithm>

#include "server/child.h"

namespace ew::server {

size_t Workers::running() const {
  return static_cast<size_t>(std::count_if(workers_.begin(), workers_.end(),
                                           [](const auto& entry) { return entry.second.ended.empty(); }));
}

Result<ipc::Answer> Workers::start() {
  if (workers_.size() >= kMaxWorkers) return Error(ErrorCode::kLimit, "too many media workers are running");
  StartedWorker started = TRY(start_media_worker());
  uint64_t number = next_++;
  workers_[number] = {started.pid, "", 0, false};
  ipc::Answer answer{ipc::BodyWriter().number(number).take(), {}};
  answer.descriptors.push_back(std::move(started.socket));
  return answer;
}

Result<ipc::Answer> Workers::end(uint64_t number, int64_t now_ns) {
  auto found = workers_.find(number);
  if (found == workers_.end()) return Error(ErrorCode::kNotFound, "no such media worker");
  Worker& worker = found->second;
  ipc::Answer answer{ipc::BodyWriter().text(worker.ended).take(), {}};
  if (!worker.ended.empty())
    workers_.erase(found);
  else if (worker.kill_at_ns == 0)
    worker.kill_at_ns = now_ns + kGraceNs;
  return answer;
}

bool Workers::note_exit(pid_t pid, int wait_status) {
  for (auto& [number, worker] : workers_) {
    if (worker.pid != pid || !worker.ended.empty()) continue;
    worker.ended = how_it_ended(wait_status);
    if (worker.is_abandoned) workers_.erase(number);
    return true;
  }
  return false;
}

void Workers::abandon(int64_t now_ns) {
  for (auto at = workers_.begin(); at != workers_.end();) {
    Worker& worker = at->second;
    worker.is_abandoned = true;
    if (worker.kill_at_ns == 0) worker.kill_at_ns = now_ns + kGraceNs;
    at = worker.ended.empty() ? std::next(at) : workers_.erase(at);
  }
}

void Workers::kill_due(int64_t now_ns) {
  for (auto& [number, worker] : workers_) {
    if (!worker.ended.empty() || worker.kill_at_ns == 0 || now_ns < worker.kill_at_ns) continue;
    ::kill(worker.pid, SIGKILL);
    worker.kill_at_ns = INT64_MAX;
  }
}

}  // namespace ew::server
