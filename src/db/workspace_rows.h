// The rows of a workspace as columns, once for each table, and the statements that hold for all of them.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/text.h"
#include "db/accounts.h"
#include "db/annotations.h"
#include "db/api_keys.h"
#include "db/jobs.h"
#include "db/playbacks.h"
#include "db/row_visitors.h"
#include "db/sessions.h"
#include "db/views.h"

namespace ew::db {

// A visitor has, beside those of row_visitors.h, one more member: long_text, for what may be longer than
// kTextMax; whoever stores it sees to its bound.
class WideBinder : public RowBinder {
 public:
  explicit WideBinder(Statement& statement) : RowBinder(statement), statement_(statement) {}

  void long_text(std::string_view, const std::string& member) {
    statement_.bind(std::string_view(to_utf8(member)));
  }
  void long_text(std::string_view name, const std::optional<std::string>& member) {
    if (member) {
      long_text(name, *member);
    } else {
      statement_.bind_null();
    }
  }

 private:
  Statement& statement_;
};
class WideReader : public RowReader {
 public:
  using RowReader::RowReader;
  template <typename T>
  void long_text(std::string_view name, T& member) {
    field(name, member);
  }
};

// The table of a row: its name and columns.
template <typename Row>
struct TableOf;
template <>
struct TableOf<AccountRow> {
  static constexpr SqlLiteral kName = "account";
  static constexpr SqlLiteral kColumns =
      "account_id, tenant_id, name, display_name, roles, language, password_hash, totp_secret, totp_pending, "
      "totp_step, disabled, created_at, last_sign_in_at";
};
template <>
struct TableOf<SessionRow> {
  static constexpr SqlLiteral kName = "session";
  static constexpr SqlLiteral kColumns =
      "session_id, token_hash, account_id, created_at, active_at, expires_at, confirmed_until";
};
template <>
struct TableOf<ApiKeyRow> {
  static constexpr SqlLiteral kName = "api_key";
  static constexpr SqlLiteral kColumns =
      "key_id, account_id, title, token_hash, permissions, created_at, expires_at, last_used_at";
};
template <>
struct TableOf<PlaybackRow> {
  static constexpr SqlLiteral kName = "playback";
  static constexpr SqlLiteral kColumns = "token_hash, holder, call_id, recording_id, granted_at, used_at";
};
template <>
struct TableOf<AnnotationRow> {
  static constexpr SqlLiteral kName = "annotation";
  static constexpr SqlLiteral kColumns =
      "tenant_id, call_id, annotation_id, from_us, to_us, kind, text, author, created_at, updated_at, "
      "deleted_at";
};
template <>
struct TableOf<ViewRow> {
  static constexpr SqlLiteral kName = "saved_view";
  static constexpr SqlLiteral kColumns = "account_id, view_id, name, query, created_at";
};
template <>
struct TableOf<JobRow> {
  static constexpr SqlLiteral kName = "job";
  static constexpr SqlLiteral kColumns =
      "job_id, kind, title, owner, state, progress, parameters, result, problem, created_at, started_at, "
      "ended_at, worker, attempts, cancelling";
};

template <typename Visitor, MaybeConst<AccountRow> Record>
void visit_fields(Visitor& visit, Record& account) {
  visit.field("account_id", account.account_id);
  visit.field("tenant_id", account.tenant);
  visit.field("name", account.name);
  visit.field("display_name", account.display_name);
  visit.field("roles", account.roles);
  visit.field("language", account.language);
  visit.field("password_hash", account.password_hash);
  visit.field("totp_secret", account.totp_secret);
  visit.field("totp_pending", account.totp_pending);
  visit.field("totp_step", account.totp_step);
  visit.field("disabled", account.disabled);
  visit.field("created_at", account.created_at);
  visit.field("last_sign_in_at", account.last_sign_in_at);
}
template <typename Visitor, MaybeConst<SessionRow> Record>
void visit_fields(Visitor& visit, Record& session) {
  visit.field("session_id", session.session_id);
  visit.field("token_hash", session.token_hash);
  visit.field("account_id", session.account_id);
  visit.field("created_at", session.created_at);
  visit.field("active_at", session.active_at);
  visit.field("expires_at", session.expires_at);
  visit.field("confirmed_until", session.confirmed_until);
}
template <typename Visitor, MaybeConst<ApiKeyRow> Record>
void visit_fields(Visitor& visit, Record& key) {
  visit.field("key_id", key.key_id);
  visit.field("account_id", key.account_id);
  visit.field("title", key.title);
  visit.field("token_hash", key.token_hash);
  visit.field("permissions", key.permissions);
  visit.field("created_at", key.created_at);
  visit.field("expires_at", key.expires_at);
  visit.field("last_used_at", key.last_used_at);
}
template <typename Visitor, MaybeConst<PlaybackRow> Record>
void visit_fields(Visitor& visit, Record& grant) {
  visit.field("token_hash", grant.token_hash);
  visit.field("holder", grant.holder);
  visit.field("call_id", grant.call_id);
  visit.field("recording_id", grant.recording_id);
  visit.field("granted_at", grant.granted_at);
  visit.field("used_at", grant.used_at);
}
template <typename Visitor, MaybeConst<AnnotationRow> Record>
void visit_fields(Visitor& visit, Record& annotation) {
  visit.field("tenant_id", annotation.tenant);
  visit.field("call_id", annotation.call_id);
  visit.field("annotation_id", annotation.annotation_id);
  visit.field("from_us", annotation.content.from_us);
  visit.field("to_us", annotation.content.to_us);
  visit.field("kind", annotation.content.kind);
  visit.long_text("text", annotation.content.text);
  visit.field("author", annotation.author);
  visit.field("created_at", annotation.created_at);
  visit.field("updated_at", annotation.updated_at);
  visit.field("deleted_at", annotation.deleted_at);
}
template <typename Visitor, MaybeConst<ViewRow> Record>
void visit_fields(Visitor& visit, Record& view) {
  visit.field("account_id", view.account_id);
  visit.field("view_id", view.view_id);
  visit.field("name", view.name);
  visit.long_text("query", view.query);
  visit.field("created_at", view.created_at);
}
template <typename Visitor, MaybeConst<JobRow> Record>
void visit_fields(Visitor& visit, Record& job) {
  visit.field("job_id", job.job_id);
  visit.field("kind", job.kind);
  visit.field("title", job.title);
  visit.field("owner", job.owner);
  visit.field("state", job.state);
  visit.field("progress", job.progress);
  visit.long_text("parameters", job.parameters);
  visit.long_text("result", job.result);
  visit.long_text("problem", job.problem);
  visit.field("created_at", job.created_at);
  visit.field("started_at", job.started_at);
  visit.field("ended_at", job.ended_at);
  visit.field("worker", job.worker);
  visit.field("attempts", job.attempts);
  visit.field("cancelling", job.cancelling);
}

// A statement with its parameters bound. Texts are cut at kTextMax: a key is never longer.
template <typename... Values>
Result<Statement*> bound(Connection& connection, const Sql& sql, const Values&... values) {
  Statement* statement = TRY(connection.prepared(sql));
  RowBinder binder(*statement);
  (binder.field({}, values), ...);
  return statement;
}
template <typename... Values>
Status execute(Connection& connection, SqlLiteral sql, const Values&... values) {
  return TRY(bound(connection, sql, values...))->execute();
}
// Whether the statement, a query or one with RETURNING, gives a row.
template <typename... Values>
Result<bool> finds(Connection& connection, SqlLiteral sql, const Values&... values) {
  Statement* statement = TRY(bound(connection, sql, values...));
  bool found = TRY(statement->next());
  statement->reset();
  return found;
}
template <typename... Values>
Result<int64_t> number_of(Connection& connection, SqlLiteral sql, const Values&... values) {
  Statement* statement = TRY(bound(connection, sql, values...));
  int64_t number = TRY(statement->next()) ? statement->integer(0) : 0;
  statement->reset();
  return number;
}

template <typename Row>
Status insert(Connection& connection, const Row& row) {
  static const Sql kInsert = Sql("INSERT INTO ") + TableOf<Row>::kName + " (" + TableOf<Row>::kColumns +
                             ") VALUES (" + Sql::parameters(TableOf<Row>::kColumns) + ")";
  Statement* statement = TRY(connection.prepared(kInsert));
  WideBinder binder(*statement);
  visit_fields(binder, row);
  return statement->execute();
}

// `rest` is what follows the table's name: WHERE …, ORDER BY ….
template <typename Row, typename... Values>
Result<std::vector<Row>> select(Connection& connection, SqlLiteral rest, const Values&... values) {
  Statement* statement = TRY(
      bound(connection, Sql("SELECT ") + TableOf<Row>::kColumns + " FROM " + TableOf<Row>::kName + " " + rest,
            values...));
  std::vector<Row> rows;
  while (TRY(statement->next())) {
    WideReader reader(*statement);
    visit_fields(reader, rows.emplace_back());
    if (reader.fault()) {
      Error fault = *reader.fault();
      statement->reset();
      return std::move(fault).within(TableOf<Row>::kName.text());
    }
  }
  return rows;
}
template <typename Row, typename... Values>
Result<std::optional<Row>> select_one(Connection& connection, SqlLiteral rest, const Values&... values) {
  auto rows = TRY(select<Row>(connection, rest, values...));
  return rows.empty() ? std::optional<Row>() : std::optional<Row>(std::move(rows.front()));
}

}  // namespace ew::db
