// For tests: published vectors are written in hex.
#pragma once

#include "crypto/crypto.h"

namespace ew::crypto {

inline Bytes hex(std::string_view text) {
  Bytes bytes(text.size() / 2);
  EW_CHECK(from_hex(text, bytes));
  return bytes;
}
inline std::array<uint8_t, 32> array32(std::string_view text) {
  std::array<uint8_t, 32> bytes;
  EW_CHECK(from_hex(text, bytes));
  return bytes;
}

}  // namespace ew::crypto
