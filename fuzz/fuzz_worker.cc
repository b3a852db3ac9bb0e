// The media worker's requests, as a parent that has been taken over would send them: the input is a sequence
// of messages, each with its 16-bit little-endian length in front, answered by one worker in process. Every
// reply must be one that the parent's side accepts.
#include <cstdint>
#include <cstdlib>

#include "media/worker_process.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace ew;
  using namespace ew::media;
  static const bool prepared = (prepare_decoders(), true);
  (void)prepared;
  RequestHandler handler(create_decoder);
  ByteReader reader(ByteView(data, size));
  while (!reader.at_end()) {
    ByteView message = reader.take(reader.u16le());
    Bytes reply = handler.handle(message);
    ByteReader head(reply);
    if (head.u32le() != head.remaining() || head.remaining() > kMaxReply) std::abort();
    auto body = parse_reply(head.rest());
    auto request = parse_request(message);
    if (!request.ok()) {
      if (body.ok()) std::abort();
      continue;
    }
    const auto* decode = std::get_if<DecodeRequest>(&*request);
    if (body.ok() && decode && !parse_pcm(*body, decode->packets.size()).ok()) std::abort();
    (void)parse_pcm(message, size % 8);  // the parent's parser on hostile bytes
  }
  return 0;
}
