// What people do with accounts and sessions, told to whoever keeps the audit log.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "base/result.h"

namespace ew::auth {

// Kinds:
//   session.opened     signed in                  session.refused    did not; detail "reason"
//   session.closed     signed out                 session.confirmed  password or code given again
//   account.added, account.changed, account.password_changed, account.totp_on, account.totp_off; detail
//                      "account", where it is not the actor's own
//   api_key.made, api_key.revoked; detail "key"
struct Act {
  std::string kind;
  std::string actor;  // an account's random id, "cli", or empty: nobody who is known
  enum class Result { kOk, kDenied, kFailed };
  Result result = Result::kOk;
  std::vector<std::pair<std::string, std::string>> details = {};  // ids and words of ours: no name, no secret
};
std::string_view name_of(Act::Result result);  // "ok", "denied", "failed"

class ActLog {
 public:
  virtual ~ActLog() = default;
  // Durable on return. An act is told before it takes effect, so that nothing happens untold; one that fails
  // after all is told again, with kFailed. Any thread.
  virtual Status record(const Act& act) = 0;
};

}  // namespace ew::auth
