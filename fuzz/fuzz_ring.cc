#include "capture/ring_block.h"

#include "pcap/dissect.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace ew;
  if (size == 0) return 0;
  Bytes memory(data + 1, data + size);
  const auto link = data[0] & 1 ? capture::LinkLayer::kCooked : capture::LinkLayer::kEthernet;
  capture::RingBlock block(memory, link);
  capture::RingPacket packet;
  size_t packets = 0;
  while (block.next(packet)) {
    const uint8_t* begin = packet.frame.data();
    if (begin < memory.data() || begin + packet.frame.size() > memory.data() + memory.size())
      __builtin_trap();
    pcap::Dissected out;
    pcap::dissect(packet.link_type, packet.frame, out);
    // Packets may be told to lie in each other, but each is a step on.
    if (++packets > memory.size()) __builtin_trap();
  }
  return 0;
}
