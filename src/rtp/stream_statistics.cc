#include "rtp/stream_statistics.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>

namespace ew::rtp {
namespace {

int distance(uint16_t from, uint16_t to) { return static_cast<int16_t>(static_cast<uint16_t>(to - from)); }

}  // namespace

StreamStatistics::Verdict StreamStatistics::add(uint16_t sequence, uint32_t timestamp, WallTime at,
                                                uint32_t clock_rate) {
  bool first = highest_ == 0;
  if (first) {
    first_at_ = at;
    start_run(sequence);
  } else if (at - last_at_ > kRestartGap && has_new_timestamp_base(timestamp, at, clock_rate)) {
    start_run(sequence);
    clock_rate_ = 0;
  } else if (is_jump(sequence)) {
    bool confirmed = stray_ && std::abs(distance(*stray_, sequence)) <= kMaxJump;
    if (!confirmed) return add_stray(sequence, at);
    // The jump was no stray: take it back as a run of its own and count it as this run's first packet.
    --expected_before_;
    --packets_;
    start_run(*stray_);
    add_to_run(highest_);
    clock_rate_ = 0;
  }
  stray_.reset();
  const bool is_passed_over = passes_over_;
  if (is_passed_over) pass_over_until(sequence);

  Verdict verdict = add_to_run(highest_ + distance(static_cast<uint16_t>(highest_), sequence));
  if (is_passed_over) skipped_ = 0;
  if (verdict == Verdict::kNew) measure_jitter(timestamp, at, clock_rate);
  last_at_ = at;
  return verdict;
}

bool StreamStatistics::has_seen(uint16_t sequence) const {
  if (highest_ == 0 || is_jump(sequence)) return false;
  uint64_t extended = highest_ + distance(static_cast<uint16_t>(highest_), sequence);
  return extended <= highest_ && (seen_[extended % kWindow / 64] >> (extended % 64) & 1) != 0;
}

void StreamStatistics::pass_over_until(uint16_t sequence) {
  passes_over_ = false;
  const int ahead = distance(static_cast<uint16_t>(highest_), sequence);
  if (ahead > 1) passed_over_ += static_cast<uint64_t>(ahead - 1);
}

bool StreamStatistics::is_jump(uint16_t sequence) const {
  return std::abs(distance(static_cast<uint16_t>(highest_), sequence)) > kMaxJump;
}

// After a silence the timestamp of a continuing stream has advanced with the clock; that of a new sender has
// not.
bool StreamStatistics::has_new_timestamp_base(uint32_t timestamp, WallTime at, uint32_t clock_rate) const {
  if (clock_rate == 0 || clock_rate != clock_rate_) return false;
  auto ticks = static_cast<uint32_t>(static_cast<__int128>(at - measured_at_) * clock_rate / kNsPerSec);
  double error_s = static_cast<int32_t>(timestamp - last_timestamp_ - ticks) * seconds_per_tick_;
  return std::abs(error_s) > 1.0;
}

// Far enough above the present run that reordering within kMaxJump can never mix the two. The first run lies
// at 65,536, so that a packet before the first one has a number too.
uint64_t StreamStatistics::next_run_at(uint16_t sequence) const {
  uint64_t extended = (highest_ & ~uint64_t{0xffff}) | sequence;
  while (extended <= highest_ + kMaxJump || extended < 0x10000) extended += 0x10000;
  return extended;
}

void StreamStatistics::start_run(uint16_t sequence) {
  expected_before_ += run_expected();
  run_first_ = highest_ = next_run_at(sequence);
  seen_.fill(0);
}

StreamStatistics::Verdict StreamStatistics::add_stray(uint16_t sequence, WallTime at) {
  last_at_ = at;
  last_extended_ = next_run_at(sequence);
  skipped_ = 0;
  was_missing_ = false;
  stray_ = sequence;
  ++expected_before_;
  ++packets_;
  return Verdict::kNew;
}

StreamStatistics::Verdict StreamStatistics::add_to_run(uint64_t extended) {
  last_extended_ = extended;
  const bool is_late = extended < highest_;
  was_missing_ = false;
  note_skipped(extended);
  if (extended > highest_) raise_highest(extended);
  if (!mark_seen(extended)) {
    ++duplicated_;
    return Verdict::kDuplicate;
  }
  ++packets_;
  reordered_ += is_late;
  was_missing_ = is_late && extended > run_first_;
  run_first_ = std::min(run_first_, extended);
  return Verdict::kNew;
}

// A packet before the first of its run shows that others are missing, as one behind the last does.
void StreamStatistics::note_skipped(uint64_t extended) {
  if (extended > highest_) {
    skipped_ = static_cast<uint32_t>(extended - highest_ - 1);
  } else {
    skipped_ = extended < run_first_ ? static_cast<uint32_t>(run_first_ - extended - 1) : 0;
  }
}

bool StreamStatistics::mark_seen(uint64_t extended) {
  uint64_t& word = seen_[extended % kWindow / 64];
  uint64_t bit = uint64_t{1} << (extended % 64);
  if (word & bit) return false;
  word |= bit;
  return true;
}

// The numbers passed over now lie in the window and have not been seen.
void StreamStatistics::raise_highest(uint64_t extended) {
  while (highest_ < extended) {
    ++highest_;
    seen_[highest_ % kWindow / 64] &= ~(uint64_t{1} << (highest_ % 64));
  }
}

// RFC 3550 section 6.4.1, in seconds. Packets that share a timestamp (a video frame, repeats of a telephone
// event) were made at one moment but not sent at one moment: only the first of them is measured.
void StreamStatistics::measure_jitter(uint32_t timestamp, WallTime at, uint32_t clock_rate) {
  if (clock_rate != 0 && clock_rate == clock_rate_) {
    if (timestamp == last_timestamp_) return;
    double apart_sent_s = static_cast<int32_t>(timestamp - last_timestamp_) * seconds_per_tick_;
    double apart_received_s = static_cast<double>(at - measured_at_) * 1e-9;
    jitter_s_ += (std::abs(apart_received_s - apart_sent_s) - jitter_s_) / 16;
    jitter_s_max_ = std::max(jitter_s_max_, jitter_s_);
  } else {
    clock_rate_ = clock_rate;
    seconds_per_tick_ = clock_rate == 0 ? 0 : 1.0 / clock_rate;
  }
  last_timestamp_ = timestamp;
  measured_at_ = at;
}

}  // namespace ew::rtp
