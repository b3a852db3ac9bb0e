// Refusals: requests that the recording server turned away, on their way to the audit log. Who floods it
// makes no more entries than one a minute for each source and reason: the rest is counted in the next.
#pragma once

#include <map>
#include <mutex>
#include <string>
#include <tuple>
#include <vector>

#include "base/time.h"
#include "srs/recording_server.h"

namespace ew::server {

class Refusals {
 public:
  static constexpr int64_t kQuietNs = 60 * kNsPerSec;
  static constexpr size_t kMaxKinds = 256;  // that are told apart; the others are one kind

  explicit Refusals(const Clock& clock) : clock_(clock) {}

  struct Told {
    srs::Refusal refusal;  // the last of its kind
    uint64_t count = 0;    // since it was told last
  };

  // Any thread.
  void add(const srs::Refusal& refusal);
  // Those that are to be told now.
  std::vector<Told> take();

 private:
  using Kind = std::tuple<IpAddress, int, std::string>;  // source, status, reason
  struct Entry {
    Told told;
    int64_t told_at_ns = 0;
    bool was_told = false;
  };

  const Clock& clock_;
  std::mutex mutex_;
  std::map<Kind, Entry> kinds_;  // guarded by mutex_
};

}  // namespace ew::server
