// What parent and worker say to each other over their Unix stream socket. Pure: bytes in, struct or error
// out. Both sides treat the other's bytes as hostile: a decoder may have been taken over.
//
// Every message is a 32-bit little-endian length of what follows, then one byte, then the body. All integers
// are little-endian. The parent sends one request and waits for its reply.
//
//   request  body                                                                             reply's body
//   1 open   u32 clock rate, u32 output rate, u8 channels, u8 n + codec, u16 n + parameters    u32 decoder
//   2 decode u32 decoder, u16 count, then per packet: u8 flags (1: ends a run), u16 n + payload
//                                                     per packet u32 samples; then all samples, 16 bits each
//   3 close  u32 decoder                                                                      nothing
//
// A reply's first byte is 0 (done) or 1 + ErrorCode, with the message as body. A request that breaks the
// format is answered with an error; only a length beyond kMaxRequest ends the worker, because what follows
// cannot be found.
#pragma once

#include <span>
#include <variant>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "media/codec.h"

namespace ew::media {

constexpr size_t kMaxRequest = 256 * 1024;     // bytes after the length
constexpr size_t kMaxReply = 8 * 1024 * 1024;  // bytes after the length
constexpr size_t kMaxBatchPackets = 1000;      // packets in one request
constexpr size_t kMaxBatchBytes =
    192 * 1024;  // of payload in one request; 48 samples per byte would still fit a reply
constexpr size_t kMaxDecoders = 4096;  // open at once: one per stream
constexpr size_t kMaxErrorText = 1024;

using DecoderId = uint32_t;

struct EncodedPacket {
  ByteView payload;
  bool ends_run =
      false;  // what resampling still holds is wanted now: the next packet does not follow this one
};

struct OpenRequest {
  DecoderSpec spec;
};
struct DecodeRequest {
  DecoderId decoder = 0;
  std::vector<EncodedPacket> packets;  // views into the request's bytes
};
struct CloseRequest {
  DecoderId decoder = 0;
};
using Request = std::variant<OpenRequest, DecodeRequest, CloseRequest>;

// With the length in front. The fields must be within the bounds above.
Bytes encode(const OpenRequest& request);
Bytes encode_decode(DecoderId decoder, std::span<const EncodedPacket> packets);
Bytes encode(const CloseRequest& request);
// Without the length. Nothing may be left over.
Result<Request> parse_request(ByteView message);

// Samples per packet, and all samples one after the other.
struct Pcm {
  std::vector<uint32_t> counts;
  std::vector<int16_t> samples;
};

// Replies begin as four bytes for the length and one for the status; finish_reply() fills in the length.
Bytes begin_reply();
void finish_reply(Bytes& reply);
Bytes error_reply(const Error& error);
// Without the length: the body, or the error that the worker reported.
Result<ByteView> parse_reply(ByteView message);
Result<Pcm> parse_pcm(ByteView body, size_t packets);

}  // namespace ew::media
