// Where each packet of one stream lies on the time line of a rendering: order, duplicates, jumps (the rules
// of docs/formats/rendering.md). Knows nothing of decoding, so that the plan and the rendering run the same
// code and cannot come to different lengths.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <optional>

#include "base/bytes.h"
#include "base/time.h"
#include "media/codec.h"
#include "part/record.h"

namespace ew::media {

constexpr int64_t kReorderNs = kNsPerSec;    // a packet waits at most so long for those before it
constexpr size_t kReorderPackets = 100;      // and behind at most so many
constexpr int64_t kJumpNs = 400 * kNsPerMs;  // RTP time may leave arrival time by so much
constexpr int64_t kStallNs = 3 * kNsPerSec;  // and by so much if a packet that waits is back within kJumpNs
constexpr int64_t kMaxAheadNs =
    10 * kNsPerSec;  // a stream that sends more audio than time goes by loses the rest

// The samples' clock of one rendering: time 0 and the rate.
struct Scale {
  WallTime zero;
  uint32_t rate = 8000;
  int64_t samples_of(int64_t ns) const;  // rounded to nearest
  int64_t position_of(WallTime at) const { return samples_of(at - zero); }
};

struct TimedPacket {
  WallTime at;
  uint16_t sequence = 0;
  uint32_t timestamp = 0;
  uint32_t clock_rate = 0;              // of the timestamp
  const DecoderSpec* format = nullptr;  // of audio; nothing: the packet only counts in the sequence
  uint32_t duration = 0;                // samples at the rendering's rate
  Bytes payload;                        // empty while planning
  part::RecordPlace place;
};

struct Placement {
  int64_t position = 0;     // of the first sample that is kept
  uint32_t skipped = 0;     // samples cut from its start, because others of this stream lie there already
  bool starts_run = false;  // does not follow the packet before without a break
};

class Timeline {
 public:
  using Sink = std::function<void(TimedPacket&&, const Placement&)>;

  // In order of arrival. `scale` and `sink` are the rendering's and outlive every call.
  void add(TimedPacket packet, const Scale& scale, const Sink& sink);
  // Places what has waited long enough.
  void release(WallTime now, const Scale& scale, const Sink& sink);
  void release_all(const Scale& scale, const Sink& sink);

  std::optional<WallTime> oldest_waiting() const;  // arrival
  // What waits, in samples, with an allowance per packet: bounds memory alike whether payloads are kept or
  // not.
  size_t waiting_cost() const { return waiting_cost_; }
  uint64_t dropped() const { return dropped_; }  // too late for their place, or too much audio for their time

 private:
  struct Waiting {
    uint64_t extended;
    TimedPacket packet;
  };
  bool is_restart(uint16_t sequence, uint32_t timestamp, uint64_t extended);
  uint64_t extend(uint16_t sequence) const;
  void place_first(const Scale& scale, const Sink& sink);
  void place(TimedPacket packet, const Scale& scale, const Sink& sink);
  bool is_on_time(const TimedPacket& packet, int64_t position, const Scale& scale) const;
  int64_t on_line(const TimedPacket& packet, const Scale& scale) const;
  int64_t anchor(const TimedPacket& packet, const Scale& scale);
  WallTime first_arrival(const TimedPacket& packet) const;

  std::deque<Waiting> waiting_;  // by extended sequence number
  size_t waiting_cost_ = 0;
  uint64_t highest_ = 0;         // extended; 0 before the first packet
  uint64_t last_placed_ = 0;     // extended
  uint32_t last_timestamp_ = 0;  // of the audio packet last taken from the window
  uint16_t last_late_ = 0;
  int late_in_a_row_ = 0;

  // The line from RTP time to position: it began at line_position_, and line_newest_ lies line_ticks_ after
  // that.
  bool has_line_ = false;
  uint32_t line_clock_rate_ = 0;
  int64_t line_position_ = 0;
  int64_t line_ticks_ = 0;  // over wraps of the 32-bit timestamp
  uint32_t line_newest_ = 0;
  const DecoderSpec* last_format_ = nullptr;
  int64_t end_ = 0;  // first free position
  uint64_t dropped_ = 0;
};

}  // namespace ew::media
