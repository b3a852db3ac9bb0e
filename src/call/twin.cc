#include "call/twin.h"

#include <cstring>

namespace ew::call {

Fingerprint fingerprint_of(const rtp::Packet& packet) {
  ByteView payload = packet.payload;
  uint64_t hash = payload.size() + 1;
  uint64_t difference = 0;
  size_t i = 0;
  auto mix = [&](uint64_t word) {
    hash = (hash ^ word) * 0x9e3779b97f4a7c15u;
    hash ^= hash >> 32;
  };
  if (payload.size() >= 8) {
    const uint64_t repeated = 0x0101010101010101u * payload[0];
    for (; i + 8 <= payload.size(); i += 8) {
      uint64_t word;
      std::memcpy(&word, payload.data() + i, 8);
      difference |= word ^ repeated;
      mix(word);
    }
    for (; i < payload.size(); ++i) {
      difference |= payload[i] ^ payload[0];
      mix(payload[i]);
    }
  }
  bool is_silence = difference == 0;
  if (is_silence) mix(uint64_t{packet.timestamp} << 16 | (payload.empty() ? 0 : payload[0]));
  return {hash | 1, is_silence};
}

void PayloadHistory::add(uint16_t sequence, const Fingerprint& fingerprint) {
  entries_[next_] = {fingerprint.value, sequence};
  next_ = (next_ + 1) % kSize;
}

bool PayloadHistory::find(const Fingerprint& fingerprint, uint16_t& sequence) const {
  for (size_t i = 1; i <= kSize; ++i) {
    const Entry& entry = entries_[(next_ + kSize - i) % kSize];
    if (entry.value != fingerprint.value) continue;
    sequence = entry.sequence;
    return true;
  }
  return false;
}

TwinTrial::State TwinTrial::add(HeldPacket packet, uint16_t sequence, const Fingerprint& fingerprint,
                                std::optional<uint16_t> original_sequence) {
  held_.push_back(std::move(packet));
  if (original_sequence) {
    int32_t shift = static_cast<int16_t>(static_cast<uint16_t>(sequence - *original_sequence));
    if (matches_ == 0 || shift != shift_) {
      misses_ += matches_ == 0 ? 0 : 1;
      shift_ = shift;
      matches_ = 0;
    }
    if (++matches_ >= kMatches) return State::kCopy;
  } else if (!fingerprint.is_silence) {
    ++misses_;
  }
  bool too_long = held_.size() >= kMaxHeld || held_.back().at - held_.front().at > kMaxNs;
  return misses_ >= kMisses || too_long ? State::kOwn : State::kUndecided;
}

}  // namespace ew::call
