// Keeper: the thread that brings ended parts home while the recorder goes on: journal -> vault -> call log.
#pragma once

#include <atomic>
#include <mutex>
#include <optional>
#include <thread>

#include "node/data_directory.h"

namespace ew::node {

class Keeper {
 public:
  explicit Keeper(DataDirectory& data);
  ~Keeper();
  // Everything that is ready is brought home; then the thread ends. The first error that stopped it, if any.
  Status finish();
  // Processor time of the thread, known once it has finished.
  double cpu_seconds() const { return cpu_seconds_; }
  // The error that stopped it, while it should be running.
  std::optional<Error> error() const;

 private:
  void work();
  Status step();

  DataDirectory& data_;
  std::atomic<bool> finishing_ = false;
  mutable std::mutex mutex_;
  std::optional<Error> error_;
  double cpu_seconds_ = 0;
  std::thread thread_;
};

}  // namespace ew::node
