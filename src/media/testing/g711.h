// G.711 by the formulas of ITU-T G.711, written independently of the decoder under test.
#pragma once

#include <cmath>
#include <cstdint>
#include <cstdlib>

namespace ew::media {

inline int16_t a_law(uint8_t code) {
  code ^= 0x55;
  int exponent = code >> 4 & 7, mantissa = code & 15;
  int magnitude = exponent == 0 ? mantissa * 16 + 8 : (mantissa * 16 + 264) << (exponent - 1);
  return static_cast<int16_t>(code & 0x80 ? magnitude : -magnitude);
}

inline int16_t mu_law(uint8_t code) {
  code = static_cast<uint8_t>(~code);
  int exponent = code >> 4 & 7, mantissa = code & 15;
  int magnitude = ((mantissa * 8 + 132) << exponent) - 132;
  return static_cast<int16_t>(code & 0x80 ? -magnitude : magnitude);
}

// The code whose sample is nearest; slow, for making test signals.
inline uint8_t mu_law_code(int16_t sample) {
  uint8_t best = 0;
  for (int code = 1; code < 256; ++code)
    if (std::abs(mu_law(static_cast<uint8_t>(code)) - sample) < std::abs(mu_law(best) - sample))
      best = static_cast<uint8_t>(code);
  return best;
}

}  // namespace ew::media
