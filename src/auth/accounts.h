// People's accounts: the first one, administration, and what everybody may change of their own.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "auth/identity.h"
#include "auth/sessions.h"
#include "net/endpoint.h"

namespace ew::auth {

struct Context;  // context_internal.h

struct Account {
  AccountId account_id;
  std::string name, display_name;
  std::vector<Role> roles;
  std::string language;  // "en", "es", "ru", "sk"
  bool totp = false;
  bool disabled = false;
  WallTime created_at;
  std::optional<WallTime> last_sign_in_at;
};

struct NewAccount {
  std::string name;          // ^[a-z0-9][a-z0-9._@-]{0,63}$
  std::string display_name;  // empty: the name
  std::string password;
  std::vector<Role> roles;  // at least one
  std::string language = "en";
};

struct AccountChange {  // what is absent stays
  std::optional<std::string> display_name, language, password;
  std::optional<std::vector<Role>> roles;
  std::optional<bool> disabled;
};

struct TotpEnrolment {
  std::string secret;  // base32, to type
  std::string uri;     // otpauth://…, to scan
};

class Accounts {
 public:
  explicit Accounts(Context& context) : context_(context) {}

  // The first run. A new one-time secret for the printed link, in place of any before; nothing once there is
  // an account. Only its hash is kept, so the server asks for one at each start.
  Outcome<std::optional<std::string>> begin_setup();
  Outcome<bool> needs_setup();
  // The first account, an administrator, who also listens if so asked; signs in. The secret is gone
  // afterwards.
  struct FirstAccount {
    std::string secret;
    NewAccount account;  // roles are not looked at
    bool listens = false;
    IpAddress source;
  };
  Outcome<OpenedSession> finish_setup(const FirstAccount& first);

  // Administration: needs accounts.manage, changes a confirmed session too.
  Outcome<std::vector<Account>> list(const Identity& who);
  Outcome<Account> add(const Identity& who, const NewAccount& account);
  // Disabling and a new password end the account's sessions; other roles hold from the next request on.
  Outcome<Account> change(const Identity& who, AccountId account, const AccountChange& change);
  Done remove_totp(const Identity& who, AccountId account);

  // Of one's own.
  Outcome<Account> change_own(const Identity& who, std::optional<std::string> language,
                              std::optional<std::string> display_name);
  // Ends all other sessions; the own one gets a new token.
  Outcome<OpenedSession> change_own_password(const Identity& who, const std::string& current,
                                             const std::string& password, const IpAddress& source);
  Outcome<TotpEnrolment> begin_totp(const Identity& who);  // may be repeated until confirmed
  Done confirm_totp(const Identity& who, const std::string& code);
  Done remove_own_totp(const Identity& who);  // needs a confirmed session

 private:
  Context& context_;
};

}  // namespace ew::auth
