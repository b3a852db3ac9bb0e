// The recordings that are open because somebody listens or looks at them: seeking asks for them again and
// again, and opening one is an act of its own.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "api/service.h"
#include "auth/identity.h"
#include "node/playback.h"

namespace ew::api {

class Listeners {
 public:
  static constexpr size_t kMaxOpen = 64;
  static constexpr int64_t kIdleNs = 120 * kNsPerSec;

  // One at a time reads; whoever holds it keeps it open.
  struct Open {
    std::mutex mutex;  // guards playback
    std::unique_ptr<node::Playback> playback;
  };

  explicit Listeners(const Parts& parts) : parts_(parts) {}

  // The recording as this person has it open, or opened now: a durable act first.
  Result<std::shared_ptr<Open>> open(const auth::Identity& who, const db::CallRows& call,
                                     RecordingId recording, const std::string& act);
  // What was open for this person and recording is closed once nobody reads it.
  void close(const auth::Identity& who, RecordingId recording);
  void tend();

 private:
  using Key = std::pair<std::string, RecordingId>;  // of the session or API key
  struct Entry {
    std::shared_ptr<Open> open;
    int64_t used_ns = 0;
  };
  static Key key_of(const auth::Identity& who, RecordingId recording);

  const Parts& parts_;
  std::mutex mutex_;
  std::map<Key, Entry> entries_;  // guarded by mutex_
};

}  // namespace ew::api
