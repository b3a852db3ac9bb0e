// HEP between hostile bytes and who uses it: views that lie in the input, packets that are written as they
// were read, and a stream that gives the same packets whatever its pieces.
#include <algorithm>
#include <vector>

#include "base/result.h"
#include "hep/packet.h"
#include "hep/stream.h"
#include "hep/writer.h"

using namespace ew;
using namespace ew::hep;

namespace {

void check_lies_within(ByteView inner, ByteView outer) {
  if (inner.empty()) return;
  EW_CHECK(inner.data() >= outer.data() && inner.data() + inner.size() <= outer.data() + outer.size());
}

void check_equal(const Packet& a, const Packet& b) {
  EW_CHECK(a.ip_protocol == b.ip_protocol && a.source == b.source && a.destination == b.destination);
  EW_CHECK(a.at == b.at && a.payload_type == b.payload_type && a.agent_id == b.agent_id && a.vlan == b.vlan);
  EW_CHECK(a.key == b.key && a.correlation_id == b.correlation_id && a.node_name == b.node_name);
  EW_CHECK(as_text(a.payload) == as_text(b.payload) && a.is_compressed == b.is_compressed);
}

void check_written_again(const Packet& packet) {
  Bytes bytes;
  if (!write(packet, bytes)) return;  // it says more than an agent must, and so may be too long
  Packet again;
  EW_CHECK(parse(bytes, again) == ParseError::kNone);
  check_equal(packet, again);
}

void check_decompressed(Packet packet) {
  Bytes room;
  ByteView before = packet.payload;
  ParseError error = decompress(packet, room);
  EW_CHECK(room.size() <= kMaxPayload);
  EW_CHECK(packet.is_compressed == (error != ParseError::kNone));
  if (error == ParseError::kNone) {
    EW_CHECK(packet.payload.data() == room.data() && packet.payload.size() == room.size());
  } else {
    EW_CHECK(error == ParseError::kCompression || error == ParseError::kTooLong);
    EW_CHECK(packet.payload.data() == before.data() && packet.payload.size() == before.size());
  }
}

void check_packet(ByteView bytes) {
  Packet packet;
  if (parse(bytes, packet) != ParseError::kNone) return;
  EW_CHECK(bytes.size() <= kMaxPacket);
  for (ByteView view :
       {packet.payload, as_bytes(packet.key), as_bytes(packet.correlation_id), as_bytes(packet.node_name)})
    check_lies_within(view, bytes);
  if (packet.at) EW_CHECK(packet.at->ns > 0 && packet.at->ns < (int64_t{1} << 32) * kNsPerSec);
  transport_of(packet);
  EW_CHECK(key_matches(packet, packet.key));
  check_written_again(packet);
  if (packet.is_compressed) check_decompressed(packet);
}

struct Taken : Stream::Taker {
  bool on_packet(ByteView packet) override {
    Packet parsed;
    ParseError error = parse(packet, parsed);
    EW_CHECK(error != ParseError::kTooShort && error != ParseError::kNotHep && error != ParseError::kLength);
    packets.emplace_back(packet.begin(), packet.end());
    size += packet.size();
    return true;
  }
  std::vector<Bytes> packets;
  size_t size = 0;
};

void check_stream(ByteView bytes) {
  Taken whole, pieces;
  Stream one, many;
  Stream::Verdict verdict = one.add(bytes, whole), last = Stream::Verdict::kGood;
  size_t piece = 1 + (bytes.empty() ? 0 : bytes.back() % 64);
  for (size_t at = 0; at < bytes.size(); at += piece) {
    last = many.add(bytes.subspan(at, std::min(piece, bytes.size() - at)), pieces);
    EW_CHECK(many.size() < kMaxPacket);
  }
  EW_CHECK(verdict == last && whole.packets == pieces.packets && one.size() == many.size());
  if (verdict == Stream::Verdict::kGood) EW_CHECK(whole.size + one.size() == bytes.size());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  ByteView bytes(data, size);
  check_packet(bytes);
  check_stream(bytes);
  return 0;
}
