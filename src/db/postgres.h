// PostgreSQL behind Connection, through libpq.
#pragma once

#include <memory>
#include <string>

#include "db/connection.h"

namespace ew::db {

// A connection that was lost is made again at the begin of the next transaction. Errors carry the server's
// message and never the password of the URL.
Result<std::unique_ptr<Connection>> open_postgres(const std::string& url);

}  // namespace ew::db
