// Sessions of people who signed in.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "db/accounts.h"

namespace ew::db {

struct SessionRow {
  SessionId session_id;    // stays when the token changes
  std::string token_hash;  // SHA-256 of the token, hex
  AccountId account_id;
  WallTime created_at, active_at;
  WallTime expires_at;                      // whatever happens
  std::optional<WallTime> confirmed_until;  // step-up
  bool operator==(const SessionRow&) const = default;
};

class Sessions {
 public:
  explicit Sessions(SharedConnection& connection) : connection_(connection) {}

  Status add(const SessionRow& session);
  struct Found {
    SessionRow session;
    AccountRow account;
  };
  Result<std::optional<Found>> find(const std::string& token_hash);

  // Gives the session another token. False: there is none with the former.
  Result<bool> replace_token(const std::string& former_hash, const std::string& hash,
                             std::optional<WallTime> confirmed_until);
  Status note_activity(const std::vector<std::pair<SessionId, WallTime>>& active);  // never moves back
  Status remove(SessionId session);
  // Those that ended by then, or were last active before `idle_since`.
  Status remove_ended(WallTime now, WallTime idle_since);

 private:
  SharedConnection& connection_;
};

}  // namespace ew::db
