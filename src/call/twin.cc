#include "call/twin.h"

#include <cstring>

namespace ew::call {

uint64_t payload_fingerprint(ByteView payload) {
  if (payload.size() < 8) return 0;
  uint64_t first, hash = payload.size();
  std::memcpy(&first, payload.data(), 8);
  uint64_t difference = 0, repeated = 0x0101010101010101u * payload[0];
  size_t i = 0;
  for (; i + 8 <= payload.size(); i += 8) {
    uint64_t word;
    std::memcpy(&word, payload.data() + i, 8);
    difference |= word ^ repeated;
    hash = (hash ^ word) * 0x9e3779b97f4a7c15u;
    hash ^= hash >> 32;
  }
  for (; i < payload.size(); ++i) {
    difference |= payload[i] ^ payload[0];
    hash = (hash ^ payload[i]) * 0x9e3779b97f4a7c15u;
  }
  if (difference == 0) return 0;
  return hash | 1;
}

void PayloadHistory::add(uint16_t sequence, uint64_t fingerprint) {
  if (fingerprint == 0) return;
  entries_[next_] = {fingerprint, sequence};
  next_ = (next_ + 1) % kSize;
}

bool PayloadHistory::find(uint64_t fingerprint, uint16_t& sequence) const {
  if (fingerprint == 0) return false;
  for (size_t i = 1; i <= kSize; ++i) {
    const Entry& entry = entries_[(next_ + kSize - i) % kSize];
    if (entry.fingerprint != fingerprint) continue;
    sequence = entry.sequence;
    return true;
  }
  return false;
}

TwinTrial::State TwinTrial::add(HeldPacket packet, uint16_t sequence, uint64_t fingerprint,
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
  } else if (fingerprint != 0) {
    ++misses_;
  }
  bool too_long = held_.size() >= kMaxHeld || held_.back().at - held_.front().at > kMaxNs;
  return misses_ >= kMisses || too_long ? State::kOwn : State::kUndecided;
}

}  // namespace ew::call
