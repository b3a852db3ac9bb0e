#include "callgen/frames.h"

#include <arpa/inet.h>

#include <algorithm>

namespace callgen {
namespace {

using ew::Bytes;
using ew::ByteView;
using ew::ByteWriter;

constexpr uint8_t kProtocolTcp = 6, kProtocolUdp = 17, kProtocolFragment = 44;
constexpr uint16_t kEtherIpv4 = 0x0800, kEtherIpv6 = 0x86dd, kEtherVlan = 0x8100, kEtherQinq = 0x88a8;

// A locally administered MAC address that follows from the IP address.
std::array<uint8_t, 6> mac_of(const Address& address) {
  ByteView tail = address.view().last(4);
  return {0x02, static_cast<uint8_t>(address.is_v6 ? 0x60 : 0x40), tail[0], tail[1], tail[2], tail[3]};
}

void put_u16(Bytes& bytes, size_t position, uint16_t value) {
  bytes[position] = static_cast<uint8_t>(value >> 8);
  bytes[position + 1] = static_cast<uint8_t>(value);
}

// Of UDP or TCP with its pseudo header (RFC 768, RFC 9293 section 3.1, RFC 8200 section 8.1).
uint16_t transport_checksum(const Address& source, const Address& destination, uint8_t protocol,
                            ByteView segment) {
  uint64_t sum = checksum_add(checksum_add(0, source.view()), destination.view());
  sum += protocol;
  sum += segment.size();
  return checksum_finish(checksum_add(sum, segment));
}

}  // namespace

std::optional<Address> Address::parse(std::string_view text) {
  Address address;
  std::string copy(text);
  if (inet_pton(AF_INET, copy.c_str(), address.bytes.data()) == 1) return address;
  address.is_v6 = true;
  if (inet_pton(AF_INET6, copy.c_str(), address.bytes.data()) == 1) return address;
  return std::nullopt;
}

Address Address::v4(uint32_t host_order) {
  Address address;
  for (int i = 0; i < 4; ++i) address.bytes[i] = static_cast<uint8_t>(host_order >> (24 - 8 * i));
  return address;
}

std::string Address::text() const {
  char buffer[INET6_ADDRSTRLEN];
  inet_ntop(is_v6 ? AF_INET6 : AF_INET, bytes.data(), buffer, sizeof buffer);
  return buffer;
}

uint32_t dlt_of(Link link) {
  switch (link) {
    case Link::kEthernet:
      return 1;
    case Link::kCooked:
      return 113;
    case Link::kCooked2:
      return 276;
    case Link::kNull:
      return 0;
    case Link::kRaw:
      return 101;
  }
  return 1;
}

uint64_t checksum_add(uint64_t sum, ByteView bytes) {
  size_t i = 0;
  for (; i + 1 < bytes.size(); i += 2) sum += static_cast<uint64_t>(bytes[i]) << 8 | bytes[i + 1];
  if (i < bytes.size()) sum += static_cast<uint64_t>(bytes[i]) << 8;
  return sum;
}

uint16_t checksum_finish(uint64_t sum) {
  while (sum >> 16) sum = (sum & 0xffff) + (sum >> 16);
  return static_cast<uint16_t>(~sum);
}

std::vector<Bytes> FrameBuilder::udp(const Host& source, const Host& destination, uint8_t dscp,
                                     ByteView payload) {
  Bytes datagram;
  ByteWriter writer(datagram);
  writer.u16be(source.port);
  writer.u16be(destination.port);
  writer.u16be(static_cast<uint16_t>(8 + payload.size()));
  writer.u16be(0);
  writer.raw(payload);
  uint16_t checksum = transport_checksum(source.address, destination.address, kProtocolUdp, datagram);
  put_u16(datagram, 6, checksum ? checksum : 0xffff);
  return ip(source.address, destination.address, kProtocolUdp, dscp, datagram);
}

std::vector<Bytes> FrameBuilder::tcp(const Host& source, const Host& destination, const TcpSegment& segment) {
  Bytes bytes;
  ByteWriter writer(bytes);
  bool syn = segment.flags & kSyn;
  writer.u16be(source.port);
  writer.u16be(destination.port);
  writer.u32be(segment.sequence);
  writer.u32be(segment.acknowledge);
  writer.u8(syn ? 0x60 : 0x50);
  writer.u8(segment.flags);
  writer.u16be(64240);
  writer.u32be(0);                    // checksum, urgent pointer
  if (syn) writer.u32be(0x020405b4);  // MSS 1460
  writer.raw(segment.payload);
  put_u16(bytes, 16, transport_checksum(source.address, destination.address, kProtocolTcp, bytes));
  return ip(source.address, destination.address, kProtocolTcp, options_.dscp_signalling, bytes);
}

void FrameBuilder::link_header(Bytes& out, const Address& source, const Address& destination) const {
  ByteWriter writer(out);
  uint16_t ether_type = source.is_v6 ? kEtherIpv6 : kEtherIpv4;
  auto mac = mac_of(source);
  switch (options_.link) {
    case Link::kEthernet:
      writer.raw(ByteView(mac_of(destination)));
      writer.raw(ByteView(mac));
      for (size_t i = 0; i < options_.vlans.size(); ++i) {
        writer.u16be(i + 1 < options_.vlans.size() ? kEtherQinq : kEtherVlan);
        writer.u16be(options_.vlans[i]);
      }
      writer.u16be(ether_type);
      return;
    case Link::kCooked:
      writer.u16be(0);  // sent to us
      writer.u16be(1);  // ARPHRD_ETHER
      writer.u16be(6);
      writer.raw(ByteView(mac));
      writer.u16be(0);
      writer.u16be(ether_type);
      return;
    case Link::kCooked2:
      writer.u16be(ether_type);
      writer.u16be(0);
      writer.u32be(2);  // interface index
      writer.u16be(1);
      writer.u8(0);
      writer.u8(6);
      writer.raw(ByteView(mac));
      writer.u16be(0);
      return;
    case Link::kNull:
      writer.u32le(source.is_v6 ? 10 : 2);
      return;  // AF_INET6, AF_INET of a little-endian Linux
    case Link::kRaw:
      return;
  }
}

std::vector<Bytes> FrameBuilder::ip(const Address& source, const Address& destination, uint8_t protocol,
                                    uint8_t dscp, ByteView payload) {
  uint16_t id = ++identification_[source];
  size_t header = source.is_v6 ? 40 : 20;
  bool fragmented = header + payload.size() > options_.mtu;
  size_t room = options_.mtu - header - (source.is_v6 && fragmented ? 8 : 0);
  size_t step = fragmented ? room / 8 * 8 : payload.size();
  std::vector<Bytes> frames;
  size_t offset = 0;
  do {
    ByteView piece = payload.subspan(offset, std::min(step, payload.size() - offset));
    bool more = offset + piece.size() < payload.size();
    Bytes frame;
    link_header(frame, source, destination);
    size_t start = frame.size();
    ByteWriter writer(frame);
    if (source.is_v6) {
      writer.u32be(0x60000000u | static_cast<uint32_t>(dscp) << 22);
      writer.u16be(static_cast<uint16_t>(piece.size() + (fragmented ? 8 : 0)));
      writer.u8(fragmented ? kProtocolFragment : protocol);
      writer.u8(64);
      writer.raw(source.view());
      writer.raw(destination.view());
      if (fragmented) {
        writer.u8(protocol);
        writer.u8(0);
        writer.u16be(static_cast<uint16_t>(offset | (more ? 1 : 0)));
        writer.u32be(id);
      }
    } else {
      writer.u8(0x45);
      writer.u8(static_cast<uint8_t>(dscp << 2));
      writer.u16be(static_cast<uint16_t>(20 + piece.size()));
      writer.u16be(id);
      writer.u16be(static_cast<uint16_t>(fragmented ? (offset / 8) | (more ? 0x2000 : 0) : 0x4000));
      writer.u8(64);
      writer.u8(protocol);
      writer.u16be(0);
      writer.raw(source.view());
      writer.raw(destination.view());
      put_u16(frame, start + 10, checksum_finish(checksum_add(0, ByteView(frame).subspan(start, 20))));
    }
    writer.raw(piece);
    frames.push_back(std::move(frame));
    offset += piece.size();
  } while (offset < payload.size());
  return frames;
}

}  // namespace callgen
