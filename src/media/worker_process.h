// The worker's side: a process that decodes and can do nothing else. `earwitness media-worker` calls
// worker_main().
#pragma once

#include <map>
#include <memory>

#include "media/decoder.h"
#include "media/worker_protocol.h"

namespace ew::media {

constexpr int kWorkerFd = 3;  // where Worker::start() puts the worker's end of the socket pair

// Enters the sandbox and answers requests from `fd` until the parent closes its end. The exit code: 0 done, 1
// the sandbox could not be entered or the parent broke the protocol. `factory` is another one in tests only.
int worker_main(int fd, const DecoderFactory& factory = create_decoder);

// The requests of one worker, answered in process: what worker_main() runs, and what the fuzzer feeds.
class RequestHandler {
 public:
  explicit RequestHandler(DecoderFactory factory) : factory_(std::move(factory)) {}
  // One message without its length; the reply has its length in front.
  Bytes handle(ByteView message);

 private:
  Result<Bytes> answer(const OpenRequest& request);
  Result<Bytes> answer(const DecodeRequest& request);
  Result<Bytes> answer(const CloseRequest& request);

  DecoderFactory factory_;
  std::map<DecoderId, std::unique_ptr<Decoder>> decoders_;
  DecoderId next_ = 1;
  std::vector<int16_t> samples_;  // of one request; kept for its capacity
};

}  // namespace ew::media
