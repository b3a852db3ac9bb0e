#include "node/playback.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "media/wav.h"
#include "node/exporter.h"

namespace ew::node {
namespace {

// A stretch of a recording, cut into points of equal length, counted in units (slots, seconds).
class Stretch {
 public:
  static Result<Stretch> of(double from, double to, size_t points, uint64_t units_per_second, uint64_t all) {
    bool is_sound = from >= 0 && to > from && points > 0 && points <= Playback::kMaxPoints;
    if (!is_sound) return Error(ErrorCode::kUsage, "expected a stretch of time and 1 to 20000 points");
    auto units = [&](double seconds) {
      return std::min(seconds * static_cast<double>(units_per_second), static_cast<double>(all));
    };
    Stretch stretch;
    stretch.first_ = static_cast<uint64_t>(std::floor(units(from)));
    stretch.last_ = static_cast<uint64_t>(std::ceil(units(to)));
    stretch.points_ = std::min<uint64_t>(points, stretch.last_ - stretch.first_);
    return stretch;
  }

  uint64_t first() const { return first_; }
  uint64_t last() const { return last_; }
  size_t points() const { return points_; }
  bool has(uint64_t unit) const { return unit >= first_ && unit < last_; }
  size_t point_of(uint64_t unit) const {
    return static_cast<size_t>((unit - first_) * points_ / (last_ - first_));
  }

 private:
  uint64_t first_ = 0, last_ = 0;
  size_t points_ = 0;
};

Error nothing_to_hear(const media::RenderPlan& plan) {
  std::string why = "this recording has no audio that can be rendered";
  for (const media::RenderNote& note : plan.notes) why += "; " + note.participant + ": " + note.text;
  return Error(ErrorCode::kUnsupported, why);
}

}  // namespace

std::optional<RecordingId> best_recording(const db::CallRows& call) {
  auto best = std::max_element(
      call.recordings.begin(), call.recordings.end(),
      [](const RecordingRecord& a, const RecordingRecord& b) { return a.media_bytes < b.media_bytes; });
  if (best == call.recordings.end() || best->media_bytes == 0) return std::nullopt;
  return best->recording_id;
}

Status prepare_playback(DataDirectory& data, const db::CallRows& call, RecordingId recording,
                        WorkerSource& workers) {
  std::vector<db::PartRow> media;
  for (const db::PartRow& part : call.parts)
    if (part.recording_id == recording && part.kind == "media") media.push_back(part);
  if (media.empty() || !call.call.ended) return {};
  TRY(PlaybackIndex::open(data, std::move(media), PlaybackIndex::Recording::kEnded, workers));
  return {};
}

Result<std::unique_ptr<Playback>> Playback::open(DataDirectory& data, const db::CallRows& call,
                                                 RecordingId recording, const std::string& act,
                                                 const std::string& how, WorkerSource& workers,
                                                 const std::string& actor) {
  auto media = TRY(open_parts(data, call, recording, act, how, actor, "media"));
  auto state = call.call.ended ? PlaybackIndex::Recording::kEnded : PlaybackIndex::Recording::kGoesOn;
  auto index = TRY(PlaybackIndex::open(data, std::move(media), state, workers));
  if (index->plan().samples == 0) return nothing_to_hear(index->plan());
  return std::unique_ptr<Playback>(new Playback(std::move(index), workers));
}

Playback::Playback(std::unique_ptr<PlaybackIndex> index, WorkerSource& workers)
    : index_(std::move(index)),
      workers_(workers),
      recording_(*index_),
      header_(media::wav_header(
          {plan().sample_rate, static_cast<uint16_t>(plan().channels.size()), plan().samples})),
      frame_size_(plan().channels.size() * sizeof(int16_t)) {}

Playback::~Playback() = default;

Result<size_t> Playback::read(uint64_t offset, ByteSpan out) {
  size_t done = 0;
  if (offset < header_.size()) {
    done = std::min<uint64_t>(out.size(), header_.size() - offset);
    std::copy_n(header_.begin() + static_cast<std::ptrdiff_t>(offset), done, out.begin());
  }
  while (done < out.size() && offset + done < wav_size())
    done += TRY(read_samples(offset + done - header_.size(), out.subspan(done)));
  return done;
}

Result<size_t> Playback::read_samples(uint64_t offset, ByteSpan out) {
  bool is_here = offset >= buffer_at_ && offset - buffer_at_ < buffer_.size();
  if (!is_here) TRY(fill(offset));
  size_t skipped = offset - buffer_at_;
  size_t count = std::min(out.size(), buffer_.size() - skipped);
  std::copy_n(buffer_.begin() + static_cast<std::ptrdiff_t>(skipped), count, out.begin());
  return count;
}

Status Playback::fill(uint64_t offset) {
  Status decoded = decode_at(offset);
  if (decoded.ok() || !worker_ || worker_->alive()) return decoded;
  return decode_at(offset);
}

// Afterwards the buffer holds the byte at `offset`, or there is no renderer and an error.
Status Playback::decode_at(uint64_t offset) {
  bool goes_on = renderer_ && offset == buffer_at_ + buffer_.size();
  uint64_t sample = offset / frame_size_;
  buffer_.clear();
  buffer_at_ = sample * frame_size_;
  if (!goes_on) {
    renderer_.reset();
    if (worker_ && !worker_->alive()) worker_.reset();
    if (!worker_) worker_ = TRY(workers_.connect());
    renderer_ =
        std::make_unique<media::RangeRenderer>(recording_, *worker_, sample, [this](ByteView samples) {
          buffer_.insert(buffer_.end(), samples.begin(), samples.end());
          return Status();
        });
  }
  Status rendered = renderer_->render(sample + 1);
  if (rendered.ok()) return {};
  renderer_.reset();
  buffer_.clear();
  return rendered;
}

Result<Peaks> Playback::peaks(double from, double to, size_t points) {
  uint64_t samples_per_slot = sample_rate() / media::kSlotsPerSecond;
  Stretch stretch = TRY(Stretch::of(from, to, points, media::kSlotsPerSecond,
                                    (samples() + samples_per_slot - 1) / samples_per_slot));
  size_t width = channels().size() * 2;
  Peaks peaks{static_cast<double>(stretch.first()) / media::kSlotsPerSecond,
              static_cast<double>(stretch.last()) / media::kSlotsPerSecond,
              stretch.points(),
              {}};
  peaks.values.resize(stretch.points() * width);
  std::vector<bool> is_begun(stretch.points());
  for (size_t part = 0; part < index_->parts(); ++part) {
    const media::IndexHead& head = index_->head(part);
    uint64_t first = std::max(head.first_slot, stretch.first());
    uint64_t last = std::min(head.first_slot + head.slots, stretch.last());
    if (first >= last) continue;
    media::Picture picture = TRY(index_->picture(part));
    for (uint64_t slot = first; slot < last; ++slot) {
      size_t point = stretch.point_of(slot);
      const int8_t* stored = picture.peaks.data() + (slot - head.first_slot) * width;
      int8_t* made = peaks.values.data() + point * width;
      for (size_t i = 0; i < width; i += 2) {
        made[i] = is_begun[point] ? std::min(made[i], stored[i]) : stored[i];
        made[i + 1] = is_begun[point] ? std::max(made[i + 1], stored[i + 1]) : stored[i + 1];
      }
      is_begun[point] = true;
    }
  }
  return peaks;
}

Result<Quality> Playback::quality(double from, double to, size_t points) {
  uint64_t seconds = (samples() + sample_rate() - 1) / sample_rate();
  Stretch stretch = TRY(Stretch::of(from, to, points, 1, seconds));
  std::map<uint32_t, StreamQuality> streams;
  for (const auto& [stream, channel] : plan().channel_of) {
    StreamQuality& quality = streams[stream];
    quality.stream = stream;
    quality.participant = channels()[channel];
    quality.points.resize(stretch.points());
  }
  for (size_t part = 0; part < index_->parts(); ++part) {
    const media::IndexHead& head = index_->head(part);
    bool is_last = part + 1 == index_->parts();
    bool is_before = !is_last && (head.first_slot + head.slots) / media::kSlotsPerSecond <= stretch.first();
    if (is_before || head.first_slot / media::kSlotsPerSecond > stretch.last()) continue;
    media::Picture picture = TRY(index_->picture(part));
    for (const media::QualitySecond& second : picture.quality) {
      auto stream = streams.find(second.stream);
      if (stream == streams.end() || !stretch.has(second.second)) continue;
      QualityPoint& point = stream->second.points[stretch.point_of(second.second)];
      point.expected += second.expected;
      point.lost += second.lost;
      point.jitter_ms = std::max(point.jitter_ms, second.jitter / 10.0);
    }
  }
  Quality quality{static_cast<double>(stretch.first()), static_cast<double>(stretch.last()), {}};
  for (auto& [stream, of_stream] : streams) quality.streams.push_back(std::move(of_stream));
  return quality;
}

}  // namespace ew::node
