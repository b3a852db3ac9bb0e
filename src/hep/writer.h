// HEP packets as bytes, for tests and load.
#pragma once

#include "base/bytes.h"
#include "hep/packet.h"

namespace ew::hep {

// Appends the packet, which borrows nothing from `out`; false, and nothing appended, if it would be longer
// than kMaxPacket. Empty texts and a VLAN of 0 get no chunk. Times are told in microseconds; those beyond
// what the format can tell (1970 to 2106) become the nearest that it can.
[[nodiscard]] bool write(const Packet& packet, Bytes& out);

}  // namespace ew::hep
