#include "media/mixer.h"

#include <algorithm>

namespace ew::media {
namespace {

constexpr size_t kChunkBytes = 64 * 1024;

}  // namespace

Mixer::Mixer(uint32_t channels, int64_t start, int64_t length, ByteSink sink)
    : channels_(channels), length_(length), sink_(std::move(sink)), start_(start) {}

void Mixer::add(uint32_t channel, int64_t position, std::span<const int16_t> samples) {
  if (position < start_) {
    auto cut = std::min<uint64_t>(samples.size(), static_cast<uint64_t>(start_ - position));
    samples = samples.subspan(cut);
    position = start_;
  }
  int64_t room = std::max<int64_t>(0, length_ - position);
  samples = samples.first(std::min<uint64_t>(samples.size(), static_cast<uint64_t>(room)));
  if (samples.empty()) return;
  auto first = static_cast<size_t>(position - start_);
  sums_.resize(std::max(sums_.size(), (first + samples.size()) * channels_), 0);
  int32_t* sum = sums_.data() + first * channels_ + channel;
  for (int16_t sample : samples) {
    *sum += sample;
    sum += channels_;
  }
}

Status Mixer::advance(int64_t position) {
  position = std::min(position, length_);
  if (position <= start_) return {};
  size_t frames = std::min(static_cast<size_t>(position - start_), sums_.size() / channels_);
  TRY(emit(frames));
  return emit_silence(position - start_);
}

Status Mixer::emit(size_t frames) {
  size_t count = frames * channels_;
  out_.clear();
  for (size_t i = 0; i < count; ++i) {
    auto sample = static_cast<uint16_t>(std::clamp<int32_t>(sums_[i], INT16_MIN, INT16_MAX));
    out_.push_back(static_cast<uint8_t>(sample));
    out_.push_back(static_cast<uint8_t>(sample >> 8));
    if (out_.size() < kChunkBytes && i + 1 < count) continue;
    TRY(sink_(out_));
    out_.clear();
  }
  sums_.erase(sums_.begin(), sums_.begin() + static_cast<std::ptrdiff_t>(count));
  start_ += static_cast<int64_t>(frames);
  return {};
}

Status Mixer::emit_silence(int64_t frames) {
  static const Bytes kSilence(kChunkBytes, 0);
  start_ += frames;
  uint64_t left = static_cast<uint64_t>(frames) * channels_ * sizeof(int16_t);
  while (left > 0) {
    size_t size = std::min<uint64_t>(left, kSilence.size());
    TRY(sink_(ByteView(kSilence).first(size)));
    left -= size;
  }
  return {};
}

}  // namespace ew::media
