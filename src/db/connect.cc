#include "db/connect.h"

#include <string_view>

#include "db/postgres.h"
#include "db/sqlite.h"

namespace ew::db {
namespace {

constexpr std::string_view kSqlite = "sqlite:";

}  // namespace

Result<std::unique_ptr<Connection>> connect(const std::string& url) {
  if (url.starts_with(kSqlite)) return open_sqlite(url.substr(kSqlite.size()));
  if (url.starts_with("postgresql://") || url.starts_with("postgres://")) return open_postgres(url);
  return Error(ErrorCode::kUsage, "the URL of the call log begins with sqlite: or postgresql://");
}

bool is_in_memory(const std::string& url) { return url == "sqlite::memory:"; }

}  // namespace ew::db
