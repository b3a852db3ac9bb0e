// Packets for the tests of this module: good ones, and the chunks to make bad ones of.
#pragma once

#include <zlib.h>

#include <initializer_list>
#include <string_view>

#include "base/result.h"
#include "hep/format_internal.h"
#include "hep/writer.h"

namespace ew::hep {

inline Bytes bytes_of(const Packet& packet) {
  Bytes bytes;
  EW_CHECK(write(packet, bytes));
  return bytes;
}

inline Packet sip_packet(std::string_view payload = "OPTIONS sip:alice@example.org SIP/2.0\r\n\r\n") {
  Packet packet;
  packet.ip_protocol = 17;
  packet.source = *Endpoint::parse("192.0.2.1:5060");
  packet.destination = *Endpoint::parse("198.51.100.7:5080");
  packet.at = WallTime::from_us(1'700'000'000'123'456);
  packet.payload_type = PayloadType::kSip;
  packet.agent_id = 2001;
  packet.vlan = 12;
  packet.key = "secret";
  packet.correlation_id = "abc@example.org";
  packet.node_name = "edge-1";
  packet.payload = as_bytes(payload);
  return packet;
}

inline Bytes chunk(uint16_t type, ByteView value, uint16_t vendor = kGenericVendor) {
  Bytes bytes;
  ByteWriter writer(bytes);
  writer.u16be(vendor);
  writer.u16be(type);
  writer.u16be(static_cast<uint16_t>(kChunkHeaderSize + value.size()));
  writer.raw(value);
  return bytes;
}

inline Bytes packet_of(std::initializer_list<Bytes> chunks) {
  Bytes bytes;
  ByteWriter writer(bytes);
  writer.raw(kMagic);
  writer.u16be(0);
  for (const Bytes& each : chunks) writer.raw(each);
  bytes[4] = static_cast<uint8_t>(bytes.size() >> 8);
  bytes[5] = static_cast<uint8_t>(bytes.size());
  return bytes;
}

enum class Wrapping { kZlib = MAX_WBITS, kGzip = 16 + MAX_WBITS, kNone = -MAX_WBITS };

inline Bytes compressed(ByteView plain, Wrapping wrapping) {
  z_stream zlib{};
  EW_CHECK(deflateInit2(&zlib, 6, Z_DEFLATED, static_cast<int>(wrapping), 8, Z_DEFAULT_STRATEGY) == Z_OK);
  Bytes out(deflateBound(&zlib, plain.size()));
  zlib.next_in = const_cast<uint8_t*>(plain.data());
  zlib.avail_in = static_cast<uInt>(plain.size());
  zlib.next_out = out.data();
  zlib.avail_out = static_cast<uInt>(out.size());
  EW_CHECK(deflate(&zlib, Z_FINISH) == Z_STREAM_END);
  out.resize(zlib.total_out);
  deflateEnd(&zlib);
  return out;
}

}  // namespace ew::hep
