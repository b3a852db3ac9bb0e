// Accounts of people.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/ids.h"
#include "base/result.h"
#include "base/time.h"
#include "db/shared_connection.h"

namespace ew::db {

using AccountId = Id<struct AccountTag>;
using SessionId = Id<struct SessionTag>;

struct AccountRow {
  AccountId account_id;
  std::string tenant = "default";
  std::string name;  // signs in with it; unique, never changed
  std::string display_name;
  std::vector<std::string> roles;
  std::string language = "en";
  std::string password_hash;                // PHC string
  std::optional<std::string> totp_secret;   // sealed by auth/; nothing: no second factor
  std::optional<std::string> totp_pending;  // shown, and not yet proved by a first code
  int64_t totp_step = 0;                    // the last time step whose code was used
  bool disabled = false;
  WallTime created_at;
  std::optional<WallTime> last_sign_in_at;
  bool operator==(const AccountRow&) const = default;
};

class Accounts {
 public:
  explicit Accounts(SharedConnection& connection) : connection_(connection) {}

  Result<bool> any();
  Status add(const AccountRow& account);        // kExists: the name is taken
  Status add_first(const AccountRow& account);  // kExists: there is an account already
  Result<std::optional<AccountRow>> find(AccountId account);
  Result<std::optional<AccountRow>> find_by_name(const std::string& name);
  Result<std::vector<AccountRow>> list();  // in order of names

  // Reads, edits and writes an account, beside no other change of any. `edit` sees all others and may refuse.
  // Another password and disabling end its sessions but the one to keep. Gives the account as it is now;
  // kNotFound if there is none. Id, tenant, name and created_at stay.
  using Edit = std::function<Status(AccountRow& account, const std::vector<AccountRow>& others)>;
  Result<AccountRow> change(AccountId account, const Edit& edit,
                            std::optional<SessionId> kept_session = std::nullopt);

  // Takes a time step's code out of use. False: it, or a later one, was used before.
  Result<bool> use_totp_step(AccountId account, int64_t step);
  Status note_sign_in(AccountId account, WallTime at);
  // Only if the hash is still the former one, so that a password set meanwhile stays.
  Status replace_password_hash(AccountId account, const std::string& former, const std::string& hash);

 private:
  SharedConnection& connection_;
};

}  // namespace ew::db
