// HEP version 3, also called EEP: how SIP servers and capture agents send a copy of a packet, and what they
// know of it, to a collector (the HEP3 network protocol specification of sipcapture.org). Zero-copy: the
// packet borrows the bytes that it was parsed from.
//
//   hep::Packet packet;
//   hep::ParseError error = hep::parse(bytes, packet);
//   if (error == hep::ParseError::kNone) error = hep::decompress(packet, room);
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/bytes.h"
#include "base/time.h"
#include "net/endpoint.h"

namespace ew::hep {

constexpr size_t kMaxPacket = 65535;       // the total length is a u16
constexpr size_t kMaxPayload = 64 * 1024;  // when decompressed

enum class ParseError : uint8_t {
  kNone,
  kTooShort,  // not even a header
  kNotHep,    // some other protocol
  kVersion1,  // HEP, but a version that is not read
  kVersion2,
  kLength,       // the packet's own length is not that of the datagram
  kChunkLength,  // a chunk is shorter than its header, or runs over the end
  kChunkSize,    // a number or an address of another size than it has
  kFamily,       // neither IPv4 nor IPv6
  kTime,         // a million microseconds or more
  kMissingFamily,
  kMissingSource,  // of the addresses only those of the packet's family count
  kMissingDestination,
  kMissingPayload,
  kCompression,  // a compressed payload that is damaged
  kTooLong,      // a compressed payload of more than kMaxPayload
};
std::string_view name_of(ParseError error);

// Any other value stays what it was.
enum class PayloadType : uint8_t {
  kUnknown = 0,
  kSip = 1,
  kSdp = 3,
  kRtp = 4,
  kRtcpJson = 5,
  kReport = 34,
  kShortReport = 35,
  kSipJson = 50,
  kLog = 100,
};

struct Packet {
  uint8_t ip_protocol = 0;       // see transport_of()
  Endpoint source, destination;  // port 0: not told
  std::optional<WallTime> at;    // when it was captured; nothing where the agent did not tell, or told zero
  PayloadType payload_type = PayloadType::kUnknown;
  uint32_t agent_id = 0;
  uint16_t vlan = 0;
  std::string_view key;  // what the agent authenticates itself with; texts are empty if not there
  std::string_view correlation_id;
  std::string_view node_name;
  ByteView payload;
  bool is_compressed = false;  // zlib or gzip, as it came
};

// One whole packet, and nothing behind it. Chunks of other vendors and of unknown types are skipped; of two
// that say the same the first counts, and a payload counts before a compressed one. `out` has a meaning only
// with kNone.
ParseError parse(ByteView bytes, Packet& out);

// Puts a compressed payload's content into `room`, which must then live as long as the packet. Leaves another
// packet, and one that it fails on, as it is.
ParseError decompress(Packet& packet, Bytes& room);

// Nothing for SCTP and others. Protocol 22 is what Kamailio calls TLS and WebSocket.
std::optional<Transport> transport_of(const Packet& packet);

// In a time that tells nothing of the expected key but its length. An expected key that is empty wants none.
bool key_matches(const Packet& packet, std::string_view expected);

}  // namespace ew::hep
