// What the services of this module share. One context serves all threads.
#pragma once

#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "auth/act_log.h"
#include "auth/password_hasher.h"
#include "auth/service.h"
#include "auth/sign_in_limits.h"
#include "crypto/crypto.h"
#include "db/workspace.h"

namespace ew::auth {

// The latest time at which something was used, until it is in the database.
template <typename Key>
class RecentUses {
 public:
  // `stored`: what the database has, where it is not known here yet.
  void note(const Key& key, WallTime at, std::optional<WallTime> stored) {
    std::lock_guard lock(mutex_);
    auto [entry, is_new] = entries_.try_emplace(key, Entry{at, stored});
    if (!is_new && at > entry->second.at) entry->second.at = at;
  }
  std::optional<WallTime> at(const Key& key) const {
    std::lock_guard lock(mutex_);
    auto found = entries_.find(key);
    return found == entries_.end() ? std::nullopt : std::optional(found->second.at);
  }
  void forget(const Key& key) {
    std::lock_guard lock(mutex_);
    entries_.erase(key);
  }
  // Those that moved on since they were last taken, by at least `step_ns`.
  std::vector<std::pair<Key, WallTime>> take_due(int64_t step_ns) {
    std::lock_guard lock(mutex_);
    std::vector<std::pair<Key, WallTime>> due;
    for (auto& [key, entry] : entries_) {
      if (entry.written && entry.at - *entry.written < step_ns) continue;
      entry.written = entry.at;
      due.emplace_back(key, entry.at);
    }
    return due;
  }
  // What was not used since; the others' number is that of people and programs at work.
  void forget_unused(WallTime since) {
    std::lock_guard lock(mutex_);
    std::erase_if(entries_, [&](const auto& entry) { return entry.second.at < since; });
  }

 private:
  struct Entry {
    WallTime at;
    std::optional<WallTime> written;
  };
  mutable std::mutex mutex_;
  std::map<Key, Entry> entries_;  // guarded by mutex_
};

// Grants to listen as they are known here, by the hash of their token.
class KnownGrants {
 public:
  // Beyond this, the one unused for longest is forgotten; its listener asks for another.
  static constexpr size_t kMax = 10'000;

  void put(const db::PlaybackRow& grant, std::optional<WallTime> stored);
  std::optional<db::PlaybackRow> find(const std::string& token_hash) const;
  void use(const std::string& token_hash, WallTime at);
  void forget(const std::string& token_hash);
  void forget_unused(WallTime since);
  std::vector<db::PlaybackRow> take_due(int64_t step_ns);

 private:
  struct Entry {
    db::PlaybackRow grant;
    std::optional<WallTime> written;
  };
  mutable std::mutex mutex_;
  std::map<std::string, Entry> entries_;  // guarded by mutex_
};

struct Context {
  Context(Service::Parts&& parts)
      : workspace(parts.workspace),
        acts(parts.acts),
        clock(parts.clock),
        secret(std::move(parts.secret)),
        options(std::move(parts.options)),
        hasher(options.password),
        limits(clock) {
    crypto::hkdf(secret.view(), {}, "earwitness csrf", csrf_key.span());
    crypto::hkdf(secret.view(), {}, "earwitness totp", totp_key.span());
  }

  db::Workspace& workspace;
  ActLog& acts;
  const Clock& clock;
  const crypto::Secret secret;
  const Options options;
  crypto::Secret csrf_key{32}, totp_key{32};
  PasswordHasher hasher;
  SignInLimits limits;
  RecentUses<SessionId> activity;
  RecentUses<ApiKeyId> key_uses;
  KnownGrants grants;
  std::mutex grants_writing;  // held while the database is made to agree with `grants`

  WallTime now() const { return clock.wall(); }

  // Tells the act, makes the change, and tells again if it failed.
  template <typename Change>
  auto told(Act act, Change change) -> decltype(change()) {
    TRY(acts.record(act));
    auto changed = change();
    if (!changed.ok()) {
      act.result = Act::Result::kFailed;
      TRY(acts.record(act));
    }
    return changed;
  }
};

// Steps that several services take.

template <typename AnyId>
AnyId new_id(const Context& context) {
  return AnyId(crypto::random_uuid(context.now()));
}
std::string to_base64url(ByteView bytes);  // without padding
std::string new_token();                   // 256 random bits in base64url: kTokenLength characters
std::string token_hash(std::string_view token);
constexpr size_t kTokenLength = 43;

bool is_account_name(std::string_view name);
bool is_language(std::string_view language);
std::vector<Role> roles_of(const db::AccountRow& account);
Identity identity_of(const Context& context, const db::AccountRow& account, const db::SessionRow& session);

// A session for somebody whose credentials were just found right.
Outcome<OpenedSession> open_session(Context& context, const db::AccountRow& account);
// The session under a new token; kNotSignedIn if it has ended meanwhile.
Outcome<OpenedSession> renew_session(Context& context, const Identity& who,
                                     std::optional<WallTime> confirmed_until);
// Whether the code is the account's, and not used before.
Outcome<bool> takes_code(Context& context, const db::AccountRow& account, std::string_view code);
// The account behind a session, as it is now. For what a person does with their own account: no key may.
Outcome<db::AccountRow> own_account(Context& context, const Identity& who);

// TOTP secrets lie in the database sealed under the server's secret, bound to their account.
std::string seal_totp_secret(const Context& context, AccountId account, ByteView secret);
Result<crypto::Secret> open_totp_secret(const Context& context, AccountId account, const std::string& sealed);

}  // namespace ew::auth
