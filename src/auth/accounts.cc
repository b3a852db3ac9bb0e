#include "auth/accounts.h"

#include <algorithm>

#include "auth/context_internal.h"
#include "auth/totp.h"

namespace ew::auth {
namespace {

constexpr const char* kSetupSecret = "auth.setup_secret";
constexpr size_t kDisplayNameMax = 800;  // bytes of 200 characters

Account shown(const db::AccountRow& row) {
  return {.account_id = row.account_id,
          .name = row.name,
          .display_name = row.display_name,
          .roles = roles_of(row),
          .language = row.language,
          .totp = row.totp_secret.has_value(),
          .disabled = row.disabled,
          .created_at = row.created_at,
          .last_sign_in_at = row.last_sign_in_at};
}

std::vector<std::string> names_of(const std::vector<Role>& roles) {
  std::vector<std::string> names;
  for (Role role : roles)
    if (std::string name(name_of(role)); std::find(names.begin(), names.end(), name) == names.end())
      names.push_back(std::move(name));
  return names;
}

bool administers(const db::AccountRow& account) {
  return !account.disabled && permissions_of(roles_of(account)).has(Permission::kAccountsManage);
}

Act act_on(std::string kind, const Identity& who, AccountId account) {
  Act act{.kind = std::move(kind), .actor = who.actor()};
  if (!who.session || account != who.account) act.details.emplace_back("account", account.text());
  return act;
}

Done check(const NewAccount& account) {
  if (!is_account_name(account.name)) return Problem::kInvalidName;
  if (!is_language(account.language) || account.display_name.size() > kDisplayNameMax ||
      account.roles.empty())
    return Problem::kInvalidRequest;
  if (auto weakness = weakness_of(account.password, account.name)) return *weakness;
  return Nothing{};
}

Outcome<db::AccountRow> new_row(Context& context, const NewAccount& account, const std::string& tenant) {
  TRY(check(account));
  db::AccountRow row;
  row.account_id = new_id<AccountId>(context);
  row.tenant = tenant;
  row.name = account.name;
  row.display_name = account.display_name.empty() ? account.name : account.display_name;
  row.roles = names_of(account.roles);
  row.language = account.language;
  row.password_hash = TRY(context.hasher.hash(account.password));
  row.created_at = context.now();
  return row;
}

// An account that `who` may administer; those of other tenants are as if they were not there.
Outcome<db::AccountRow> administered(Context& context, const Identity& who, AccountId account) {
  TRY(who.require(Permission::kAccountsManage));
  TRY(who.require_confirmed());
  auto row = TRY(context.workspace.accounts().find(account));
  if (!row || row->tenant != who.tenant) return Problem::kNotFound;
  return *std::move(row);
}

Outcome<db::AccountRow> edit(Context& context, AccountId account, const db::Accounts::Edit& change,
                             std::optional<SessionId> kept_session = std::nullopt) {
  auto edited = context.workspace.accounts().change(account, change, kept_session);
  if (edited.ok()) return std::move(edited).value();
  switch (edited.error().code()) {
    case ErrorCode::kNotFound:
      return Problem::kNotFound;
    case ErrorCode::kDenied:
      return Problem::kLastAdministrator;
    default:
      return std::move(edited).error();
  }
}

// Which members an administrator changed, for the audit log: words of ours.
std::string words_of(const AccountChange& change) {
  std::string words;
  auto add = [&](bool changed, std::string_view word) {
    if (changed) words.append(words.empty() ? "" : " ").append(word);
  };
  add(change.display_name.has_value(), "display_name");
  add(change.language.has_value(), "language");
  add(change.password.has_value(), "password");
  add(change.roles.has_value(), "roles");
  add(change.disabled.has_value(), "disabled");
  return words;
}

Done switch_totp_off(Context& context, const Identity& who, AccountId account) {
  TRY(context.told(act_on("account.totp_off", who, account), [&] {
    return edit(context, account, [](db::AccountRow& row, const auto&) {
      row.totp_secret.reset();
      row.totp_pending.reset();
      return Status();
    });
  }));
  return Nothing{};
}

}  // namespace

Outcome<bool> Accounts::needs_setup() { return !TRY(context_.workspace.accounts().any()); }

Outcome<std::optional<std::string>> Accounts::begin_setup() {
  if (!TRY(needs_setup())) {
    TRY(context_.workspace.settings().remove(kSetupSecret));
    return std::optional<std::string>();
  }
  std::array<uint8_t, 16> random;
  crypto::random_bytes(random);
  std::string secret = to_base64url(random);
  TRY(context_.workspace.settings().put(kSetupSecret, "\"" + token_hash(secret) + "\"", context_.now()));
  return std::optional(std::move(secret));
}

Outcome<OpenedSession> Accounts::finish_setup(const FirstAccount& first) {
  if (int64_t wait = context_.limits.attempt(first.source); wait > 0)
    return Refusal{Problem::kTooManyAttempts, {}, wait};
  if (!TRY(needs_setup())) return Problem::kSetupDone;
  auto hash = TRY(context_.workspace.settings().get(kSetupSecret));
  if (!hash ||
      !crypto::equal_constant_time(as_bytes(*hash), as_bytes("\"" + token_hash(first.secret) + "\""))) {
    TRY(context_.acts.record({.kind = "session.refused",
                              .actor = {},
                              .result = Act::Result::kDenied,
                              .details = {{"reason", "setup_secret"}}}));
    return Problem::kWrongCredentials;
  }
  NewAccount account = first.account;
  account.roles = {Role::kAdministrator};
  if (first.listens) account.roles.push_back(Role::kListener);
  auto row = TRY(new_row(context_, account, "default"));
  auto added = context_.told({.kind = "account.added", .actor = row.account_id.text()},
                             [&] { return context_.workspace.accounts().add_first(row); });
  if (!added.ok() && added.error().code() == ErrorCode::kExists) return Problem::kSetupDone;
  TRY(std::move(added));
  TRY(context_.workspace.settings().remove(kSetupSecret));
  return open_session(context_, row);
}

Outcome<std::vector<Account>> Accounts::list(const Identity& who) {
  TRY(who.require(Permission::kAccountsManage));
  std::vector<Account> accounts;
  for (const db::AccountRow& row : TRY(context_.workspace.accounts().list()))
    if (row.tenant == who.tenant) accounts.push_back(shown(row));
  return accounts;
}

Outcome<Account> Accounts::add(const Identity& who, const NewAccount& account) {
  TRY(who.require(Permission::kAccountsManage));
  TRY(who.require_confirmed());
  auto row = TRY(new_row(context_, account, who.tenant));
  if (TRY(context_.workspace.accounts().find_by_name(row.name))) return Problem::kNameTaken;
  auto added = context_.told(act_on("account.added", who, row.account_id),
                             [&] { return context_.workspace.accounts().add(row); });
  if (!added.ok() && added.error().code() == ErrorCode::kExists) return Problem::kNameTaken;
  TRY(std::move(added));
  return shown(row);
}

Outcome<Account> Accounts::change(const Identity& who, AccountId account, const AccountChange& change) {
  auto before = TRY(administered(context_, who, account));
  if ((change.language && !is_language(*change.language)) ||
      (change.display_name && change.display_name->size() > kDisplayNameMax) ||
      (change.roles && change.roles->empty()))
    return Problem::kInvalidRequest;
  std::optional<std::string> hash;
  if (change.password) {
    if (auto weakness = weakness_of(*change.password, before.name)) return *weakness;
    hash = TRY(context_.hasher.hash(*change.password));
  }
  Act act = act_on("account.changed", who, account);
  act.details.emplace_back("changed", words_of(change));
  auto changed = TRY(context_.told(std::move(act), [&] {
    return edit(context_, account, [&](db::AccountRow& row, const std::vector<db::AccountRow>& others) {
      const bool administered_before = administers(row);
      if (change.display_name) row.display_name = *change.display_name;
      if (change.language) row.language = *change.language;
      if (change.roles) row.roles = names_of(*change.roles);
      if (change.disabled) row.disabled = *change.disabled;
      if (hash) row.password_hash = *hash;
      if (administered_before && !administers(row) && std::none_of(others.begin(), others.end(), administers))
        return Status(Error(ErrorCode::kDenied, "the last administrator"));
      return Status();
    });
  }));
  return shown(changed);
}

Done Accounts::remove_totp(const Identity& who, AccountId account) {
  TRY(administered(context_, who, account));
  return switch_totp_off(context_, who, account);
}

Outcome<Account> Accounts::change_own(const Identity& who, std::optional<std::string> language,
                                      std::optional<std::string> display_name) {
  TRY(own_account(context_, who));
  if ((language && !is_language(*language)) || (display_name && display_name->size() > kDisplayNameMax))
    return Problem::kInvalidRequest;
  auto changed = TRY(edit(context_, who.account, [&](db::AccountRow& row, const auto&) {
    if (language) row.language = *language;
    if (display_name) row.display_name = display_name->empty() ? row.name : *display_name;
    return Status();
  }));
  return shown(changed);
}

Outcome<OpenedSession> Accounts::change_own_password(const Identity& who, const std::string& current,
                                                     const std::string& password, const IpAddress& source) {
  auto account = TRY(own_account(context_, who));
  if (int64_t wait = context_.limits.attempt(account.name, source); wait > 0)
    return Refusal{Problem::kTooManyAttempts, {}, wait};
  Act act{.kind = "account.password_changed", .actor = who.actor()};
  if (!TRY(context_.hasher.verify(account.password_hash, current))) {
    act.result = Act::Result::kDenied;
    TRY(context_.acts.record(act));
    return Problem::kWrongCredentials;
  }
  context_.limits.succeeded(account.name, source);
  if (auto weakness = weakness_of(password, account.name)) return *weakness;
  std::string hash = TRY(context_.hasher.hash(password));
  TRY(context_.told(std::move(act), [&] {
    auto set = [&](db::AccountRow& row, const auto&) {
      row.password_hash = hash;
      return Status();
    };
    return edit(context_, who.account, set, who.session);
  }));
  return renew_session(context_, who, context_.now() + context_.options.confirmed_sec * kNsPerSec);
}

Outcome<TotpEnrolment> Accounts::begin_totp(const Identity& who) {
  auto account = TRY(own_account(context_, who));
  if (account.totp_secret) return Problem::kTotpOn;
  crypto::Secret secret = crypto::Secret::random(kTotpSecretSize);
  std::string sealed = seal_totp_secret(context_, who.account, secret.view());
  TRY(edit(context_, who.account, [&](db::AccountRow& row, const auto&) {
    row.totp_pending = sealed;
    return Status();
  }));
  return TotpEnrolment{to_base32(secret.view()),
                       totp_uri(secret.view(), context_.options.issuer, account.name)};
}

Done Accounts::confirm_totp(const Identity& who, const std::string& code) {
  auto account = TRY(own_account(context_, who));
  if (account.totp_secret) return Problem::kTotpOn;
  if (!account.totp_pending) return Problem::kTotpNotBegun;
  crypto::Secret secret = TRY(open_totp_secret(context_, who.account, *account.totp_pending));
  auto step = totp_match(secret.view(), code, context_.now());
  if (!step) return Problem::kWrongCredentials;
  TRY(context_.told({.kind = "account.totp_on", .actor = who.actor()}, [&] {
    return edit(context_, who.account, [&](db::AccountRow& row, const auto&) {
      row.totp_secret = account.totp_pending;
      row.totp_pending.reset();
      row.totp_step = *step;  // this code signs nobody in
      return Status();
    });
  }));
  return Nothing{};
}

Done Accounts::remove_own_totp(const Identity& who) {
  TRY(own_account(context_, who));
  TRY(who.require_confirmed());
  return switch_totp_off(context_, who, who.account);
}

}  // namespace ew::auth
