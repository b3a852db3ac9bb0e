// Witnesses: a call that is heard on the wire may also come by a recording session. Each way makes a Call
// with a recording of its own, and both are one call: they bear one CallId. The one that begins later is told
// which call goes on already, by an id of its signalling, else by its two parties, if no other call has the
// same.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/time.h"

namespace ew::call {

class Call;

class Witnesses {
 public:
  // How long before its signalling was seen a recording session may have begun: the wire is read in blocks.
  static constexpr int64_t kAheadNs = 5 * kNsPerSec;
  static constexpr size_t kMaxNames = 64;  // of one call

  // What a call is known by. `ids`: of its own signalling, Call-IDs and session ids (RFC 7989). `users`: of
  // its two parties' addresses; empty where one of them is not known.
  struct Names {
    std::vector<std::string> ids;
    std::pair<std::string, std::string> users;
  };

  void note(Call& call, const Names& names);
  void forget(const Call& call);
  // For a call that begins by a recording session, or on the wire: the one that goes on under one of these
  // names and came the other way; nothing where several did. One that a recording session brought is no call
  // of another hour: it began less than kAheadNs before `at`.
  Call* find(bool by_recording_session, const Names& names, WallTime at) const;

 private:
  using Keys = std::multimap<std::string, Call*, std::less<>>;
  Call* only_one(const std::string& key, bool by_recording_session, WallTime at) const;

  Keys by_key_;
  std::unordered_map<const Call*, std::vector<Keys::iterator>> keys_;
};

}  // namespace ew::call
