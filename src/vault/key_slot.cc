#include "vault/key_slot_internal.h"

#include <algorithm>
#include <cstring>

namespace ew::vault {
namespace {

constexpr std::string_view kMagic = "EWKEYS1\n";
constexpr uint32_t kVersion = 1;
constexpr size_t kHeaderChecked = kPlaceSize - 4;
constexpr Place kZeros{};

}  // namespace

SlotCodec::SlotCodec(const StoreId& id) : id_(id), seed_(crypto::crc32c(id)) {}

uint32_t SlotCodec::checksum(ByteView bytes, uint32_t place) const {
  uint8_t number[4];
  for (int i = 0; i < 4; ++i) number[i] = static_cast<uint8_t>(place >> (8 * i));
  return crypto::crc32c(bytes.subspan(4, kPlaceSize - 4), crypto::crc32c(number, seed_));
}

void SlotCodec::encode(const Slot& slot, uint32_t place, ByteSpan out) const {
  Bytes bytes;
  bytes.reserve(kPlaceSize);
  ByteWriter writer(bytes);
  writer.u32le(0);
  writer.u32le(static_cast<uint32_t>(slot.state));
  writer.u64le(slot.batch);
  writer.raw(slot.key.part.view());
  writer.u32le(slot.key.generation);
  writer.u32le(slot.key.kek_version);
  writer.u64le(slot.key.sequence);
  writer.raw(slot.key.encapsulated);
  writer.raw(slot.key.sealed);
  EW_CHECK(bytes.size() == kPlaceSize && out.size() == kPlaceSize);
  uint32_t sum = checksum(bytes, place);
  for (size_t i = 0; i < 4; ++i) bytes[i] = static_cast<uint8_t>(sum >> (8 * i));
  std::copy(bytes.begin(), bytes.end(), out.begin());
}

std::optional<Slot> SlotCodec::decode(ByteView bytes, uint32_t place) const {
  if (std::memcmp(bytes.data(), kZeros.data(), kPlaceSize) == 0) return Slot{};
  ByteReader reader(bytes.first(kPlaceSize));
  if (reader.u32le() != checksum(bytes, place)) return std::nullopt;
  Slot slot;
  uint32_t state = reader.u32le();
  if (state != static_cast<uint32_t>(SlotState::kSealed) &&
      state != static_cast<uint32_t>(SlotState::kDestroyed))
    return std::nullopt;
  slot.state = static_cast<SlotState>(state);
  slot.batch = reader.u64le();
  std::ranges::copy(reader.take(16), slot.key.part.bytes.begin());
  slot.key.generation = reader.u32le();
  slot.key.kek_version = reader.u32le();
  slot.key.sequence = reader.u64le();
  std::ranges::copy(reader.take(32), slot.key.encapsulated.begin());
  std::ranges::copy(reader.take(48), slot.key.sealed.begin());
  return slot;
}

Place encode_header(const StoreId& id) {
  Bytes bytes;
  ByteWriter writer(bytes);
  writer.raw(kMagic);
  writer.u32le(kVersion);
  writer.u32le(kPlaceSize);
  writer.raw(id);
  bytes.resize(kHeaderChecked);
  writer.u32le(crypto::crc32c(bytes));
  Place header;
  std::copy(bytes.begin(), bytes.end(), header.begin());
  return header;
}

std::optional<StoreId> decode_header(ByteView bytes) {
  StoreId id;
  std::ranges::copy(bytes.subspan(16, id.size()), id.begin());
  return std::ranges::equal(bytes.first(kPlaceSize), encode_header(id)) ? std::optional(id) : std::nullopt;
}

}  // namespace ew::vault
