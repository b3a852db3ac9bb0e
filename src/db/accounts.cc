#include "db/accounts.h"

#include <algorithm>

#include "db/workspace_rows.h"

namespace ew::db {
namespace {

Status write_back(Connection& connection, const AccountRow& account) {
  return execute(
      connection,
      "UPDATE account SET display_name = ?, roles = ?, language = ?, password_hash = ?, totp_secret "
      "= ?, totp_pending = ?, totp_step = ?, disabled = ?, last_sign_in_at = ? WHERE account_id = ?",
      account.display_name, account.roles, account.language, account.password_hash, account.totp_secret,
      account.totp_pending, account.totp_step, account.disabled, account.last_sign_in_at, account.account_id);
}

}  // namespace

Result<bool> Accounts::any() {
  return connection_.read(
      [](Connection& connection) { return finds(connection, "SELECT 1 FROM account LIMIT 1"); });
}

Status Accounts::add(const AccountRow& account) {
  return connection_.write([&](Connection& connection) { return insert(connection, account); });
}

Status Accounts::add_first(const AccountRow& account) {
  return connection_.exclusive([&](Connection& connection) -> Status {
    if (TRY(finds(connection, "SELECT 1 FROM account LIMIT 1")))
      return Error(ErrorCode::kExists, "there is an account already");
    return insert(connection, account);
  });
}

Result<std::optional<AccountRow>> Accounts::find(AccountId account) {
  return connection_.read([&](Connection& connection) {
    return select_one<AccountRow>(connection, "WHERE account_id = ?", account);
  });
}

Result<std::optional<AccountRow>> Accounts::find_by_name(const std::string& name) {
  return connection_.read(
      [&](Connection& connection) { return select_one<AccountRow>(connection, "WHERE name = ?", name); });
}

Result<std::vector<AccountRow>> Accounts::list() {
  return connection_.read(
      [](Connection& connection) { return select<AccountRow>(connection, "ORDER BY name"); });
}

Result<AccountRow> Accounts::change(AccountId account, const Edit& edit,
                                    std::optional<SessionId> kept_session) {
  return connection_.exclusive([&](Connection& connection) -> Result<AccountRow> {
    auto others = TRY(select<AccountRow>(connection, "ORDER BY name"));
    auto found = std::find_if(others.begin(), others.end(),
                              [&](const AccountRow& row) { return row.account_id == account; });
    if (found == others.end()) return Error(ErrorCode::kNotFound, "there is no such account");
    const AccountRow former = std::move(*found);
    others.erase(found);
    AccountRow edited = former;
    TRY(edit(edited, others));
    TRY(write_back(connection, edited));
    // No session has the id of zeros.
    if (edited.disabled || edited.password_hash != former.password_hash)
      TRY(execute(connection, "DELETE FROM session WHERE account_id = ? AND session_id <> ?", account,
                  kept_session.value_or(SessionId())));
    return edited;
  });
}

Result<bool> Accounts::use_totp_step(AccountId account, int64_t step) {
  return connection_.write([&](Connection& connection) {
    return finds(connection,
                 "UPDATE account SET totp_step = ? WHERE account_id = ? AND totp_step < ? RETURNING 1", step,
                 account, step);
  });
}

Status Accounts::note_sign_in(AccountId account, WallTime at) {
  return connection_.write([&](Connection& connection) {
    return execute(connection, "UPDATE account SET last_sign_in_at = ? WHERE account_id = ?", at, account);
  });
}

Status Accounts::replace_password_hash(AccountId account, const std::string& former,
                                       const std::string& hash) {
  return connection_.write([&](Connection& connection) {
    return execute(connection,
                   "UPDATE account SET password_hash = ? WHERE account_id = ? AND password_hash = ?", hash,
                   account, former);
  });
}

}  // namespace ew::db
