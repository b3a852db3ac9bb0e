// What is remembered of one SSRC: the highest packet index with its roll-over counter (RFC 3711
// section 3.3.1) and which of the last kWindow indices were seen (section 3.3.2).
#pragma once

#include <array>
#include <cstdint>

namespace ew::srtp {

class ReplayWindow {
 public:
  static constexpr uint64_t kWindow = 1024;

  bool empty() const { return empty_; }
  uint64_t highest() const { return highest_; }
  // Notes an authentic packet. False if it was noted before, or is older than the window.
  bool add(uint64_t index);

 private:
  std::array<uint64_t, kWindow / 64> seen_{};  // bit per index modulo kWindow
  uint64_t highest_ = 0;
  bool empty_ = true;
};

// The roll-over counter that a packet with this sequence number most likely has, RFC 3711 appendix A.
// `highest` is the highest index so far, 48 bits.
uint32_t estimate_roll_over(uint64_t highest, uint16_t sequence);

}  // namespace ew::srtp
