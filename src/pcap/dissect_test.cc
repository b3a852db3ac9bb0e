#include "pcap/dissect.h"

#include <gtest/gtest.h>

#include "pcap/frame_builder.h"

namespace ew::pcap {
namespace {

constexpr std::string_view kPayload = "INVITE sip:bob@example.org SIP/2.0";

Envelope envelope(bool ipv6 = false, uint16_t vlan = 0) {
  return {*Endpoint::parse(ipv6 ? "[2001:db8::1]:5060" : "192.0.2.1:5060"),
          *Endpoint::parse(ipv6 ? "[2001:db8::2]:5080" : "192.0.2.2:5080"), 46, vlan};
}

// The IP packet of an untagged Ethernet frame, put behind another link layer.
Bytes behind(ByteView link, const Bytes& frame) {
  Bytes out(link.begin(), link.end());
  out.insert(out.end(), frame.begin() + 14, frame.end());
  return out;
}

Bytes udp_frame(bool ipv6 = false, uint16_t vlan = 0) {
  Bytes frame;
  build_udp_frame(envelope(ipv6, vlan), as_bytes(kPayload), frame);
  return frame;
}

void expect_udp(uint16_t link_type, const Bytes& frame, bool ipv6 = false, uint16_t vlan = 0) {
  Dissected packet;
  ASSERT_EQ(dissect(link_type, frame, packet), Kind::kUdp);
  EXPECT_EQ(packet.source, envelope(ipv6).source);
  EXPECT_EQ(packet.destination, envelope(ipv6).destination);
  EXPECT_EQ(packet.vlan, vlan);
  EXPECT_EQ(packet.dscp, 46);
  EXPECT_FALSE(packet.cut_short);
  EXPECT_EQ(as_text(packet.payload), kPayload);
}

TEST(Dissect, FindsUdpBehindEveryLinkLayer) {
  for (bool ipv6 : {false, true}) {
    Bytes frame = udp_frame(ipv6);
    uint8_t type_high = ipv6 ? 0x86 : 0x08, type_low = ipv6 ? 0xdd : 0x00;
    expect_udp(kEthernet, frame, ipv6);
    expect_udp(kEthernet, udp_frame(ipv6, 42), ipv6, 42);
    Bytes cooked(16), cooked2(20);
    cooked[14] = cooked2[0] = type_high;
    cooked[15] = cooked2[1] = type_low;
    expect_udp(kLinuxCooked, behind(cooked, frame), ipv6);
    expect_udp(kLinuxCooked2, behind(cooked2, frame), ipv6);
    expect_udp(kNull, behind(Bytes{ipv6 ? uint8_t{30} : uint8_t{2}, 0, 0, 0}, frame), ipv6);
    expect_udp(kNull, behind(Bytes{0, 0, 0, ipv6 ? uint8_t{10} : uint8_t{2}}, frame), ipv6);
    expect_udp(kLoop, behind(Bytes{0, 0, 0, ipv6 ? uint8_t{24} : uint8_t{2}}, frame), ipv6);
    for (uint16_t raw : {12, 14, 101, ipv6 ? 229 : 228}) expect_udp(raw, behind({}, frame), ipv6);
  }
}

TEST(Dissect, TakesTheInnerMostVlan) {
  for (uint16_t outer : {0x8100, 0x88a8, 0x9100}) {
    Bytes frame = udp_frame(false, 7);
    const uint8_t tag[] = {static_cast<uint8_t>(outer >> 8), static_cast<uint8_t>(outer), 0xe1, 0x00};
    frame.insert(frame.begin() + 12, tag, tag + 4);
    expect_udp(kEthernet, frame, false, 7);
  }
}

TEST(Dissect, EndlessVlanTagsAreMalformed) {
  Bytes frame(12);
  for (int i = 0; i < 100; ++i) frame.insert(frame.end(), {0x81, 0x00, 0x00, 0x01});
  Dissected packet;
  EXPECT_EQ(dissect(kEthernet, frame, packet), Kind::kMalformed);
}

TEST(Dissect, PaddingIsNoPayload) {
  Bytes frame = udp_frame();
  frame.insert(frame.end(), 18, 0xaa);
  expect_udp(kEthernet, frame);
}

TEST(Dissect, UdpMayBeShorterThanIpSays) {
  Bytes frame = udp_frame();
  frame[14 + 20 + 5] = 8 + 6;
  Dissected packet;
  ASSERT_EQ(dissect(kEthernet, frame, packet), Kind::kUdp);
  EXPECT_EQ(as_text(packet.payload), "INVITE");
  EXPECT_FALSE(packet.cut_short);
}

TEST(Dissect, UdpLongerThanIpIsCutShort) {
  Bytes frame = udp_frame();
  frame[14 + 20 + 5] = 200;
  Dissected packet;
  ASSERT_EQ(dissect(kEthernet, frame, packet), Kind::kUdp);
  EXPECT_EQ(as_text(packet.payload), kPayload);
  EXPECT_TRUE(packet.cut_short);
}

TEST(Dissect, EveryTruncationIsSafeAndSaysSo) {
  for (bool ipv6 : {false, true}) {
    Bytes frame = udp_frame(ipv6, 3);
    size_t headers = frame.size() - kPayload.size();
    for (size_t size = 0; size < frame.size(); ++size) {
      Bytes exact(frame.begin(), frame.begin() + static_cast<ptrdiff_t>(size));
      Dissected packet;
      Kind kind = dissect(kEthernet, exact, packet);
      ASSERT_EQ(kind, size < headers ? Kind::kMalformed : Kind::kUdp) << size;
      if (kind != Kind::kUdp) continue;
      ASSERT_TRUE(packet.cut_short);
      ASSERT_EQ(as_text(packet.payload), kPayload.substr(0, size - headers));
    }
  }
}

TEST(Dissect, ReadsTcp) {
  Bytes frame;
  build_tcp_frame(envelope(), 0xfffffff0, 5, as_bytes(kPayload), frame);
  frame[14 + 20 + 13] |= kSyn;
  Dissected packet;
  ASSERT_EQ(dissect(kEthernet, frame, packet), Kind::kTcp);
  EXPECT_EQ(packet.tcp_sequence, 0xfffffff0);
  EXPECT_EQ(packet.tcp_flags & (kSyn | kFin | kRst), kSyn);
  EXPECT_EQ(as_text(packet.payload), kPayload);
}

TEST(Dissect, SkipsIpv4Options) {
  Bytes frame = udp_frame();
  frame[14] = 0x47;
  frame[14 + 3] += 8;
  frame.insert(frame.begin() + 14 + 20, 8, 0x01);
  expect_udp(kEthernet, frame);
}

// Puts an extension header between IPv6 and UDP.
Bytes with_extension(Bytes frame, uint8_t type, Bytes header) {
  header[0] = frame[14 + 6];
  frame[14 + 6] = type;
  frame[14 + 5] += static_cast<uint8_t>(header.size());
  frame.insert(frame.begin() + 14 + 40, header.begin(), header.end());
  return frame;
}

TEST(Dissect, SkipsIpv6ExtensionHeadersWithinABound) {
  Bytes frame = udp_frame(true);
  for (uint8_t type : {0, 43, 60, 135}) frame = with_extension(frame, type, {0, 0, 1, 4, 0, 0, 0, 0});
  frame = with_extension(frame, 51, Bytes{0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0});
  expect_udp(kEthernet, frame, true);
  for (int i = 0; i < 4; ++i) frame = with_extension(frame, 60, {0, 0, 1, 4, 0, 0, 0, 0});
  Dissected packet;
  EXPECT_EQ(dissect(kEthernet, frame, packet), Kind::kMalformed);
}

TEST(Dissect, AnAtomicFragmentIsAWholeDatagram) {
  expect_udp(kEthernet, with_extension(udp_frame(true), 44, {0, 0, 0, 0, 1, 2, 3, 4}), true);
}

TEST(Dissect, HandsOverFragments) {
  Bytes frame = udp_frame();
  frame[14 + 4] = 0x12;
  frame[14 + 6] = 0x20;  // more fragments
  frame[14 + 7] = 0x02;  // at 16 bytes
  Dissected packet;
  ASSERT_EQ(dissect(kEthernet, frame, packet), Kind::kFragment);
  EXPECT_EQ(packet.fragment.id, 0x1200u);
  EXPECT_EQ(packet.fragment.offset, 16);
  EXPECT_TRUE(packet.fragment.more);
  EXPECT_EQ(packet.fragment.protocol, 17);
  EXPECT_EQ(packet.payload.size(), 8 + kPayload.size());

  ASSERT_EQ(dissect(kEthernet, with_extension(udp_frame(true), 44, {0, 0, 0, 0x19, 1, 2, 3, 4}), packet),
            Kind::kFragment);
  EXPECT_EQ(packet.fragment.id, 0x01020304u);
  EXPECT_EQ(packet.fragment.offset, 24);
  EXPECT_TRUE(packet.fragment.more);

  // The datagram, put together, is read as any other.
  Bytes whole = udp_frame();
  ASSERT_EQ(dissect_transport(17, ByteView(whole).subspan(34), packet), Kind::kUdp);
  EXPECT_EQ(as_text(packet.payload), kPayload);
  EXPECT_EQ(dissect_transport(44, Bytes{17, 0, 0, 1, 0, 0, 0, 1, 0}, packet), Kind::kMalformed);
}

TEST(Dissect, EntersIpInIpWithinABound) {
  Bytes inner = udp_frame();
  Bytes packet_bytes(inner.begin() + 14, inner.end());
  auto wrap = [](const Bytes& inside) {
    Bytes outer = {0x45, 0, 0, 0, 0, 0, 0, 0, 64, 4, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2};
    outer[2] = static_cast<uint8_t>((inside.size() + 20) >> 8);
    outer[3] = static_cast<uint8_t>(inside.size() + 20);
    outer.insert(outer.end(), inside.begin(), inside.end());
    return outer;
  };
  packet_bytes = wrap(packet_bytes);
  expect_udp(kRaw, packet_bytes);
  for (int i = 0; i < 10; ++i) packet_bytes = wrap(packet_bytes);
  Dissected packet;
  EXPECT_EQ(dissect(kRaw, packet_bytes, packet), Kind::kMalformed);
}

TEST(Dissect, IgnoresWhatIsNotUdpOrTcp) {
  Dissected packet;
  Bytes frame = udp_frame();
  frame[14 + 9] = 1;  // ICMP
  EXPECT_EQ(dissect(kEthernet, frame, packet), Kind::kIgnored);
  frame[12] = 0x08;
  frame[13] = 0x06;  // ARP
  EXPECT_EQ(dissect(kEthernet, frame, packet), Kind::kIgnored);
  EXPECT_EQ(dissect(147, frame, packet), Kind::kIgnored);
  EXPECT_FALSE(is_understood(147));
  EXPECT_TRUE(is_understood(kLinuxCooked2));
}

TEST(Dissect, HeadersThatContradictThemselvesAreMalformed) {
  Dissected packet;
  Bytes frame = udp_frame();
  frame[14] = 0x44;  // header shorter than a header
  EXPECT_EQ(dissect(kEthernet, frame, packet), Kind::kMalformed);
  frame = udp_frame();
  frame[14 + 3] = 10;  // total length shorter than the header
  EXPECT_EQ(dissect(kEthernet, frame, packet), Kind::kMalformed);
  frame = udp_frame();
  frame[14 + 20 + 5] = 7;  // UDP length shorter than its header
  EXPECT_EQ(dissect(kEthernet, frame, packet), Kind::kMalformed);
}

}  // namespace
}  // namespace ew::pcap
