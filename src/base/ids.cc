#include "base/ids.h"

#include "base/result.h"

namespace ew {

Uuid Uuid::v7(WallTime time, ByteView random) {
  EW_CHECK(random.size() >= 10);
  Uuid id;
  uint64_t ms = static_cast<uint64_t>(time.ns / kNsPerMs);
  for (int i = 0; i < 6; ++i) id.bytes[i] = static_cast<uint8_t>(ms >> (40 - 8 * i));
  std::memcpy(id.bytes.data() + 6, random.data(), 10);
  id.bytes[6] = 0x70 | (id.bytes[6] & 0x0f);
  id.bytes[8] = 0x80 | (id.bytes[8] & 0x3f);
  return id;
}

std::optional<Uuid> Uuid::parse(std::string_view text) {
  if (text.size() != 36 || text[8] != '-' || text[13] != '-' || text[18] != '-' || text[23] != '-')
    return std::nullopt;
  char digits[32];
  size_t count = 0;
  for (char c : text) {
    if (c == '-') continue;
    if (count == sizeof digits) return std::nullopt;
    digits[count++] = c;
  }
  Uuid id;
  if (!from_hex({digits, count}, id.bytes)) return std::nullopt;
  return id;
}

std::string Uuid::text() const {
  constexpr char kHex[] = "0123456789abcdef";
  std::string text(36, '-');
  size_t at = 0;
  for (size_t i = 0; i < bytes.size(); ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) ++at;  // a dash stands there
    text[at++] = kHex[bytes[i] >> 4];
    text[at++] = kHex[bytes[i] & 15];
  }
  return text;
}

}  // namespace ew
