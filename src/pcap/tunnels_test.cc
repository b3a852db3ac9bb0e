#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <string>

#include "pcap/dissect.h"
#include "pcap/frame_builder.h"

namespace ew::pcap {
namespace {

constexpr std::string_view kPayload = "INVITE sip:bob@example.org SIP/2.0";

Bytes operator+(Bytes a, const Bytes& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

Envelope inner_envelope() {
  return {*Endpoint::parse("192.0.2.1:5060"), *Endpoint::parse("192.0.2.2:5080"), 46, 0};
}
Bytes inner_frame() {
  Bytes frame;
  build_udp_frame(inner_envelope(), as_bytes(kPayload), frame);
  return frame;
}
Bytes ip_of(const Bytes& frame) { return Bytes(frame.begin() + 14, frame.end()); }

Bytes ethernet(uint16_t type, const Bytes& payload) {
  return Bytes(12, 2) + Bytes{static_cast<uint8_t>(type >> 8), static_cast<uint8_t>(type)} + payload;
}
// An IPv4 packet of this protocol between routers.
Bytes ipv4(uint8_t protocol, const Bytes& payload) {
  const auto length = static_cast<uint16_t>(20 + payload.size());
  return Bytes{0x45, 0,        static_cast<uint8_t>(length >> 8), static_cast<uint8_t>(length), 0, 0, 0, 0,
               64,   protocol, 0,                                 0,                            10, 0, 0, 1,
               10,   0,        0,                                 2} +
         payload;
}
Bytes over_ip(uint8_t protocol, const Bytes& payload) { return ethernet(0x0800, ipv4(protocol, payload)); }
Bytes over_udp(uint16_t port, const Bytes& payload) {
  Bytes frame;
  build_udp_frame({*Endpoint::parse("10.0.0.1:40000"), {*IpAddress::parse("10.0.0.2"), port}, 0, 0}, payload,
                  frame);
  return frame;
}
Bytes gre(const Bytes& header, const Bytes& payload) { return over_ip(47, header + payload); }

// Each puts an Ethernet frame into a frame of its kind.
const std::map<std::string, std::function<Bytes(const Bytes&)>> kTunnels = {
    {"mpls", [](const Bytes& f) { return ethernet(0x8847, Bytes{0, 0x10, 0, 64, 0, 0x20, 1, 64} + ip_of(f)); }},
    {"mpls multicast", [](const Bytes& f) { return ethernet(0x8848, Bytes{0, 0x20, 1, 64} + ip_of(f)); }},
    {"pseudowire", [](const Bytes& f) { return ethernet(0x8847, Bytes{0, 0x20, 1, 64, 0, 0, 0, 0} + f); }},
    {"pppoe",
     [](const Bytes& f) {
       const auto length = static_cast<uint8_t>(f.size() - 14 + 2);
       return ethernet(0x8864, Bytes{0x11, 0, 0, 9, 0, length, 0, 0x21} + ip_of(f) + Bytes(5, 0xee));
     }},
    {"pppoe, short protocol",
     [](const Bytes& f) {
       const auto length = static_cast<uint8_t>(f.size() - 14 + 1);
       return ethernet(0x8864, Bytes{0x11, 0, 0, 9, 0, length, 0x21} + ip_of(f));
     }},
    {"gre", [](const Bytes& f) { return gre({0, 0, 8, 0}, ip_of(f)); }},
    {"gre with all fields",
     [](const Bytes& f) {
       return gre({0xb0, 0, 8, 0, 1, 2, 0, 0, 0, 0, 0, 7, 0, 0, 0, 1}, ip_of(f));
     }},
    {"gre with routes",
     [](const Bytes& f) {
       return gre({0x40, 0, 8, 0, 0, 0, 0, 0, 8, 0, 0, 4, 1, 2, 3, 4, 0, 0, 0, 0}, ip_of(f));
     }},
    {"gre of ethernet", [](const Bytes& f) { return gre({0x20, 0, 0x65, 0x58, 0, 0, 0, 7}, f); }},
    {"gre of ppp", [](const Bytes& f) { return gre({0, 0, 0x88, 0x0b, 0xff, 3, 0, 0x21}, ip_of(f)); }},
    {"gre of mpls", [](const Bytes& f) { return gre({0, 0, 0x88, 0x47, 0, 0x20, 1, 64}, ip_of(f)); }},
    {"pptp",
     [](const Bytes& f) {
       const auto length = static_cast<uint8_t>(f.size() - 14 + 2);
       return gre({0x30, 0x81, 0x88, 0x0b, 0, length, 0, 9, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0x21}, ip_of(f));
     }},
    {"erspan 1", [](const Bytes& f) { return gre({0, 0, 0x88, 0xbe}, f); }},
    {"erspan 2",
     [](const Bytes& f) { return gre({0x10, 0, 0x88, 0xbe, 0, 0, 0, 1, 0x10, 7, 0, 1, 0, 0, 0, 0}, f); }},
    {"erspan 3",
     [](const Bytes& f) {
       return gre({0x10, 0, 0x22, 0xeb, 0, 0, 0, 1, 0x20, 7, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0}, f);
     }},
    {"erspan 3 with the platform's header",
     [](const Bytes& f) {
       return gre({0x10, 0, 0x22, 0xeb, 0, 0, 0, 1, 0x20, 7, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1}, Bytes(8) + f);
     }},
    {"erspan 3 of ip",
     [](const Bytes& f) {
       return gre({0x10, 0, 0x22, 0xeb, 0, 0, 0, 1, 0x20, 7, 0, 1, 0, 0, 0, 0, 0, 0, 8, 0}, ip_of(f));
     }},
    {"ip in ip", [](const Bytes& f) { return over_ip(4, ip_of(f)); }},
    {"mpls in ip", [](const Bytes& f) { return over_ip(137, Bytes{0, 0x20, 1, 64} + ip_of(f)); }},
    {"etherip", [](const Bytes& f) { return over_ip(97, Bytes{0x30, 0} + f); }},
    {"vxlan", [](const Bytes& f) { return over_udp(4789, Bytes{8, 0, 0, 0, 0, 0, 7, 0} + f); }},
    {"vxlan, old port", [](const Bytes& f) { return over_udp(8472, Bytes{8, 0, 0, 0, 0, 0, 7, 0} + f); }},
    {"vxlan gpe", [](const Bytes& f) { return over_udp(4790, Bytes{0x0c, 0, 0, 1, 0, 0, 7, 0} + ip_of(f)); }},
    {"geneve",
     [](const Bytes& f) {
       return over_udp(6081, Bytes{1, 0, 0x65, 0x58, 0, 0, 7, 0, 1, 2, 3, 4} + f);
     }},
    {"geneve of ip", [](const Bytes& f) { return over_udp(6081, Bytes{0, 0, 8, 0, 0, 0, 7, 0} + ip_of(f)); }},
    {"gtp",
     [](const Bytes& f) {
       const auto length = static_cast<uint8_t>(f.size() - 14);
       return over_udp(2152, Bytes{0x30, 0xff, 0, length, 0, 0, 0, 9} + ip_of(f));
     }},
    {"gtp with extensions",
     [](const Bytes& f) {
       const auto length = static_cast<uint8_t>(f.size() - 14 + 4 + 4 + 8);
       return over_udp(2152, Bytes{0x36, 0xff, 0, length, 0, 0, 0, 9, 0, 1, 0, 0x85, 1, 0, 9, 0x85,
                                   2,    0,    0, 0,      0, 0, 9, 0} +
                                 ip_of(f));
     }},
    {"tzsp", [](const Bytes& f) { return over_udp(37008, Bytes{1, 0, 0, 1, 0, 10, 1, 0xcc, 1} + f); }},
};

void expect_inner(const Bytes& frame, const std::string& what) {
  Dissected packet;
  ASSERT_EQ(dissect(kEthernet, frame, packet), Kind::kUdp) << what;
  EXPECT_EQ(packet.source, inner_envelope().source) << what;
  EXPECT_EQ(packet.destination, inner_envelope().destination) << what;
  EXPECT_EQ(packet.dscp, 46) << what;
  EXPECT_FALSE(packet.cut_short) << what;
  EXPECT_EQ(as_text(packet.payload), kPayload) << what;
}

TEST(Tunnels, EachGivesThePacketInside) {
  for (const auto& [name, wrap] : kTunnels) expect_inner(wrap(inner_frame()), name);
}

TEST(Tunnels, NestInEachOther) {
  for (const auto& [outer, wrap_outer] : kTunnels)
    for (const auto& [inner, wrap_inner] : kTunnels) {
      // What carries IP alone cannot carry what is none, nor lengths of one byte two of them.
      const Bytes frame = wrap_inner(inner_frame());
      if (frame[12] != 0x08 || frame[13] != 0x00 || frame.size() > 200) continue;
      expect_inner(wrap_outer(frame), outer + " with " + inner);
    }
}

TEST(Tunnels, TooDeepIsMalformed) {
  Bytes frame = inner_frame();
  Dissected packet;
  for (int depth = 1; depth <= 8; ++depth) {
    frame = over_ip(4, ip_of(frame));
    EXPECT_EQ(dissect(kEthernet, frame, packet), Kind::kUdp) << depth;
  }
  for (int depth = 9; depth <= 40; ++depth) {
    frame = over_ip(4, ip_of(frame));
    EXPECT_EQ(dissect(kEthernet, frame, packet), Kind::kMalformed) << depth;
  }
}

// Wherever a capture cuts it off, nothing beyond is looked at (the sanitizers watch), and no payload is whole.
TEST(Tunnels, CutAnywhere) {
  for (const auto& [name, wrap] : kTunnels) {
    const Bytes frame = wrap(inner_frame());
    for (size_t kept = 0; kept < frame.size(); ++kept) {
      const Bytes cut(frame.begin(), frame.begin() + static_cast<ptrdiff_t>(kept));
      Dissected packet;
      if (dissect(kEthernet, cut, packet) != Kind::kUdp) continue;
      const bool is_padding = name == "pppoe" && kept >= frame.size() - 5;
      EXPECT_TRUE(packet.cut_short || is_padding) << name << " at " << kept;
    }
  }
}

// A phone may send its media from and to any port.
TEST(Tunnels, ADatagramWhoseHeaderDoesNotFitIsNoTunnel) {
  const Bytes rtp = Bytes{0x80, 0, 0, 1, 0, 0, 0, 0xa0, 1, 2, 3, 4} + Bytes(160, 0xd5);
  const Bytes sip(as_bytes(kPayload).begin(), as_bytes(kPayload).end());
  for (uint16_t port : {2152, 4789, 4790, 6081, 8472, 37008})
    for (const Bytes& payload : {rtp, sip, Bytes{}, Bytes{0}, Bytes(7, 0x30)}) {
      Dissected packet;
      EXPECT_EQ(dissect(kEthernet, over_udp(port, payload), packet), Kind::kUdp) << port;
      EXPECT_EQ(packet.destination.port, port);
      EXPECT_EQ(packet.payload.size(), payload.size());
    }
}

TEST(Tunnels, WhatTheyCarryBesidesIsIgnored) {
  const Bytes arp = ethernet(0x0806, Bytes(28));
  Dissected packet;
  EXPECT_EQ(dissect(kEthernet, over_udp(4789, Bytes{8, 0, 0, 0, 0, 0, 7, 0} + arp), packet), Kind::kIgnored);
  EXPECT_EQ(dissect(kEthernet, gre({0, 0, 0x88, 0xbe}, arp), packet), Kind::kIgnored);
  EXPECT_EQ(dissect(kEthernet, ethernet(0x8864, {0x11, 0, 0, 9, 0, 2, 0xc0, 0x21}), packet), Kind::kIgnored);
  EXPECT_EQ(dissect(kEthernet, gre({0x20, 0x81, 0x88, 0x0b, 0, 0, 0, 9, 0, 0, 0, 2}, {}), packet),
            Kind::kIgnored);
}

TEST(Tunnels, LinkTypesOfSerialLines) {
  const Bytes ip = ip_of(inner_frame());
  for (auto [type, header] : {std::pair<uint16_t, Bytes>{kPppLink, {0, 0x21}},
                              {kPppHdlc, {0xff, 3, 0, 0x21}},
                              {kCiscoHdlc, {0x0f, 0, 8, 0}}}) {
    Dissected packet;
    ASSERT_TRUE(is_understood(type));
    const Bytes frame = header + ip;
    ASSERT_EQ(dissect(type, frame, packet), Kind::kUdp) << type;
    EXPECT_EQ(as_text(packet.payload), kPayload);
  }
}

}  // namespace
}  // namespace ew::pcap
