#include "hep/packet.h"

#include <array>

#include "crypto/crypto.h"
#include "hep/format_internal.h"

namespace ew::hep {
namespace {

// Sizes that a chunk's value must have, by type; 0 for any.
constexpr std::array<uint8_t, kChunkTypes> kValueSizes = {
    0, 1, 1, 4, 4, 16, 16, 2, 2, 4, 4, 1, 4, 2, 0, 0, 0, 0, 2, 0,
};

// What the chunks of one packet say, the first of each type.
class Chunks {
 public:
  ParseError read(ByteView bytes) {
    ByteReader reader(bytes);
    while (!reader.at_end()) {
      uint16_t vendor = reader.u16be();
      uint16_t type = reader.u16be();
      uint16_t length = reader.u16be();
      if (reader.failed() || length < kChunkHeaderSize) return ParseError::kChunkLength;
      ByteView value = reader.take(length - kChunkHeaderSize);
      if (reader.failed()) return ParseError::kChunkLength;
      if (vendor != kGenericVendor || type >= kChunkTypes) continue;
      if (kValueSizes[type] != 0 && value.size() != kValueSizes[type]) return ParseError::kChunkSize;
      if (!values_[type]) values_[type] = value;
    }
    return ParseError::kNone;
  }

  bool has(ChunkType type) const { return values_[type].has_value(); }
  ByteView bytes(ChunkType type) const { return values_[type].value_or(ByteView{}); }
  std::string_view text(ChunkType type) const { return as_text(bytes(type)); }
  uint32_t number(ChunkType type) const {
    uint32_t value = 0;
    for (uint8_t byte : bytes(type)) value = value << 8 | byte;
    return value;
  }

 private:
  std::array<std::optional<ByteView>, kChunkTypes> values_;
};

// Version 1 and 2 begin with their number and the size of a binary header with the addresses; version 2 has a
// time behind it, which not all agents count.
bool is_old_version(ByteView bytes, uint8_t version) {
  constexpr uint8_t kSmallestHeader = 16, kLargestHeader = 52;
  return bytes.size() >= kSmallestHeader && bytes[0] == version && bytes[1] >= kSmallestHeader &&
         bytes[1] <= kLargestHeader;
}

ParseError check_header(ByteView bytes) {
  if (is_old_version(bytes, 1)) return ParseError::kVersion1;
  if (is_old_version(bytes, 2)) return ParseError::kVersion2;
  if (bytes.size() < kHeaderSize) return ParseError::kTooShort;
  ByteReader reader(bytes);
  if (as_text(reader.take(kMagic.size())) != kMagic) return ParseError::kNotHep;
  return reader.u16be() == bytes.size() ? ParseError::kNone : ParseError::kLength;
}

ParseError read_addresses(const Chunks& chunks, Packet& out) {
  if (!chunks.has(kFamilyChunk)) return ParseError::kMissingFamily;
  uint32_t family = chunks.number(kFamilyChunk);
  if (family != kIpv4Family && family != kIpv6Family) return ParseError::kFamily;
  bool is_v4 = family == kIpv4Family;
  ChunkType source = is_v4 ? kSourceIpv4Chunk : kSourceIpv6Chunk;
  ChunkType destination = is_v4 ? kDestinationIpv4Chunk : kDestinationIpv6Chunk;
  if (!chunks.has(source)) return ParseError::kMissingSource;
  if (!chunks.has(destination)) return ParseError::kMissingDestination;
  auto address = is_v4 ? &IpAddress::v4 : &IpAddress::v6;
  out.source = {address(chunks.bytes(source)), static_cast<uint16_t>(chunks.number(kSourcePortChunk))};
  out.destination = {address(chunks.bytes(destination)),
                     static_cast<uint16_t>(chunks.number(kDestinationPortChunk))};
  return ParseError::kNone;
}

ParseError read_time(const Chunks& chunks, Packet& out) {
  int64_t seconds = chunks.number(kSecondsChunk), microseconds = chunks.number(kMicrosecondsChunk);
  if (microseconds >= 1'000'000) return ParseError::kTime;
  out.at.reset();
  if (seconds != 0) out.at = WallTime{seconds * kNsPerSec + microseconds * kNsPerUs};
  return ParseError::kNone;
}

ParseError read_payload(const Chunks& chunks, Packet& out) {
  out.is_compressed = !chunks.has(kPayloadChunk);
  ChunkType type = out.is_compressed ? kCompressedPayloadChunk : kPayloadChunk;
  if (!chunks.has(type)) return ParseError::kMissingPayload;
  out.payload = chunks.bytes(type);
  return ParseError::kNone;
}

}  // namespace

std::string_view name_of(ParseError error) {
  switch (error) {
    case ParseError::kNone:
      return "none";
    case ParseError::kTooShort:
      return "too short";
    case ParseError::kNotHep:
      return "not HEP";
    case ParseError::kVersion1:
      return "HEP version 1";
    case ParseError::kVersion2:
      return "HEP version 2";
    case ParseError::kLength:
      return "wrong length";
    case ParseError::kChunkLength:
      return "wrong length of a chunk";
    case ParseError::kChunkSize:
      return "wrong size of a value";
    case ParseError::kFamily:
      return "unknown address family";
    case ParseError::kTime:
      return "impossible time";
    case ParseError::kMissingFamily:
      return "no address family";
    case ParseError::kMissingSource:
      return "no source address";
    case ParseError::kMissingDestination:
      return "no destination address";
    case ParseError::kMissingPayload:
      return "no payload";
    case ParseError::kCompression:
      return "damaged compression";
    case ParseError::kTooLong:
      return "decompressed payload too long";
  }
  return "unknown";
}

ParseError parse(ByteView bytes, Packet& out) {
  ParseError error = check_header(bytes);
  if (error != ParseError::kNone) return error;
  Chunks chunks;
  error = chunks.read(bytes.subspan(kHeaderSize));
  if (error == ParseError::kNone) error = read_addresses(chunks, out);
  if (error == ParseError::kNone) error = read_time(chunks, out);
  if (error == ParseError::kNone) error = read_payload(chunks, out);
  if (error != ParseError::kNone) return error;

  out.ip_protocol = static_cast<uint8_t>(chunks.number(kIpProtocolChunk));
  out.payload_type = static_cast<PayloadType>(chunks.number(kPayloadTypeChunk));
  out.agent_id = chunks.number(kAgentIdChunk);
  out.vlan = static_cast<uint16_t>(chunks.number(kVlanChunk));
  out.key = chunks.text(kKeyChunk);
  out.correlation_id = chunks.text(kCorrelationIdChunk);
  out.node_name = chunks.text(kNodeNameChunk);
  return ParseError::kNone;
}

std::optional<Transport> transport_of(const Packet& packet) {
  constexpr uint8_t kTcp = 6, kUdp = 17, kKamailioTls = 22;
  switch (packet.ip_protocol) {
    case kTcp:
      return Transport::kTcp;
    case kUdp:
      return Transport::kUdp;
    case kKamailioTls:
      return Transport::kTls;
    default:
      return std::nullopt;
  }
}

bool key_matches(const Packet& packet, std::string_view expected) {
  return crypto::equal_constant_time(as_bytes(packet.key), as_bytes(expected));
}

}  // namespace ew::hep
