// Keys with which programs act for an account: "ew_" and 256 random bits, shown once, kept as SHA-256.
#pragma once

#include <string>
#include <vector>

#include "auth/identity.h"

namespace ew::auth {

struct Context;  // context_internal.h

struct ApiKey {
  ApiKeyId key_id;
  std::string title;
  PermissionSet permissions;
  WallTime created_at, expires_at;
  std::optional<WallTime> last_used_at;
};

class ApiKeys {
 public:
  static constexpr size_t kPerAccountMax = 100;

  explicit ApiKeys(Context& context) : context_(context) {}

  // Needs a confirmed session, so no key can make another; the permissions must be among the maker's.
  struct NewApiKey {
    std::string title;
    PermissionSet permissions;
    int64_t expires_in_days = 90;  // 1 to 366
  };
  struct MadeApiKey {
    ApiKey key;
    std::string secret;  // this once
  };
  Outcome<MadeApiKey> make(const Identity& who, const NewApiKey& key);
  Outcome<std::vector<ApiKey>> list(const Identity& who);
  Done revoke(const Identity& who, ApiKeyId key);  // of one's own; others' are kNotFound

 private:
  Context& context_;
};

}  // namespace ew::auth
