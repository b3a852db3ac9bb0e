// What a picture of the sound is made of, gathered while the sound goes by: peaks of the samples and quality
// of the streams.
#pragma once

#include <map>
#include <vector>

#include "media/arranger.h"
#include "media/playback_index.h"
#include "media/stream_table.h"
#include "rtp/stream_statistics.h"

namespace ew::media {

// Least and greatest sample per slot and channel of a WAV file that comes in pieces.
class PeakMaker {
 public:
  explicit PeakMaker(const RenderPlan& plan);

  void take(ByteView wav);
  uint64_t position() const { return position_; }  // samples per channel that were taken wholly
  // The peaks of the next slots that were not taken out yet, the unfinished one too; silence beyond what
  // came.
  std::vector<int8_t> take_out(uint64_t slots);

 private:
  void take_sample(int16_t sample);

  size_t channels_;
  uint32_t samples_per_slot_;
  size_t header_left_;  // bytes of the file's head that are still to come
  uint64_t position_ = 0;
  size_t channel_ = 0;         // of the next sample
  uint32_t into_slot_ = 0;     // samples of the newest slot
  std::vector<int8_t> peaks_;  // from the first slot that was not taken out
};

// Packets expected and lost, and jitter, of each audio stream in each second of the rendering.
class QualityMaker {
 public:
  explicit QualityMaker(const RenderPlan& plan) : plan_(plan) {}

  Status take(const part::Record& record);
  // What is known of the seconds before `end` and was not taken out yet, in order of second.
  std::vector<QualitySecond> take_out(uint64_t end);

 private:
  struct Counted {
    rtp::StreamStatistics statistics;
    uint32_t second = 0;             // that is being counted
    uint64_t packets = 0, lost = 0;  // before it
  };
  void finish_second(uint32_t stream, Counted& counted);

  const RenderPlan& plan_;
  StreamTable streams_;
  std::map<uint32_t, Counted> counted_;
  std::multimap<uint32_t, QualitySecond> done_;  // by second
};

}  // namespace ew::media
