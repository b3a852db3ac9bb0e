// LiveSound: a recording that goes on, heard while it is made. The recorder seals what it stores and decodes
// nothing; here the newest sealed frames are opened as they become durable, and only of what somebody
// watches.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "media/live_mixer.h"
#include "node/data_directory.h"
#include "node/playback_index.h"

namespace ew::node {

// The sealed media of a recording where its recorder writes it. Any thread.
class OpenRecording {
 public:
  static constexpr size_t kMaxFrames = 256;  // given at once

  virtual ~OpenRecording() = default;
  // The media part that is written now. kNotFound: none is, the recording is paused or has ended.
  virtual Result<PartId> part() = 0;
  struct Frames {
    Bytes header;               // of the part, as PartReader wants it
    uint64_t total = 0;         // frames that are acknowledged
    bool has_ended = false;     // no more will come
    std::vector<Bytes> frames;  // from the first that was asked for on, at most kMaxFrames
  };
  // kNotFound: the part is stored in the vault by now.
  virtual Result<Frames> read(PartId part, uint64_t first) = 0;
};

// One thread.
class LiveSound {
 public:
  // The durable audit event is the caller's. `data` outlives it.
  LiveSound(DataDirectory& data, std::unique_ptr<OpenRecording> recording,
            std::shared_ptr<media::Worker> worker)
      : data_(data), recording_(std::move(recording)), worker_(std::move(worker)), mixer_(*worker_) {}

  // Takes what became durable since. Begins with the newest second or so: what was said before is not needed.
  // kNotFound: nothing is written now.
  Status advance();
  const media::LiveMixer& mixer() const { return mixer_; }
  // False: the worker has died, and this is of no further use.
  bool alive() const { return worker_->alive(); }

 private:
  static constexpr uint64_t kBackFrames = 3;  // of 0.4 s

  Status follow(PartId part, uint64_t first);
  Status open_reader(ByteView header);
  Status take_frame(ByteView frame);
  Status read_descriptions();

  DataDirectory& data_;
  std::unique_ptr<OpenRecording> recording_;
  std::shared_ptr<media::Worker> worker_;
  media::LiveMixer mixer_;
  std::optional<PartId> part_;
  std::optional<part::PartReader> reader_;
  uint64_t next_ = 0;             // frame of part_
  uint64_t described_until_ = 0;  // frames before were looked through for descriptions of streams
};

}  // namespace ew::node
