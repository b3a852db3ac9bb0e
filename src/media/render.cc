#include "media/render.h"

#include <algorithm>

#include "media/arranger.h"
#include "media/lane.h"
#include "media/render_internal.h"
#include "media/wav.h"

namespace ew::media {
namespace {

constexpr int64_t kAdvanceNs = 5 * kNsPerSec;         // of audio decoded between two pieces of output
constexpr size_t kMaxPendingBytes = 8 * 1024 * 1024;  // of payload, over all streams

class Rendering {
 public:
  Rendering(const RenderPlan& plan, Worker& worker, const ByteSink& sink, const PlacedWatch& watch)
      : plan_(plan),
        worker_(worker),
        sink_(sink),
        watch_(watch),
        mixer_(static_cast<uint32_t>(plan.channels.size()), 0, static_cast<int64_t>(plan.samples), sink),
        arranger_(plan.sample_rate, Arranger::Payloads::kKeep,
                  [this](uint32_t stream, TimedPacket&& packet, const Placement& placement) {
                    if (status_.ok()) status_ = take_packet(stream, std::move(packet), placement);
                  }) {}

  Status run(RecordSource& source) {
    WavFormat format{plan_.sample_rate, static_cast<uint16_t>(plan_.channels.size()), plan_.samples};
    TRY(sink_(wav_header(format)));
    TRY(source.for_each([this](const part::Record& record) {
      if (status_.ok()) status_ = take_record(record);
    }));
    TRY(std::move(status_));
    arranger_.finish();
    TRY(std::move(status_));
    TRY(settle(INT64_MAX));
    return mixer_.finish();
  }

 private:
  Status take_record(const part::Record& record) {
    TRY(arranger_.take(record));
    if (record.type != part::RecordType::kRtp || !status_.ok()) return std::move(status_);
    bool is_due = arranger_.now() - settled_at_ >= kAdvanceNs || pending_bytes_ >= kMaxPendingBytes;
    if (!is_due) return {};
    settled_at_ = arranger_.now();
    return settle(arranger_.settled());
  }

  Status take_packet(uint32_t stream, TimedPacket&& packet, const Placement& placement) {
    auto channel = plan_.channel_of.find(stream);
    if (channel == plan_.channel_of.end())
      return Error(ErrorCode::kCorrupt, "the records have changed since the plan");
    if (watch_) TRY(watch_(stream, packet, placement));
    Lane& lane =
        lanes_.try_emplace(stream, channel->second, plan_.sample_rate, worker_, mixer_).first->second;
    pending_bytes_ += packet.payload.size();
    return lane.take(std::move(packet), placement);
  }

  Status settle(int64_t settled) {
    int64_t complete = settled;
    for (auto& [stream, lane] : lanes_) {
      TRY(lane.settle(settled));
      complete = std::min(complete, lane.open_from(settled));
    }
    pending_bytes_ = 0;
    return mixer_.advance(complete);
  }

  const RenderPlan& plan_;
  Worker& worker_;
  const ByteSink& sink_;
  const PlacedWatch& watch_;
  Mixer mixer_;
  Arranger arranger_;
  std::map<uint32_t, Lane> lanes_;
  Status status_;
  WallTime settled_at_;
  size_t pending_bytes_ = 0;
};

}  // namespace

Status render_once(RecordSource& source, const RenderPlan& plan, Worker& worker, const ByteSink& sink,
                   const PlacedWatch& watch) {
  return Rendering(plan, worker, sink, watch).run(source);
}

Status render_wav(RecordSource& source, const RenderPlan& plan, Worker& worker, const ByteSink& sink) {
  uint64_t written = 0, made = 0;
  // The same records give the same bytes, so a second try can go on behind what the first one wrote.
  ByteSink continuing = [&](ByteView bytes) -> Status {
    uint64_t known = std::min<uint64_t>(bytes.size(), written - std::min(written, made));
    made += bytes.size();
    if (known == bytes.size()) return {};
    TRY(sink(bytes.subspan(known)));
    written = made;
    return {};
  };
  Status first = render_once(source, plan, worker, continuing);
  if (first.ok() || worker.alive()) return first;
  TRY(worker.restart());
  made = 0;
  return render_once(source, plan, worker, continuing);
}

}  // namespace ew::media
