// The timers of RFC 3261 table 4.
#pragma once

#include "base/time.h"

namespace ew::sipua {

constexpr int64_t kT1 = 500 * kNsPerMs;
constexpr int64_t kT2 = 4 * kNsPerSec;
constexpr int64_t kT4 = 5 * kNsPerSec;
constexpr int64_t k64T1 = 64 * kT1;
constexpr int64_t kTimerC = 180 * kNsPerSec;

// As long as nothing shows that the sender of a datagram has the address it claims, what we send of our own
// accord stays below this many times what came (REQUIREMENTS F20).
constexpr size_t kAmplification = 3;

}  // namespace ew::sipua
