#include "media/peaks.h"

#include <algorithm>

#include "media/wav.h"
#include "rtp/packet.h"

namespace ew::media {
namespace {

// Of 256, rounded away from zero: whatever is not silent is seen.
int8_t low(int16_t sample) { return static_cast<int8_t>(sample >> 8); }
int8_t high(int16_t sample) { return static_cast<int8_t>(std::min((sample + 255) >> 8, 127)); }

}  // namespace

PeakMaker::PeakMaker(const RenderPlan& plan)
    : channels_(plan.channels.size()),
      samples_per_slot_(plan.sample_rate / kSlotsPerSecond),
      header_left_(wav_header({plan.sample_rate, static_cast<uint16_t>(channels_), plan.samples}).size()) {}

void PeakMaker::take(ByteView wav) {
  size_t of_header = std::min(header_left_, wav.size());
  header_left_ -= of_header;
  wav = wav.subspan(of_header);
  // The rendering gives whole samples.
  for (size_t i = 0; i + 1 < wav.size(); i += 2) take_sample(static_cast<int16_t>(wav[i] | wav[i + 1] << 8));
}

void PeakMaker::take_sample(int16_t sample) {
  if (into_slot_ == 0 && channel_ == 0) peaks_.resize(peaks_.size() + channels_ * 2, 0);
  int8_t* peak = peaks_.data() + peaks_.size() - (channels_ - channel_) * 2;
  peak[0] = into_slot_ == 0 ? low(sample) : std::min(peak[0], low(sample));
  peak[1] = into_slot_ == 0 ? high(sample) : std::max(peak[1], high(sample));
  if (++channel_ < channels_) return;
  channel_ = 0;
  ++position_;
  if (++into_slot_ == samples_per_slot_) into_slot_ = 0;
}

std::vector<int8_t> PeakMaker::take_out(uint64_t slots) {
  std::vector<int8_t> taken(slots * channels_ * 2, 0);
  size_t known = std::min(taken.size(), peaks_.size());
  std::copy_n(peaks_.begin(), known, taken.begin());
  peaks_.erase(peaks_.begin(), peaks_.begin() + static_cast<std::ptrdiff_t>(known));
  return taken;
}

Status QualityMaker::take(const part::Record& record) {
  if (record.type == part::RecordType::kStream) return streams_.take(record);
  if (record.type != part::RecordType::kRtp || !plan_.channel_of.contains(record.stream)) return {};
  const StreamInfo* stream = streams_.find(record.stream);
  rtp::Packet packet;
  if (!stream || rtp::parse(record.body, packet) != rtp::ParseError::kNone) return {};
  int64_t at = record.at - plan_.start_at;
  if (at < 0 || at > Arranger::kMaxLengthNs) return {};
  Counted& counted = counted_[record.stream];
  auto second = static_cast<uint32_t>(at / kNsPerSec);
  if (second > counted.second) {
    finish_second(record.stream, counted);
    counted.second = second;
  }
  const DecoderSpec* format = stream->format(packet.payload_type);
  uint32_t rate = format && format->clock_rate > 0 ? format->clock_rate : 8000;
  counted.statistics.add(packet.sequence, packet.timestamp, record.at, rate);
  return {};
}

// A packet that comes in a later second than its neighbours was lost in theirs and is none too many in its
// own.
void QualityMaker::finish_second(uint32_t stream, Counted& counted) {
  uint64_t packets = counted.statistics.packets(), lost = counted.statistics.lost();
  if (packets == counted.packets) return;
  QualitySecond second{counted.second, stream};
  second.lost = static_cast<uint32_t>(lost - std::min(lost, counted.lost));
  second.expected = static_cast<uint32_t>(packets - counted.packets) + second.lost;
  second.jitter = static_cast<uint32_t>(std::min(counted.statistics.jitter_ms() * 10, 1e9));
  counted.packets = packets;
  counted.lost = lost;
  done_.emplace(second.second, second);
}

std::vector<QualitySecond> QualityMaker::take_out(uint64_t end) {
  for (auto& [stream, counted] : counted_)
    if (counted.second < end) finish_second(stream, counted);
  auto behind = end > UINT32_MAX ? done_.end() : done_.lower_bound(static_cast<uint32_t>(end));
  std::vector<QualitySecond> taken;
  for (auto it = done_.begin(); it != behind; ++it) taken.push_back(it->second);
  done_.erase(done_.begin(), behind);
  return taken;
}

}  // namespace ew::media
