// Two bytes of link type, then the frame.
#include "pcap/dissect.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace ew;
  if (size < 2) return 0;
  ByteView frame(data + 2, size - 2);
  pcap::Dissected packet;
  pcap::Kind kind = pcap::dissect(static_cast<uint16_t>(data[0] << 8 | data[1]), frame, packet);
  if (kind == pcap::Kind::kIgnored || kind == pcap::Kind::kMalformed) return 0;
  if (!packet.payload.empty() &&
      (packet.payload.data() < frame.data() ||
       packet.payload.data() + packet.payload.size() > frame.data() + frame.size())) {
    __builtin_trap();
  }
  if (kind == pcap::Kind::kFragment) {
    pcap::Dissected whole;
    if (pcap::dissect_transport(packet.fragment.protocol, packet.payload, whole) == pcap::Kind::kFragment)
      __builtin_trap();
  }
  return 0;
}
