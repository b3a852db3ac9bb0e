#include "srtp/source_state_internal.h"

namespace ew::srtp {

bool ReplayWindow::add(uint64_t index) {
  if (empty_) {
    highest_ = index;
    empty_ = false;
  } else if (index > highest_) {
    if (index - highest_ >= kWindow) {
      seen_.fill(0);
      highest_ = index;
    }
    while (highest_ < index) {
      ++highest_;
      seen_[highest_ % kWindow / 64] &= ~(uint64_t{1} << highest_ % 64);
    }
  } else if (highest_ - index >= kWindow) {
    return false;
  }
  uint64_t& word = seen_[index % kWindow / 64];
  uint64_t bit = uint64_t{1} << index % 64;
  bool seen = word & bit;
  word |= bit;
  return !seen;
}

uint32_t estimate_roll_over(uint64_t highest, uint16_t sequence) {
  constexpr int kHalf = 32768;
  auto roll_over = static_cast<uint32_t>(highest >> 16);
  int last = static_cast<int>(highest & 0xffff);
  if (last < kHalf) return sequence - last > kHalf ? roll_over - (roll_over > 0) : roll_over;
  return last - kHalf > sequence ? roll_over + 1 : roll_over;
}

}  // namespace ew::srtp
