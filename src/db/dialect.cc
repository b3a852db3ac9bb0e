#include "db/dialect.h"

#include <algorithm>
#include <array>

#include "base/result.h"

namespace ew::db {
namespace {

struct Token {
  std::string_view name, sqlite, postgres;
};
// Texts compare byte by byte in both, so that keys and pages have the same order everywhere. SQLite's tables
// are strictly typed and lie in the order of their primary key: a call's rows are neighbours.
constexpr std::array<Token, 4> kTokens = {{
    {"{text}", "TEXT", "TEXT COLLATE \"C\""},
    {"{integer}", "INTEGER", "BIGINT"},
    {"{real}", "REAL", "DOUBLE PRECISION"},
    {"{table}", "STRICT, WITHOUT ROWID", ""},
}};

}  // namespace

std::string render(const Sql& sql, Dialect dialect) {
  std::string rendered;
  int parameter = 0;
  std::string_view rest = sql.text();
  while (!rest.empty()) {
    size_t plain = std::min(rest.find_first_of("?{"), rest.size());
    rendered += rest.substr(0, plain);
    rest.remove_prefix(plain);
    if (rest.empty()) break;
    if (rest[0] == '?') {
      rendered += dialect == Dialect::kSqlite ? "?" : "$" + std::to_string(++parameter);
      rest.remove_prefix(1);
      continue;
    }
    size_t before = rest.size();
    for (const Token& token : kTokens) {
      if (!rest.starts_with(token.name)) continue;
      rendered += dialect == Dialect::kSqlite ? token.sqlite : token.postgres;
      rest.remove_prefix(token.name.size());
      break;
    }
    EW_CHECK(rest.size() < before);
  }
  return rendered;
}

}  // namespace ew::db
