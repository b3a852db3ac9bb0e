#include "db/connection.h"

namespace ew::db {

Result<Statement*> Connection::prepared(const Sql& sql) {
  auto found = prepared_.find(sql.text());
  if (found == prepared_.end()) found = prepared_.emplace(sql.text(), TRY(prepare(sql))).first;
  found->second->reset();
  return found->second.get();
}

Status Connection::execute(const Sql& sql) { return TRY(prepare(sql))->execute(); }

Result<Transaction> Transaction::read(Connection& connection) {
  TRY(connection.begin_read());
  return Transaction(connection);
}

Result<Transaction> Transaction::write(Connection& connection) {
  TRY(connection.begin_write());
  return Transaction(connection);
}

Result<Transaction> Transaction::exclusive(Connection& connection) {
  TRY(connection.begin_exclusive());
  return Transaction(connection);
}

}  // namespace ew::db
