// What a packet carries follows from (session, stream, its place in the stream), so that whoever reads a
// recording can tell of each packet whether it is that one: tests/siprec_truth.py makes the same bytes.
#pragma once

#include <array>
#include <cstdint>
#include <cstring>

#include "callgen/random.h"

namespace srcload {

constexpr size_t kPayloadSize = 160;  // 20 ms of G.711
using Payload = std::array<uint8_t, kPayloadSize>;

// Words of SplitMix64, little-endian.
inline void fill_payload(uint32_t session, uint32_t stream, uint32_t index, uint8_t* to) {
  callgen::Random words(uint64_t{session} << 40 ^ uint64_t{stream} << 32 ^ index);
  for (size_t at = 0; at < kPayloadSize; at += 8) {
    const uint64_t word = words.next();
    std::memcpy(to + at, &word, 8);
  }
}

// First sequence numbers are high, so that most streams pass 65535.
inline uint16_t first_sequence(uint32_t session, uint32_t stream) {
  return static_cast<uint16_t>(65'000 + callgen::Random(uint64_t{session} << 8 | stream).below(536));
}
inline uint32_t ssrc_of(uint32_t seed, uint32_t session, uint32_t stream) {
  return static_cast<uint32_t>(
      callgen::Random(uint64_t{seed} << 40 ^ uint64_t{session} << 8 ^ stream).next());
}

}  // namespace srcload
