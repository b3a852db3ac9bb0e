#include "pcap/frame_builder.h"

#include <algorithm>

#include "base/result.h"

namespace ew::pcap {
namespace {

constexpr uint8_t kTcp = 6, kUdp = 17;
constexpr size_t kUdpHeader = 8, kTcpHeader = 20;

bool is_ipv4(const Envelope& envelope) {
  return envelope.source.ip.is_v4() && envelope.destination.ip.is_v4();
}

// The bytes of an address as they stand in the packet.
ByteView raw_address(const IpAddress& ip, bool ipv4) {
  ByteView bytes = ip.bytes;
  return ipv4 ? bytes.last(4) : bytes;
}

// Sum of 16-bit words, RFC 1071; not yet folded and complemented.
uint64_t sum_words(ByteView bytes, uint64_t sum = 0) {
  size_t i = 0;
  for (; i + 1 < bytes.size(); i += 2) sum += bytes[i] << 8 | bytes[i + 1];
  if (i < bytes.size()) sum += bytes[i] << 8;
  return sum;
}

uint16_t checksum_of(uint64_t sum) {
  while (sum >> 16) sum = (sum & 0xffff) + (sum >> 16);
  return static_cast<uint16_t>(~sum);
}

void store_u16(Bytes& bytes, size_t offset, uint16_t value) {
  bytes[offset] = static_cast<uint8_t>(value >> 8);
  bytes[offset + 1] = static_cast<uint8_t>(value);
}

// A locally administered address that ends in the last four bytes of the IP address.
void write_mac(const IpAddress& ip, ByteWriter& writer) {
  writer.u16be(0x0200);
  writer.raw(ByteView(ip.bytes).last(4));
}

void write_ethernet(const Envelope& envelope, bool ipv4, ByteWriter& writer) {
  write_mac(envelope.destination.ip, writer);
  write_mac(envelope.source.ip, writer);
  if (envelope.vlan != 0) {
    writer.u16be(0x8100);
    writer.u16be(envelope.vlan & 0x0fff);
  }
  writer.u16be(ipv4 ? 0x0800 : 0x86dd);
}

void write_ipv4(const Envelope& envelope, uint8_t protocol, size_t payload, Bytes& frame) {
  size_t start = frame.size();
  ByteWriter writer(frame);
  writer.u8(0x45);
  writer.u8(static_cast<uint8_t>(envelope.dscp << 2));
  writer.u16be(static_cast<uint16_t>(20 + payload));
  writer.u16be(0);
  writer.u16be(0x4000);  // never fragmented, so that the identification may be 0 (RFC 6864)
  writer.u8(64);
  writer.u8(protocol);
  writer.u16be(0);
  writer.raw(raw_address(envelope.source.ip, true));
  writer.raw(raw_address(envelope.destination.ip, true));
  store_u16(frame, start + 10, checksum_of(sum_words(ByteView(frame).subspan(start))));
}

void write_ipv6(const Envelope& envelope, uint8_t protocol, size_t payload, Bytes& frame) {
  ByteWriter writer(frame);
  writer.u32be(6u << 28 | uint32_t{envelope.dscp} << 22);
  writer.u16be(static_cast<uint16_t>(payload));
  writer.u8(protocol);
  writer.u8(64);
  writer.raw(raw_address(envelope.source.ip, false));
  writer.raw(raw_address(envelope.destination.ip, false));
}

// Everything below the transport header. Returns where that begins.
size_t write_lower_layers(const Envelope& envelope, uint8_t protocol, size_t payload, Bytes& frame) {
  bool ipv4 = is_ipv4(envelope);
  EW_CHECK(payload + (ipv4 ? 20 : 0) <= 0xffff);
  frame.clear();
  ByteWriter writer(frame);
  write_ethernet(envelope, ipv4, writer);
  if (ipv4) {
    write_ipv4(envelope, protocol, payload, frame);
  } else {
    write_ipv6(envelope, protocol, payload, frame);
  }
  return frame.size();
}

// Of UDP or TCP: over the pseudo header (RFC 768, RFC 8200 section 8.1) and all from `start`.
uint16_t transport_checksum(const Envelope& envelope, uint8_t protocol, const Bytes& frame, size_t start) {
  bool ipv4 = is_ipv4(envelope);
  uint64_t sum = protocol + frame.size() - start;
  sum = sum_words(raw_address(envelope.source.ip, ipv4), sum);
  sum = sum_words(raw_address(envelope.destination.ip, ipv4), sum);
  return checksum_of(sum_words(ByteView(frame).subspan(start), sum));
}

}  // namespace

void build_udp_frame(const Envelope& envelope, ByteView payload, Bytes& frame) {
  size_t length = kUdpHeader + payload.size();
  size_t start = write_lower_layers(envelope, kUdp, length, frame);
  ByteWriter writer(frame);
  writer.u16be(envelope.source.port);
  writer.u16be(envelope.destination.port);
  writer.u16be(static_cast<uint16_t>(length));
  writer.u16be(0);
  writer.raw(payload);
  uint16_t checksum = transport_checksum(envelope, kUdp, frame, start);
  store_u16(frame, start + 6, checksum == 0 ? 0xffff : checksum);  // 0 would mean that there is none
}

void build_tcp_frame(const Envelope& envelope, uint32_t sequence, uint32_t acknowledgement, ByteView payload,
                     Bytes& frame) {
  size_t start = write_lower_layers(envelope, kTcp, kTcpHeader + payload.size(), frame);
  ByteWriter writer(frame);
  writer.u16be(envelope.source.port);
  writer.u16be(envelope.destination.port);
  writer.u32be(sequence);
  writer.u32be(acknowledgement);
  writer.u16be(0x5018);  // a header of five words; PSH, ACK
  writer.u16be(0xffff);
  writer.u16be(0);
  writer.u16be(0);
  writer.raw(payload);
  store_u16(frame, start + 16, transport_checksum(envelope, kTcp, frame, start));
}

}  // namespace ew::pcap
