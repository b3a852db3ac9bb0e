#include "db/call_log.h"

#include <algorithm>

#include "db/postgres.h"
#include "db/row_visitors.h"
#include "db/schema.h"
#include "db/sql_call_log.h"
#include "db/sqlite.h"

namespace ew::db {
namespace {

Result<std::unique_ptr<Connection>> connect(const std::string& url) {
  constexpr std::string_view kSqlite = "sqlite:";
  if (url.starts_with(kSqlite)) return open_sqlite(url.substr(kSqlite.size()));
  if (url.starts_with("postgresql://") || url.starts_with("postgres://")) return open_postgres(url);
  return Error(ErrorCode::kUsage, "the URL of the call log begins with sqlite: or postgresql://");
}

}  // namespace

Result<std::unique_ptr<CallLog>> CallLog::open(const std::string& url, std::unique_ptr<const Clock> clock) {
  auto connection = TRY(connect(url));
  TRY(migrate(*connection, migrations()));
  if (!clock) clock = std::make_unique<SystemClock>();
  return std::unique_ptr<CallLog>(std::make_unique<SqlCallLog>(std::move(connection), std::move(clock)));
}

std::vector<std::string> CallLog::dump_of(const CallRows& rows) {
  std::vector<std::string> lines;
  for_each_row(rows, [&](auto table, const auto& first, const auto& second) {
    lines.push_back(line_of(table, first, second));
  });
  std::sort(lines.begin(), lines.end());
  return lines;
}

}  // namespace ew::db
