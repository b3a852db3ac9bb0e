#include "media/worker_protocol.h"

#include <bit>
#include <cstring>

#include "base/text.h"

namespace ew::media {
namespace {

enum RequestKind : uint8_t { kOpen = 1, kDecode = 2, kClose = 3 };
constexpr uint8_t kEndsRun = 1;
constexpr size_t kLengthSize = 4;

Bytes begin(uint8_t first) { return Bytes{0, 0, 0, 0, first}; }

void set_length(Bytes& message) {
  auto length = static_cast<uint32_t>(message.size() - kLengthSize);
  for (size_t i = 0; i < kLengthSize; ++i) message[i] = static_cast<uint8_t>(length >> (8 * i));
}

Error broken(const char* what) {
  return Error(ErrorCode::kInvalid, std::string("media worker protocol: ") + what);
}

Result<Request> parse_open(ByteReader& reader) {
  OpenRequest request;
  request.spec.clock_rate = reader.u32le();
  request.spec.output_rate = reader.u32le();
  request.spec.channels = reader.u8();
  request.spec.codec = as_text(reader.take(reader.u8()));
  request.spec.parameters = as_text(reader.take(reader.u16le()));
  return Request(std::move(request));
}

Result<Request> parse_decode(ByteReader& reader) {
  DecodeRequest request;
  request.decoder = reader.u32le();
  size_t count = reader.u16le();
  if (count > kMaxBatchPackets) return broken("too many packets in one request");
  size_t bytes = 0;
  request.packets.reserve(count);
  for (size_t i = 0; i < count && !reader.failed(); ++i) {
    EncodedPacket packet;
    packet.ends_run = reader.u8() & kEndsRun;
    packet.payload = reader.take(reader.u16le());
    bytes += packet.payload.size();
    request.packets.push_back(packet);
  }
  if (bytes > kMaxBatchBytes) return broken("too many bytes in one request");
  return Request(std::move(request));
}

Result<Request> parse_by_kind(ByteReader& reader) {
  switch (reader.u8()) {
    case kOpen:
      return parse_open(reader);
    case kDecode:
      return parse_decode(reader);
    case kClose:
      return Request(CloseRequest{reader.u32le()});
    default:
      return broken("unknown request");
  }
}

}  // namespace

Bytes encode(const OpenRequest& request) {
  Bytes message = begin(kOpen);
  ByteWriter writer(message);
  writer.u32le(request.spec.clock_rate);
  writer.u32le(request.spec.output_rate);
  writer.u8(request.spec.channels);
  EW_CHECK(request.spec.codec.size() <= UINT8_MAX && request.spec.parameters.size() <= UINT16_MAX);
  writer.u8(static_cast<uint8_t>(request.spec.codec.size()));
  writer.raw(request.spec.codec);
  writer.u16le(static_cast<uint16_t>(request.spec.parameters.size()));
  writer.raw(request.spec.parameters);
  set_length(message);
  return message;
}

Bytes encode_decode(DecoderId decoder, std::span<const EncodedPacket> packets) {
  EW_CHECK(packets.size() <= kMaxBatchPackets);
  Bytes message = begin(kDecode);
  ByteWriter writer(message);
  writer.u32le(decoder);
  writer.u16le(static_cast<uint16_t>(packets.size()));
  for (const EncodedPacket& packet : packets) {
    EW_CHECK(packet.payload.size() <= kMaxPayload);
    writer.u8(packet.ends_run ? kEndsRun : 0);
    writer.u16le(static_cast<uint16_t>(packet.payload.size()));
    writer.raw(packet.payload);
  }
  EW_CHECK(message.size() <= kMaxRequest);
  set_length(message);
  return message;
}

Bytes encode(const CloseRequest& request) {
  Bytes message = begin(kClose);
  ByteWriter(message).u32le(request.decoder);
  set_length(message);
  return message;
}

Result<Request> parse_request(ByteView message) {
  ByteReader reader(message);
  Request request = TRY(parse_by_kind(reader));
  if (reader.failed()) return broken("a request ends too early");
  if (!reader.at_end()) return broken("a request is too long");
  return request;
}

Bytes begin_reply() { return begin(0); }

void finish_reply(Bytes& reply) { set_length(reply); }

Bytes error_reply(const Error& error) {
  Bytes reply = begin(static_cast<uint8_t>(1 + static_cast<int>(error.code())));
  ByteWriter(reply).raw(std::string_view(error.message()).substr(0, kMaxErrorText));
  set_length(reply);
  return reply;
}

Result<ByteView> parse_reply(ByteView message) {
  if (message.empty()) return broken("an empty reply");
  ByteView body = message.subspan(1);
  if (message[0] == 0) return body;
  if (message[0] > 1 + static_cast<int>(ErrorCode::kInternal)) return broken("an unknown error");
  return Error(static_cast<ErrorCode>(message[0] - 1), printable(as_text(body), kMaxErrorText));
}

Result<Pcm> parse_pcm(ByteView body, size_t packets) {
  ByteReader reader(body);
  Pcm pcm;
  pcm.counts.reserve(packets);
  uint64_t total = 0;
  for (size_t i = 0; i < packets; ++i) {
    pcm.counts.push_back(reader.u32le());
    total += pcm.counts.back();
  }
  if (reader.failed() || reader.remaining() != total * sizeof(int16_t))
    return broken("a reply of the wrong length");
  pcm.samples.resize(total);
  static_assert(std::endian::native == std::endian::little, "samples travel as the machine keeps them");
  if (total > 0) std::memcpy(pcm.samples.data(), reader.rest().data(), reader.remaining());
  return pcm;
}

}  // namespace ew::media
