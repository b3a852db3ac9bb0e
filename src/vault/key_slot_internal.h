// The places of the key store's files (docs/formats/keys.md).
#pragma once

#include "vault/keys.h"

namespace ew::vault {

constexpr size_t kPlaceSize = 128;
constexpr uint32_t kPlacesPerChunk = 512;
constexpr uint64_t kChunkSize = uint64_t{kPlacesPerChunk} * kPlaceSize;

using StoreId = std::array<uint8_t, 16>;
using Place = std::array<uint8_t, kPlaceSize>;

enum class SlotState : uint8_t { kFree = 0, kSealed = 1, kDestroyed = 2 };

struct Slot {
  SlotState state = SlotState::kFree;
  uint64_t batch = 0;
  SealedKey key;
};

// Reads and writes the places of one store; its id goes into every checksum.
class SlotCodec {
 public:
  explicit SlotCodec(const StoreId& id);
  void encode(const Slot& slot, uint32_t place, ByteSpan out) const;
  // Nothing if the bytes are neither a slot made for this place nor free.
  std::optional<Slot> decode(ByteView bytes, uint32_t place) const;
  const StoreId& id() const { return id_; }

 private:
  uint32_t checksum(ByteView bytes, uint32_t place) const;

  StoreId id_;
  uint32_t seed_;
};

Place encode_header(const StoreId& id);
std::optional<StoreId> decode_header(ByteView bytes);

}  // namespace ew::vault
