#include "crypto/crc32c_internal.h"

#if defined(__x86_64__)
#include <nmmintrin.h>
#endif

#include <cstring>

#include "crypto/crypto.h"

namespace ew::crypto {
namespace {

constexpr uint32_t kPolynomial = 0x82f63b78;  // 0x1EDC6F41, bits reversed

constexpr std::array<uint32_t, 256> make_table() {
  std::array<uint32_t, 256> table{};
  for (uint32_t byte = 0; byte < 256; ++byte) {
    uint32_t crc = byte;
    for (int bit = 0; bit < 8; ++bit) crc = crc >> 1 ^ (crc & 1 ? kPolynomial : 0);
    table[byte] = crc;
  }
  return table;
}
constexpr auto kTable = make_table();

#if defined(__x86_64__)
__attribute__((target("sse4.2"))) uint32_t by_instruction(ByteView bytes, uint32_t crc) {
  uint64_t wide = ~crc;
  const uint8_t* at = bytes.data();
  size_t left = bytes.size();
  for (; left >= 8; at += 8, left -= 8) {
    uint64_t word;
    std::memcpy(&word, at, 8);
    wide = _mm_crc32_u64(wide, word);
  }
  uint32_t narrow = static_cast<uint32_t>(wide);
  for (; left > 0; ++at, --left) narrow = _mm_crc32_u8(narrow, *at);
  return ~narrow;
}
const bool has_instruction = __builtin_cpu_supports("sse4.2");
#else
uint32_t by_instruction(ByteView bytes, uint32_t crc) { return crc32c_by_table(bytes, crc); }
constexpr bool has_instruction = false;
#endif

}  // namespace

uint32_t crc32c_by_table(ByteView bytes, uint32_t seed) {
  uint32_t crc = ~seed;
  for (uint8_t byte : bytes) crc = crc >> 8 ^ kTable[(crc ^ byte) & 0xff];
  return ~crc;
}

uint32_t crc32c(ByteView bytes, uint32_t seed) {
  return has_instruction ? by_instruction(bytes, seed) : crc32c_by_table(bytes, seed);
}

}  // namespace ew::crypto
