// Playback: a recording while somebody listens. Any byte of its WAV file, decrypted and decoded where it is
// asked for, and pictures of its sound and quality. Nothing of it is written anywhere.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "media/range_renderer.h"
#include "node/playback_index.h"

namespace ew::node {

// The recording of a call that most was stored of; nothing if nothing was.
std::optional<RecordingId> best_recording(const db::CallRows& call);

// Makes the index of an ended recording ahead of its first listener, as nobody's act: nothing of it is given
// out.
Status prepare_playback(DataDirectory& data, const db::CallRows& call, RecordingId recording,
                        WorkerSource& workers);

struct Peaks {
  double from = 0, to = 0;  // seconds, of the points made
  size_t points = 0;
  std::vector<int8_t> values;  // per point and channel: least and greatest sample / 256
};

struct QualityPoint {
  uint64_t expected = 0, lost = 0;  // packets
  double jitter_ms = 0;             // the worst
};
struct StreamQuality {
  uint32_t stream = 0;
  std::string participant;
  std::vector<QualityPoint> points;
};
struct Quality {
  double from = 0, to = 0;  // seconds
  std::vector<StreamQuality> streams;
};

// For one listener and one thread; holds at most 64 MiB. `data` and `workers` outlive it.
class Playback {
 public:
  static constexpr size_t kMaxPoints = 20'000;

  // The durable audit event (`act`, `how`, done by `actor`) comes first. The first time, the whole recording
  // is read for its index. kUnsupported where nothing of it can be heard: the message says why.
  static Result<std::unique_ptr<Playback>> open(DataDirectory& data, const db::CallRows& call,
                                                RecordingId recording, const std::string& act,
                                                const std::string& how, WorkerSource& workers,
                                                const std::string& actor = "cli");
  ~Playback();

  uint64_t wav_size() const { return header_.size() + samples() * frame_size_; }
  uint32_t sample_rate() const { return plan().sample_rate; }
  uint64_t samples() const { return plan().samples; }  // per channel
  WallTime start_at() const { return plan().start_at; }
  const std::vector<std::string>& channels() const { return plan().channels; }  // participant of each
  const std::vector<media::RenderNote>& notes() const { return plan().notes; }

  // Fills `out` with the file's bytes from `offset` on; fewer only at its end. Reading on where the last
  // reading ended goes on decoding, another place is looked up. When the worker dies, another one goes on.
  Result<size_t> read(uint64_t offset, ByteSpan out);

  // At most `points` points over [from, to) seconds: fewer where less is known of so short a time.
  Result<Peaks> peaks(double from, double to, size_t points);
  Result<Quality> quality(double from, double to, size_t points);

 private:
  Playback(std::unique_ptr<PlaybackIndex> index, WorkerSource& workers);
  const media::RenderPlan& plan() const { return index_->plan(); }
  Result<size_t> read_samples(uint64_t offset, ByteSpan out);
  Status fill(uint64_t offset);
  Status decode_at(uint64_t offset);

  std::unique_ptr<PlaybackIndex> index_;
  WorkerSource& workers_;
  media::IndexedRecording recording_;
  Bytes header_;
  size_t frame_size_;  // bytes of one sample of all channels
  std::shared_ptr<media::Worker> worker_;
  std::unique_ptr<media::RangeRenderer> renderer_;
  Bytes buffer_;            // decoded and not yet passed
  uint64_t buffer_at_ = 0;  // offset of its first byte behind the header
};

}  // namespace ew::node
