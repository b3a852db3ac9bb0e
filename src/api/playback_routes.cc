// Hearing a recording and seeing its waveform, and taking a call away as a file.
#include <algorithm>
#include <condition_variable>
#include <cstdio>
#include <thread>

#include "api/exchange_internal.h"
#include "api/listeners_internal.h"
#include "node/exporter.h"

namespace ew::api {
namespace {

constexpr size_t kDefaultPoints = 1'000;

Result<db::CallRows> rows_of(Exchange& exchange, CallId call) {
  auto log = TRY(exchange.parts.call_logs.take());
  auto rows = TRY(log->find(exchange.tenant(), call));
  if (!rows) return Error(ErrorCode::kNotFound, "there is no such call");
  return std::move(*rows);
}

// The recording that was named, or the best one.
Result<RecordingId> choose(const db::CallRows& rows, const std::optional<std::string>& named) {
  if (!named) {
    auto best = node::best_recording(rows);
    if (!best) return Error(ErrorCode::kNotFound, "nothing of this call was recorded");
    return *best;
  }
  for (const RecordingRecord& recording : rows.recordings)
    if (recording.recording_id.text() == *named) return recording.recording_id;
  return Error(ErrorCode::kNotFound, "this call has no such recording");
}

struct Opened {
  db::CallRows rows;
  RecordingId recording;
  std::shared_ptr<Listeners::Open> open;
};

Result<Opened> open_for(Exchange& exchange, const char* act) {
  Opened opened;
  opened.rows = TRY(rows_of(exchange, exchange.id<CallId>("call_id")));
  opened.recording = TRY(choose(opened.rows, exchange.optional_text("recording")));
  opened.open = TRY(exchange.listeners.open(exchange.who, opened.rows, opened.recording, act));
  return opened;
}

// Bytes of the WAV file, made while they are sent.
class AudioBody : public http::BodySource {
 public:
  AudioBody(std::shared_ptr<Listeners::Open> open, uint64_t size) : open_(std::move(open)), size_(size) {}
  std::optional<uint64_t> size() const override { return size_; }
  Result<size_t> read(uint64_t offset, ByteSpan out) override {
    std::lock_guard lock(open_->mutex);
    return open_->playback->read(offset, out);
  }

 private:
  std::shared_ptr<Listeners::Open> open_;
  uint64_t size_;
};

Answer grant_playback(Exchange& exchange) {
  auto rows = TRY(rows_of(exchange, exchange.id<CallId>("call_id")));
  auto named = exchange.body.find("recording_id");
  auto recording = TRY(
      choose(rows, named == exchange.body.end() ? std::nullopt : std::optional(named->get<std::string>())));
  exchange.listeners.close(exchange.who, recording);  // each grant is an act
  auto open = TRY(exchange.listeners.open(exchange.who, rows, recording, "playback.granted"));
  auto given = TRY(exchange.parts.auth.playback().give(exchange.who, rows.call.call_id, recording));
  std::lock_guard lock(open->mutex);
  const node::Playback& playback = *open->playback;
  json notes = json::array();
  for (const media::RenderNote& note : playback.notes()) notes.push_back(note.participant + ": " + note.text);
  return {json{{"token", given.token},
               {"url", "/api/v1/playback/" + given.token + "/audio.wav"},
               {"expires_at", to_rfc3339(given.grant.expires_at)},
               {"recording_id", recording.text()},
               {"start_at", to_rfc3339(playback.start_at())},
               {"duration_seconds", static_cast<double>(playback.samples()) / playback.sample_rate()},
               {"sample_rate", playback.sample_rate()},
               {"channels", playback.channels()},
               {"notes", notes}},
          201};
}

Answer get_audio(Exchange& exchange) {
  auto grant = TRY(exchange.parts.auth.playback().use(exchange.who, exchange.text("token")));
  auto rows = TRY(rows_of(exchange, grant.call_id));
  auto open = TRY(exchange.listeners.open(exchange.who, rows, grant.recording_id, "playback.resumed"));
  uint64_t size = 0;
  {
    std::lock_guard lock(open->mutex);
    size = open->playback->wav_size();
  }
  return http::stream("audio/wav", std::make_unique<AudioBody>(std::move(open), size));
}

Answer end_playback(Exchange& exchange) {
  auto grant = TRY(exchange.parts.auth.playback().end(exchange.who, exchange.text("token")));
  std::string heard;
  for (const json& span : exchange.body.at("heard")) {
    char text[64];
    std::snprintf(text, sizeof text, "%s%.1f-%.1f", heard.empty() ? "" : ",", span.at("from").get<double>(),
                  span.at("to").get<double>());
    heard += text;
  }
  TRY(exchange.parts.data.audit_act("playback.ended", grant.recording_id,
                                    {{"call", grant.call_id.text()}, {"heard", heard}},
                                    exchange.who.actor()));
  exchange.listeners.close(exchange.who, grant.recording_id);
  return nothing();
}

Answer get_peaks(Exchange& exchange) {
  auto opened = TRY(open_for(exchange, "recording.waveform_viewed"));
  std::lock_guard lock(opened.open->mutex);
  node::Playback& playback = *opened.open->playback;
  double length = static_cast<double>(playback.samples()) / playback.sample_rate();
  double from = exchange.parameters.value("from", 0.0), to = exchange.parameters.value("to", length);
  if (from > to) return bad_request("from", "a time before to");
  auto peaks = TRY(playback.peaks(from, to, exchange.parameters.value("points", kDefaultPoints)));
  json channels = json::array();
  size_t count = playback.channels().size();
  for (size_t channel = 0; channel < count; ++channel) {
    json least = json::array(), greatest = json::array();
    for (size_t point = 0; point < peaks.points; ++point) {
      least.push_back(peaks.values[(point * count + channel) * 2]);
      greatest.push_back(peaks.values[(point * count + channel) * 2 + 1]);
    }
    channels.push_back({{"participant", playback.channels()[channel]}, {"min", least}, {"max", greatest}});
  }
  return json{{"from", peaks.from}, {"to", peaks.to}, {"points", peaks.points}, {"channels", channels}};
}

Answer get_quality(Exchange& exchange) {
  auto opened = TRY(open_for(exchange, "recording.quality_viewed"));
  std::lock_guard lock(opened.open->mutex);
  node::Playback& playback = *opened.open->playback;
  double length = static_cast<double>(playback.samples()) / playback.sample_rate();
  size_t points = exchange.parameters.value("points", kDefaultPoints);
  auto quality = TRY(playback.quality(0, length, points));
  json streams = json::array();
  size_t made = 1;
  for (const node::StreamQuality& stream : quality.streams) {
    json lost = json::array(), jitter = json::array();
    for (const node::QualityPoint& point : stream.points) {
      lost.push_back(
          point.expected == 0 ? 0.0 : static_cast<double>(point.lost) / static_cast<double>(point.expected));
      jitter.push_back(point.jitter_ms);
    }
    made = std::max(made, stream.points.size());
    json one = {{"participant", stream.participant},
                {"ssrc", ""},
                {"codec", ""},
                {"lost", lost},
                {"jitter_ms", jitter}};
    for (const RecordingRecord& recording : opened.rows.recordings) {
      if (recording.recording_id != opened.recording) continue;
      for (const MediaStream& known : recording.streams) {
        if (known.number != stream.stream) continue;
        char ssrc[9];
        std::snprintf(ssrc, sizeof ssrc, "%08x", known.ssrc);
        one["ssrc"] = ssrc;
        one["codec"] = known.codec;
      }
    }
    streams.push_back(std::move(one));
  }
  return json{{"from", quality.from},
              {"to", quality.to},
              {"step_seconds", (quality.to - quality.from) / static_cast<double>(made)},
              {"streams", streams}};
}

// An export while it is sent: a thread makes it, at most kWaiting bytes ahead of the client, and nothing of
// it is ever written to this machine's disk.
class ExportBody : public http::BodySource {
 public:
  static constexpr size_t kWaiting = 1024 * 1024;
  using Make = std::function<Status(const media::ByteSink&)>;

  explicit ExportBody(Make make) : thread_([this, make = std::move(make)] { run(make); }) {}
  ~ExportBody() override {
    {
      std::lock_guard lock(mutex_);
      left_ = true;
    }
    changed_.notify_all();
    thread_.join();
  }

  // Until the first bytes are there, or it failed before: then there is still time to say so.
  Status begin() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return !bytes_.empty() || done_; });
    if (done_ && !done_->ok()) return done_->error();
    return {};
  }
  std::optional<uint64_t> size() const override { return std::nullopt; }
  Result<size_t> read(uint64_t, ByteSpan out) override {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return taken_ < bytes_.size() || done_; });
    if (taken_ == bytes_.size()) {
      if (!done_->ok()) return done_->error();
      return size_t{0};
    }
    size_t length = std::min(out.size(), bytes_.size() - taken_);
    std::copy_n(bytes_.begin() + static_cast<ptrdiff_t>(taken_), length, out.begin());
    taken_ += length;
    if (taken_ == bytes_.size()) {
      bytes_.clear();
      taken_ = 0;
      changed_.notify_all();
    }
    return length;
  }

 private:
  void run(const Make& make) {
    Status status = make([this](ByteView piece) -> Status {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [&] { return bytes_.size() < kWaiting || left_; });
      if (left_) return Error(ErrorCode::kIo, "export: the client is gone");
      bytes_.insert(bytes_.end(), piece.begin(), piece.end());
      changed_.notify_all();
      return {};
    });
    std::lock_guard lock(mutex_);
    done_ = std::move(status);
    changed_.notify_all();
  }

  std::mutex mutex_;  // guards all but the thread
  std::condition_variable changed_;
  Bytes bytes_;
  size_t taken_ = 0;  // of bytes_
  bool left_ = false;
  std::optional<Status> done_;
  std::thread thread_;
};

Result<std::unique_ptr<http::BodySource>> export_body(Exchange& exchange, db::CallRows rows,
                                                      node::ExportFormat format) {
  if (format == node::ExportFormat::kWav) {
    auto open = std::make_shared<Listeners::Open>();
    auto recording = TRY(choose(rows, exchange.optional_text("recording")));
    open->playback = TRY(node::Playback::open(exchange.parts.data, rows, recording, "call.exported", "wav",
                                              exchange.parts.workers, exchange.who.actor()));
    uint64_t size = open->playback->wav_size();
    return std::unique_ptr<http::BodySource>(std::make_unique<AudioBody>(std::move(open), size));
  }
  node::ExportOptions options;
  options.format = format;
  options.recording = TRY(choose(rows, exchange.optional_text("recording")));
  options.actor = exchange.who.actor();
  auto body = std::make_unique<ExportBody>(
      [&data = exchange.parts.data, rows = std::move(rows), options](const media::ByteSink& sink) -> Status {
        TRY(node::export_call(data, rows, options, sink));
        return {};
      });
  TRY(body->begin());
  return std::unique_ptr<http::BodySource>(std::move(body));
}

Answer export_call(Exchange& exchange) {
  auto rows = TRY(rows_of(exchange, exchange.id<CallId>("call_id")));
  auto format = *node::export_format(exchange.text("format"));
  std::string name = "call-" + rows.call.call_id.text() + "." + std::string(node::name_of(format));
  http::Response response =
      http::stream("application/octet-stream", TRY(export_body(exchange, std::move(rows), format)));
  response.headers.set("Content-Disposition", "attachment; filename=\"" + name + "\"");
  return response;
}

}  // namespace

void add_playback_routes(Routes& routes) {
  routes.handlers.insert({{"grantPlayback", grant_playback},
                          {"getAudio", get_audio},
                          {"endPlayback", end_playback},
                          {"getPeaks", get_peaks},
                          {"getQuality", get_quality},
                          {"exportCall", export_call}});
}

}  // namespace ew::api
