// RecentDialogs: dialogs that began lately, found by a key. Bounded by age and number; a dialog that has gone
// is skipped.
#pragma once

#include <deque>
#include <memory>
#include <string>
#include <unordered_map>

#include "base/time.h"

namespace ew::call {

class Dialog;

class RecentDialogs {
 public:
  static constexpr size_t kMaxEntries = 65'536;
  static constexpr size_t kMaxLooked = 64;  // of one key, the newest first

  explicit RecentDialogs(int64_t age_ns) : age_ns_(age_ns) {}

  void add(const std::string& key, const std::shared_ptr<Dialog>& dialog, WallTime at) {
    expire(at);
    entries_[key].push_back(dialog);
    order_.emplace_back(at, key);
  }
  // Calls `each(dialog)` for those of this key, newest first, until it returns true.
  template <typename Each>
  void find(const std::string& key, WallTime now, Each&& each) {
    expire(now);
    auto found = entries_.find(key);
    if (found == entries_.end()) return;
    size_t looked = 0;
    for (auto entry = found->second.rbegin(); entry != found->second.rend() && looked < kMaxLooked;
         ++entry, ++looked)
      if (auto dialog = entry->lock(); dialog && each(*dialog)) return;
  }

 private:
  void expire(WallTime now) {
    while (!order_.empty() && (now - order_.front().first > age_ns_ || order_.size() >= kMaxEntries)) {
      auto oldest = entries_.find(order_.front().second);
      oldest->second.pop_front();
      if (oldest->second.empty()) entries_.erase(oldest);
      order_.pop_front();
    }
  }

  int64_t age_ns_;
  std::unordered_map<std::string, std::deque<std::weak_ptr<Dialog>>> entries_;  // of one key in order of time
  std::deque<std::pair<WallTime, std::string>> order_;
};

}  // namespace ew::call
