// One way that packets of a stream take: an address pair with the marks its packets carry.
#pragma once

#include "net/endpoint.h"

namespace ew {

struct Path {
  Endpoint source, destination;
  uint16_t vlan = 0;  // inner-most VLAN id of the first packet, 0 if none
  uint8_t dscp = 0;   // of the first packet
  bool operator==(const Path&) const = default;
};

}  // namespace ew
