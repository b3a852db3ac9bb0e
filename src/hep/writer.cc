#include "hep/writer.h"

#include <algorithm>

#include "hep/format_internal.h"

namespace ew::hep {
namespace {

class ChunkWriter {
 public:
  explicit ChunkWriter(Bytes& out) : writer_(out) {}

  void u8(ChunkType type, uint8_t value) {
    begin(type, 1);
    writer_.u8(value);
  }
  void u16(ChunkType type, uint16_t value) {
    begin(type, 2);
    writer_.u16be(value);
  }
  void u32(ChunkType type, uint32_t value) {
    begin(type, 4);
    writer_.u32be(value);
  }
  void bytes(ChunkType type, ByteView value) {
    begin(type, value.size());
    writer_.raw(value);
  }
  void text(ChunkType type, std::string_view value) {
    if (!value.empty()) bytes(type, as_bytes(value));
  }

 private:
  void begin(ChunkType type, size_t size) {
    writer_.u16be(kGenericVendor);
    writer_.u16be(type);
    writer_.u16be(static_cast<uint16_t>(kChunkHeaderSize + size));
  }

  ByteWriter writer_;
};

void write_addresses(const Packet& packet, ChunkWriter& chunks) {
  ByteView source = packet.source.ip.bytes, destination = packet.destination.ip.bytes;
  if (packet.source.ip.is_v4() && packet.destination.ip.is_v4()) {
    chunks.u8(kFamilyChunk, kIpv4Family);
    chunks.u8(kIpProtocolChunk, packet.ip_protocol);
    chunks.bytes(kSourceIpv4Chunk, source.last(4));
    chunks.bytes(kDestinationIpv4Chunk, destination.last(4));
  } else {
    chunks.u8(kFamilyChunk, kIpv6Family);
    chunks.u8(kIpProtocolChunk, packet.ip_protocol);
    chunks.bytes(kSourceIpv6Chunk, source);
    chunks.bytes(kDestinationIpv6Chunk, destination);
  }
  chunks.u16(kSourcePortChunk, packet.source.port);
  chunks.u16(kDestinationPortChunk, packet.destination.port);
}

void write_time(WallTime at, ChunkWriter& chunks) {
  constexpr int64_t kLast = UINT32_MAX * kNsPerSec + kNsPerSec - 1;
  int64_t ns = std::clamp<int64_t>(at.ns, 0, kLast);
  chunks.u32(kSecondsChunk, static_cast<uint32_t>(ns / kNsPerSec));
  chunks.u32(kMicrosecondsChunk, static_cast<uint32_t>(ns % kNsPerSec / kNsPerUs));
}

}  // namespace

bool write(const Packet& packet, Bytes& out) {
  size_t texts = packet.key.size() + packet.correlation_id.size() + packet.node_name.size();
  if (texts + packet.payload.size() > kMaxPacket) return false;
  size_t start = out.size();
  ByteWriter header(out);
  header.raw(kMagic);
  header.u16be(0);

  ChunkWriter chunks(out);
  write_addresses(packet, chunks);
  if (packet.at) write_time(*packet.at, chunks);
  chunks.u8(kPayloadTypeChunk, static_cast<uint8_t>(packet.payload_type));
  chunks.u32(kAgentIdChunk, packet.agent_id);
  chunks.text(kKeyChunk, packet.key);
  chunks.text(kCorrelationIdChunk, packet.correlation_id);
  chunks.text(kNodeNameChunk, packet.node_name);
  if (packet.vlan != 0) chunks.u16(kVlanChunk, packet.vlan);
  chunks.bytes(packet.is_compressed ? kCompressedPayloadChunk : kPayloadChunk, packet.payload);

  size_t length = out.size() - start;
  if (length > kMaxPacket) {
    out.resize(start);
    return false;
  }
  out[start + kMagic.size()] = static_cast<uint8_t>(length >> 8);
  out[start + kMagic.size() + 1] = static_cast<uint8_t>(length);
  return true;
}

}  // namespace ew::hep
