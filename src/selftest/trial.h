// One trial: a server of its own is called by so many recording clients at once, and what it stored is
// compared with what they sent.
#pragma once

#include <functional>
#include <string>

#include "base/time.h"
#include "selftest/capacity.h"

namespace ew::selftest {

struct TrialSettings {
  std::string folder;  // made for the trial and removed after it
  // Starts `earwitness serve` with this configuration, its output into this file; gives the process id.
  std::function<Result<int>(const std::string& config, const std::string& log)> start;
  double hold_s = 10;      // so long all calls are there
  bool encrypted = false;  // SRTP
};

// An error: the server could not be started, or its data could not be read.
Result<Trial> run_trial(const TrialSettings& settings, const Clock& clock, uint32_t calls);

}  // namespace ew::selftest
