#include "media/render.h"

#include <algorithm>

#include "media/arranger.h"
#include "media/mixer.h"
#include "media/wav.h"

namespace ew::media {
namespace {

constexpr int64_t kAdvanceNs = 5 * kNsPerSec;         // of audio decoded between two pieces of output
constexpr size_t kMaxPendingBytes = 8 * 1024 * 1024;  // of payload, over all streams

// One stream on its way through the worker: packets wait here to share a round trip.
class Lane {
 public:
  Lane(uint32_t channel, Worker& worker, Mixer& mixer) : channel_(channel), worker_(worker), mixer_(mixer) {}

  Status take(TimedPacket&& packet, const Placement& placement) {
    if (!format_ || packet.format != format_) TRY(open(*packet.format));
    if (placement.starts_run) TRY(end_run());
    if (is_full(packet.payload.size())) TRY(flush());
    pending_bytes_ += packet.payload.size();
    pending_.push_back({std::move(packet.payload), placement, false});
    run_is_open_ = true;
    return {};
  }

  Status flush() {
    if (pending_.empty()) return {};
    std::vector<EncodedPacket> packets;
    for (const Pending& pending : pending_) packets.push_back({pending.payload, pending.ends_run});
    Pcm pcm = TRY(worker_.decode(decoder_, packets));
    std::span<const int16_t> samples = pcm.samples;
    for (size_t i = 0; i < pending_.size(); ++i) {
      place(pending_[i], samples.first(pcm.counts[i]));
      samples = samples.subspan(pcm.counts[i]);
    }
    pending_.clear();
    pending_bytes_ = 0;
    return {};
  }

  // Nothing more will come before `settled`: a run that stopped there gives out what its resampling still
  // holds.
  Status settle(int64_t settled) {
    TRY(flush());
    if (cursor_ < settled) TRY(end_run());
    return flush();
  }

  size_t pending_bytes() const { return pending_bytes_; }
  // Where the next sample of an open run goes.
  int64_t open_from(int64_t otherwise) const { return run_is_open_ ? cursor_ : otherwise; }

 private:
  struct Pending {
    Bytes payload;
    Placement placement;
    bool ends_run = false;
  };

  bool is_full(size_t more) const {
    return pending_.size() + 1 >= kMaxBatchPackets || pending_bytes_ + more > kMaxBatchBytes;
  }

  Status open(const DecoderSpec& format) {
    if (format_) {
      TRY(end_run());
      TRY(flush());
      TRY(worker_.close_decoder(decoder_));
    }
    decoder_ = TRY(worker_.open_decoder(format));
    format_ = &format;
    resamples_ = facts_of(format)->sample_rate != format.output_rate;
    return {};
  }

  // Marks the last packet of the run; one of no bytes stands in where it has been decoded already.
  Status end_run() {
    if (!run_is_open_) return {};
    run_is_open_ = false;
    if (pending_.empty()) pending_.push_back({{}, {0, 0, false}, false});
    pending_.back().ends_run = true;
    return {};
  }

  // Resampling gives a packet's samples later than the packet, so a run's samples are laid one after the
  // other from the run's start.
  void place(const Pending& pending, std::span<const int16_t> samples) {
    if (pending.placement.starts_run) {
      cursor_ = pending.placement.position;
      to_skip_ = pending.placement.skipped;
    }
    size_t skipped = std::min<size_t>(to_skip_, samples.size());
    to_skip_ -= skipped;
    samples = samples.subspan(skipped);
    mixer_.add(channel_, cursor_, samples);
    cursor_ += static_cast<int64_t>(samples.size());
  }

  uint32_t channel_;
  Worker& worker_;
  Mixer& mixer_;
  const DecoderSpec* format_ = nullptr;
  bool resamples_ = false;
  DecoderId decoder_ = 0;
  std::vector<Pending> pending_;
  size_t pending_bytes_ = 0;
  bool run_is_open_ = false;
  int64_t cursor_ = 0;
  size_t to_skip_ = 0;
};

class Rendering {
 public:
  Rendering(const RenderPlan& plan, Worker& worker, const ByteSink& sink)
      : plan_(plan),
        worker_(worker),
        sink_(sink),
        mixer_(static_cast<uint32_t>(plan.channels.size()), static_cast<int64_t>(plan.samples), sink),
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
    TRY(settle(static_cast<int64_t>(plan_.samples)));
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
    Lane& lane = lanes_.try_emplace(stream, channel->second, worker_, mixer_).first->second;
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
  Mixer mixer_;
  Arranger arranger_;
  std::map<uint32_t, Lane> lanes_;
  Status status_;
  WallTime settled_at_;
  size_t pending_bytes_ = 0;
};

}  // namespace

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
  Status first = Rendering(plan, worker, continuing).run(source);
  if (first.ok() || worker.alive()) return first;
  TRY(worker.restart());
  made = 0;
  return Rendering(plan, worker, continuing).run(source);
}

}  // namespace ew::media
