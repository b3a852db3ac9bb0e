// The server of one trial.
#pragma once

#include <memory>
#include <string>

#include "base/time.h"
#include "config/config.h"
#include "net/endpoint.h"
#include "selftest/trial.h"

namespace ew::selftest {

class TrialServer {
 public:
  // Returns when it answers SIP.
  static Result<std::unique_ptr<TrialServer>> start(const TrialSettings& settings, const Clock& clock);
  // Kills what still runs, and removes the folder.
  ~TrialServer();

  const Endpoint& sip() const { return sip_; }
  // The recorder's process: processor time so far, memory at most.
  struct Used {
    double cpu_s = 0;
    uint64_t memory_bytes = 0;
  };
  Result<Used> recorder() const;

  // In order. Then what it stored.
  Status stop();
  struct Stored {
    uint64_t packets = 0, bytes = 0;
  };
  Result<Stored> stored();

 private:
  TrialServer(const TrialSettings& settings, const Clock& clock) : folder_(settings.folder), clock_(clock) {}
  Status write_config();
  Status wait_until_it_answers();
  Error ended() const;

  const std::string folder_;
  const Clock& clock_;
  config::Config config_;
  Endpoint sip_;
  std::string http_;
  int pid_ = -1;
};

}  // namespace ew::selftest
