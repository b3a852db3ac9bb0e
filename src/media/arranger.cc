#include "media/arranger.h"

#include <algorithm>

#include "base/text.h"

namespace ew::media {
namespace {

constexpr int64_t kDisorderNs = kNsPerSec;          // records may be so much older than one before them
constexpr int64_t kReleaseEveryNs = kNsPerSec / 2;  // streams that went silent are looked after so often

}  // namespace

Arranger::PayloadKind Arranger::kind_of(const StreamInfo& stream, const DecoderSpec* format) {
  if (!format) return PayloadKind::kUndecodable;
  if (is_silent_codec(format->codec)) return PayloadKind::kSilent;
  return !stream.sealed && facts_of(*format) ? PayloadKind::kAudio : PayloadKind::kUndecodable;
}

Status Arranger::take(const part::Record& record) {
  if (record.type == part::RecordType::kStream) return streams_.take(record);
  if (record.type == part::RecordType::kRtp) take_rtp(record);
  return {};
}

void Arranger::take_rtp(const part::Record& record) {
  const StreamInfo* stream = streams_.find(record.stream);
  rtp::Packet rtp;
  if (!stream || stream->media != "audio" || rtp::parse(record.body, rtp) != rtp::ParseError::kNone) return;
  const DecoderSpec* format = stream->format(rtp.payload_type);
  PayloadKind kind = kind_of(*stream, format);
  if (!started_ && kind != PayloadKind::kSilent) {
    started_ = true;
    scale_.zero = now_ = released_at_ = record.at;
  }
  if (!started_ || record.at - scale_.zero > kMaxLengthNs) return;
  now_ = std::max(now_, record.at);

  TimedPacket packet{std::max(record.at, now_ + -kDisorderNs), rtp.sequence, rtp.timestamp};
  packet.place = record.place;
  bool is_audio = kind == PayloadKind::kAudio && !rtp.payload.empty() && rtp.payload.size() <= kMaxPayload;
  if (is_audio) {
    CodecFacts facts = *facts_of(*format);
    packet.format = intern(*format);
    packet.clock_rate = format->clock_rate;
    packet.duration = static_cast<uint32_t>(rtp.payload.size()) * facts.samples_per_byte *
                      (scale_.rate / facts.sample_rate);
    if (payloads_ == Payloads::kKeep) packet.payload.assign(rtp.payload.begin(), rtp.payload.end());
  }
  Timeline& timeline = timelines_[record.stream];
  size_t before = timeline.waiting_cost();
  timeline.add(std::move(packet), scale_, sink_of(record.stream));
  waiting_cost_ = waiting_cost_ - before + timeline.waiting_cost();
  if (waiting_cost_ > kMaxWaitingCost) finish();
  release_due(now_);
}

// Normalised, so that two spellings of a format are one decoder.
const DecoderSpec* Arranger::intern(const DecoderSpec& format) {
  DecoderSpec wanted{to_lower(format.codec), format.clock_rate, 1, {}, scale_.rate};
  for (const auto& known : formats_)
    if (*known == wanted) return known.get();
  return formats_.emplace_back(std::make_unique<DecoderSpec>(std::move(wanted))).get();
}

void Arranger::release_due(WallTime now) {
  if (now - released_at_ < kReleaseEveryNs) return;
  released_at_ = now;
  waiting_cost_ = 0;
  for (auto& [stream, timeline] : timelines_) {
    timeline.release(now, scale_, sink_of(stream));
    waiting_cost_ += timeline.waiting_cost();
  }
}

Timeline::Sink Arranger::sink_of(uint32_t stream) {
  return [this, stream](TimedPacket&& packet, const Placement& placement) {
    sink_(stream, std::move(packet), placement);
  };
}

void Arranger::finish() {
  waiting_cost_ = 0;
  for (auto& [stream, timeline] : timelines_) timeline.release_all(scale_, sink_of(stream));
}

int64_t Arranger::settled() const {
  WallTime oldest = now_ + -kDisorderNs;
  for (const auto& [stream, timeline] : timelines_) {
    auto waiting = timeline.oldest_waiting();
    if (waiting) oldest = std::min(oldest, *waiting);
  }
  return std::max<int64_t>(0, scale_.position_of(oldest + -kStallNs) - 1);
}

uint64_t Arranger::dropped() const {
  uint64_t sum = 0;
  for (const auto& [stream, timeline] : timelines_) sum += timeline.dropped();
  return sum;
}

}  // namespace ew::media
