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
  if (text.size() != 36 || text[8] != '-' || text[13] != '-' || text[18] != '-' || text[23] != '-') return std::nullopt;
  std::string digits;
  for (char c : text)
    if (c != '-') digits.push_back(c);
  Uuid id;
  if (!from_hex(digits, id.bytes)) return std::nullopt;
  return id;
}

std::string Uuid::text() const {
  std::string hex = to_hex(bytes);
  return hex.substr(0, 8) + '-' + hex.substr(8, 4) + '-' + hex.substr(12, 4) + '-' + hex.substr(16, 4) + '-' + hex.substr(20);
}

}  // namespace ew
