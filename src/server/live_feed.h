// LiveFeed: what the REST interface shows of calls in progress, asked of the recorder.
#pragma once

#include <map>
#include <memory>
#include <mutex>

#include "api/live_calls.h"
#include "config/config.h"
#include "metrics/metrics.h"
#include "server/recorder_link.h"

namespace ew::server {

// Recording clients can be told to pause and to stop; interfaces can only be watched.
class LiveFeed : public api::LiveCalls {
 public:
  // All outlive it. `figures` has those of the recorder too.
  LiveFeed(RecorderLink& recorder, const metrics::Registry& figures, const Clock& clock,
           const config::Config& config);

  std::shared_ptr<const api::LiveList> calls() override;
  api::LiveSources sources() override;
  Status pause(CallId call) override;
  Status resume(CallId call) override;
  Status stop(CallId call) override;
  std::unique_ptr<node::OpenRecording> open(const api::LiveCall& call) override;

 private:
  class RunningRecording;

  // The media part that is being written of a call; at most a second old.
  Result<PartId> part_of(CallId call);

  void look_again();
  Status act_on(CallId call, call::RecordingAct act);
  void add_siprec(api::LiveSources& sources);
  std::vector<api::SiprecAddress> addresses(const SiprecState& state) const;
  void add_hep(api::LiveSources& sources);
  // As others reach it.
  Endpoint told(Endpoint address) const;

  RecorderLink& recorder_;
  const metrics::Registry& figures_;
  const Clock& clock_;
  const config::Config& config_;
  const WallTime since_;
  std::mutex mutex_;  // guards all below
  std::shared_ptr<const api::LiveList> calls_;
  std::map<CallId, PartId> parts_;  // the media parts that are being written
  int64_t looked_at_ns_ = 0;
};

}  // namespace ew::server
