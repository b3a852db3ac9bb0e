// Argon2id (RFC 9106) through libsodium. Parameters stand in each hash (PHC string), so they may rise later.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "auth/outcome.h"

namespace ew::auth {

// Why nobody shall use this password, if so: 12 to 1,000 characters, not the account's name, none of the
// commonest.
std::optional<Problem> weakness_of(std::string_view password, std::string_view name);

// Memory is bounded: at most `at_once` hashings run, at most `waiting_max` callers wait for one, the next is
// told kBusy. Any thread.
class PasswordHasher {
 public:
  struct Parameters {
    uint64_t passes = 3;
    size_t memory_bytes = 64 * 1024 * 1024;
    size_t at_once = 2;
    size_t waiting_max = 32;
  };
  explicit PasswordHasher(Parameters parameters) : parameters_(parameters) {}
  // Before anything else: makes the hash that nobody has.
  Status prepare();

  Outcome<std::string> hash(std::string_view password);
  // Whether the password is the hash's. Without a hash: the same work, and false.
  Outcome<bool> verify(const std::optional<std::string>& hash, std::string_view password);
  bool is_outdated(const std::string& hash) const;  // made with other parameters than ours

  uint64_t hashings() const { return hashings_; }  // so far, verifications too

 private:
  class Place;  // of one hashing
  Parameters parameters_;
  std::string nobodys_hash_;
  std::atomic<uint64_t> hashings_ = 0;
  std::mutex mutex_;
  std::condition_variable freed_;
  size_t running_ = 0, waiting_ = 0;  // guarded by mutex_
};

}  // namespace ew::auth
