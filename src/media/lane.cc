#include "media/lane.h"

#include <algorithm>

namespace ew::media {

Lane::~Lane() {
  // A worker that is gone, or fails in this, has no decoder left to close.
  if (format_ && worker_.alive()) (void)worker_.close_decoder(decoder_);
}

Status Lane::take(TimedPacket&& packet, const Placement& placement) {
  if (!format_ || packet.format != format_ || is_forgotten(placement)) TRY(open(*packet.format));
  if (placement.starts_run) TRY(end_run());
  if (is_full(packet.payload.size())) TRY(flush());
  end_ = placement.position + packet.duration - placement.skipped;
  pending_bytes_ += packet.payload.size();
  pending_.push_back({std::move(packet.payload), placement, false});
  run_is_open_ = true;
  return {};
}

Status Lane::flush() {
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

Status Lane::settle(int64_t settled) {
  if (end_ < settled) TRY(end_run());
  return flush();
}

bool Lane::is_full(size_t more) const {
  return pending_.size() + 1 >= kMaxBatchPackets || pending_bytes_ + more > kMaxBatchBytes;
}

// G.711 has nothing to forget.
bool Lane::is_forgotten(const Placement& placement) const {
  return is_stateful(*format_) && placement.position - end_ >= kForgetNs / kNsPerMs * rate_ / 1000;
}

Status Lane::open(const DecoderSpec& format) {
  if (format_) {
    TRY(end_run());
    TRY(flush());
    format_ = nullptr;
    TRY(worker_.close_decoder(decoder_));
  }
  decoder_ = TRY(worker_.open_decoder(format));
  format_ = &format;
  return {};
}

// Marks the last packet of the run; one of no bytes stands in where it has been decoded already.
Status Lane::end_run() {
  if (!run_is_open_) return {};
  run_is_open_ = false;
  if (pending_.empty()) pending_.push_back({{}, {0, 0, false}, false});
  pending_.back().ends_run = true;
  return {};
}

// A run's samples are laid one after the other from the run's start.
void Lane::place(const Pending& pending, std::span<const int16_t> samples) {
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

}  // namespace ew::media
