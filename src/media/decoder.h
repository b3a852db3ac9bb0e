// One decoder instance: encoded payloads of one stream in, samples out. Lives in the worker process.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "media/codec.h"

namespace ew::media {

class Decoder {
 public:
  virtual ~Decoder() = default;
  // Appends the mono samples of one payload to `out`. A damaged payload gives none, the state is kept.
  virtual Status decode(ByteView payload, std::vector<int16_t>& out) = 0;
  // Appends what resampling still holds. From the last finish() to this one `out` has got exactly the samples
  // that went in, times output rate over sample rate. What follows begins a new run.
  virtual Status finish(std::vector<int16_t>& out) = 0;
};

using DecoderFactory = std::function<Result<std::unique_ptr<Decoder>>(const DecoderSpec&)>;

// G.711 and G.722 by libavcodec, other output rates by libswresample. kUnsupported names the codec.
Result<std::unique_ptr<Decoder>> create_decoder(const DecoderSpec& spec);

// Silences the libraries and fills their caches, so that later calls need no file. Before the sandbox.
void prepare_decoders();

}  // namespace ew::media
