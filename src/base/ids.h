// Identifiers. A distinct type for each thing that has one, so that a call's id cannot be handed over as a part's.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <cstring>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/time.h"

namespace ew {

// 128 bits; text form is RFC 9562's (8-4-4-4-12, lower case).
struct Uuid {
  std::array<uint8_t, 16> bytes{};

  // UUIDv7 (RFC 9562 section 5.7): milliseconds of `time`, then 74 bits taken from `random` (at least 10 bytes).
  static Uuid v7(WallTime time, ByteView random);
  static std::optional<Uuid> parse(std::string_view text);
  std::string text() const;
  bool is_nil() const { return *this == Uuid{}; }
  ByteView view() const { return bytes; }
  auto operator<=>(const Uuid&) const = default;
};

template <typename Tag>
struct Id : Uuid {
  Id() = default;
  explicit Id(const Uuid& uuid) : Uuid(uuid) {}
  static std::optional<Id> parse(std::string_view text) {
    auto uuid = Uuid::parse(text);
    return uuid ? std::optional<Id>(Id(*uuid)) : std::nullopt;
  }
  auto operator<=>(const Id&) const = default;
};

using CallId = Id<struct CallTag>;
using InteractionId = Id<struct InteractionTag>;
using RecordingId = Id<struct RecordingTag>;
using PartId = Id<struct PartTag>;
using NodeId = Id<struct NodeTag>;

struct IdHash {
  size_t operator()(const Uuid& id) const {
    uint64_t low;
    std::memcpy(&low, id.bytes.data() + 8, 8);
    return static_cast<size_t>(low * 0x9e3779b97f4a7c15u);
  }
};

}  // namespace ew
