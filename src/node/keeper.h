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
  // The error that stopped it, while it should be running.
  std::optional<Error> error() const;

 private:
  void work();
  Status step();

  DataDirectory& data_;
  std::atomic<bool> finishing_ = false;
  mutable std::mutex mutex_;
  std::optional<Error> error_;
  std::thread thread_;
};

}  // namespace ew::node
