// Addresses as they stand in packets and SDP. Value types, comparable and hashable; no sockets.
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

namespace ew {

// IPv4 is kept as its IPv4-mapped IPv6 form (::ffff:a.b.c.d), so that one comparison serves both.
struct IpAddress {
  std::array<uint8_t, 16> bytes{};

  static IpAddress v4(ByteView four);     // exactly 4 bytes, network order
  static IpAddress v6(ByteView sixteen);  // exactly 16 bytes
  // Textual IPv4 or IPv6, the latter also in brackets; nothing else (no names, no zone).
  static std::optional<IpAddress> parse(std::string_view text);

  bool is_v4() const;
  bool is_unspecified() const;  // 0.0.0.0 or ::
  std::string text() const;     // RFC 5952 for IPv6
  auto operator<=>(const IpAddress&) const = default;
  // For each packet: the default one calls memcmp().
  bool operator==(const IpAddress& other) const {
    std::array<uint64_t, 2> ours, theirs;
    std::memcpy(ours.data(), bytes.data(), sizeof ours);
    std::memcpy(theirs.data(), other.bytes.data(), sizeof theirs);
    return ((ours[0] ^ theirs[0]) | (ours[1] ^ theirs[1])) == 0;
  }
};

struct Endpoint {
  IpAddress ip;
  uint16_t port = 0;

  static std::optional<Endpoint> parse(std::string_view text);  // "1.2.3.4:5060", "[::1]:5060"
  std::string text() const;                                     // the same forms
  auto operator<=>(const Endpoint&) const = default;
};

struct EndpointHash {
  size_t operator()(const Endpoint& endpoint) const {
    uint64_t high, low;
    std::memcpy(&high, endpoint.ip.bytes.data(), 8);
    std::memcpy(&low, endpoint.ip.bytes.data() + 8, 8);
    uint64_t mixed = (high ^ (low + endpoint.port)) * 0x9e3779b97f4a7c15u;
    mixed = (mixed ^ (mixed >> 32)) * 0xd6e8feb86659fd93u;
    return static_cast<size_t>(mixed ^ (mixed >> 32));
  }
};

enum class Transport : uint8_t { kUdp = 0, kTcp = 1, kTls = 2 };

}  // namespace ew
