// The packets of any span of a recording by its playback index: reads only the frames that hold them.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "media/playback_index.h"
#include "media/timeline.h"

namespace ew::media {

// Where the parts of an indexed recording lie. One thread.
class IndexStore {
 public:
  virtual ~IndexStore() = default;
  // Of the whole recording.
  virtual const RenderPlan& plan() const = 0;
  virtual size_t parts() const = 0;
  // The part's packets lie in [first, second).
  virtual std::pair<int64_t, int64_t> extent(size_t part) const = 0;
  virtual Result<std::shared_ptr<const PacketIndex>> packets(size_t part) = 0;
  // The records of frames [first, last] of a media part, with their places.
  virtual Status read(size_t part, uint32_t first, uint32_t last,
                      const std::function<void(const part::Record&)>& each) = 0;
};

struct PlacedPacket {
  uint32_t stream = 0;
  DecoderSpec format;
  TimedPacket packet;  // payload and duration count
  Placement placement;
};

class IndexedRecording {
 public:
  static constexpr size_t kMaxWindowBytes = 16 * 1024 * 1024;  // of payload in one span

  explicit IndexedRecording(IndexStore& store) : store_(store) {}
  const RenderPlan& plan() const { return store_.plan(); }
  // The packets whose first sample lies in [from, to), in order of position.
  Result<std::vector<PlacedPacket>> read(int64_t from, int64_t to);

 private:
  Status read_part(size_t part, int64_t from, int64_t to, std::vector<PlacedPacket>& out);

  IndexStore& store_;
};

}  // namespace ew::media
