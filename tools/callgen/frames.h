// Frames as they stand on the wire: link header, IPv4 or IPv6, UDP or TCP, with correct checksums.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"

namespace callgen {

struct Address {
  bool is_v6 = false;
  std::array<uint8_t, 16> bytes{};  // IPv4 uses the first four

  static std::optional<Address> parse(std::string_view text);
  static Address v4(uint32_t host_order);
  std::string text() const;
  std::string in_uri() const { return is_v6 ? "[" + text() + "]" : text(); }
  ew::ByteView view() const { return {bytes.data(), is_v6 ? size_t{16} : size_t{4}}; }
  auto operator<=>(const Address&) const = default;
};

struct Host {
  Address address;
  uint16_t port = 0;

  std::string text() const { return address.in_uri() + ":" + std::to_string(port); }
  auto operator<=>(const Host&) const = default;
};

enum class Link : uint8_t { kEthernet, kCooked, kCooked2, kNull, kRaw };
uint32_t dlt_of(Link link);

struct Frame {
  int64_t at_ns = 0;
  ew::Bytes bytes;
};

struct TcpSegment {
  uint32_t sequence = 0, acknowledge = 0;
  uint8_t flags = 0;
  ew::ByteView payload;
};
constexpr uint8_t kFin = 1, kSyn = 2, kPsh = 8, kAck = 16;

// Builds the frames of one capture; keeps the IP identification of each sender.
class FrameBuilder {
 public:
  struct Options {
    Link link = Link::kEthernet;
    std::vector<uint16_t> vlans;  // outermost first; two of them are QinQ
    size_t mtu = 1500;            // longer IP packets are fragmented
    uint8_t dscp_media = 46, dscp_signalling = 24;
  };
  explicit FrameBuilder(Options options) : options_(std::move(options)) {}

  // One frame, or several when the datagram exceeds the MTU.
  std::vector<ew::Bytes> udp(const Host& source, const Host& destination, uint8_t dscp, ew::ByteView payload);
  std::vector<ew::Bytes> tcp(const Host& source, const Host& destination, const TcpSegment& segment);
  const Options& options() const { return options_; }

 private:
  std::vector<ew::Bytes> ip(const Address& source, const Address& destination, uint8_t protocol, uint8_t dscp,
                            ew::ByteView payload);
  void link_header(ew::Bytes& out, const Address& source, const Address& destination) const;

  Options options_;
  std::map<Address, uint16_t> identification_;
};

// The ones' complement sum of RFC 1071 before folding and inversion.
uint64_t checksum_add(uint64_t sum, ew::ByteView bytes);
uint16_t checksum_finish(uint64_t sum);

}  // namespace callgen
