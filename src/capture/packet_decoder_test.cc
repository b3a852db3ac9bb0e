#include "capture/packet_decoder.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <utility>

#include "capture/test_packets_internal.h"

namespace ew::capture {
namespace {

using testing_internal::KeepingSink;

constexpr size_t kIpBegins = 14, kIpHeader = 20;

// The IPv4 packet of an Ethernet frame in fragments of so many bytes (a multiple of 8), each in a frame.
std::vector<Bytes> fragments_of(const Bytes& frame, size_t size, uint8_t id) {
  const size_t header = kIpBegins + kIpHeader;
  std::vector<Bytes> fragments;
  for (size_t at = header; at < frame.size(); at += size) {
    const size_t end = std::min(frame.size(), at + size);
    Bytes piece(frame.begin(), frame.begin() + static_cast<ptrdiff_t>(header));
    piece.insert(piece.end(), frame.begin() + static_cast<ptrdiff_t>(at),
                 frame.begin() + static_cast<ptrdiff_t>(end));
    const size_t total = piece.size() - kIpBegins, offset = (at - header) / 8;
    piece[kIpBegins + 2] = static_cast<uint8_t>(total >> 8);
    piece[kIpBegins + 3] = static_cast<uint8_t>(total);
    piece[kIpBegins + 5] = id;
    piece[kIpBegins + 6] = static_cast<uint8_t>(offset >> 8 | (end < frame.size() ? 0x20 : 0));
    piece[kIpBegins + 7] = static_cast<uint8_t>(offset);
    fragments.push_back(std::move(piece));
  }
  return fragments;
}

Bytes in_vxlan(const Bytes& frame) {
  Bytes payload = {8, 0, 0, 0, 0, 0, 7, 0}, tunnel;
  payload.insert(payload.end(), frame.begin(), frame.end());
  pcap::build_udp_frame({*Endpoint::parse("10.0.0.1:40000"), *Endpoint::parse("10.0.0.2:4789"), 0, 0},
                        payload, tunnel);
  return tunnel;
}

// An INVITE with a large body is sent in fragments, and a mirror's tunnel adds what makes these too large.
TEST(PacketDecoder, FragmentsOfATunnelCarryFragments) {
  const std::string invite = "INVITE sip:bob@example.org SIP/2.0\r\n" + std::string(4'000, 'x');
  const Endpoint source = *Endpoint::parse("192.0.2.1:5060");
  Bytes frame;
  pcap::build_udp_frame({source, *Endpoint::parse("192.0.2.2:5060"), 0, 0}, as_bytes(invite), frame);
  std::vector<Bytes> frames;
  uint8_t id = 10;
  for (const Bytes& inner : fragments_of(frame, 1'480, 1))
    for (Bytes& outer : fragments_of(in_vxlan(inner), 800, ++id)) frames.push_back(std::move(outer));
  ASSERT_GT(frames.size(), 4u);
  for (bool is_reversed : {false, true}) {
    PacketDecoder decoder;
    KeepingSink sink;
    for (const Bytes& each : frames) {
      const std::array packet = {CapturedPacket{pcap::kEthernet, each, WallTime{kNsPerSec}, {}}};
      decoder.decode(packet, sink);
    }
    ASSERT_EQ(sink.kept.size(), 1u) << is_reversed;
    EXPECT_EQ(sink.kept[0].source, source);
    EXPECT_EQ(sink.kept[0].payload, invite);
    EXPECT_EQ(decoder.counters().malformed, 0u);
    EXPECT_EQ(decoder.counters().fragments_held, frames.size() - 1);
    std::reverse(frames.begin(), frames.end());
  }
}

}  // namespace
}  // namespace ew::capture
