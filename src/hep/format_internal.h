// The numbers of the format.
#pragma once

#include <cstdint>
#include <string_view>

namespace ew::hep {

constexpr std::string_view kMagic = "HEP3";
constexpr size_t kHeaderSize = 6;       // magic, u16 of the whole length
constexpr size_t kChunkHeaderSize = 6;  // u16 each of vendor, type, and length with this header

constexpr uint16_t kGenericVendor = 0;
// Chunk types of the generic vendor. Higher ones exist, and say nothing that is needed here.
enum ChunkType : uint16_t {
  kFamilyChunk = 0x01,
  kIpProtocolChunk = 0x02,
  kSourceIpv4Chunk = 0x03,
  kDestinationIpv4Chunk = 0x04,
  kSourceIpv6Chunk = 0x05,
  kDestinationIpv6Chunk = 0x06,
  kSourcePortChunk = 0x07,
  kDestinationPortChunk = 0x08,
  kSecondsChunk = 0x09,
  kMicrosecondsChunk = 0x0a,
  kPayloadTypeChunk = 0x0b,
  kAgentIdChunk = 0x0c,
  kKeepAliveChunk = 0x0d,
  kKeyChunk = 0x0e,
  kPayloadChunk = 0x0f,
  kCompressedPayloadChunk = 0x10,
  kCorrelationIdChunk = 0x11,
  kVlanChunk = 0x12,
  kNodeNameChunk = 0x13,
  kChunkTypes,
};

// The values of Linux, which all agents send.
enum Family : uint8_t { kIpv4Family = 2, kIpv6Family = 10 };

}  // namespace ew::hep
