#include "db/sessions.h"

#include "db/workspace_rows.h"

namespace ew::db {

Status Sessions::add(const SessionRow& session) {
  return connection_.write([&](Connection& connection) { return insert(connection, session); });
}

Result<std::optional<Sessions::Found>> Sessions::find(const std::string& token_hash) {
  return connection_.read([&](Connection& connection) -> Result<std::optional<Found>> {
    auto session = TRY(select_one<SessionRow>(connection, "WHERE token_hash = ?", token_hash));
    if (!session) return std::optional<Found>();
    auto account = TRY(select_one<AccountRow>(connection, "WHERE account_id = ?", session->account_id));
    if (!account) return std::optional<Found>();
    return std::optional<Found>(Found{*std::move(session), *std::move(account)});
  });
}

Result<bool> Sessions::replace_token(const std::string& former_hash, const std::string& hash,
                                     std::optional<WallTime> confirmed_until) {
  return connection_.write([&](Connection& connection) {
    return finds(connection,
                 "UPDATE session SET token_hash = ?, confirmed_until = ? WHERE token_hash = ? RETURNING 1",
                 hash, confirmed_until, former_hash);
  });
}

Status Sessions::note_activity(const std::vector<std::pair<SessionId, WallTime>>& active) {
  return connection_.write([&](Connection& connection) -> Status {
    for (const auto& [session, at] : active)
      TRY(execute(connection, "UPDATE session SET active_at = ? WHERE session_id = ? AND active_at < ?", at,
                  session, at));
    return {};
  });
}

Status Sessions::remove(SessionId session) {
  return connection_.write([&](Connection& connection) {
    return execute(connection, "DELETE FROM session WHERE session_id = ?", session);
  });
}

Status Sessions::remove_ended(WallTime now, WallTime idle_since) {
  return connection_.write([&](Connection& connection) {
    return execute(connection, "DELETE FROM session WHERE expires_at <= ? OR active_at < ?", now, idle_since);
  });
}

}  // namespace ew::db
