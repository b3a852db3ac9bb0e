// Two bytes of link type, then the frame.
#include "pcap/dissect.h"

namespace {

constexpr uint8_t kIpv6FragmentHeader = 44;

bool lies_in(ew::ByteView part, ew::ByteView whole) {
  return part.empty() ||
         (part.data() >= whole.data() && part.data() + part.size() <= whole.data() + whole.size());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace ew;
  if (size < 2) return 0;
  ByteView frame(data + 2, size - 2);
  pcap::Dissected packet;
  pcap::Kind kind = pcap::dissect(static_cast<uint16_t>(data[0] << 8 | data[1]), frame, packet);
  if (kind == pcap::Kind::kIgnored || kind == pcap::Kind::kMalformed) return 0;
  if (!lies_in(packet.payload, frame)) __builtin_trap();
  // As if each fragment were all of its datagram: only a tunnel's has a fragment in it, and a smaller one.
  while (kind == pcap::Kind::kFragment) {
    const ByteView datagram = packet.payload;
    const uint8_t protocol = packet.fragment.protocol;
    kind = pcap::dissect_transport(protocol, datagram, packet);
    if (kind != pcap::Kind::kFragment) break;
    const bool is_smaller = packet.payload.size() < datagram.size();
    if (!lies_in(packet.payload, datagram) || !is_smaller || protocol == kIpv6FragmentHeader) __builtin_trap();
  }
  return 0;
}
