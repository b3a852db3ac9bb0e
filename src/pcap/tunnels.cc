// What carries packets within packets. A mirror port sees what an operator's network or a cloud puts around
// calls.
#include "pcap/descent_internal.h"

namespace ew::pcap {
namespace {

enum UdpPort : uint16_t {
  kGtpPort = 2152,
  kVxlanPort = 4789,
  kVxlanGpePort = 4790,
  kGenevePort = 6081,
  kOldVxlanPort = 8472,  // of Linux before there was an assigned one
  kTzspPort = 37008,
};

// RTP, RTCP and SRTP begin with version 2 (RFC 3550), and a phone may use any port for them.
bool may_be_rtp(uint8_t first) { return first >> 6 == 2; }

}  // namespace

Kind Descent::tunnel(uint8_t protocol) {
  if (!enter()) return Kind::kMalformed;
  switch (protocol) {
    case kIpInIp:
      return ipv4();
    case kIpv6InIp:
      return ipv6();
    case kGre:
      return gre();
    case kMplsInIp:  // RFC 4023
      return mpls();
    case kEtherIp:  // RFC 3378
      return skip(2) ? ethernet() : Kind::kMalformed;
    default:
      return Kind::kIgnored;
  }
}

// RFC 3032. What a label stands for is agreed between the routers: the packet must tell (RFC 4928).
Kind Descent::mpls() {
  if (!enter()) return Kind::kMalformed;
  for (int labels = 0;; ++labels) {
    if (!has(5) || labels == kMaxLabels) return Kind::kMalformed;
    const bool is_last = bytes_[2] & 1;
    skip(4);
    if (is_last) break;
  }
  switch (bytes_[0] >> 4) {
    case 4:
      return ipv4();
    case 6:
      return ipv6();
    case 0:  // the control word of a pseudowire (RFC 4448)
      return skip(4) ? ethernet() : Kind::kMalformed;
    default:
      return Kind::kIgnored;
  }
}

// RFC 2516.
Kind Descent::pppoe() {
  constexpr uint8_t kVersionAndType = 0x11, kSession = 0;
  if (!has(6)) return Kind::kMalformed;
  if (bytes_[0] != kVersionAndType || bytes_[1] != kSession) return Kind::kIgnored;
  const size_t length = u16(4);
  skip(6);
  set_length(length);
  return ppp();
}

// RFC 1661, also with HDLC's address and control bytes (RFC 1662) and with a protocol field of one byte.
Kind Descent::ppp() {
  enum : uint16_t { kPppIpv4 = 0x0021, kPppIpv6 = 0x0057, kPppMpls = 0x0281, kPppMplsMulticast = 0x0283 };
  if (!enter()) return Kind::kMalformed;
  if (has(2) && u16(0) == 0xff03) skip(2);
  if (!has(1)) return Kind::kMalformed;
  const bool is_short = bytes_[0] & 1;
  if (!is_short && !has(2)) return Kind::kMalformed;
  const uint16_t protocol = is_short ? bytes_[0] : u16(0);
  skip(is_short ? 1 : 2);
  switch (protocol) {
    case kPppIpv4:
      return ipv4();
    case kPppIpv6:
      return ipv6();
    case kPppMpls:
    case kPppMplsMulticast:
      return mpls();
    default:
      return Kind::kIgnored;
  }
}

// RFC 2784, RFC 2890; source routes as RFC 1701 has them are passed over.
Kind Descent::gre() {
  constexpr uint16_t kChecksum = 0x8000, kRoutes = 0x4000, kKey = 0x2000, kSequence = 0x1000, kVersion = 7;
  constexpr int kMaxRoutes = 16;
  if (!has(4)) return Kind::kMalformed;
  const uint16_t flags = u16(0), type = u16(2);
  if ((flags & kVersion) == 1) return enhanced_gre(flags);
  if ((flags & kVersion) != 0) return Kind::kIgnored;
  size_t header = 4;
  if (flags & (kChecksum | kRoutes)) header += 4;
  if (flags & kKey) header += 4;
  if (flags & kSequence) header += 4;
  if (!skip(header)) return Kind::kMalformed;
  if (flags & kRoutes) {
    for (int routes = 0;; ++routes) {
      if (!has(4) || routes == kMaxRoutes) return Kind::kMalformed;
      const bool is_last = u16(0) == 0 && bytes_[3] == 0;
      if (!skip(size_t{4} + bytes_[3])) return Kind::kMalformed;
      if (is_last) break;
    }
  }
  switch (type) {
    case kEtherBridging:
      return ethernet();
    case kEtherErspan:
      // Type I has neither a sequence number nor a header of its own.
      return flags & kSequence ? erspan() : ethernet();
    case kEtherErspan3:
      return erspan3();
    case kEtherPpp:
      return ppp();
    default:
      return ethernet_payload(type);
  }
}

// Of PPTP (RFC 2637).
Kind Descent::enhanced_gre(uint16_t flags) {
  constexpr uint16_t kSequence = 0x1000, kAcknowledgement = 0x0080;
  if (!has(8)) return Kind::kMalformed;
  if (u16(2) != kEtherPpp || !(flags & kSequence)) return Kind::kIgnored;  // an acknowledgement alone
  const size_t length = u16(4);
  if (!skip(flags & kAcknowledgement ? 16 : 12)) return Kind::kMalformed;
  if (length < claimed_) set_length(length);
  return ppp();
}

// draft-foschiano-erspan-03: type II, a header of 8 bytes.
Kind Descent::erspan() {
  if (!has(8)) return Kind::kMalformed;
  if (bytes_[0] >> 4 != 1) return Kind::kIgnored;
  skip(8);
  return ethernet();
}

// Type III: 12 bytes, and 8 more of the platform.
Kind Descent::erspan3() {
  constexpr uint8_t kEthernetFrame = 0, kIpPacket = 2;
  if (!has(12)) return Kind::kMalformed;
  if (bytes_[0] >> 4 != 2) return Kind::kIgnored;
  const uint8_t frame_type = bytes_[10] >> 2 & 0x1f;
  const bool has_more = bytes_[11] & 1;
  if (!skip(has_more ? 20 : 12)) return Kind::kMalformed;
  if (frame_type == kEthernetFrame) return ethernet();
  return frame_type == kIpPacket ? ip_of_any_version() : Kind::kIgnored;
}

// By its port and by a header that fits, since anybody may use these ports for something else: what does not
// fit is a datagram like any other.
bool Descent::is_udp_tunnel() const {
  if (bytes_.empty() || may_be_rtp(bytes_[0])) return false;
  switch (out_.destination.port) {
    case kVxlanPort:
    case kOldVxlanPort:  // RFC 7348: one flag, reserved bits zero
      return has(8) && bytes_[0] == 0x08 && bytes_[1] == 0 && u16(2) == 0 && bytes_[7] == 0;
    case kVxlanGpePort:  // draft-ietf-nvo3-vxlan-gpe: I and P are set
      return has(8) && (bytes_[0] & 0xfc) == 0x0c && u16(1) == 0;
    case kGenevePort:  // RFC 8926: version 0, reserved bits zero
      return has(8) && bytes_[0] >> 6 == 0 && (bytes_[1] & 0x3f) == 0 && bytes_[7] == 0;
    case kGtpPort:  // 3GPP TS 29.281: version 1, GTP and not GTP', a G-PDU
      return has(8) && bytes_[0] >> 4 == 3 && bytes_[1] == 0xff;
    case kTzspPort:  // version 1, a received or sent packet of Ethernet
      return has(4) && bytes_[0] == 1 && bytes_[1] <= 1 && u16(2) == 1;
    default:
      return false;
  }
}

Kind Descent::udp_tunnel() {
  if (!enter()) return Kind::kMalformed;
  switch (out_.destination.port) {
    case kGenevePort:
      return geneve();
    case kGtpPort:
      return gtp();
    case kTzspPort:
      return tzsp();
    default:
      return vxlan();
  }
}

Kind Descent::vxlan() {
  enum : uint8_t { kNextIpv4 = 1, kNextIpv6 = 2, kNextEthernet = 3, kNextMpls = 5 };
  const bool says_next = bytes_[0] & 0x04;
  const uint8_t next = says_next ? bytes_[3] : uint8_t{kNextEthernet};
  skip(8);
  switch (next) {
    case kNextIpv4:
      return ipv4();
    case kNextIpv6:
      return ipv6();
    case kNextEthernet:
      return ethernet();
    case kNextMpls:
      return mpls();
    default:
      return Kind::kIgnored;
  }
}

Kind Descent::geneve() {
  const size_t options = 4 * size_t{static_cast<uint8_t>(bytes_[0] & 0x3f)};
  const uint16_t type = u16(2);
  if (!skip(8 + options)) return Kind::kMalformed;
  return type == kEtherBridging ? ethernet() : ethernet_payload(type);
}

// Its payload is the IP packet of a phone, or nothing that concerns us.
Kind Descent::gtp() {
  constexpr uint8_t kExtension = 4, kAnyOptional = 7;
  constexpr int kMaxExtensions = 8;
  const uint8_t flags = bytes_[0];
  const size_t length = u16(2);
  skip(8);
  if (length < claimed_) set_length(length);
  if (!(flags & kAnyOptional)) return ip_of_any_version();
  if (!has(4)) return Kind::kMalformed;
  uint8_t extension = flags & kExtension ? bytes_[3] : uint8_t{0};
  skip(4);
  for (int extensions = 0; extension != 0; ++extensions) {
    if (!has(1) || bytes_[0] == 0 || extensions == kMaxExtensions) return Kind::kMalformed;
    const size_t size = 4 * size_t{bytes_[0]};
    if (!has(size)) return Kind::kMalformed;
    extension = bytes_[size - 1];
    skip(size);
  }
  return ip_of_any_version();
}

// The mirror of small routers: a list of tags, then the frame.
Kind Descent::tzsp() {
  constexpr uint8_t kPadding = 0, kEnd = 1;
  constexpr int kMaxTags = 64;
  skip(4);
  for (int tags = 0; tags < kMaxTags; ++tags) {
    if (!has(1)) return Kind::kMalformed;
    const uint8_t tag = bytes_[0];
    skip(1);
    if (tag == kPadding) continue;
    if (tag == kEnd) return ethernet();
    if (!has(1) || !skip(size_t{1} + bytes_[0])) return Kind::kMalformed;
  }
  return Kind::kMalformed;
}

}  // namespace ew::pcap
