// Lays all audio packets of a recording out on one time line, stream by stream, with bounded memory. Used
// twice: to plan, without payloads, and to render.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <vector>

#include "media/stream_table.h"
#include "media/timeline.h"
#include "rtp/packet.h"

namespace ew::media {

class Arranger {
 public:
  enum class Payloads : uint8_t { kDrop, kKeep };
  using Sink = std::function<void(uint32_t stream, TimedPacket&&, const Placement&)>;

  static constexpr int64_t kMaxLengthNs = 7 * 24 * 3600 * kNsPerSec;  // packets beyond are not rendered
  static constexpr size_t kMaxWaitingCost =
      16 * 1024 * 1024;  // over all streams; beyond, nothing waits any longer

  Arranger(uint32_t rate, Payloads payloads, Sink sink) : payloads_(payloads), sink_(std::move(sink)) {
    scale_.rate = rate;
  }

  // Stream and RTP records count, others are ignored. The error is that of a damaged stream record.
  Status take(const part::Record& record);
  void finish();

  // Whatever is placed from now on lies at or after this position.
  int64_t settled() const;
  WallTime now() const { return now_; }  // of the newest packet
  const Scale& scale() const { return scale_; }
  bool has_audio() const { return started_; }
  uint64_t dropped() const;

  // What a payload of an audio stream is.
  enum class PayloadKind : uint8_t { kAudio, kUndecodable, kSilent };
  static PayloadKind kind_of(const StreamInfo& stream, const DecoderSpec* format);

 private:
  void take_rtp(const part::Record& record);
  const DecoderSpec* intern(const DecoderSpec& format);
  void release_due(WallTime now);
  Timeline::Sink sink_of(uint32_t stream);

  Payloads payloads_;
  Sink sink_;
  Scale scale_;
  StreamTable streams_;
  std::map<uint32_t, Timeline> timelines_;
  std::vector<std::unique_ptr<DecoderSpec>> formats_;  // distinct decodable ones: a handful
  bool started_ = false;
  WallTime now_, released_at_;
  size_t waiting_cost_ = 0;
};

}  // namespace ew::media
