// SQLite behind Connection.
#pragma once

#include <memory>
#include <string>

#include "db/connection.h"

namespace ew::db {

// Opens or makes the file (":memory:" for none): WAL, every commit synced.
Result<std::unique_ptr<Connection>> open_sqlite(const std::string& path);

}  // namespace ew::db
