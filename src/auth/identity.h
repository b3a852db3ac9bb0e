// Who asks: the answer to every request's first question.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "auth/outcome.h"
#include "auth/permissions.h"
#include "base/time.h"
#include "db/api_keys.h"
#include "db/sessions.h"

namespace ew::auth {

using db::AccountId;
using db::ApiKeyId;
using db::SessionId;

// As of this request: it is made anew for each and never kept.
struct Identity {
  AccountId account;
  std::string tenant = "default";
  std::optional<SessionId> session;  // one of the two
  std::optional<ApiKeyId> key;
  PermissionSet permissions;  // of a key: what it was given and its owner has now

  std::string name, display_name;
  std::vector<Role> roles;
  std::string language = "en";
  bool totp = false;
  WallTime expires_at;                      // of the session or key, whatever happens
  std::optional<WallTime> confirmed_until;  // nothing for a key
  bool confirmed = false;                   // is that time still to come
  std::string csrf_token;                   // of a session
  std::string token_hash;                   // of a session, by which it gets another token

  // Somebody who commands the program on its own machine ("cli"): manages accounts, nothing else.
  static Identity local(std::string actor);

  std::string actor() const;  // for the audit log: the account's random id, or "cli"
  bool may(Permission permission) const { return permissions.has(permission); }
  // kPermissionDenied, or kConfirmationRequired where the act asks for a password given just now.
  Done require(Permission permission) const;
  Done require_confirmed() const;

 private:
  std::string local_actor_;
};

}  // namespace ew::auth
