// One stream on its way through the worker into the mixer.
#pragma once

#include <vector>

#include "media/mixer.h"
#include "media/timeline.h"
#include "media/worker.h"

namespace ew::media {

// Packets wait here to share a round trip. Its decoder is the worker's until the lane is destroyed.
class Lane {
 public:
  // Audio of one stream that comes so long after what was before is decoded by a decoder that knows nothing
  // of it: so a place can be decoded from a little before it, and what was said before a hold does not colour
  // what comes after.
  static constexpr int64_t kForgetNs = kNsPerSec;

  Lane(uint32_t channel, uint32_t rate, Worker& worker, Mixer& mixer)
      : channel_(channel), rate_(rate), worker_(worker), mixer_(mixer) {}
  ~Lane();
  Lane(const Lane&) = delete;
  Lane& operator=(const Lane&) = delete;

  // In order of position. The packet's format outlives the lane.
  Status take(TimedPacket&& packet, const Placement& placement);
  Status flush();
  // Nothing more will come before `settled`: a run that stopped there gives out what its resampling still
  // holds.
  Status settle(int64_t settled);
  // Where the next sample of an open run goes.
  int64_t open_from(int64_t otherwise) const { return run_is_open_ ? cursor_ : otherwise; }

 private:
  struct Pending {
    Bytes payload;
    Placement placement;
    bool ends_run = false;
  };

  bool is_full(size_t more) const;
  bool is_forgotten(const Placement& placement) const;
  Status open(const DecoderSpec& format);
  Status end_run();
  void place(const Pending& pending, std::span<const int16_t> samples);

  uint32_t channel_;
  uint32_t rate_;  // of the rendering, Hz
  Worker& worker_;
  Mixer& mixer_;
  const DecoderSpec* format_ = nullptr;
  DecoderId decoder_ = 0;
  std::vector<Pending> pending_;
  size_t pending_bytes_ = 0;
  bool run_is_open_ = false;
  int64_t end_ = 0;     // of what was taken
  int64_t cursor_ = 0;  // of what was decoded: resampling gives samples later than the packet they came in
  size_t to_skip_ = 0;
};

}  // namespace ew::media
