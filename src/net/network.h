// A range of addresses in CIDR notation (RFC 4632): whose packets and requests are let in.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "net/endpoint.h"

namespace ew {

struct Network {
  IpAddress address;
  uint8_t prefix_bits = 128;  // of the 128-bit form: an IPv4 prefix of n bits is 96 + n

  // "10.1.0.0/16", "2001:db8::/32", or one address. Nothing for what is neither, or has bits set behind its
  // prefix: that is a typing error more often than a wish.
  static std::optional<Network> parse(std::string_view text);
  bool contains(const IpAddress& ip) const;
  std::string text() const;
  bool operator==(const Network&) const = default;
};

}  // namespace ew
