#include <array>
#include <algorithm>

#include "auth/context_internal.h"
#include "auth/totp.h"

namespace ew::auth {

void KnownGrants::put(const db::PlaybackRow& grant, std::optional<WallTime> stored) {
  std::lock_guard lock(mutex_);
  if (entries_.size() >= kMax) {
    entries_.erase(std::min_element(entries_.begin(), entries_.end(), [](const auto& a, const auto& b) {
      return a.second.grant.used_at < b.second.grant.used_at;
    }));
  }
  entries_.try_emplace(grant.token_hash, Entry{grant, stored});
}

std::optional<db::PlaybackRow> KnownGrants::find(const std::string& token_hash) const {
  std::lock_guard lock(mutex_);
  auto found = entries_.find(token_hash);
  return found == entries_.end() ? std::nullopt : std::optional(found->second.grant);
}

void KnownGrants::use(const std::string& token_hash, WallTime at) {
  std::lock_guard lock(mutex_);
  auto found = entries_.find(token_hash);
  if (found != entries_.end()) found->second.grant.used_at = std::max(found->second.grant.used_at, at);
}

void KnownGrants::forget(const std::string& token_hash) {
  std::lock_guard lock(mutex_);
  entries_.erase(token_hash);
}

void KnownGrants::forget_unused(WallTime since) {
  std::lock_guard lock(mutex_);
  std::erase_if(entries_, [&](const auto& entry) { return entry.second.grant.used_at < since; });
}

std::vector<db::PlaybackRow> KnownGrants::take_due(int64_t step_ns) {
  std::lock_guard lock(mutex_);
  std::vector<db::PlaybackRow> due;
  for (auto& [hash, entry] : entries_) {
    if (entry.written && entry.grant.used_at - *entry.written < step_ns) continue;
    entry.written = entry.grant.used_at;
    due.push_back(entry.grant);
  }
  return due;
}

std::string to_base64url(ByteView bytes) {
  std::string text = crypto::to_base64(bytes);
  std::replace(text.begin(), text.end(), '+', '-');
  std::replace(text.begin(), text.end(), '/', '_');
  text.erase(text.find_last_not_of('=') + 1);
  return text;
}

std::string new_token() {
  std::array<uint8_t, 32> random;
  crypto::random_bytes(random);
  return to_base64url(random);
}

std::string token_hash(std::string_view token) { return to_hex(crypto::sha256(as_bytes(token))); }

bool is_account_name(std::string_view name) {
  constexpr std::string_view kFirst = "abcdefghijklmnopqrstuvwxyz0123456789";
  constexpr std::string_view kAll = "abcdefghijklmnopqrstuvwxyz0123456789._@-";
  return !name.empty() && name.size() <= 64 && kFirst.find(name.front()) != std::string_view::npos &&
         name.find_first_not_of(kAll) == std::string_view::npos;
}

bool is_language(std::string_view language) {
  return language == "en" || language == "es" || language == "ru" || language == "sk";
}

std::vector<Role> roles_of(const db::AccountRow& account) {
  std::vector<Role> roles;
  // A role that another version of the program knows gives nothing here.
  for (const std::string& name : account.roles)
    if (auto role = role_of(name)) roles.push_back(*role);
  return roles;
}

Identity identity_of(const Context& context, const db::AccountRow& account, const db::SessionRow& session) {
  Identity identity;
  identity.account = account.account_id;
  identity.tenant = account.tenant;
  identity.session = session.session_id;
  identity.roles = roles_of(account);
  identity.permissions = permissions_of(identity.roles);
  identity.name = account.name;
  identity.display_name = account.display_name;
  identity.language = account.language;
  identity.totp = account.totp_secret.has_value();
  identity.expires_at = session.expires_at;
  identity.confirmed_until = session.confirmed_until;
  identity.confirmed = session.confirmed_until && context.now() < *session.confirmed_until;
  identity.csrf_token = to_base64url(crypto::hmac_sha256(context.csrf_key.view(), session.session_id.view()));
  identity.token_hash = session.token_hash;
  return identity;
}

Outcome<OpenedSession> open_session(Context& context, const db::AccountRow& account) {
  const WallTime now = context.now();
  const std::string token = new_token();
  db::SessionRow session{.session_id = new_id<SessionId>(context),
                         .token_hash = token_hash(token),
                         .account_id = account.account_id,
                         .created_at = now,
                         .active_at = now,
                         .expires_at = now + context.options.session_max_sec * kNsPerSec,
                         .confirmed_until = now + context.options.confirmed_sec * kNsPerSec};
  Status opened =
      context.told({.kind = "session.opened", .actor = account.account_id.text()}, [&]() -> Status {
        TRY(context.workspace.sessions().add(session));
        return context.workspace.accounts().note_sign_in(account.account_id, now);
      });
  TRY(std::move(opened));
  return OpenedSession{token, identity_of(context, account, session)};
}

Outcome<OpenedSession> renew_session(Context& context, const Identity& who,
                                     std::optional<WallTime> confirmed_until) {
  const std::string token = new_token();
  const std::string hash = token_hash(token);
  if (!TRY(context.workspace.sessions().replace_token(who.token_hash, hash, confirmed_until)))
    return Problem::kNotSignedIn;
  auto found = TRY(context.workspace.sessions().find(hash));
  if (!found) return Problem::kNotSignedIn;
  return OpenedSession{token, identity_of(context, found->account, found->session)};
}

Outcome<bool> takes_code(Context& context, const db::AccountRow& account, std::string_view code) {
  if (!account.totp_secret) return false;
  crypto::Secret secret = TRY(open_totp_secret(context, account.account_id, *account.totp_secret));
  auto step = totp_match(secret.view(), code, context.now());
  if (!step) return false;
  return TRY(context.workspace.accounts().use_totp_step(account.account_id, *step));
}

Outcome<db::AccountRow> own_account(Context& context, const Identity& who) {
  if (!who.session) return Problem::kPermissionDenied;
  auto account = TRY(context.workspace.accounts().find(who.account));
  if (!account || account->disabled) return Problem::kNotSignedIn;
  return *std::move(account);
}

std::string seal_totp_secret(const Context& context, AccountId account, ByteView secret) {
  Bytes sealed(crypto::Aead::kNonceSize + secret.size() + crypto::Aead::kTagSize);
  ByteSpan nonce = ByteSpan(sealed).first(crypto::Aead::kNonceSize);
  crypto::random_bytes(nonce);
  crypto::Aead(context.totp_key.view())
      .seal(nonce, account.view(), secret, ByteSpan(sealed).subspan(crypto::Aead::kNonceSize));
  return crypto::to_base64(sealed);
}

Result<crypto::Secret> open_totp_secret(const Context& context, AccountId account,
                                        const std::string& sealed) {
  constexpr size_t kOverhead = crypto::Aead::kNonceSize + crypto::Aead::kTagSize;
  auto bytes = crypto::from_base64(sealed);
  if (!bytes || bytes->size() <= kOverhead)
    return Error(ErrorCode::kCorrupt, "account " + account.text() + ": its TOTP secret is damaged");
  crypto::Secret secret(bytes->size() - kOverhead);
  ByteView view(*bytes);
  if (!crypto::Aead(context.totp_key.view())
           .open(view.first(crypto::Aead::kNonceSize), account.view(), view.subspan(crypto::Aead::kNonceSize),
                 secret.span()))
    return Error(ErrorCode::kDenied,
                 "account " + account.text() + ": its TOTP secret was sealed under another server secret");
  return secret;
}

}  // namespace ew::auth
