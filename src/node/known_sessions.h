// KnownSessions: which call each running communication session is, kept in a file, so that a recorder that
// was killed meets them again: whoever re-establishes a recording session goes on with the call that it had
// (REQUIREMENTS A42). The ids are kept as hashes. Trouble with the file costs the joining and nothing else.
//
// The file is text: "+ HASH CALL" when a call has that id, "- CALL" when the call is over. A line without an
// end, or that cannot be read, is passed over. One thread.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/ids.h"
#include "base/time.h"
#include "io/env.h"

namespace ew::node {

class KnownSessions {
 public:
  static constexpr int64_t kRemembered = 26 * 3'600 * kNsPerSec;  // from the beginning of a call
  static constexpr size_t kMaxCalls = 200'000;                    // of earlier runs
  static constexpr size_t kMaxIds = 8;                            // of one call

  // Reads what an earlier run left, and begins the file anew with it.
  KnownSessions(io::Env& env, std::string path, WallTime now);

  // The call of an earlier run that was going on under one of these ids, the surest first. It is found once:
  // from then on it is a call of this run.
  std::optional<CallId> take(const std::vector<std::string>& ids);
  void add(const std::vector<std::string>& ids, CallId call);
  void remove(CallId call);

  // The first trouble with the file.
  const Status& status() const { return status_; }

 private:
  using Hash = std::string;  // in hex

  static Hash hash_of(std::string_view id);
  void load(WallTime now);
  void write(const std::string& lines);
  void rewrite();

  io::Env& env_;
  const std::string path_;
  std::unique_ptr<io::File> file_;
  uint64_t size_ = 0;
  size_t lines_ = 0;  // in the file
  Status status_;
  std::unordered_map<Hash, CallId> before_;                      // of earlier runs
  std::unordered_map<CallId, std::vector<Hash>, IdHash> calls_;  // that go on; those of earlier runs too
};

}  // namespace ew::node
