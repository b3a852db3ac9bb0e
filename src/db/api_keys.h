// Keys with which programs act for an account.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "db/accounts.h"

namespace ew::db {

using ApiKeyId = Id<struct ApiKeyTag>;

struct ApiKeyRow {
  ApiKeyId key_id;
  AccountId account_id;
  std::string title;
  std::string token_hash;  // SHA-256 of the key, hex
  std::vector<std::string> permissions;
  WallTime created_at, expires_at;
  std::optional<WallTime> last_used_at;
  bool operator==(const ApiKeyRow&) const = default;
};

class ApiKeys {
 public:
  explicit ApiKeys(SharedConnection& connection) : connection_(connection) {}

  Status add(const ApiKeyRow& key);
  struct Found {
    ApiKeyRow key;
    AccountRow account;
  };
  Result<std::optional<Found>> find(const std::string& token_hash);
  Result<std::vector<ApiKeyRow>> list(AccountId account);  // newest first
  Result<bool> remove(AccountId account, ApiKeyId key);    // false: this account has none such
  Status note_use(const std::vector<std::pair<ApiKeyId, WallTime>>& used);  // never moves back

 private:
  SharedConnection& connection_;
};

}  // namespace ew::db
