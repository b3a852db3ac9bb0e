// The tables and how they came to be (docs/formats/call_log.md).
#pragma once

#include <span>
#include <vector>

#include "db/connection.h"

namespace ew::db {

// The statements that lead from one version to the next. A released one is never changed; a new version first
// expands (adds tables, columns, indexes), and only a later one contracts, so that two versions of the
// program can share a database.
using Migration = std::vector<Sql>;

// migrations()[0] makes version 1, and so on.
const std::vector<Migration>& migrations();

// Applies what is missing, each migration in one transaction. A schema newer than the list is refused.
Status migrate(Connection& connection, std::span<const Migration> list);

}  // namespace ew::db
