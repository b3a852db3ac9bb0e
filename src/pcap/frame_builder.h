// Ethernet frames around a payload, as an exporter rebuilds them: the link and IP headers of what was
// recorded are kept as addresses, ports, VLAN and DSCP. Checksums are valid; MAC addresses are made up from
// the IP addresses.
#pragma once

#include <cstdint>

#include "base/bytes.h"
#include "net/endpoint.h"

namespace ew::pcap {

struct Envelope {
  Endpoint source, destination;
  uint8_t dscp = 0;
  uint16_t vlan = 0;  // 0: no tag
};

// The largest payloads that one IP datagram takes. A longer one must be divided (TCP) or cannot have been
// (UDP).
constexpr size_t kMaxUdpPayload = 65507;
constexpr size_t kMaxUdpPayloadIpv6 = 65527;
constexpr size_t kMaxTcpPayload = 65495;

// Replaces `frame`. The payload is at most the maximum above.
void build_udp_frame(const Envelope& envelope, ByteView payload, Bytes& frame);

// A segment with PSH and ACK. The caller keeps the numbers of both directions: `sequence` is that of the
// payload's first byte, `acknowledgement` the next that is expected from the other side.
void build_tcp_frame(const Envelope& envelope, uint32_t sequence, uint32_t acknowledgement, ByteView payload,
                     Bytes& frame);

}  // namespace ew::pcap
