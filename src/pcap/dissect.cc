#include "pcap/dissect.h"

#include "pcap/descent_internal.h"

namespace ew::pcap {

Kind Descent::link(uint16_t link_type) {
  switch (link_type) {
    case kEthernet:
      return ethernet();
    case kLinuxCooked:
      return behind_ethertype(14, 16);
    case kLinuxCooked2:
      return behind_ethertype(0, 20);
    case kCiscoHdlc:
      return behind_ethertype(2, 4);
    case kPppLink:
    case kPppHdlc:
      return ppp();
    case kPppoeLink:
      return pppoe();
    // The address family's numbers differ between systems, in either byte order: the IP version tells the
    // same.
    case kNull:
    case kLoop:
      return skip(4) ? ip_of_any_version() : Kind::kMalformed;
    case kRaw:
    case kRawBsd:
    case kRawOpenBsd:
    case kIpv4:
    case kIpv6:
      return ip_of_any_version();
    default:
      return Kind::kIgnored;
  }
}

Kind Descent::ethernet() { return behind_ethertype(12, 14); }

// A header of so many bytes, with the EtherType of what follows at `offset`.
Kind Descent::behind_ethertype(size_t offset, size_t header) {
  if (!has(header)) return Kind::kMalformed;
  uint16_t type = u16(offset);
  skip(header);
  return ethernet_payload(type);
}

Kind Descent::ethernet_payload(uint16_t type) {
  for (int tags = 0; type == kEtherVlan || type == kEtherServiceVlan || type == kEtherOldServiceVlan;
       ++tags) {
    if (!has(4) || tags == kMaxVlanTags) return Kind::kMalformed;
    out_.vlan = u16(0) & 0x0fff;
    type = u16(2);
    skip(4);
  }
  switch (type) {
    case kEtherIpv4:
      return ipv4();
    case kEtherIpv6:
      return ipv6();
    case kEtherMpls:
    case kEtherMplsMulticast:
      return mpls();
    case kEtherPppoeSession:
      return pppoe();
    default:
      return Kind::kIgnored;
  }
}

Kind Descent::ip_of_any_version() {
  if (!has(1)) return Kind::kMalformed;
  switch (bytes_[0] >> 4) {
    case 4:
      return ipv4();
    case 6:
      return ipv6();
    default:
      return Kind::kIgnored;
  }
}

Kind Descent::ipv4() {
  if (!has(20) || bytes_[0] >> 4 != 4) return Kind::kMalformed;
  size_t header = 4 * (bytes_[0] & 0x0f);
  size_t total = u16(2);
  // Segmentation offload writes the length only on the way to the wire: then all that was captured belongs to
  // it.
  if (total == 0) total = bytes_.size();
  if (header < 20 || total < header || !has(header)) return Kind::kMalformed;
  set_length(total);

  out_.dscp = bytes_[1] >> 2;
  out_.source.ip = IpAddress::v4(bytes_.subspan(12, 4));
  out_.destination.ip = IpAddress::v4(bytes_.subspan(16, 4));
  uint8_t protocol = bytes_[9];
  uint16_t id = u16(4), flags_offset = u16(6);
  skip(header);
  bool more = flags_offset & 0x2000;
  auto offset = static_cast<uint16_t>((flags_offset & 0x1fff) * 8);
  if (more || offset != 0) return fragment(bytes_, {id, offset, more, protocol});
  return above_ip(protocol);
}

Kind Descent::ipv6() {
  if (!has(40) || bytes_[0] >> 4 != 6) return Kind::kMalformed;
  size_t length = u16(4);
  if (length == 0) length = bytes_.size() - 40;  // a jumbogram, or offload
  set_length(40 + length);

  out_.dscp = static_cast<uint8_t>(u16(0) >> 6 & 0x3f);
  out_.source.ip = IpAddress::v6(bytes_.subspan(8, 16));
  out_.destination.ip = IpAddress::v6(bytes_.subspan(24, 16));
  uint8_t protocol = bytes_[6];
  skip(40);
  return above_ip(protocol);
}

Kind Descent::above_ip(uint8_t protocol) {
  for (int headers = 0; headers < kMaxExtensionHeaders; ++headers) {
    size_t length = 0;
    switch (protocol) {
      case kProtocolUdp:
        return udp();
      case kProtocolTcp:
        return tcp();
      case kHopByHop:
      case kRouting:
      case kDestinationOptions:
      case kMobility:
        if (!has(2)) return Kind::kMalformed;
        length = 8 * (bytes_[1] + size_t{1});
        break;
      case kAuthentication:
        if (!has(2)) return Kind::kMalformed;
        length = 4 * (bytes_[1] + size_t{2});
        break;
      case kFragmentHeader:
        if (!has(8)) return Kind::kMalformed;
        if (u16(2) & 0xfff9) return ipv6_fragment();
        length = 8;  // an atomic fragment (RFC 6946) is a whole datagram
        break;
      default:
        return tunnel(protocol);
    }
    protocol = bytes_[0];
    if (!skip(length)) return Kind::kMalformed;
  }
  return Kind::kMalformed;
}

Kind Descent::ipv6_fragment() {
  uint16_t offset_more = u16(2);
  Fragment head{be32(bytes_.data() + 4), static_cast<uint16_t>(offset_more & 0xfff8), (offset_more & 1) != 0,
                bytes_[0]};
  skip(8);
  return fragment(bytes_, head);
}

Kind Descent::udp() {
  if (!has(8)) return Kind::kMalformed;
  out_.source.port = u16(0);
  out_.destination.port = u16(2);
  size_t length = u16(4);
  if (length == 0) length = claimed_;  // a jumbogram, or offload
  if (length < 8) return Kind::kMalformed;
  set_length(length);
  skip(8);
  if (is_udp_tunnel()) return udp_tunnel();
  out_.payload = bytes_;
  out_.cut_short = bytes_.size() < claimed_;
  return Kind::kUdp;
}

Kind Descent::tcp() {
  if (!has(20)) return Kind::kMalformed;
  size_t header = 4 * (bytes_[12] >> 4);
  if (header < 20 || !has(header)) return Kind::kMalformed;
  out_.source.port = u16(0);
  out_.destination.port = u16(2);
  out_.tcp_sequence = be32(bytes_.data() + 4);
  out_.tcp_flags = bytes_[13];
  skip(header);
  out_.payload = bytes_;
  out_.cut_short = bytes_.size() < claimed_;
  return Kind::kTcp;
}

bool is_understood(uint16_t link_type) {
  switch (link_type) {
    case kNull:
    case kEthernet:
    case kRawBsd:
    case kRawOpenBsd:
    case kRaw:
    case kLoop:
    case kLinuxCooked:
    case kIpv4:
    case kIpv6:
    case kLinuxCooked2:
    case kPppLink:
    case kPppHdlc:
    case kPppoeLink:
    case kCiscoHdlc:
      return true;
    default:
      return false;
  }
}

Kind dissect(uint16_t link_type, ByteView frame, Dissected& out) {
  out.vlan = 0;
  return Descent(frame, out).link(link_type);
}

Kind dissect_transport(uint8_t protocol, ByteView datagram, Dissected& out) {
  Descent descent(datagram, out);
  Kind kind = descent.above_ip(protocol);
  return kind == Kind::kFragment && !descent.is_in_tunnel() ? Kind::kMalformed : kind;
}

}  // namespace ew::pcap
