#include "db/settings.h"

#include "db/workspace_rows.h"

namespace ew::db {
namespace {

Result<std::optional<std::string>> read(Connection& connection, const std::string& key) {
  Statement* statement = TRY(bound(connection, Sql("SELECT value FROM setting WHERE name = ?"), key));
  std::optional<std::string> value;
  if (TRY(statement->next())) value = statement->text(0);
  statement->reset();
  return value;
}

Status write(Connection& connection, const Sql& sql, const std::string& key, const std::string& json,
             WallTime at) {
  if (json.size() > Settings::kValueMax) return Error(ErrorCode::kLimit, "setting " + key + ": too long");
  Statement* statement = TRY(connection.prepared(sql));
  WideBinder binder(*statement);
  binder.field("name", key);
  binder.long_text("value", json);
  binder.field("updated_at", at);
  return statement->execute();
}

}  // namespace

Result<std::optional<std::string>> Settings::get(const std::string& key) {
  return connection_.read([&](Connection& connection) { return read(connection, key); });
}

Status Settings::put(const std::string& key, const std::string& json, WallTime at) {
  static const Sql kPut(
      "INSERT INTO setting (name, value, updated_at) VALUES (?, ?, ?) ON CONFLICT (name) DO UPDATE SET value "
      "= "
      "excluded.value, updated_at = excluded.updated_at");
  return connection_.write([&](Connection& connection) { return write(connection, kPut, key, json, at); });
}

Result<std::string> Settings::put_if_absent(const std::string& key, const std::string& json, WallTime at) {
  static const Sql kAdd(
      "INSERT INTO setting (name, value, updated_at) VALUES (?, ?, ?) ON CONFLICT (name) DO NOTHING");
  return connection_.write([&](Connection& connection) -> Result<std::string> {
    TRY(write(connection, kAdd, key, json, at));
    return TRY(read(connection, key)).value_or(json);
  });
}

Result<bool> Settings::remove(const std::string& key) {
  return connection_.write([&](Connection& connection) {
    return finds(connection, "DELETE FROM setting WHERE name = ? RETURNING 1", key);
  });
}

}  // namespace ew::db
