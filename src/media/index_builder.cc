#include "media/index_builder.h"

#include <algorithm>
#include <map>
#include <utility>

#include "media/peaks.h"
#include "media/render_internal.h"

namespace ew::media {
namespace {

// A part gets nothing more when the rendering is so far behind it: packets wait for others for a few seconds
// only.
constexpr int64_t kPartMarginNs = 60 * kNsPerSec;

// Gives the records on and shows them to the quality's maker.
class WatchedSource : public RecordSource {
 public:
  WatchedSource(RecordSource& source, QualityMaker& quality) : source_(source), quality_(quality) {}
  Status for_each(const std::function<void(const part::Record&)>& each) override {
    Status status;
    TRY(source_.for_each([&](const part::Record& record) {
      if (status.ok()) status = quality_.take(record);
      each(record);
    }));
    return status;
  }

 private:
  RecordSource& source_;
  QualityMaker& quality_;
};

// The packets of one part while they are placed, stream by stream; then in order of position.
class PacketList {
 public:
  Status add(uint32_t stream, const TimedPacket& packet, const Placement& placement) {
    if (index_.packets.size() >= kMaxIndexedPackets)
      return Error(ErrorCode::kLimit, "too many packets in ten minutes; it can be exported, not played");
    IndexedPacket entry;
    entry.position = placement.position;
    entry.frame = packet.place.frame;
    entry.record = packet.place.number;
    entry.duration = packet.duration;
    entry.skipped = placement.skipped;
    entry.starts_run = placement.starts_run;
    entry.stream = stream_place(stream);
    entry.format = format_place(*packet.format);
    index_.packets.push_back(entry);
    return {};
  }

  // Places of one stream ascend, so those of one position are of different streams.
  PacketIndex finish() {
    std::sort(index_.packets.begin(), index_.packets.end(),
              [](const IndexedPacket& a, const IndexedPacket& b) {
                return std::pair(a.position, a.stream) < std::pair(b.position, b.stream);
              });
    return std::move(index_);
  }

 private:
  uint16_t stream_place(uint32_t stream) {
    auto [place, added] = places_.try_emplace(stream, static_cast<uint16_t>(index_.streams.size()));
    if (added) index_.streams.push_back(stream);
    return place->second;
  }

  // Decodable formats are a handful.
  uint16_t format_place(const DecoderSpec& format) {
    auto same = [&](const DecoderSpec& known) {
      return known.codec == format.codec && known.clock_rate == format.clock_rate;
    };
    auto found = std::find_if(index_.formats.begin(), index_.formats.end(), same);
    auto place = static_cast<uint16_t>(found - index_.formats.begin());
    if (found == index_.formats.end()) index_.formats.push_back(format);
    return place;
  }

  PacketIndex index_;
  std::map<uint32_t, uint16_t> places_;
};

class IndexBuilding {
 public:
  // Hands over parts from `first` on: those before it were handed over by a try that failed later.
  IndexBuilding(const RenderPlan& plan, std::span<const PartTimes> parts, size_t first, const IndexSink& sink)
      : plan_(plan),
        parts_(parts),
        first_(first),
        sink_(sink),
        scale_{plan.start_at, plan.sample_rate},
        peaks_(plan),
        quality_(plan),
        lists_(parts.size()) {}

  Status run(RecordSource& source, Worker& worker) {
    WatchedSource watched(source, quality_);
    TRY(render_once(
        watched, plan_, worker, [this](ByteView wav) { return take_wav(wav); },
        [this](uint32_t stream, const TimedPacket& packet, const Placement& placement) {
          return take_packet(stream, packet, placement);
        }));
    while (next_ < parts_.size()) TRY(hand_over());
    return {};
  }

  size_t handed_over() const { return std::max(first_, next_); }

 private:
  Status take_wav(ByteView wav) {
    peaks_.take(wav);
    auto position = static_cast<int64_t>(peaks_.position());
    while (next_ + 1 < parts_.size() && position >= last_place_for(next_)) TRY(hand_over());
    return {};
  }

  Status take_packet(uint32_t stream, const TimedPacket& packet, const Placement& placement) {
    if (packet.place.part >= parts_.size() || packet.place.part < next_)
      return Error(ErrorCode::kCorrupt, "the packets of a part come long after its end");
    return lists_[packet.place.part].add(stream, packet, placement);
  }

  // Where the rendering is when the part and its pictures are complete.
  int64_t last_place_for(size_t part) const {
    return std::max(scale_.position_of(parts_[part].last_at + kPartMarginNs),
                    scale_.position_of(parts_[part + 1].first_at));
  }

  uint64_t slots() const {
    uint64_t per_slot = plan_.sample_rate / kSlotsPerSecond;
    return (plan_.samples + per_slot - 1) / per_slot;
  }

  uint64_t first_slot_of(size_t part) const {
    if (part == 0) return 0;
    if (part >= parts_.size()) return slots();
    int64_t position = std::max<int64_t>(0, scale_.position_of(parts_[part].first_at));
    return std::min(slots(), static_cast<uint64_t>(position) / (plan_.sample_rate / kSlotsPerSecond));
  }

  Status hand_over() {
    size_t part = next_++;
    IndexPart made;
    made.head.part = static_cast<uint32_t>(part);
    made.head.parts = static_cast<uint32_t>(parts_.size());
    made.head.plan = plan_;
    made.packets = lists_[part].finish();
    if (!made.packets.packets.empty()) made.head.begin = made.packets.packets.front().position;
    for (const IndexedPacket& packet : made.packets.packets)
      made.head.end = std::max(made.head.end, packet.end());
    made.head.first_slot = first_slot_of(part);
    made.head.slots = first_slot_of(part + 1) - made.head.first_slot;
    made.picture.peaks = peaks_.take_out(made.head.slots);
    uint64_t end_slot = made.head.first_slot + made.head.slots;
    bool is_last = next_ == parts_.size();
    made.picture.quality = quality_.take_out(is_last ? UINT64_MAX : end_slot / kSlotsPerSecond);
    return part < first_ ? Status() : sink_(std::move(made));
  }

  const RenderPlan& plan_;
  std::span<const PartTimes> parts_;
  size_t first_;
  const IndexSink& sink_;
  Scale scale_;
  PeakMaker peaks_;
  QualityMaker quality_;
  std::vector<PacketList> lists_;
  size_t next_ = 0;  // part to be handed over
};

}  // namespace

Status build_index(RecordSource& source, std::span<const PartTimes> parts, Worker& worker,
                   const IndexSink& sink) {
  RenderPlan plan = TRY(media::plan(source));
  IndexBuilding first(plan, parts, 0, sink);
  Status status = first.run(source, worker);
  if (status.ok() || worker.alive()) return status;
  TRY(worker.restart());
  return IndexBuilding(plan, parts, first.handed_over(), sink).run(source, worker);
}

}  // namespace ew::media
