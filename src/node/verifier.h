// Verifier: reads everything back and names what is wrong: objects (every frame, with its key), keys, audit
// log, journals, and the call log's rows against what the vault says. It changes nothing.
//
// Beside a recorder that is at work the stores are not of one moment: a part is in the vault before its rows
// are in the call log. So what looks wrong there is looked at again, and is a finding if it stays wrong.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "node/data_directory.h"

namespace ew::node {

struct VerifyOptions {
  std::optional<WallTime> since;         // only recordings that began at or after it
  double sample_percent = 100;           // of the objects, chosen by their id: always the same ones
  std::optional<RecordingId> recording;  // only this one
  bool resume = false;                   // go on behind the last object that an interrupted run had finished
  std::function<bool(uint64_t done)> progress;  // after each object; false stops it with kBusy
  bool is_whole() const { return !since && !recording && sample_percent >= 100; }
};

struct VerifyReport {
  uint64_t objects = 0, frames = 0, calls = 0, keys = 0, audit_entries = 0;
  std::vector<std::string> findings;  // each names the recording, or file and offset
};

Result<VerifyReport> verify(DataDirectory& data, const VerifyOptions& options);

}  // namespace ew::node
