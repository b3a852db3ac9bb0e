// TwinFinder: tells whether a new stream is a copy of one that is already stored, re-sent by a B2BUA under a
// new SSRC. The same encoded payloads in the same order at a constant distance of sequence numbers are the
// same speech; silence proves nothing.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <optional>

#include "base/bytes.h"
#include "call/call.h"
#include "rtp/packet.h"

namespace ew::call {

// What tells a packet's speech apart. Silence (all bytes equal, or hardly any) looks alike everywhere: there the timestamp, which a
// B2BUA may pass on, has to speak, and where it does not fit, nothing is proved.
struct Fingerprint {
  uint64_t value = 0;
  bool is_silence = false;
};
Fingerprint fingerprint_of(const rtp::Packet& packet);

// The last payloads of a stream, by which copies are known.
class PayloadHistory {
 public:
  void add(uint16_t sequence, const Fingerprint& fingerprint);
  // The sequence number of the latest packet with this fingerprint.
  bool find(const Fingerprint& fingerprint, uint16_t& sequence) const;

 private:
  static constexpr size_t kSize = 128;
  struct Entry {
    uint64_t value = 0;
    uint16_t sequence = 0;
  };
  std::array<Entry, kSize> entries_{};
  size_t next_ = 0;
};

// The trial of one new stream against the streams of the same speaker.
class TwinTrial {
 public:
  enum class State : uint8_t { kUndecided, kCopy, kOwn };
  static constexpr size_t kMaxHeld = 100;  // packets, then the stream is its own
  static constexpr uint32_t kMatches = 6;  // payloads that fit
  static constexpr uint32_t kMisses = 12;  // payloads that do not
  static constexpr int64_t kMaxNs = 4 * kNsPerSec;

  // Holds the packet; `original_sequence` is that of the stored packet with the same payload, if there is
  // one.
  State add(HeldPacket packet, uint16_t sequence, const Fingerprint& fingerprint,
            std::optional<uint16_t> original_sequence);
  int32_t sequence_shift() const { return shift_; }
  std::deque<HeldPacket>& held() { return held_; }

 private:
  std::deque<HeldPacket> held_;
  int32_t shift_ = 0;
  uint32_t matches_ = 0, misses_ = 0;
};

}  // namespace ew::call
