// Numbers at fixed offsets of bytes whose length was checked before.
#pragma once

#include <cstdint>
#include <cstring>

#include "base/bytes.h"

namespace ew::pcap {

inline uint16_t be16(const uint8_t* bytes) { return static_cast<uint16_t>(bytes[0] << 8 | bytes[1]); }
inline uint32_t be32(const uint8_t* bytes) {
  return uint32_t{bytes[0]} << 24 | uint32_t{bytes[1]} << 16 | uint32_t{bytes[2]} << 8 | bytes[3];
}
inline uint16_t le16(const uint8_t* bytes) { return static_cast<uint16_t>(bytes[1] << 8 | bytes[0]); }
inline uint32_t le32(const uint8_t* bytes) {
  return uint32_t{bytes[3]} << 24 | uint32_t{bytes[2]} << 16 | uint32_t{bytes[1]} << 8 | bytes[0];
}

}  // namespace ew::pcap
