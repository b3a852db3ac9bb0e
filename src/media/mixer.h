// Adds samples that come in any order near one place, and gives them out interleaved, in order, each once.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/result.h"
#include "media/record_source.h"

namespace ew::media {

class Mixer {
 public:
  // Gives out exactly the samples [start, length) of each channel.
  Mixer(uint32_t channels, int64_t start, int64_t length, ByteSink sink);

  // Sums with what is there. What lies before advance()'s last position or beyond the length is cut off.
  void add(uint32_t channel, int64_t position, std::span<const int16_t> samples);
  // Gives out everything before `position`; where nothing was added, silence.
  Status advance(int64_t position);
  Status finish() { return advance(length_); }
  int64_t position() const { return start_; }  // of the next sample that is given out

 private:
  Status emit(size_t frames);
  Status emit_silence(int64_t frames);

  uint32_t channels_;
  int64_t length_;
  ByteSink sink_;
  int64_t start_;              // position of sums_' first frame
  std::vector<int32_t> sums_;  // interleaved
  Bytes out_;
};

}  // namespace ew::media
