// A CallFilter as the condition of a statement.
#pragma once

#include <string>
#include <variant>
#include <vector>

#include "db/call_log.h"
#include "db/connection.h"

namespace ew::db {

struct Condition {
  Sql sql;  // "tenant_id = ? AND …", over table call
  std::vector<std::variant<int64_t, std::string>> parameters;

  void bind_to(Statement& statement) const;
};

// kLimit: more words than a search may have.
Result<Condition> condition_of(const CallFilter& filter);

// Text that sorts behind everything that begins with `prefix`.
std::string end_of_prefix(std::string_view prefix);

}  // namespace ew::db
