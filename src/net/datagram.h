// What a source hands to the recorder: one UDP datagram, or one whole SIP message taken from a TCP stream.
#pragma once

#include "base/bytes.h"
#include "base/time.h"
#include "net/endpoint.h"

namespace ew {

// Where a datagram came from, so that the same packet is known again when its capture is imported a second time.
// For a message on a TCP stream it is the packet that completed it; `index` counts the messages completed by one packet.
struct PacketRef {
  uint32_t capture = 0;  // number of the capture within this run, 0 for the first
  uint64_t packet = 0;   // number of the packet in its capture, from 1 as packet analysers count
  uint32_t index = 0;
  auto operator<=>(const PacketRef&) const = default;
};

struct Datagram {
  WallTime at;
  PacketRef ref;
  Endpoint source;
  Endpoint destination;
  Transport transport = Transport::kUdp;
  uint16_t vlan = 0;  // inner-most VLAN id, 0 if none
  uint8_t dscp = 0;
  ByteView payload;  // valid only during the call that delivers it
};

}  // namespace ew
