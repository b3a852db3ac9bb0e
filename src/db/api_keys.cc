#include "db/api_keys.h"

#include "db/workspace_rows.h"

namespace ew::db {

Status ApiKeys::add(const ApiKeyRow& key) {
  return connection_.write([&](Connection& connection) { return insert(connection, key); });
}

Result<std::optional<ApiKeys::Found>> ApiKeys::find(const std::string& token_hash) {
  return connection_.read([&](Connection& connection) -> Result<std::optional<Found>> {
    auto key = TRY(select_one<ApiKeyRow>(connection, "WHERE token_hash = ?", token_hash));
    if (!key) return std::optional<Found>();
    auto account = TRY(select_one<AccountRow>(connection, "WHERE account_id = ?", key->account_id));
    if (!account) return std::optional<Found>();
    return std::optional<Found>(Found{*std::move(key), *std::move(account)});
  });
}

Result<std::vector<ApiKeyRow>> ApiKeys::list(AccountId account) {
  return connection_.read([&](Connection& connection) {
    return select<ApiKeyRow>(connection, "WHERE account_id = ? ORDER BY created_at DESC, key_id DESC",
                             account);
  });
}

Result<bool> ApiKeys::remove(AccountId account, ApiKeyId key) {
  return connection_.write([&](Connection& connection) {
    return finds(connection, "DELETE FROM api_key WHERE key_id = ? AND account_id = ? RETURNING 1", key,
                 account);
  });
}

Status ApiKeys::note_use(const std::vector<std::pair<ApiKeyId, WallTime>>& used) {
  return connection_.write([&](Connection& connection) -> Status {
    for (const auto& [key, at] : used)
      TRY(execute(connection,
                  "UPDATE api_key SET last_used_at = ? WHERE key_id = ? AND (last_used_at IS NULL OR "
                  "last_used_at < ?)",
                  at, key, at));
    return {};
  });
}

}  // namespace ew::db
