// Statements that hold for every table of rows.h.
#pragma once

#include <functional>

#include "db/connection.h"
#include "db/row_visitors.h"

namespace ew::db {

template <typename Table>
Sql select_from(Table) {
  return Sql("SELECT ") + Table::kColumns + " FROM " + Table::kName;
}

template <typename Table>
Status insert_row(Connection& connection, Table, const typename Table::First& first,
                  const typename Table::Second& second) {
  static const Sql kInsert = Sql("INSERT INTO ") + Table::kName + " (" + Table::kColumns + ") VALUES (" +
                             Sql::parameters(Table::kColumns) + ")";
  Statement* statement = TRY(connection.prepared(kInsert));
  RowBinder binder(*statement);
  visit_fields(binder, first);
  visit_fields(binder, second);
  return statement->execute();
}

// The rows of a call are written anew, but its own row keeps when it was first made.
inline Status insert_row(Connection& connection, CallTable, const CallRecord& call, const Derived& derived,
                         int64_t now_us) {
  static const Sql kUpsert =
      Sql("INSERT INTO call (") + CallTable::kColumns + ", created_at, updated_at, ingest_version) VALUES (" +
      Sql::parameters(CallTable::kColumns) + ", ?, ?, ?) ON CONFLICT (tenant_id, call_id) DO UPDATE SET " +
      Sql::assignments(CallTable::kColumns) +
      ", updated_at = excluded.updated_at, ingest_version = excluded.ingest_version";
  Statement* statement = TRY(connection.prepared(kUpsert));
  RowBinder binder(*statement);
  visit_fields(binder, call);
  visit_fields(binder, derived);
  statement->bind(now_us);
  statement->bind(now_us);
  statement->bind(kIngestVersion);
  return statement->execute();
}

template <typename Table>
Status delete_rows_of(Connection& connection, Table, const std::string& tenant, CallId call) {
  static const Sql kDelete = Sql("DELETE FROM ") + Table::kName + " WHERE tenant_id = ? AND call_id = ?";
  Statement* statement = TRY(connection.prepared(kDelete));
  RowBinder binder(*statement);
  const CallKey key{tenant, call};
  visit_fields(binder, key);
  return statement->execute();
}

// Calls `each(first, second)` for every row of a statement made by select_from().
template <typename Table, typename Each>
Status read_rows(Statement& statement, Table, Each each) {
  while (TRY(statement.next())) {
    typename Table::First first;
    typename Table::Second second;
    RowReader reader(statement);
    visit_fields(reader, first);
    visit_fields(reader, second);
    if (reader.fault()) {
      Error fault = *reader.fault();
      statement.reset();
      return std::move(fault).within(Table::kName.text());
    }
    each(std::move(first), std::move(second));
  }
  return {};
}

template <typename Table, typename Each>
Status read_rows_of(Connection& connection, Table table, const std::string& tenant, CallId call, Each each) {
  static const Sql kSelect =
      select_from(table) + " WHERE tenant_id = ? AND call_id = ? ORDER BY " + Table::kOrder;
  Statement* statement = TRY(connection.prepared(kSelect));
  RowBinder binder(*statement);
  const CallKey key{tenant, call};
  visit_fields(binder, key);
  return read_rows(*statement, table, each);
}

// The rows of several calls, with one statement.
template <typename Table, typename Each>
Status read_rows_of(Connection& connection, Table table, const std::string& tenant,
                    const std::vector<CallId>& calls, Each each) {
  if (calls.size() == 1) return read_rows_of(connection, table, tenant, calls.front(), each);
  auto statement = TRY(connection.prepare(select_from(table) + " WHERE tenant_id = ? AND call_id IN (" +
                                          Sql::parameters(calls.size()) + ") ORDER BY " + Table::kOrder));
  RowBinder binder(*statement);
  binder.field("tenant_id", tenant);
  for (CallId call : calls) binder.field("call_id", call);
  return read_rows(*statement, table, each);
}

}  // namespace ew::db
