// Searches that people saved under a name.
#pragma once

#include <string>
#include <vector>

#include "db/accounts.h"

namespace ew::db {

using ViewId = Id<struct ViewTag>;

struct ViewRow {
  ViewId view_id;
  AccountId account_id;
  std::string name;
  std::string query;  // as in the panel's address
  WallTime created_at;
  bool operator==(const ViewRow&) const = default;
};

class Views {
 public:
  static constexpr int64_t kPerAccountMax = 200;
  static constexpr size_t kQueryMax = 8'000;  // bytes

  explicit Views(SharedConnection& connection) : connection_(connection) {}

  Status add(const ViewRow& view);                       // kLimit: too many, too long
  Result<std::vector<ViewRow>> list(AccountId account);  // in order of names
  Result<bool> remove(AccountId account, ViewId view);   // false: this account has none such

 private:
  SharedConnection& connection_;
};

}  // namespace ew::db
