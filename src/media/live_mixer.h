// LiveMixer: the newest seconds of a recording while it goes on, to be heard and to see how loud each voice
// is. What a later rendering does with patience (docs/formats/rendering.md) is done here at once: a packet
// that is out of order is left out, and a stream whose packets come unevenly jumps.
#pragma once

#include <deque>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "media/stream_table.h"
#include "media/worker.h"

namespace ew::media {

// One thread. Its decoders are the worker's, one for each stream with audio.
class LiveMixer {
 public:
  static constexpr uint32_t kRate = 8000;            // Hz
  static constexpr uint32_t kChannels = 2;           // the caller; everybody else
  static constexpr int64_t kKeptNs = 4 * kNsPerSec;  // of sound
  static constexpr int64_t kSlackNs =
      100 * kNsPerMs;  // a packet may be so much earlier or later than its place
  static constexpr int64_t kLevelNs = 400 * kNsPerMs;  // what a level is measured over
  static constexpr size_t kMaxStreams = 64;            // further ones are not heard

  explicit LiveMixer(Worker& worker) : worker_(worker) {}
  ~LiveMixer();
  LiveMixer(const LiveMixer&) = delete;
  LiveMixer& operator=(const LiveMixer&) = delete;

  // Records in the order in which they were stored; packets of streams that were not described before are
  // left out. The error is that of a damaged record or of the worker.
  Status take(const part::Record& record);
  // Decodes what was taken.
  Status flush();
  // Another part begins: it describes its streams anew.
  void begin_part();

  // Samples per channel since the first packet, as far as they are settled.
  int64_t position() const { return settled_; }
  // Interleaved samples [from, position()), and where they begin: later than `from` where that is no longer
  // kept.
  struct Sound {
    int64_t from = 0;
    std::vector<int16_t> samples;
  };
  Sound sound(int64_t from) const;

  struct Level {
    std::string participant;
    std::optional<double> decibels;  // below full scale; nothing: no packet came
  };
  // At a time by the packets' clock.
  std::vector<Level> levels(WallTime now) const;

 private:
  struct Measure {  // of one packet
    WallTime at;
    double square = 0;  // mean, of full scale
  };
  struct Voice {
    std::string participant;
    uint32_t channel = 1;
    DecoderSpec format;
    std::optional<DecoderId> decoder;
    bool has_line = false;
    uint16_t sequence = 0;
    uint32_t timestamp = 0;
    int64_t position = 0;  // of the packet with that timestamp
    struct Waiting {
      WallTime at;
      int64_t position = 0;
      Bytes payload;
    };
    std::vector<Waiting> waiting;
    size_t waiting_bytes = 0;
    std::deque<Measure> measures;
  };

  Status take_rtp(const part::Record& record);
  bool put_on_line(Voice& voice, WallTime at, uint16_t sequence, uint32_t timestamp);
  Status decode(Voice& voice);
  void add(uint32_t channel, int64_t position, std::span<const int16_t> samples);
  void forget_old();

  Worker& worker_;
  StreamTable streams_;
  std::map<uint32_t, Voice> voices_;  // by stream
  std::optional<WallTime> zero_;
  WallTime newest_;
  int64_t settled_ = 0;
  int64_t first_ = 0;         // position of sums_' first frame
  std::deque<int32_t> sums_;  // interleaved
};

}  // namespace ew::media
