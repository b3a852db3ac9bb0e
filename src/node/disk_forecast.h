// DiskForecast: in how many days the disk will be full, from how it filled lately. What it saw is kept in a
// small file of lines "seconds used-bytes".
#pragma once

#include <deque>
#include <optional>
#include <string>

#include "base/time.h"
#include "io/env.h"

namespace ew::node {

class DiskForecast {
 public:
  static constexpr int64_t kEveryNs = 600 * kNsPerSec;        // between two samples
  static constexpr int64_t kKeptNs = 7 * 86'400 * kNsPerSec;  // how far back it looks
  static constexpr int64_t kLeastNs = 3600 * kNsPerSec;       // before this it says nothing

  // A file that cannot be read is begun anew.
  DiskForecast(io::Env& env, std::string path);
  // Notes how full the disk is; writes the file when there is a new sample.
  Status note(WallTime now, uint64_t used_bytes);
  // Nothing: too little is known, or it does not grow.
  std::optional<double> days_until_full(uint64_t free_bytes) const;

 private:
  struct Sample {
    WallTime at;
    uint64_t used = 0;
  };
  void load();
  Status save() const;

  io::Env& env_;
  const std::string path_;
  std::deque<Sample> samples_;
};

}  // namespace ew::node
