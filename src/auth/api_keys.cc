#include "auth/api_keys.h"

#include "auth/context_internal.h"

namespace ew::auth {
namespace {

constexpr int64_t kNsPerDay = 24 * 3600 * kNsPerSec;

ApiKey shown(const db::ApiKeyRow& row) {
  ApiKey key{.key_id = row.key_id,
             .title = row.title,
             .permissions = {},
             .created_at = row.created_at,
             .expires_at = row.expires_at,
             .last_used_at = row.last_used_at};
  for (const std::string& name : row.permissions)
    if (auto permission = permission_of(name)) key.permissions.add(*permission);
  return key;
}

}  // namespace

Outcome<ApiKeys::MadeApiKey> ApiKeys::make(const Identity& who, const NewApiKey& key) {
  TRY(own_account(context_, who));
  if (!who.permissions.has_all(key.permissions)) return Problem::kPermissionDenied;
  TRY(who.require_confirmed());
  if (key.title.empty() || key.title.size() > 400 || key.permissions.empty() || key.expires_in_days < 1 ||
      key.expires_in_days > 366)
    return Problem::kInvalidRequest;
  if (TRY(context_.workspace.api_keys().list(who.account)).size() >= kPerAccountMax)
    return Problem::kInvalidRequest;
  const std::string secret = "ew_" + new_token();
  const WallTime now = context_.now();
  db::ApiKeyRow row{.key_id = new_id<ApiKeyId>(context_),
                    .account_id = who.account,
                    .title = key.title,
                    .token_hash = token_hash(secret),
                    .permissions = {},
                    .created_at = now,
                    .expires_at = now + key.expires_in_days * kNsPerDay,
                    .last_used_at = std::nullopt};
  for (Permission permission : key.permissions.list()) row.permissions.emplace_back(name_of(permission));
  TRY(context_.told({.kind = "api_key.made", .actor = who.actor(), .details = {{"key", row.key_id.text()}}},
                    [&] { return context_.workspace.api_keys().add(row); }));
  return MadeApiKey{shown(row), secret};
}

Outcome<std::vector<ApiKey>> ApiKeys::list(const Identity& who) {
  std::vector<ApiKey> keys;
  for (const db::ApiKeyRow& row : TRY(context_.workspace.api_keys().list(who.account))) {
    ApiKey key = shown(row);
    // What was used a moment ago may not be written yet.
    if (auto used = context_.key_uses.at(row.key_id)) key.last_used_at = used;
    keys.push_back(std::move(key));
  }
  return keys;
}

Done ApiKeys::revoke(const Identity& who, ApiKeyId key) {
  TRY(own_account(context_, who));
  bool removed =
      TRY(context_.told({.kind = "api_key.revoked", .actor = who.actor(), .details = {{"key", key.text()}}},
                        [&] { return context_.workspace.api_keys().remove(who.account, key); }));
  context_.key_uses.forget(key);
  if (!removed) return Problem::kNotFound;
  return Nothing{};
}

}  // namespace ew::auth
