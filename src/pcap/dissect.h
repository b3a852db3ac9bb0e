// What a captured packet holds: from the link layer down to UDP, TCP or an IP fragment, through whatever
// carries the packet (VLAN, MPLS, PPPoE, GRE, ERSPAN, IP in IP, VXLAN, Geneve, GTP-U, TZSP), nested up to a
// bound. Zero-copy, no allocation. Lengths: the smallest of what the capture, IP and UDP say is used; so Ethernet's
// padding never becomes payload, and a packet of which the capture kept only a part says so.
#pragma once

#include <cstdint>

#include "base/bytes.h"
#include "net/endpoint.h"

namespace ew::pcap {

// https://www.tcpdump.org/linktypes.html; 12 and 14 are the DLT values of raw IP that some systems write.
enum LinkType : uint16_t {
  kNull = 0,
  kEthernet = 1,
  kPppLink = 9,
  kRawBsd = 12,
  kRawOpenBsd = 14,
  kPppHdlc = 50,
  kPppoeLink = 51,
  kRaw = 101,
  kCiscoHdlc = 104,
  kLoop = 108,
  kLinuxCooked = 113,
  kIpv4 = 228,
  kIpv6 = 229,
  kLinuxCooked2 = 276,
};
bool is_understood(uint16_t link_type);

enum class Kind : uint8_t {
  kUdp,
  kTcp,
  kFragment,   // of an IP datagram: reassemble, then dissect_transport()
  kIgnored,    // something else than UDP or TCP over IP
  kMalformed,  // headers that contradict themselves or lie beyond the captured bytes
};

enum TcpFlag : uint8_t { kFin = 1, kSyn = 2, kRst = 4 };

struct Fragment {
  uint32_t id = 0;
  uint16_t offset = 0;  // bytes
  bool more = false;
  uint8_t protocol = 0;  // of the whole datagram: the argument of dissect_transport()
};

// Only the members that belong to the kind are set.
struct Dissected {
  Endpoint source, destination;  // of the innermost packet; of a fragment: without ports
  uint16_t vlan = 0;             // inner-most id, 0 if none
  uint8_t dscp = 0;
  bool cut_short = false;  // the capture, or IP, holds less than the headers say
  ByteView payload;        // of UDP or TCP; of a fragment: its piece of the datagram
  uint32_t tcp_sequence = 0;
  uint8_t tcp_flags = 0;
  Fragment fragment;
};

Kind dissect(uint16_t link_type, ByteView frame, Dissected& out);

// The payload of a reassembled IP datagram; `out` holds its addresses. Only what a tunnel in it carries may
// be a fragment again.
Kind dissect_transport(uint8_t protocol, ByteView datagram, Dissected& out);

}  // namespace ew::pcap
