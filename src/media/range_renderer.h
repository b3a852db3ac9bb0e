// Renders a recording from any place on: the samples of render_wav(), without what lies before.
#pragma once

#include <map>
#include <memory>
#include <vector>

#include "media/indexed_recording.h"
#include "media/lane.h"

namespace ew::media {

// Exactly the samples of the whole rendering where every codec is G.711 of the rendering's rate. A stateful codec
// (G.722) and resampling begin kPreRollNs before the wanted place. By then they have forgotten where they began:
// no sample of the test's recordings differs, but integer arithmetic does not promise the last bit.
class RangeRenderer {
 public:
  static constexpr int64_t kPreRollNs = 2 * kNsPerSec;  // longer than any packet
  static constexpr int64_t kStepNs = kNsPerSec;         // of audio read and decoded at once

  // `sink` gets samples of 16 bits, interleaved, from `first` on. All outlive this object.
  RangeRenderer(IndexedRecording& recording, Worker& worker, uint64_t first, ByteSink sink);

  // Gives out at least the samples before `until`, or all there are. After an error it is of no further use.
  Status render(uint64_t until);

 private:
  Status step();
  const DecoderSpec* intern(const DecoderSpec& format);

  IndexedRecording& recording_;
  const RenderPlan& plan_;
  Worker& worker_;
  Mixer mixer_;
  int64_t next_;                                       // packets that begin before it were read
  std::vector<std::unique_ptr<DecoderSpec>> formats_;  // distinct ones: a handful
  std::map<uint32_t, Lane> lanes_;                     // by stream
};

// The samples [first, first + count), or those of them that there are.
Status render_range(IndexedRecording& recording, Worker& worker, uint64_t first, uint64_t count,
                    const ByteSink& sink);

}  // namespace ew::media
