// KnownSessions: which call each running communication session is, kept in a file, so that a recorder that
// was killed meets them again: whoever re-establishes a recording session goes on with the call that it had
// (REQUIREMENTS A42). The ids are kept as hashes. Trouble with the file costs the joining and nothing else.
//
// The file is text: "+ HASH CALL" when a call has that id, "- CALL" when the call is over. A line without an
// end, or that cannot be read, is passed over. One thread asks and tells; another one writes, since a disk
// may stand still for seconds and whoever records may not.
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
  ~KnownSessions();  // when all is written

  // The call of an earlier run that was going on under one of these ids, the surest first. It is found once:
  // from then on it is a call of this run.
  std::optional<CallId> take(const std::vector<std::string>& ids);
  void add(const std::vector<std::string>& ids, CallId call);
  void remove(CallId call);

  // The first trouble with the file.
  Status status() const;
  // Returns when what was told so far is in the file, or it cannot be written.
  void settle();

 private:
  using Hash = std::string;  // in hex

  class Writer;

  static Hash hash_of(std::string_view id);
  void load(io::Env& env, const std::string& path, WallTime now);
  void write(std::string lines);
  void rewrite();

  std::unique_ptr<Writer> writer_;
  size_t lines_ = 0;                                             // in the file
  std::unordered_map<Hash, CallId> before_;                      // of earlier runs
  std::unordered_map<CallId, std::vector<Hash>, IdHash> calls_;  // that go on; those of earlier runs too
};

}  // namespace ew::node
