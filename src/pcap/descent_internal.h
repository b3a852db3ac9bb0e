// The way down through a captured packet: each layer looks at the bytes, shortens them and calls the next.
// dissect.cc has link, IP and transport layers, tunnels.cc what lies between them.
#pragma once

#include <algorithm>

#include "pcap/byte_order.h"
#include "pcap/dissect.h"

namespace ew::pcap {

enum EtherType : uint16_t {
  kEtherIpv4 = 0x0800,
  kEtherBridging = 0x6558,  // transparent Ethernet bridging (RFC 1701)
  kEtherVlan = 0x8100,
  kEtherIpv6 = 0x86dd,
  kEtherMpls = 0x8847,
  kEtherMplsMulticast = 0x8848,
  kEtherPppoeSession = 0x8864,
  kEtherPpp = 0x880b,
  kEtherServiceVlan = 0x88a8,
  kEtherErspan = 0x88be,  // types I and II
  kEtherErspan3 = 0x22eb,
  kEtherOldServiceVlan = 0x9100,
};

enum Protocol : uint8_t {
  kHopByHop = 0,
  kIpInIp = 4,
  kProtocolTcp = 6,
  kProtocolUdp = 17,
  kIpv6InIp = 41,
  kRouting = 43,
  kFragmentHeader = 44,
  kGre = 47,
  kAuthentication = 51,
  kDestinationOptions = 60,
  kEtherIp = 97,
  kMobility = 135,
  kMplsInIp = 137,
};

// claimed_ is how many bytes the headers say there are: never fewer than bytes_ has, and more where the
// capture kept only a part.
class Descent {
 public:
  Descent(ByteView bytes, Dissected& out) : bytes_(bytes), claimed_(bytes.size()), out_(out) {}

  Kind link(uint16_t link_type);
  Kind above_ip(uint8_t protocol);
  bool is_in_tunnel() const { return tunnels_ > 0; }

 private:
  static constexpr int kMaxVlanTags = 8;
  static constexpr int kMaxLabels = 16;
  static constexpr int kMaxExtensionHeaders = 8;
  static constexpr int kMaxTunnels = 8;

  Kind ethernet();
  Kind behind_ethertype(size_t offset, size_t header);
  Kind ethernet_payload(uint16_t type);
  Kind ip_of_any_version();
  Kind ipv4();
  Kind ipv6();
  Kind ipv6_fragment();
  Kind udp();
  Kind tcp();

  // Tunnels. Addresses of an inner packet replace those of the outer one, as does its VLAN.
  Kind tunnel(uint8_t protocol);
  Kind mpls();
  Kind pppoe();
  Kind ppp();
  Kind gre();
  Kind enhanced_gre(uint16_t flags);
  Kind erspan();
  Kind erspan3();
  bool is_udp_tunnel() const;
  Kind udp_tunnel();
  Kind vxlan();
  Kind geneve();
  Kind gtp();
  Kind tzsp();

  // Every way into another packet goes through here: the bound on how deep they nest.
  bool enter() { return tunnels_++ < kMaxTunnels; }

  // Each of these asks whether `count` bytes are there before it takes them.
  bool has(size_t count) const { return bytes_.size() >= count; }
  bool skip(size_t count) {
    if (!has(count)) return false;
    bytes_ = bytes_.subspan(count);
    claimed_ -= count;
    return true;
  }
  // A header gives its layer's length: what lies behind that is padding.
  void set_length(size_t length) {
    claimed_ = length;
    bytes_ = bytes_.first(std::min(bytes_.size(), length));
  }
  Kind fragment(ByteView piece, const Fragment& fragment) {
    out_.payload = piece;
    out_.fragment = fragment;
    out_.cut_short = piece.size() < claimed_;
    return Kind::kFragment;
  }
  uint16_t u16(size_t offset) const { return be16(bytes_.data() + offset); }

  ByteView bytes_;
  size_t claimed_;
  Dissected& out_;
  int tunnels_ = 0;
};

}  // namespace ew::pcap
