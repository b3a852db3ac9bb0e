#include "media/range_renderer.h"

#include <algorithm>

namespace ew::media {
namespace {

Scale scale_of(const RenderPlan& plan) { return {plan.start_at, plan.sample_rate}; }

}  // namespace

RangeRenderer::RangeRenderer(IndexedRecording& recording, Worker& worker, uint64_t first, ByteSink sink)
    : recording_(recording),
      plan_(recording.plan()),
      worker_(worker),
      mixer_(static_cast<uint32_t>(plan_.channels.size()),
             static_cast<int64_t>(std::min(first, plan_.samples)), static_cast<int64_t>(plan_.samples),
             std::move(sink)),
      next_(std::max<int64_t>(0, mixer_.position() - scale_of(plan_).samples_of(kPreRollNs))) {}

Status RangeRenderer::render(uint64_t until) {
  auto wanted = static_cast<int64_t>(std::min(until, plan_.samples));
  while (mixer_.position() < wanted) TRY(step());
  return {};
}

Status RangeRenderer::step() {
  auto samples = static_cast<int64_t>(plan_.samples);
  // The first step reaches behind the pre-roll.
  int64_t end = std::max(next_, mixer_.position()) + scale_of(plan_).samples_of(kStepNs);
  std::vector<PlacedPacket> packets = TRY(recording_.read(next_, std::min(end, samples)));
  next_ = end;
  for (PlacedPacket& placed : packets) {
    auto channel = plan_.channel_of.find(placed.stream);
    if (channel == plan_.channel_of.end()) return Error(ErrorCode::kCorrupt, "a stream without a channel");
    auto [lane, is_new] =
        lanes_.try_emplace(placed.stream, channel->second, plan_.sample_rate, worker_, mixer_);
    placed.packet.format = intern(placed.format);
    placed.placement.starts_run |= is_new;
    TRY(lane->second.take(std::move(placed.packet), placed.placement));
  }
  bool is_all = end >= samples;
  int64_t settled = is_all ? INT64_MAX : end, complete = settled;
  for (auto& [stream, lane] : lanes_) {
    TRY(lane.settle(settled));
    complete = std::min(complete, lane.open_from(settled));
  }
  return is_all ? mixer_.finish() : mixer_.advance(complete);
}

const DecoderSpec* RangeRenderer::intern(const DecoderSpec& format) {
  DecoderSpec wanted{format.codec, format.clock_rate, 1, {}, plan_.sample_rate};
  for (const auto& known : formats_)
    if (*known == wanted) return known.get();
  return formats_.emplace_back(std::make_unique<DecoderSpec>(std::move(wanted))).get();
}

Status render_range(IndexedRecording& recording, Worker& worker, uint64_t first, uint64_t count,
                    const ByteSink& sink) {
  size_t frame_size = recording.plan().channels.size() * sizeof(int16_t);
  uint64_t end = std::min(recording.plan().samples, first + std::min(count, UINT64_MAX - first));
  uint64_t left = first < end ? (end - first) * frame_size : 0;
  RangeRenderer renderer(recording, worker, first, [&](ByteView bytes) -> Status {
    bytes = bytes.first(std::min<uint64_t>(left, bytes.size()));
    left -= bytes.size();
    return bytes.empty() ? Status() : sink(bytes);
  });
  return left > 0 ? renderer.render(end) : Status();
}

}  // namespace ew::media
