#include "net/network.h"

#include "base/text.h"

namespace ew {
namespace {

constexpr uint8_t kV4Prefix = 96;

// The bits of byte `index` that belong to a prefix of so many bits.
uint8_t mask_of(size_t index, uint8_t prefix_bits) {
  size_t first_bit = index * 8;
  if (prefix_bits >= first_bit + 8) return 0xff;
  if (prefix_bits <= first_bit) return 0;
  return static_cast<uint8_t>(0xff << (8 - (prefix_bits - first_bit)));
}

}  // namespace

std::optional<Network> Network::parse(std::string_view text) {
  size_t slash = text.find('/');
  auto ip = IpAddress::parse(text.substr(0, slash));
  if (!ip) return std::nullopt;
  Network network{*ip, 128};
  if (slash == text.npos) return network;
  uint8_t base = ip->is_v4() ? kV4Prefix : 0;
  auto bits = parse_number(text.substr(slash + 1), 128u - base);
  if (!bits) return std::nullopt;
  network.prefix_bits = static_cast<uint8_t>(base + *bits);
  for (size_t i = 0; i < ip->bytes.size(); ++i)
    if (ip->bytes[i] & ~mask_of(i, network.prefix_bits)) return std::nullopt;
  return network;
}

bool Network::contains(const IpAddress& ip) const {
  for (size_t i = 0; i < ip.bytes.size(); ++i)
    if ((ip.bytes[i] ^ address.bytes[i]) & mask_of(i, prefix_bits)) return false;
  return true;
}

std::string Network::text() const {
  if (prefix_bits == 128) return address.text();
  return address.text() + "/" + std::to_string(prefix_bits - (address.is_v4() ? kV4Prefix : 0));
}

}  // namespace ew
