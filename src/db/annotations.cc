#include "db/annotations.h"

#include "db/workspace_rows.h"

namespace ew::db {
namespace {

Status check(const AnnotationContent& content) {
  if (content.text.size() > Annotations::kTextMax) return Error(ErrorCode::kLimit, "the note is too long");
  return {};
}

// Whose they are is shown as it is now: people marry.
Status name_authors(Connection& connection, std::vector<AnnotationRow>& annotations) {
  for (AnnotationRow& annotation : annotations) {
    auto author = TRY(select_one<AccountRow>(connection, "WHERE account_id = ?", annotation.author));
    if (author) annotation.author_name = author->display_name;
  }
  return {};
}

Result<std::optional<AnnotationRow>> read_one(Connection& connection, const std::string& tenant, CallId call,
                                              AnnotationId id) {
  auto rows = TRY(select<AnnotationRow>(
      connection, "WHERE tenant_id = ? AND call_id = ? AND annotation_id = ?", tenant, call, id));
  TRY(name_authors(connection, rows));
  return rows.empty() ? std::optional<AnnotationRow>() : std::optional(std::move(rows.front()));
}

}  // namespace

Status Annotations::add(const AnnotationRow& annotation) {
  TRY(check(annotation.content));
  return connection_.write([&](Connection& connection) -> Status {
    int64_t there =
        TRY(number_of(connection, "SELECT count(*) FROM annotation WHERE tenant_id = ? AND call_id = ?",
                      annotation.tenant, annotation.call_id));
    if (there >= kPerCallMax) return Error(ErrorCode::kLimit, "the call has too many notes");
    return insert(connection, annotation);
  });
}

Result<std::vector<AnnotationRow>> Annotations::list(const std::string& tenant, CallId call) {
  return connection_.read([&](Connection& connection) -> Result<std::vector<AnnotationRow>> {
    auto rows = TRY(select<AnnotationRow>(connection,
                                          "WHERE tenant_id = ? AND call_id = ? AND deleted_at IS NULL ORDER "
                                          "BY from_us NULLS FIRST, created_at, annotation_id",
                                          tenant, call));
    TRY(name_authors(connection, rows));
    return rows;
  });
}

Result<int64_t> Annotations::count(const std::string& tenant, CallId call) {
  return connection_.read([&](Connection& connection) {
    return number_of(
        connection,
        "SELECT count(*) FROM annotation WHERE tenant_id = ? AND call_id = ? AND deleted_at IS NULL", tenant,
        call);
  });
}

Result<std::optional<AnnotationRow>> Annotations::find(const std::string& tenant, CallId call,
                                                       AnnotationId id) {
  return connection_.read([&](Connection& connection) { return read_one(connection, tenant, call, id); });
}

Result<std::optional<AnnotationRow>> Annotations::change(const Key& key, const AnnotationContent& content,
                                                         WallTime at) {
  static const Sql kChange(
      "UPDATE annotation SET from_us = ?, to_us = ?, kind = ?, text = ?, updated_at = ? WHERE tenant_id = ? "
      "AND call_id = ? AND annotation_id = ? AND author = ? AND deleted_at IS NULL");
  TRY(check(content));
  return connection_.write([&](Connection& connection) -> Result<std::optional<AnnotationRow>> {
    Statement* statement = TRY(connection.prepared(kChange));
    WideBinder binder(*statement);
    binder.field("from_us", content.from_us);
    binder.field("to_us", content.to_us);
    binder.field("kind", content.kind);
    binder.long_text("text", content.text);
    binder.field("updated_at", at);
    binder.field("tenant_id", key.tenant);
    binder.field("call_id", key.call_id);
    binder.field("annotation_id", key.annotation_id);
    binder.field("author", key.author);
    TRY(statement->execute());
    auto row = TRY(read_one(connection, key.tenant, key.call_id, key.annotation_id));
    if (row && (row->author != key.author || row->deleted_at)) row.reset();
    return row;
  });
}

Result<bool> Annotations::remove(const Key& key, WallTime at) {
  return connection_.write([&](Connection& connection) {
    return finds(
        connection,
        "UPDATE annotation SET deleted_at = ? WHERE tenant_id = ? AND call_id = ? AND annotation_id = "
        "? AND author = ? AND deleted_at IS NULL RETURNING 1",
        at, key.tenant, key.call_id, key.annotation_id, key.author);
  });
}

Result<bool> Annotations::restore(const Key& key, WallTime at) {
  return connection_.write([&](Connection& connection) {
    return finds(
        connection,
        "UPDATE annotation SET deleted_at = NULL, updated_at = ? WHERE tenant_id = ? AND call_id = ? "
        "AND annotation_id = ? AND author = ? AND deleted_at IS NOT NULL RETURNING 1",
        at, key.tenant, key.call_id, key.annotation_id, key.author);
  });
}

}  // namespace ew::db
