#include "db/playbacks.h"

#include "db/workspace_rows.h"

namespace ew::db {

Status Playbacks::put(const std::vector<PlaybackRow>& grants) {
  static const Sql kPut = Sql("INSERT INTO playback (") + TableOf<PlaybackRow>::kColumns + ") VALUES (" +
                          Sql::parameters(TableOf<PlaybackRow>::kColumns) +
                          ") ON CONFLICT (token_hash) DO UPDATE SET used_at = excluded.used_at";
  return connection_.write([&](Connection& connection) -> Status {
    for (const PlaybackRow& grant : grants) {
      Statement* statement = TRY(connection.prepared(kPut));
      WideBinder binder(*statement);
      visit_fields(binder, grant);
      TRY(statement->execute());
    }
    return {};
  });
}

Result<std::optional<PlaybackRow>> Playbacks::find(const std::string& token_hash) {
  return connection_.read([&](Connection& connection) {
    return select_one<PlaybackRow>(connection, "WHERE token_hash = ?", token_hash);
  });
}

Status Playbacks::remove(const std::string& token_hash) {
  return connection_.write([&](Connection& connection) {
    return execute(connection, "DELETE FROM playback WHERE token_hash = ?", token_hash);
  });
}

Status Playbacks::remove_unused(WallTime since) {
  return connection_.write([&](Connection& connection) {
    return execute(connection, "DELETE FROM playback WHERE used_at < ?", since);
  });
}

}  // namespace ew::db
