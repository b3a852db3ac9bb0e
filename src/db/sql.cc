#include "db/sql.h"

#include "base/text.h"

namespace ew::db {
namespace {

template <typename Each>
void for_each_column(std::string_view columns, Each each) {
  while (!columns.empty()) {
    size_t comma = columns.find(',');
    each(trim(columns.substr(0, comma)));
    if (comma == std::string_view::npos) return;
    columns.remove_prefix(comma + 1);
  }
}

}  // namespace

Sql Sql::parameters(SqlLiteral columns) {
  Sql made;
  for_each_column(columns.text(), [&](std::string_view) { made.text_ += made.text_.empty() ? "?" : ", ?"; });
  return made;
}

Sql Sql::parameters(size_t count) {
  Sql made;
  for (size_t i = 0; i < count; ++i) made.text_ += i == 0 ? "?" : ", ?";
  return made;
}

Sql Sql::assignments(SqlLiteral columns) {
  Sql made;
  for_each_column(columns.text(), [&](std::string_view column) {
    if (!made.text_.empty()) made.text_ += ", ";
    made.text_.append(column).append(" = excluded.").append(column);
  });
  return made;
}

}  // namespace ew::db
