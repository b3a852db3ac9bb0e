// Very large captures for measuring: many calls at once, or one day-long call among many short ones.
#pragma once

#include <cstdint>
#include <string>

#include "base/result.h"

namespace callgen {

struct LoadOptions {
  uint64_t lines = 100;          // calls up at the same time
  uint64_t packets = 6'000'000;  // of the whole file; met to within one call
  double seconds_per_call = 0;   // 0: a minute, or half the file's time where that is shorter
  uint64_t seed = 1;
  std::string path;
};
// Each line places its next call when the last has ended; the first calls are spread over one call's length.
ew::Status write_load(const LoadOptions& options);

struct LongCallOptions {
  uint64_t short_calls = 100'000;
  double hours = 24;
  uint64_t rtp_per_short_call = 10;  // both ways together, 20 ms apart each way
  uint64_t seed = 1;
  std::string path;
};
// The long call sends one packet a second each way, so that a day of it stays small.
ew::Status write_long(const LongCallOptions& options);

}  // namespace callgen
