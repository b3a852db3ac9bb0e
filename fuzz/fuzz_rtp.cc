#include "rtp/packet.h"
#include "rtp/stream_statistics.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace ew;
  ByteView bytes(data, size);
  rtp::Packet packet;
  bool parsed = rtp::parse(bytes, packet) == rtp::ParseError::kNone;
  if (parsed &&
      (!rtp::looks_like_rtp(bytes) || packet.header_size + packet.payload.size() + packet.padding != size)) {
    __builtin_trap();
  }
  rtp::parse_telephone_event(bytes);

  // The input once more as a stream: sequence number, timestamp and delay of each packet.
  rtp::StreamStatistics statistics;
  uint64_t added = 0;
  ByteReader reader(bytes);
  for (WallTime at; reader.remaining() >= 7; ++added) {
    uint16_t sequence = reader.u16be();
    uint32_t timestamp = reader.u32be();
    at = at + reader.u8() * 100 * kNsPerMs;
    statistics.add(sequence, timestamp, at, 8000);
    if ((statistics.extended() & 0xffff) != sequence) __builtin_trap();
  }
  if (statistics.packets() + statistics.duplicated() != added) __builtin_trap();
  if (statistics.lost() > added * 0x10000) __builtin_trap();  // an underflow
  return 0;
}
