#include "auth/sign_in_limits.h"

#include <algorithm>

namespace ew::auth {
namespace {

// One customer of a provider has a whole /64 of IPv6.
std::string key_of(const IpAddress& source) {
  size_t size = source.is_v4() ? 16 : 8;
  return std::string(reinterpret_cast<const char*>(source.bytes.data()), size);
}

}  // namespace

TokenBuckets::Entry& TokenBuckets::entry(const std::string& key) {
  auto found = entries_.find(key);
  if (found != entries_.end()) {
    order_.splice(order_.begin(), order_, found->second.place);
    return found->second;
  }
  if (entries_.size() >= entries_max_) {
    entries_.erase(order_.back());
    order_.pop_back();
  }
  order_.push_front(key);
  return entries_.emplace(key, Entry{0, order_.begin()}).first->second;
}

int64_t TokenBuckets::wait_ns(const std::string& key, int64_t now_ns) {
  auto found = entries_.find(key);
  if (found == entries_.end()) return 0;
  // With one token the bucket is full after the refill of all others.
  return std::max<int64_t>(0, found->second.full_at_ns - (rate_.burst - 1) * rate_.refill_ns - now_ns);
}

void TokenBuckets::take(const std::string& key, int64_t now_ns) {
  Entry& bucket = entry(key);
  bucket.full_at_ns = std::max(bucket.full_at_ns, now_ns) + rate_.refill_ns;
}

void TokenBuckets::forget(const std::string& key) {
  auto found = entries_.find(key);
  if (found == entries_.end()) return;
  order_.erase(found->second.place);
  entries_.erase(found);
}

int64_t SignInLimits::attempt(const std::string& name, const IpAddress& source) {
  std::lock_guard lock(mutex_);
  int64_t now = clock_.monotonic_ns();
  std::string from = key_of(source), both = from + name;
  bool known = known_.wait_ns(both, now) > 0;
  bool count_name = !known && !name.empty();
  int64_t wait = std::max(by_source_.wait_ns(from, now), by_name_from_source_.wait_ns(both, now));
  if (count_name) wait = std::max(wait, by_name_.wait_ns(name, now));
  if (wait > 0) return (wait + kNsPerSec - 1) / kNsPerSec;
  by_source_.take(from, now);
  by_name_from_source_.take(both, now);
  if (count_name) by_name_.take(name, now);
  return 0;
}

void SignInLimits::succeeded(const std::string& name, const IpAddress& source) {
  std::lock_guard lock(mutex_);
  std::string both = key_of(source) + name;
  by_name_from_source_.forget(both);
  known_.forget(both);
  known_.take(both, clock_.monotonic_ns());
}

}  // namespace ew::auth
