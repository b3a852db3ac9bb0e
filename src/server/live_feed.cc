#include "server/live_feed.h"

#include <algorithm>

namespace ew::server {
namespace {

constexpr int64_t kFreshNs = 1 * kNsPerSec;  // a list that old serves everybody who looks

api::LiveCall shown(const node::LiveCall& call, const std::string& tenant) {
  api::LiveCall shown;
  shown.call = call.call_id;
  if (call.media_part || call.recording_state == RecordingState::kRecorded ||
      call.recording_state == RecordingState::kRecordedPartial)
    shown.recording = call.recording_id;
  shown.tenant = tenant;
  shown.source = name_of(call.source);
  shown.peer = call.source_detail;
  shown.witness = call.witness;
  shown.start_at = call.start_at;
  shown.answer_at = call.answer_at;
  shown.caller_number = call.caller_number;
  shown.caller_name = call.caller_name;
  shown.called_number = call.called_number;
  shown.called_name = call.called_name;
  if (call.media_part) shown.state = api::LiveCall::State::kRecording;
  shown.why_code = name_of(call.recording_state);
  for (const node::LiveStream& stream : call.streams)
    shown.streams.push_back({stream.number, stream.participant, "", stream.media, stream.codec,
                             stream.encrypted, stream.packets, stream.lost, stream.last_at});
  return shown;
}

bool has_label(const metrics::Labels& labels, std::string_view name, std::string_view value) {
  return std::any_of(labels.begin(), labels.end(),
                     [&](const auto& label) { return label.first == name && label.second == value; });
}

uint64_t sum_of(const std::vector<metrics::Family>& families, std::string_view name,
                const std::string& source) {
  double sum = 0;
  for (const metrics::Family& family : families)
    if (family.name == name)
      for (const metrics::Sample& sample : family.samples)
        if (has_label(sample.labels, "source", source)) sum += sample.value;
  return static_cast<uint64_t>(sum);
}

Error cannot() { return {ErrorCode::kUnsupported, "the source of this call cannot be told anything"}; }

}  // namespace

// What the recorder writes of one call: it tells where that lies, and it is read from the recorder's files.
class LiveFeed::RunningRecording : public node::OpenRecording {
 public:
  RunningRecording(LiveFeed& feed, CallId call) : feed_(feed), call_(call) {}

  Result<PartId> part() override { return feed_.part_of(call_); }
  Result<Frames> read(PartId part, uint64_t first) override { return feed_.recorder_.frames_of(part, first); }

 private:
  LiveFeed& feed_;
  const CallId call_;
};

LiveFeed::LiveFeed(RecorderLink& recorder, const metrics::Registry& figures, const Clock& clock,
                   const config::Config& config)
    : recorder_(recorder),
      figures_(figures),
      clock_(clock),
      config_(config),
      since_(clock.wall()),
      calls_(std::make_shared<api::LiveList>()) {}

std::shared_ptr<const api::LiveList> LiveFeed::calls() {
  std::lock_guard lock(mutex_);
  const int64_t now = clock_.monotonic_ns();
  if (looked_at_ns_ != 0 && now - looked_at_ns_ < kFreshNs) return calls_;
  looked_at_ns_ = now;
  auto list = std::make_shared<api::LiveList>();
  // While a recorder starts again, nothing goes on that could be shown.
  parts_.clear();
  if (auto live = recorder_.live_calls(); live.ok())
    for (const node::LiveCall& call : live->calls) {
      list->push_back(shown(call, config_.tenant));
      if (call.media_part) parts_[call.call_id] = *call.media_part;
    }
  return calls_ = std::move(list);
}

Result<PartId> LiveFeed::part_of(CallId call) {
  (void)calls();
  std::lock_guard lock(mutex_);
  auto found = parts_.find(call);
  if (found == parts_.end()) return Error(ErrorCode::kNotFound, "nothing of this call is being written");
  return found->second;
}

api::LiveSources LiveFeed::sources() {
  api::LiveSources sources;
  const auto families = figures_.collect();
  const auto list = calls();
  for (const std::string& interface : config_.capture.interfaces) {
    api::CaptureSource source;
    source.interface = interface;
    source.since = since_;
    source.packets = sum_of(families, "earwitness_capture_packets_total", interface);
    source.bytes = sum_of(families, "earwitness_capture_bytes_total", interface);
    source.dropped_by_kernel = sum_of(families, "earwitness_capture_dropped_total", interface);
    source.calls_now = static_cast<uint64_t>(std::count_if(
        list->begin(), list->end(), [&](const api::LiveCall& call) { return call.peer == interface; }));
    sources.captures.push_back(std::move(source));
  }
  return sources;
}

Status LiveFeed::pause(CallId) { return cannot(); }
Status LiveFeed::resume(CallId) { return cannot(); }
Status LiveFeed::stop(CallId) { return cannot(); }
std::unique_ptr<node::OpenRecording> LiveFeed::open(const api::LiveCall& call) {
  return std::make_unique<RunningRecording>(*this, call.call);
}

}  // namespace ew::server
