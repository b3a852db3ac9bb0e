#include <algorithm>

#include "api/listeners_internal.h"

namespace ew::api {

Listeners::Key Listeners::key_of(const auth::Identity& who, RecordingId recording) {
  return {who.session ? who.session->text() : who.key ? who.key->text() : who.actor(), recording};
}

Result<std::shared_ptr<Listeners::Open>> Listeners::open(const auth::Identity& who, const db::CallRows& call,
                                                         RecordingId recording, const std::string& act) {
  Key key = key_of(who, recording);
  int64_t now = parts_.clock.monotonic_ns();
  {
    std::lock_guard lock(mutex_);
    if (auto found = entries_.find(key); found != entries_.end()) {
      found->second.used_ns = now;
      return found->second.open;
    }
  }
  // Opened without the lock: the first time the whole recording is read.
  auto opened = std::make_shared<Open>();
  opened->playback =
      TRY(node::Playback::open(parts_.data, call, recording, act, "panel", parts_.workers, who.actor()));
  std::lock_guard lock(mutex_);
  while (entries_.size() >= kMaxOpen) {
    auto oldest = std::min_element(entries_.begin(), entries_.end(), [](const auto& a, const auto& b) {
      return a.second.used_ns < b.second.used_ns;
    });
    entries_.erase(oldest);
  }
  entries_[key] = {opened, now};
  return opened;
}

void Listeners::close(const auth::Identity& who, RecordingId recording) {
  std::lock_guard lock(mutex_);
  entries_.erase(key_of(who, recording));
}

void Listeners::tend() {
  int64_t now = parts_.clock.monotonic_ns();
  std::lock_guard lock(mutex_);
  std::erase_if(entries_, [&](const auto& entry) {
    return entry.second.open.use_count() == 1 && now - entry.second.used_ns > kIdleNs;
  });
}

}  // namespace ew::api
