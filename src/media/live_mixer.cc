#include "media/live_mixer.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "media/arranger.h"
#include "rtp/packet.h"

namespace ew::media {
namespace {

constexpr int64_t samples_of(int64_t ns) { return ns / 1000 * LiveMixer::kRate / 1'000'000; }
constexpr int16_t kFarBack = -1000;  // a sequence number so far back is a new beginning

double mean_square(std::span<const int16_t> samples) {
  double sum = 0;
  for (int16_t sample : samples) sum += static_cast<double>(sample) * sample;
  return sum / static_cast<double>(samples.size()) / (32768.0 * 32768.0);
}

}  // namespace

LiveMixer::~LiveMixer() {
  for (auto& [stream, voice] : voices_)
    if (voice.decoder && worker_.alive()) (void)worker_.close_decoder(*voice.decoder);
}

void LiveMixer::begin_part() { streams_ = {}; }

Status LiveMixer::take(const part::Record& record) {
  if (record.type == part::RecordType::kStream) return streams_.take(record);
  if (record.type == part::RecordType::kRtp) return take_rtp(record);
  return {};
}

Status LiveMixer::take_rtp(const part::Record& record) {
  if (!zero_) zero_ = record.at;
  newest_ = std::max(newest_, record.at);
  const StreamInfo* stream = streams_.find(record.stream);
  rtp::Packet rtp;
  if (!stream || stream->media != "audio" || rtp::parse(record.body, rtp) != rtp::ParseError::kNone)
    return {};
  const DecoderSpec* format = stream->format(rtp.payload_type);
  if (Arranger::kind_of(*stream, format) != Arranger::PayloadKind::kAudio || rtp.payload.empty() ||
      rtp.payload.size() > kMaxPayload)
    return {};
  auto known = voices_.find(record.stream);
  if (known == voices_.end() && voices_.size() >= kMaxStreams) return {};
  Voice& voice = known != voices_.end() ? known->second : voices_[record.stream];
  voice.participant = stream->participant;
  voice.channel = stream->participant == "caller" ? 0 : 1;
  DecoderSpec wanted{format->codec, format->clock_rate, 1, {}, kRate};
  if (!voice.decoder || !(voice.format == wanted)) {
    TRY(decode(voice));
    if (voice.decoder) TRY(worker_.close_decoder(*voice.decoder));
    voice.decoder.reset();
    voice.decoder = TRY(worker_.open_decoder(wanted));
    voice.format = wanted;
    voice.has_line = false;
  }
  if (!put_on_line(voice, record.at, rtp.sequence, rtp.timestamp)) return {};
  if (voice.waiting.size() + 1 >= kMaxBatchPackets ||
      voice.waiting_bytes + rtp.payload.size() > kMaxBatchBytes)
    TRY(decode(voice));
  voice.waiting_bytes += rtp.payload.size();
  voice.waiting.push_back({record.at, voice.position, Bytes(rtp.payload.begin(), rtp.payload.end())});
  return {};
}

// False: it came after a later one, or twice.
bool LiveMixer::put_on_line(Voice& voice, WallTime at, uint16_t sequence, uint32_t timestamp) {
  const int64_t arrived = samples_of(at - *zero_);
  if (voice.has_line) {
    auto step = static_cast<int16_t>(sequence - voice.sequence);
    if (step <= 0 && step > kFarBack) return false;
    auto ticks = static_cast<int32_t>(timestamp - voice.timestamp);
    int64_t position =
        voice.position + int64_t{ticks} * kRate / std::max<uint32_t>(voice.format.clock_rate, 1);
    voice.has_line = std::abs(position - arrived) <= samples_of(kSlackNs);
    voice.position = position;
  }
  if (!voice.has_line) voice.position = arrived;
  voice.has_line = true;
  voice.sequence = sequence;
  voice.timestamp = timestamp;
  return true;
}

Status LiveMixer::decode(Voice& voice) {
  if (voice.waiting.empty()) return {};
  forget_old();
  std::vector<EncodedPacket> packets;
  for (const Voice::Waiting& waiting : voice.waiting) packets.push_back({waiting.payload});
  Pcm pcm = TRY(worker_.decode(*voice.decoder, packets));
  std::span<const int16_t> samples = pcm.samples;
  for (size_t i = 0; i < voice.waiting.size(); ++i) {
    std::span<const int16_t> own = samples.first(pcm.counts[i]);
    samples = samples.subspan(pcm.counts[i]);
    if (own.empty()) continue;
    add(voice.channel, voice.waiting[i].position, own);
    voice.measures.push_back({voice.waiting[i].at, mean_square(own)});
  }
  voice.waiting.clear();
  voice.waiting_bytes = 0;
  return {};
}

Status LiveMixer::flush() {
  for (auto& [stream, voice] : voices_) TRY(decode(voice));
  if (!zero_) return {};
  forget_old();
  settled_ = std::max(settled_, samples_of(newest_ - *zero_ - kSlackNs));
  return {};
}

void LiveMixer::add(uint32_t channel, int64_t position, std::span<const int16_t> samples) {
  // What is settled was given out.
  const int64_t least = std::max(first_, settled_);
  if (position < least) {
    samples = samples.subspan(std::min<uint64_t>(samples.size(), static_cast<uint64_t>(least - position)));
    position = least;
  }
  if (samples.empty()) return;
  const auto begin = static_cast<size_t>(position - first_);
  if (sums_.size() < (begin + samples.size()) * kChannels)
    sums_.resize((begin + samples.size()) * kChannels, 0);
  for (size_t i = 0; i < samples.size(); ++i) sums_[(begin + i) * kChannels + channel] += samples[i];
}

void LiveMixer::forget_old() {
  const int64_t least = std::max(first_, samples_of(newest_ - *zero_ - kKeptNs));
  const auto frames = std::min(static_cast<size_t>(least - first_), sums_.size() / kChannels);
  sums_.erase(sums_.begin(), sums_.begin() + static_cast<std::ptrdiff_t>(frames * kChannels));
  first_ = least;
  for (auto& [stream, voice] : voices_)
    while (!voice.measures.empty() && newest_ - voice.measures.front().at > kKeptNs)
      voice.measures.pop_front();
}

LiveMixer::Sound LiveMixer::sound(int64_t from) const {
  Sound sound{std::clamp(from, first_, std::max(first_, settled_)), {}};
  for (int64_t at = sound.from; at < settled_; ++at) {
    for (uint32_t channel = 0; channel < kChannels; ++channel) {
      const auto index = static_cast<size_t>(at - first_) * kChannels + channel;
      const int32_t sum = index < sums_.size() ? sums_[index] : 0;
      sound.samples.push_back(static_cast<int16_t>(std::clamp<int32_t>(sum, INT16_MIN, INT16_MAX)));
    }
  }
  return sound;
}

std::vector<LiveMixer::Level> LiveMixer::levels(WallTime now) const {
  std::vector<Level> levels;
  for (const auto& [stream, voice] : voices_) {
    double sum = 0;
    size_t count = 0;
    // Frames become durable some time after their packets came.
    for (auto measure = voice.measures.rbegin(); measure != voice.measures.rend(); ++measure) {
      if (voice.measures.back().at - measure->at > kLevelNs || now - measure->at > kKeptNs / 2) break;
      sum += measure->square;
      ++count;
    }
    std::optional<double> decibels;
    if (count > 0) decibels = 10 * std::log10(std::max(sum / static_cast<double>(count), 1e-9));
    auto same = std::find_if(
        levels.begin(), levels.end(),
        [&, name = &voice.participant](const Level& level) { return level.participant == *name; });
    if (same == levels.end())
      levels.push_back({voice.participant, decibels});
    else if (decibels)
      same->decibels = std::max(same->decibels.value_or(*decibels), *decibels);
  }
  return levels;
}

}  // namespace ew::media
