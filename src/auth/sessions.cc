#include "auth/sessions.h"

#include <algorithm>

#include "auth/context_internal.h"
#include "base/text.h"

namespace ew::auth {
namespace {

constexpr std::string_view kKeyPrefix = "ew_";

Done refuse_sign_in(Context& context, const std::optional<db::AccountRow>& account, Problem problem,
                    std::string reason) {
  TRY(context.acts.record({.kind = "session.refused",
                           .actor = account ? account->account_id.text() : std::string(),
                           .result = Act::Result::kDenied,
                           .details = {{"reason", std::move(reason)}}}));
  return problem;
}

// The password is right: is it kept with the parameters of today? Where not, and where there is time for it.
void renew_hash(Context& context, const db::AccountRow& account, const std::string& password) {
  if (!context.hasher.is_outdated(account.password_hash)) return;
  auto hash = context.hasher.hash(password);
  if (!hash.ok()) return;
  (void)context.workspace.accounts().replace_password_hash(account.account_id, account.password_hash, *hash);
}

Outcome<Identity> identity_of_key(Context& context, std::string_view bearer) {
  if (!bearer.starts_with(kKeyPrefix)) return Problem::kNotSignedIn;
  auto found = TRY(context.workspace.api_keys().find(token_hash(bearer)));
  const WallTime now = context.now();
  if (!found || found->account.disabled || now >= found->key.expires_at) return Problem::kNotSignedIn;
  PermissionSet given;
  for (const std::string& name : found->key.permissions)
    if (auto permission = permission_of(name)) given.add(*permission);
  Identity identity;
  identity.account = found->account.account_id;
  identity.tenant = found->account.tenant;
  identity.key = found->key.key_id;
  identity.roles = roles_of(found->account);
  identity.permissions = given & permissions_of(identity.roles);
  identity.name = found->account.name;
  identity.display_name = found->account.display_name;
  identity.language = found->account.language;
  identity.totp = found->account.totp_secret.has_value();
  identity.expires_at = found->key.expires_at;
  context.key_uses.note(found->key.key_id, now, found->key.last_used_at);
  return identity;
}

}  // namespace

Outcome<OpenedSession> Sessions::sign_in(const SignIn& attempt) {
  std::string name = to_lower(attempt.name);
  if (!is_account_name(name)) name.clear();  // nobody has such a name; it is counted by source alone
  if (int64_t wait = context_.limits.attempt(name, attempt.source); wait > 0)
    return Refusal{Problem::kTooManyAttempts, {}, wait};

  auto account = TRY(context_.workspace.accounts().find_by_name(name));
  bool right = TRY(context_.hasher.verify(account ? std::optional(account->password_hash) : std::nullopt,
                                          attempt.password));
  if (!right || account->disabled)
    return refuse_sign_in(context_, account, Problem::kWrongCredentials, "credentials").error();
  if (account->totp_secret) {
    if (attempt.totp.empty())
      return refuse_sign_in(context_, account, Problem::kTotpRequired, "totp_required").error();
    if (!TRY(takes_code(context_, *account, attempt.totp)))
      return refuse_sign_in(context_, account, Problem::kWrongCredentials, "totp").error();
  }
  context_.limits.succeeded(name, attempt.source);
  renew_hash(context_, *account, attempt.password);
  return open_session(context_, *account);
}

Outcome<Identity> Sessions::authenticate(std::string_view cookie, std::string_view bearer,
                                         Activity activity) {
  if (!bearer.empty()) return identity_of_key(context_, bearer);
  if (cookie.size() != kTokenLength) return Problem::kNotSignedIn;
  auto found = TRY(context_.workspace.sessions().find(token_hash(cookie)));
  if (!found || found->account.disabled) return Problem::kNotSignedIn;
  const db::SessionRow& session = found->session;
  const WallTime now = context_.now();
  const WallTime active =
      std::max(session.active_at, context_.activity.at(session.session_id).value_or(session.active_at));
  if (now >= session.expires_at || now - active >= context_.options.session_idle_sec * kNsPerSec)
    return Problem::kNotSignedIn;
  if (activity == Activity::kPerson) context_.activity.note(session.session_id, now, session.active_at);
  return identity_of(context_, found->account, session);
}

Done Sessions::check_csrf(const Identity& who, std::string_view token) const {
  if (who.key) return Nothing{};
  if (!who.session || !crypto::equal_constant_time(as_bytes(who.csrf_token), as_bytes(token)))
    return Problem::kWrongCsrfToken;
  return Nothing{};
}

Outcome<OpenedSession> Sessions::confirm(const Identity& who, const std::string& password,
                                         const std::string& totp, const IpAddress& source) {
  auto account = TRY(own_account(context_, who));
  if (password.empty() && totp.empty()) return Problem::kInvalidRequest;
  if (int64_t wait = context_.limits.attempt(account.name, source); wait > 0)
    return Refusal{Problem::kTooManyAttempts, {}, wait};
  bool right = password.empty() ? TRY(takes_code(context_, account, totp))
                                : TRY(context_.hasher.verify(account.password_hash, password));
  Act act{.kind = "session.confirmed", .actor = who.actor()};
  if (!right) {
    act.result = Act::Result::kDenied;
    TRY(context_.acts.record(act));
    return Problem::kWrongCredentials;
  }
  context_.limits.succeeded(account.name, source);
  return context_.told(std::move(act), [&] {
    return renew_session(context_, who, context_.now() + context_.options.confirmed_sec * kNsPerSec);
  });
}

Done Sessions::sign_out(const Identity& who) {
  if (!who.session) return Problem::kPermissionDenied;
  TRY(context_.told({.kind = "session.closed", .actor = who.actor()},
                    [&] { return context_.workspace.sessions().remove(*who.session); }));
  context_.activity.forget(*who.session);
  return Nothing{};
}

int64_t Sessions::idle_sec() const { return context_.options.session_idle_sec; }

}  // namespace ew::auth
