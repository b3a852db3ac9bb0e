// A connection to the database that a URL names.
#pragma once

#include <memory>
#include <string>

#include "db/connection.h"

namespace ew::db {

// "sqlite:PATH" or "postgresql://…" (libpq).
Result<std::unique_ptr<Connection>> connect(const std::string& url);

// Whether each connection has a database of its own, which ends with it.
bool is_in_memory(const std::string& url);

}  // namespace ew::db
