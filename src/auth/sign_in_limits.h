// How often somebody may try a password. Token buckets by source, by name from that source, and by name. Who
// has signed in from a source before is not held up there by what others do elsewhere under the same name, so
// nobody can lock another out.
#pragma once

#include <cstdint>
#include <list>
#include <mutex>
#include <string>
#include <unordered_map>

#include "base/time.h"
#include "net/endpoint.h"

namespace ew::auth {

// Buckets by key. Of more keys than `entries_max` those unused for longest are forgotten.
class TokenBuckets {
 public:
  struct Rate {
    int64_t burst;      // tokens of a full bucket
    int64_t refill_ns;  // for one token
  };
  TokenBuckets(Rate rate, size_t entries_max) : rate_(rate), entries_max_(entries_max) {}

  // Nanoseconds until the key has a token; 0: it has one.
  int64_t wait_ns(const std::string& key, int64_t now_ns);
  void take(const std::string& key, int64_t now_ns);
  void forget(const std::string& key);  // full again
  size_t size() const { return entries_.size(); }

 private:
  // A bucket as the moment at which it is full: one number instead of tokens and a time.
  struct Entry {
    int64_t full_at_ns;
    std::list<std::string>::iterator place;
  };
  Entry& entry(const std::string& key);

  Rate rate_;
  size_t entries_max_;
  std::list<std::string> order_;  // used last is first
  std::unordered_map<std::string, Entry> entries_;
};

class SignInLimits {
 public:
  explicit SignInLimits(const Clock& clock) : clock_(clock) {}

  // Seconds to wait, 0 if the attempt may be made; it is then counted. Any thread.
  int64_t attempt(const std::string& name, const IpAddress& source);
  // It was the right person.
  void succeeded(const std::string& name, const IpAddress& source);
  // What is asked for besides a name: the setup secret.
  int64_t attempt(const IpAddress& source) { return attempt({}, source); }

 private:
  static constexpr size_t kEntriesMax = 50'000;
  static constexpr TokenBuckets::Rate kBySource{30, 4 * kNsPerSec};
  static constexpr TokenBuckets::Rate kByNameFromSource{6, 20 * kNsPerSec};
  static constexpr TokenBuckets::Rate kByName{60, 5 * kNsPerSec};
  static constexpr TokenBuckets::Rate kKnown{1, 30 * 24 * 3600 * kNsPerSec};

  const Clock& clock_;
  std::mutex mutex_;  // guards all below
  TokenBuckets by_source_{kBySource, kEntriesMax};
  TokenBuckets by_name_from_source_{kByNameFromSource, kEntriesMax};
  TokenBuckets by_name_{kByName, kEntriesMax};
  TokenBuckets known_{kKnown, kEntriesMax};  // a taken token: signed in from there within 30 days
};

}  // namespace ew::auth
