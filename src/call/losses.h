// Where packets were lost: drops of ours by time, and the gaps in a stream's sequence numbers, which are held
// against them.
#pragma once

#include <array>
#include <deque>
#include <vector>

#include "model/call_record.h"

namespace ew::call {

// What the capture point and the recorder dropped, of all streams together. Whose packets they were nobody
// knows: a stream that lacks packets in that time may claim as many as were dropped.
class Drops {
 public:
  // Between these times, as packets have them. `place` is not kBefore.
  void note(LossPlace place, WallTime from, WallTime to, uint64_t packets);
  // Of so many that are missing between two that arrived then, how many were dropped at this place.
  uint64_t claim(LossPlace place, WallTime from, WallTime to, uint64_t missing);

 private:
  static constexpr size_t kMax = 4'096;
  struct Drop {
    WallTime from, to;
    uint64_t unclaimed;
  };
  using List = std::deque<Drop>;  // in order of both times

  std::array<List, 2> dropped_;  // at the capture point, in the recorder
};

// The gaps of one stream. A packet may come late, and that something was dropped is known a moment later: so a
// gap is judged some time after it ended.
class Losses {
 public:
  static constexpr int64_t kJudgedAfterNs = 2 * kNsPerSec;

  // So many numbers before `next` (extended, RFC 3550 appendix A.1) did not come between packets that arrived
  // at these times.
  void skip(uint64_t next, uint32_t skipped, WallTime from, WallTime to);
  // One that was skipped came late.
  void fill(uint64_t extended, MediaStream& record);
  // Judges the gaps that ended before `until`: how many packets of them were lost where.
  Loss judge(WallTime until, Drops& drops, MediaStream& record);

 private:
  static constexpr size_t kMaxOpen = 64;
  struct Gap {
    uint64_t first, next;  // numbers
    uint64_t missing;
    WallTime from, to;
  };
  void add(const Loss& loss, MediaStream& record);
  void join(MediaStream& record) const;

  std::vector<Gap> open_;  // in order
  int64_t close_ns_ = 100 * kNsPerMs;
};

}  // namespace ew::call
