// The greatest load that is held, by as few trials as it takes.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "base/result.h"

namespace ew::selftest {

enum class Outcome : uint8_t {
  kHeld,          // every packet is stored
  kLost,          // some are not
  kRefused,       // a session was not taken, or ended early
  kClientBehind,  // the clients could not keep up: nothing is known of the recorder
};

// One load and what came of it.
struct Trial {
  uint32_t calls = 0;  // at once, of two streams of G.711 each
  Outcome outcome = Outcome::kHeld;
  std::string why;  // where it was not held, in words
  uint64_t packets_sent = 0, packets_stored = 0;
  double answer_ms_p50 = 0, answer_ms_p99 = 0, answer_ms_max = 0;  // INVITE to 200
  double recorder_cpu_s = 0;                                       // processor time of the recorder's process
  double call_seconds = 0;                                         // of all calls together
  uint64_t stored_bytes = 0;                                       // of their parts in the vault
  uint64_t memory_bytes = 0;                                       // the recorder's, at most
};

struct Search {
  uint32_t first = 200;  // calls, twice as many in each trial that follows
  uint32_t most = 12'000;
  double exactness = 1.1;  // the first load that is not held is at most so many times the last that is
};

struct Capacity {
  std::vector<Trial> trials;  // in order
  // The greatest load that was held and the smallest that was not; nothing if there is none.
  const Trial* held() const;
  const Trial* not_held() const;
};

// `run` plays one load. A load that is not held is tried once more before it counts: something else may have
// run just then.
Result<Capacity> find_capacity(const Search& search, const std::function<Result<Trial>(uint32_t calls)>& run);

}  // namespace ew::selftest
