// What differs between the two databases in the text of a statement.
#pragma once

#include <string>

#include "db/sql.h"

namespace ew::db {

enum class Dialect { kSqlite, kPostgres };

std::string render(const Sql& sql, Dialect dialect);

}  // namespace ew::db
