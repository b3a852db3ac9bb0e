#include "node/keeper.h"

#include <pthread.h>

#include <ctime>

namespace ew::node {
namespace {

constexpr size_t kPartsAtOnce = 512;  // the more, the fewer syncs of folders and the more memory
constexpr int64_t kWaitNs = 200 * kNsPerMs;

}  // namespace

Keeper::Keeper(DataDirectory& data) : data_(data), thread_([this] { work(); }) {}

Keeper::~Keeper() { (void)finish(); }

Status Keeper::step() {
  while (true) {
    bool last_round = finishing_;
    size_t sealed = TRY(data_.sealer().seal_ready(kPartsAtOnce));
    if (sealed > 0) TRY(data_.indexer().run());
    if (sealed == 0 && last_round) return {};
    if (sealed == 0) data_.sealer().wait(kWaitNs);
  }
}

void Keeper::work() {
  pthread_setname_np(pthread_self(), "keeper");
  Status status = step();
  timespec used{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used);
  cpu_seconds_ = static_cast<double>(used.tv_sec) + static_cast<double>(used.tv_nsec) * 1e-9;
  if (status) return;
  std::lock_guard lock(mutex_);
  error_ = status.error();
}

Status Keeper::finish() {
  finishing_ = true;
  if (thread_.joinable()) thread_.join();
  std::lock_guard lock(mutex_);
  if (error_) return *error_;
  return {};
}

std::optional<Error> Keeper::error() const {
  std::lock_guard lock(mutex_);
  return error_;
}

}  // namespace ew::node
