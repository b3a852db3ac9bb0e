#include "net/endpoint.h"

#include <arpa/inet.h>

#include <algorithm>

#include "base/text.h"

namespace ew {
namespace {

constexpr std::array<uint8_t, 12> kV4Mapped = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

}  // namespace

IpAddress IpAddress::v4(ByteView four) {
  IpAddress address;
  std::copy(kV4Mapped.begin(), kV4Mapped.end(), address.bytes.begin());
  std::memcpy(address.bytes.data() + 12, four.data(), 4);
  return address;
}

IpAddress IpAddress::v6(ByteView sixteen) {
  IpAddress address;
  std::memcpy(address.bytes.data(), sixteen.data(), 16);
  return address;
}

std::optional<IpAddress> IpAddress::parse(std::string_view text) {
  bool bracketed = text.size() >= 2 && text.front() == '[' && text.back() == ']';
  if (bracketed) text = text.substr(1, text.size() - 2);

  // inet_pton wants a terminated string, and would take an embedded NUL for its end.
  char terminated[INET6_ADDRSTRLEN] = {};
  if (text.size() >= sizeof terminated || text.find('\0') != text.npos) return std::nullopt;
  std::copy(text.begin(), text.end(), terminated);

  uint8_t raw[16];
  if (!bracketed && inet_pton(AF_INET, terminated, raw) == 1) return v4({raw, 4});
  if (inet_pton(AF_INET6, terminated, raw) == 1) return v6(raw);
  return std::nullopt;
}

bool IpAddress::is_v4() const { return std::memcmp(bytes.data(), kV4Mapped.data(), kV4Mapped.size()) == 0; }

bool IpAddress::is_unspecified() const {
  size_t host = is_v4() ? 12 : 0;
  return std::all_of(bytes.begin() + host, bytes.end(), [](uint8_t byte) { return byte == 0; });
}

std::string IpAddress::text() const {
  char buffer[INET6_ADDRSTRLEN] = {};
  if (is_v4()) {
    inet_ntop(AF_INET, bytes.data() + 12, buffer, sizeof buffer);
  } else {
    inet_ntop(AF_INET6, bytes.data(), buffer, sizeof buffer);
  }
  return buffer;
}

std::optional<Endpoint> Endpoint::parse(std::string_view text) {
  size_t colon = text.rfind(':');
  if (colon == text.npos) return std::nullopt;
  std::string_view host = text.substr(0, colon);
  auto ip = IpAddress::parse(host);
  auto port = parse_number(text.substr(colon + 1), 65535);
  // An IPv6 address without brackets would make "::1:5060" mean two things.
  bool ambiguous = host.find(':') != host.npos && host.front() != '[';
  if (!ip || !port || ambiguous) return std::nullopt;
  return Endpoint{*ip, static_cast<uint16_t>(*port)};
}

std::string Endpoint::text() const {
  std::string host = ip.text();
  if (!ip.is_v4()) host = "[" + host + "]";
  return host + ":" + std::to_string(port);
}

}  // namespace ew
