#include "rtp/packet.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace ew;
  rtp::RtcpCompound compound = rtp::parse_rtcp({data, size});
  size_t used = 0;
  for (const rtp::RtcpPacket& packet : compound.packets) used += packet.bytes.size();
  if (used > size || (!compound.malformed && used != size)) __builtin_trap();
  return 0;
}
