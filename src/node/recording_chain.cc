#include "node/recording_chain.h"

#include <fcntl.h>

#include <cinttypes>
#include <cstdio>

#include "base/descriptor.h"

namespace ew::node {

// Lines "part frame last-record-ns" appended to a file, each with one write.
class RecordingChain::FileAckLog : public recorder::AckLog {
 public:
  explicit FileAckLog(const std::string& path)
      : file_(::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600)) {}
  void acknowledged(PartId part, uint64_t frame, WallTime last_at) override {
    char line[128];
    int length = std::snprintf(line, sizeof line, "%s %" PRIu64 " %" PRId64 "\n", part.text().c_str(), frame,
                               last_at.ns);
    if (file_ && ::write(file_.get(), line, static_cast<size_t>(length)) != length) file_.reset();
  }

 private:
  Descriptor file_;
};

RecordingChain::RecordingChain(RecordingHost& host, ChainSettings settings)
    : host_(host), settings_(std::move(settings)) {}
RecordingChain::~RecordingChain() = default;

Result<std::unique_ptr<RecordingChain>> RecordingChain::open(RecordingHost& host, ChainSettings settings,
                                                             call::Ids& ids) {
  std::unique_ptr<RecordingChain> chain(new RecordingChain(host, std::move(settings)));
  ChainSettings& its = chain->settings_;
  if (!its.ack_log_path.empty()) chain->ack_log_ = std::make_unique<FileAckLog>(its.ack_log_path);
  its.recorder.node = TRY(host.node());
  its.recorder.tenant = its.calls.tenant = host.tenant();
  TRY(chain->open_lanes(its.recorder.node));
  std::vector<recorder::LaneThread*> lanes;
  for (const auto& lane : chain->lanes_) lanes.push_back(lane.get());
  chain->recorder_ = std::make_unique<recorder::Recorder>(its.recorder, its.recording_ids, lanes);
  chain->engine_ = std::make_unique<call::Engine>(its.calls, ids, *chain->recorder_);
  return chain;
}

Status RecordingChain::open_lanes(NodeId node) {
  vault::KekPublic kek = TRY(host_.current_kek());
  for (size_t i = 0; i < settings_.lanes; ++i) {
    recorder::Lane::Options options;
    options.directory = host_.lane_directory(i);
    options.number = static_cast<uint16_t>(i);
    options.node = node;
    options.kek = kek;
    options.ack_log = ack_log_.get();
    options.journal = settings_.journal;
    auto lane = TRY(recorder::Lane::open(
        host_.env(), std::move(options), host_.keys(),
        [&host = host_](recorder::Lane& ended_in, PartId part) { host.part_ended(ended_in, part); },
        [&host = host_](const Error& error) { host.journal_error(error); }));
    auto mode =
        settings_.lanes == 1 ? recorder::LaneThread::Mode::kInline : recorder::LaneThread::Mode::kThread;
    lanes_.push_back(std::make_unique<recorder::LaneThread>(std::move(lane), mode));
  }
  return {};
}

void RecordingChain::commit_when_due() {
  int64_t now = host_.clock().monotonic_ns();
  if (now - committed_ns_ < kCommitNs) return;
  recorder_->commit();
  committed_ns_ = now;
}

void RecordingChain::use_kek(const vault::KekPublic& kek) {
  for (const auto& lane : lanes_) lane->use_kek(kek);
}

Status RecordingChain::status() const {
  for (const auto& lane : lanes_) TRY(lane->lane().journal().status());
  return {};
}

uint64_t RecordingChain::pending_bytes() const {
  uint64_t pending = 0;
  for (const auto& lane : lanes_) pending += lane->lane().journal().pending_bytes();
  return pending;
}

Result<journal::FramePlaces> RecordingChain::frames_of(PartId part, uint64_t first, size_t most) const {
  for (const auto& lane : lanes_) {
    auto found = lane->lane().journal().frames_of(part, first, most);
    if (found.ok() || found.error().code() != ErrorCode::kNotFound) return found;
  }
  return Error(ErrorCode::kNotFound, "no journal has part " + part.text());
}

Status RecordingChain::acknowledge() {
  Status journals;
  recorder_->commit();
  for (const auto& lane : lanes_) {
    lane->wait();
    recorder::Lane& of = lane->lane();
    Status durable = of.journal().wait_acknowledged(of.last_sequence());
    if (!durable && journals) journals = std::move(durable);
  }
  return journals;
}

Status RecordingChain::close() {
  // Closed first: what a journal acknowledged last is announced before close() returns.
  Status journals;
  for (const auto& lane : lanes_) {
    Status closed = lane->lane().journal().close();
    if (!closed && journals) journals = std::move(closed);
  }
  Status kept = host_.finish(std::move(lanes_));
  TRY(std::move(journals));
  return kept;
}

}  // namespace ew::node
