// What is counted of one RTP stream: distinct packets, lost, duplicated, reordered, jitter. Fixed size, no
// allocation.
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "base/prefetch.h"
#include "base/time.h"

namespace ew::rtp {

class StreamStatistics {
 public:
  enum class Verdict : uint8_t {
    kNew,        // not seen before: counts as a packet
    kDuplicate,  // this sequence number was already seen recently
  };

  // Takes one packet in order of arrival. A jump of the sequence by more than kMaxJump either way, seen twice
  // in a row (RFC 3550 appendix A.1), or a first packet after more than kRestartGap with a different
  // timestamp base, starts a new run: what lies between runs is not counted as lost. A jump seen once only is
  // a run of one packet.
  Verdict add(uint16_t sequence, uint32_t timestamp, WallTime at, uint32_t clock_rate);

  // What lies between the last packet and the next is not lost: it was not to be taken.
  void pass_over() { passes_over_ = true; }

  // Whether a packet of this sequence number was taken recently; counts nothing.
  bool has_seen(uint16_t sequence) const;

  // Of the packet last added: how many numbers it shows to be missing, the one behind them, and whether its own
  // was missing before.
  uint32_t skipped() const { return skipped_; }
  uint64_t skipped_until() const {
    const bool is_last = last_extended_ == highest_;  // else it is before all others
    return is_last ? last_extended_ : last_extended_ + skipped_ + 1;
  }
  bool was_missing() const { return was_missing_; }

  // A packet of this sequence number will be added soon.
  void prepare(uint16_t sequence) const {
    prefetch(this, kCounted);
    prefetch(&seen_[sequence % kWindow / 64], sizeof(uint64_t));
  }

  uint64_t packets() const { return packets_; }  // distinct
  // Expected minus distinct, over all runs, without what was passed over.
  uint64_t lost() const {
    const uint64_t missing = expected_before_ + run_expected() - packets_;
    return missing > passed_over_ ? missing - passed_over_ : 0;
  }
  uint64_t duplicated() const { return duplicated_; }
  uint64_t reordered() const { return reordered_; }     // arrived after a higher sequence number
  double jitter_ms() const { return jitter_s_ * 1e3; }  // RFC 3550 section 6.4.1, at the end
  double jitter_ms_max() const { return jitter_s_max_ * 1e3; }
  WallTime first_at() const { return first_at_; }
  WallTime last_at() const { return last_at_; }
  // The extended sequence number of the packet last added: its low 16 bits are the packet's, and it continues
  // over wraps and runs.
  uint64_t extended() const { return last_extended_; }

 private:
  static constexpr size_t kCounted = 128;  // bytes at the front that every packet touches, or nearly
  static constexpr int kMaxJump = 3000;
  static constexpr int kWindow = 4096;  // sequence numbers remembered for telling duplicates; above kMaxJump
  static constexpr int64_t kRestartGap = 3 * kNsPerSec;

  void pass_over_until(uint16_t sequence);
  bool is_jump(uint16_t sequence) const;
  bool has_new_timestamp_base(uint32_t timestamp, WallTime at, uint32_t clock_rate) const;
  uint64_t next_run_at(uint16_t sequence) const;
  void start_run(uint16_t sequence);
  Verdict add_stray(uint16_t sequence, WallTime at);
  Verdict add_to_run(uint64_t extended);
  void note_skipped(uint64_t extended);
  bool mark_seen(uint64_t extended);
  void raise_highest(uint64_t extended);
  void measure_jitter(uint32_t timestamp, WallTime at, uint32_t clock_rate);
  uint64_t run_expected() const { return highest_ == 0 ? 0 : highest_ - run_first_ + 1; }

  uint64_t packets_ = 0, duplicated_ = 0, reordered_ = 0;
  uint64_t expected_before_ = 0;  // of finished runs and strays
  uint64_t run_first_ = 0,
           highest_ = 0;  // extended, of the current run; highest_ is 0 before the first packet
  uint64_t last_extended_ = 0;
  std::optional<uint16_t> stray_;  // the packet before this one, if it was a jump
  bool passes_over_ = false, was_missing_ = false;
  uint32_t skipped_ = 0;
  uint32_t last_timestamp_ = 0, clock_rate_ = 0;
  double seconds_per_tick_ = 0, jitter_s_ = 0, jitter_s_max_ = 0;
  WallTime last_at_;
  WallTime measured_at_;  // arrival of the packet that last_timestamp_ belongs to
  // Up to here: kCounted.
  WallTime first_at_;
  uint64_t passed_over_ = 0;
  std::array<uint64_t, kWindow / 64> seen_{};  // bit per extended sequence number modulo kWindow
};

}  // namespace ew::rtp
