#include "db/views.h"

#include "db/workspace_rows.h"

namespace ew::db {

Status Views::add(const ViewRow& view) {
  if (view.query.size() > kQueryMax) return Error(ErrorCode::kLimit, "the view's query is too long");
  return connection_.write([&](Connection& connection) -> Status {
    int64_t there =
        TRY(number_of(connection, "SELECT count(*) FROM saved_view WHERE account_id = ?", view.account_id));
    if (there >= kPerAccountMax) return Error(ErrorCode::kLimit, "there are too many saved views");
    return insert(connection, view);
  });
}

Result<std::vector<ViewRow>> Views::list(AccountId account) {
  return connection_.read([&](Connection& connection) {
    return select<ViewRow>(connection, "WHERE account_id = ? ORDER BY name, view_id", account);
  });
}

Result<bool> Views::remove(AccountId account, ViewId view) {
  return connection_.write([&](Connection& connection) {
    return finds(connection, "DELETE FROM saved_view WHERE account_id = ? AND view_id = ? RETURNING 1",
                 account, view);
  });
}

}  // namespace ew::db
