#include "db/call_log.h"

#include <algorithm>

#include "db/connect.h"
#include "db/row_visitors.h"
#include "db/schema.h"
#include "db/sql_call_log.h"

namespace ew::db {
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
