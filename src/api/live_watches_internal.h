// The calls in progress that somebody watches or hears: each is opened once, however many look at it, and let
// go soon after nobody does.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>

#include "api/service.h"
#include "auth/identity.h"

namespace ew::api {

class LiveWatches {
 public:
  static constexpr size_t kMaxWatched = 100;
  static constexpr size_t kMaxGrants = 1'000;
  static constexpr int64_t kIdleNs = 15 * kNsPerSec;  // without being asked for
  static constexpr int64_t kStepNs = 100 * kNsPerMs;  // looked for new sound at most so often
  static constexpr int64_t kActNs = 300 * kNsPerSec;  // who watches on and on is noted once in this time

  explicit LiveWatches(const Parts& parts) : parts_(parts) {}

  // How loud the voices of a call are now. That this person watches it is a durable act first.
  Result<std::vector<media::LiveMixer::Level>> levels(const auth::Identity& who, const LiveCall& call);

  // A grant to hear a call: a token for this session or key. A durable act first.
  Result<std::string> grant(const auth::Identity& who, const LiveCall& call);
  struct Heard {
    LiveCall::State state = LiveCall::State::kRecording;
    bool has_ended = false;
    media::LiveMixer::Sound sound;
  };
  // What was said behind a place; without one, the newest half second. kNotFound: no such token, another's,
  // or ended.
  Result<Heard> hear(const auth::Identity& who, const std::string& token, std::optional<int64_t> after);
  Status end(const auth::Identity& who, const std::string& token);

  // Once a second: what nobody asks for any more ends.
  void tend();

 private:
  struct Watched {
    std::unique_ptr<node::LiveSound> sound;
    int64_t used_ns = 0, advanced_ns = 0;
  };
  struct Grant {
    std::string holder, actor;
    CallId call;
    RecordingId recording;
    int64_t used_ns = 0;
    int64_t samples = 0;  // given out
  };

  Result<node::LiveSound*> watched(const LiveCall& call);
  Status note_ended(const Grant& grant);

  const Parts& parts_;
  std::mutex mutex_;  // guards all below; the worker decodes for one at a time
  std::shared_ptr<media::Worker> worker_;
  std::map<CallId, Watched> watched_;
  std::map<std::string, Grant> grants_;                     // by SHA-256 of the token, in hex
  std::map<std::pair<std::string, CallId>, int64_t> acts_;  // who watches which call, noted when
};

// The call with this id, if it is in progress and the tenant's.
std::optional<LiveCall> find_live(const Parts& parts, const std::string& tenant, CallId call);

}  // namespace ew::api
