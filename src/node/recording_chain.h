// RecordingChain: what stands behind every source, of a file or live: engine -> recorder -> lanes with their
// journals. One thread (the engine's).
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "call/engine.h"
#include "node/recording_host.h"
#include "recorder/recorder.h"

namespace ew::node {

struct ChainSettings {
  size_t lanes = 1;  // one runs on the engine's thread, several have one each
  journal::Options journal;
  std::string ack_log_path;             // for tests: what is acknowledged, line by line
  recorder::RecorderSettings recorder;  // node and tenant are the host's
  recorder::RecordingIds recording_ids;
  call::Settings calls;  // the tenant is the host's
};

class RecordingChain {
 public:
  // Arrival time between two looks for due frames, and wall time between two commits.
  static constexpr int64_t kTickNs = 50 * kNsPerMs;
  static constexpr int64_t kCommitNs = 200 * kNsPerMs;

  // `host` and `ids` must outlive it.
  static Result<std::unique_ptr<RecordingChain>> open(RecordingHost& host, ChainSettings settings,
                                                      call::Ids& ids);
  ~RecordingChain();

  call::Engine& engine() { return *engine_; }
  recorder::Recorder& recorder() { return *recorder_; }

  // Time has reached `now` (arrival time).
  void tick(WallTime now) {
    recorder_->tick(now);
    ticked_at_ = now;
  }
  void tick_when_due(WallTime now) {
    if (now - ticked_at_ >= kTickNs) tick(now);
  }
  void commit_when_due();
  void use_kek(const vault::KekPublic& kek);

  // The error with which a journal has given up.
  Status status() const;
  // Handed to the journals and not acknowledged yet.
  uint64_t pending_bytes() const;
  // Of a part that is being written. kNotFound: none of the journals has it, or not yet.
  Result<journal::FramePlaces> frames_of(PartId part, uint64_t first, size_t most) const;
  // All that was recorded is acknowledged.
  Status acknowledge();
  // The journals are closed, and the lanes are the host's. Nothing more is recorded.
  Status close();

 private:
  class FileAckLog;
  RecordingChain(RecordingHost& host, ChainSettings settings);
  Status open_lanes(NodeId node);

  RecordingHost& host_;
  ChainSettings settings_;
  std::unique_ptr<FileAckLog> ack_log_;
  std::vector<std::unique_ptr<recorder::LaneThread>> lanes_;
  std::unique_ptr<recorder::Recorder> recorder_;
  std::unique_ptr<call::Engine> engine_;
  WallTime ticked_at_;
  int64_t committed_ns_ = 0;
};

}  // namespace ew::node
