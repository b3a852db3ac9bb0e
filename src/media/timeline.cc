#include "media/timeline.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <iterator>

namespace ew::media {
namespace {

constexpr int kMaxSequenceJump = 3000;  // beyond, it is another numbering (RFC 3550 appendix A.1)
constexpr int kLateMeansRestart = 5;    // so many late packets numbered in a row are another numbering too

int64_t divide_rounded(__int128 value, int64_t divisor) {
  __int128 half = value >= 0 ? divisor / 2 : -(divisor / 2);
  return static_cast<int64_t>((value + half) / divisor);
}

size_t cost_of(const TimedPacket& packet) { return packet.duration + 200; }

int32_t ticks_between(uint32_t earlier, uint32_t later) { return static_cast<int32_t>(later - earlier); }

}  // namespace

int64_t Scale::samples_of(int64_t ns) const {
  return divide_rounded(static_cast<__int128>(ns) * rate, kNsPerSec);
}

uint64_t Timeline::extend(uint16_t sequence) const {
  if (highest_ == 0) return (uint64_t{1} << 32) + sequence;
  auto delta = static_cast<int16_t>(sequence - static_cast<uint16_t>(highest_));
  return highest_ + static_cast<uint64_t>(static_cast<int64_t>(delta));
}

// The sender numbers anew: a jump beyond what loss and reordering make, numbers of the past with newer
// timestamps, or several numbers of the past in a row.
bool Timeline::is_restart(uint16_t sequence, uint32_t timestamp, uint64_t extended) {
  if (highest_ == 0) return false;
  if (std::abs(static_cast<int64_t>(extended - highest_)) > kMaxSequenceJump) return true;
  if (extended > last_placed_) {
    late_in_a_row_ = 0;
    return false;
  }
  if (ticks_between(last_timestamp_, timestamp) > 0) return true;
  bool follows = late_in_a_row_ > 0 && sequence == static_cast<uint16_t>(last_late_ + 1);
  late_in_a_row_ = follows ? late_in_a_row_ + 1 : 1;
  last_late_ = sequence;
  return late_in_a_row_ >= kLateMeansRestart;
}

void Timeline::add(TimedPacket packet, const Scale& scale, const Sink& sink) {
  release(packet.at, scale, sink);
  uint64_t extended = extend(packet.sequence);
  if (is_restart(packet.sequence, packet.timestamp, extended)) {
    release_all(scale, sink);
    // The next number above all used ones whose low 16 bits are the packet's.
    extended = highest_ + 1 + static_cast<uint16_t>(packet.sequence - static_cast<uint16_t>(highest_ + 1));
    late_in_a_row_ = 0;
  }
  if (extended <= last_placed_) {
    ++dropped_;
    return;
  }
  auto place = waiting_.end();
  while (place != waiting_.begin() && std::prev(place)->extended > extended) --place;
  if (place != waiting_.begin() && std::prev(place)->extended == extended) return;  // a duplicate
  waiting_cost_ += cost_of(packet);
  waiting_.insert(place, Waiting{extended, std::move(packet)});
  highest_ = std::max(highest_, extended);
  if (waiting_.size() > kReorderPackets) place_first(scale, sink);
}

void Timeline::release(WallTime now, const Scale& scale, const Sink& sink) {
  while (!waiting_.empty() && now - waiting_.front().packet.at > kReorderNs) place_first(scale, sink);
}

void Timeline::release_all(const Scale& scale, const Sink& sink) {
  while (!waiting_.empty()) place_first(scale, sink);
}

std::optional<WallTime> Timeline::oldest_waiting() const {
  if (waiting_.empty()) return std::nullopt;
  return std::min_element(waiting_.begin(), waiting_.end(),
                          [](const Waiting& a, const Waiting& b) { return a.packet.at < b.packet.at; })
      ->packet.at;
}

void Timeline::place_first(const Scale& scale, const Sink& sink) {
  Waiting first = std::move(waiting_.front());
  waiting_.pop_front();
  waiting_cost_ -= cost_of(first.packet);
  last_placed_ = first.extended;
  if (!first.packet.format) return;
  last_timestamp_ = first.packet.timestamp;
  place(std::move(first.packet), scale, sink);
}

void Timeline::place(TimedPacket packet, const Scale& scale, const Sink& sink) {
  int64_t position = 0;
  if (!has_line_ || packet.clock_rate != line_clock_rate_) {
    position = anchor(packet, scale);
  } else {
    position = on_line(packet, scale);
    if (!is_on_time(packet, position, scale)) position = anchor(packet, scale);
  }
  line_ticks_ += ticks_between(line_newest_, packet.timestamp);
  line_newest_ = packet.timestamp;

  Placement placement{std::max(position, end_), 0, true};
  auto overlap = static_cast<uint64_t>(placement.position - position);
  bool too_far_ahead = position > scale.position_of(packet.at + kMaxAheadNs);
  if (overlap >= packet.duration || too_far_ahead) {
    ++dropped_;
    return;
  }
  placement.skipped = static_cast<uint32_t>(overlap);
  placement.starts_run = position != end_ || packet.format != last_format_;
  end_ = position + packet.duration;
  last_format_ = packet.format;
  sink(std::move(packet), placement);
}

int64_t Timeline::on_line(const TimedPacket& packet, const Scale& scale) const {
  int64_t ticks = line_ticks_ + ticks_between(line_newest_, packet.timestamp);
  return line_position_ + divide_rounded(static_cast<__int128>(ticks) * scale.rate, line_clock_rate_);
}

// Within the bounds of its arrival; or off by a stall of the network, which shows in that a packet that waits
// behind it lies on the same line and in time.
bool Timeline::is_on_time(const TimedPacket& packet, int64_t position, const Scale& scale) const {
  auto off_by = [&](const TimedPacket& other, int64_t where) {
    return std::abs(where - scale.position_of(other.at));
  };
  int64_t jump = scale.samples_of(kJumpNs);
  int64_t off = off_by(packet, position);
  if (off <= jump) return true;
  if (off > scale.samples_of(kStallNs)) return false;
  return std::any_of(waiting_.begin(), waiting_.end(), [&](const Waiting& later) {
    const TimedPacket& other = later.packet;
    return other.format && other.clock_rate == line_clock_rate_ &&
           off_by(other, on_line(other, scale)) <= jump;
  });
}

// Begins a line at the packet's arrival, or behind what lies there already.
int64_t Timeline::anchor(const TimedPacket& packet, const Scale& scale) {
  WallTime at = has_line_ ? packet.at : first_arrival(packet);
  has_line_ = true;
  line_clock_rate_ = packet.clock_rate;
  line_newest_ = packet.timestamp;
  line_ticks_ = 0;
  line_position_ = std::max(scale.position_of(at), end_);
  return line_position_;
}

// The stream began when its first packet of audio came, which may be the second by number.
WallTime Timeline::first_arrival(const TimedPacket& packet) const {
  WallTime first = packet.at;
  for (const Waiting& later : waiting_)
    if (later.packet.format) first = std::min(first, later.packet.at);
  return first;
}

}  // namespace ew::media
