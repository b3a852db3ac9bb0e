#include "selftest/capacity.h"

#include <algorithm>

namespace ew::selftest {
namespace {

// 1,237 -> 1,240: nobody needs it more exactly, and it reads better.
uint32_t rounded(uint32_t calls) { return calls < 100 ? calls : (calls + 5) / 10 * 10; }

}  // namespace

const Trial* Capacity::held() const {
  const Trial* best = nullptr;
  for (const Trial& trial : trials)
    if (trial.outcome == Outcome::kHeld && (!best || trial.calls > best->calls)) best = &trial;
  return best;
}

const Trial* Capacity::not_held() const {
  const Trial* held_most = held();
  const Trial* least = nullptr;
  for (const Trial& trial : trials) {
    if (trial.outcome == Outcome::kHeld || (held_most && trial.calls <= held_most->calls)) continue;
    if (!least || trial.calls < least->calls) least = &trial;
  }
  return least;
}

Result<Capacity> find_capacity(const Search& search, const std::function<Result<Trial>(uint32_t)>& run) {
  Capacity capacity;
  auto holds = [&](uint32_t calls) -> Result<bool> {
    for (int attempt = 0; attempt < 2; ++attempt) {
      capacity.trials.push_back(TRY(run(calls)));
      if (capacity.trials.back().outcome == Outcome::kHeld) return true;
    }
    return false;
  };
  uint32_t low = 0, high = std::min(search.first, search.most);
  while (TRY(holds(high))) {
    if (high == search.most) return capacity;
    low = high;
    high = std::min(2 * high, search.most);
  }
  while (low == 0 ? high > 1 : high > search.exactness * low) {
    const uint32_t middle = rounded(low + (high - low) / 2);
    if (middle <= low || middle >= high) break;
    (TRY(holds(middle)) ? low : high) = middle;
  }
  return capacity;
}

}  // namespace ew::selftest
