#include "db/sql_call_log.h"

#include <algorithm>

#include "base/text.h"
#include "db/table_access.h"

namespace ew::db {
namespace {

constexpr uint64_t kCountMax = 10'000;
constexpr size_t kPrefixMatchesMax = 10;

// A record that names another call than the one it is stored with would never be found or replaced again.
Status check_belongs(const CallRows& rows) {
  const CallRecord& call = rows.call;
  auto refuse = [&](std::string_view what) {
    return Error(ErrorCode::kInvalid,
                 "call " + call.call_id.text() + ": " + std::string(what) + " of another call");
  };
  for (const RecordingRecord& recording : rows.recordings)
    if (recording.call_id != call.call_id) return refuse("a recording");
  for (const PartRow& part : rows.parts)
    if (part.call_id != call.call_id || part.tenant != call.tenant) return refuse("a part");
  return {};
}

void bind_id(Statement& statement, CallId id) { statement.bind(std::string_view(id.text())); }

}  // namespace

Status SqlCallLog::store(const std::vector<CallRows>& calls, const std::string& cursor_name,
                         const std::string& cursor) {
  std::lock_guard lock(mutex_);
  for (const CallRows& rows : calls) TRY(check_belongs(rows));
  Transaction transaction = TRY(Transaction::write(*connection_));
  int64_t now_us = clock_->wall().us();
  for (const CallRows& rows : calls) TRY(store_call(rows, now_us));
  if (!cursor_name.empty()) TRY(move_cursor(cursor_name, cursor));
  return transaction.commit();
}

Status SqlCallLog::store_call(const CallRows& rows, int64_t now_us) {
  Status done;
  for_each_call_detail([&](auto table) {
    if (done.ok()) done = delete_rows_of(*connection_, table, rows.call.tenant, rows.call.call_id);
  });
  for_each_row(rows, [&](auto table, const auto& first, const auto& second) {
    if (!done.ok()) return;
    if constexpr (std::same_as<decltype(table), CallTable>) {
      done = insert_row(*connection_, table, first, second, now_us);
    } else {
      done = insert_row(*connection_, table, first, second);
    }
  });
  if (!done.ok()) return std::move(done).error().within("store call " + rows.call.call_id.text());
  return {};
}

Status SqlCallLog::move_cursor(const std::string& name, const std::string& position) {
  static const Sql kMove(
      "INSERT INTO cursor (name, position) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET position = "
      "excluded.position");
  Statement* statement = TRY(connection_->prepared(kMove));
  statement->bind(std::string_view(stored_text(name)));
  statement->bind(std::string_view(to_utf8(position)));
  return statement->execute();
}

Result<std::optional<std::string>> SqlCallLog::cursor(const std::string& name) {
  std::lock_guard lock(mutex_);
  Transaction transaction = TRY(Transaction::read(*connection_));
  Statement* statement = TRY(connection_->prepared(Sql("SELECT position FROM cursor WHERE name = ?")));
  statement->bind(std::string_view(stored_text(name)));
  std::optional<std::string> position;
  if (TRY(statement->next())) position = statement->text(0);
  statement->reset();
  TRY(transaction.commit());
  return position;
}

Status SqlCallLog::clear_machine_rows() {
  std::lock_guard lock(mutex_);
  Transaction transaction = TRY(Transaction::write(*connection_));
  Status done;
  for_each_table([&](auto table) {
    if (done.ok()) done = connection_->execute(Sql("DELETE FROM ") + decltype(table)::kName);
  });
  TRY(std::move(done));
  TRY(connection_->execute(Sql("DELETE FROM capture")));
  TRY(connection_->execute(Sql("DELETE FROM cursor")));
  return transaction.commit();
}

Result<CallPage> SqlCallLog::list(const CallFilter& filter, const std::optional<PageKey>& after,
                                  size_t limit) {
  std::lock_guard lock(mutex_);
  Condition condition = TRY(condition_of(filter));
  Sql sql = select_from(CallTable{}) + " WHERE " + condition.sql;
  if (after) sql += " AND (start_at, call_id) < (?, ?)";
  sql += " ORDER BY start_at DESC, call_id DESC LIMIT ?";
  Transaction transaction = TRY(Transaction::read(*connection_));
  auto statement = TRY(connection_->prepare(sql));
  condition.bind_to(*statement);
  if (after) {
    statement->bind(after->start_at.us());
    bind_id(*statement, after->call_id);
  }
  // One row more tells whether another page follows.
  statement->bind(static_cast<int64_t>(limit) + 1);
  CallPage page;
  TRY(read_rows(*statement, CallTable{},
                [&](CallRecord&& call, Derived&&) { page.calls.push_back(std::move(call)); }));
  if (page.calls.size() > limit) {
    page.calls.resize(limit);
    if (limit > 0) page.next = {page.calls.back().start_at, page.calls.back().call_id};
  }
  for (CallRecord& call : page.calls) {
    CallRows rows{std::move(call), {}, {}};
    TRY(read_details(rows, false));
    call = std::move(rows.call);
    page.recordings.push_back(std::move(rows.recordings));
  }
  TRY(transaction.commit());
  return page;
}

Status SqlCallLog::read_details(CallRows& rows, bool with_events_and_parts) {
  CallRecord& call = rows.call;
  TRY(read_rows_of(*connection_, LegTable{}, call.tenant, call.call_id,
                   [&](ListKey&&, Leg&& leg) { call.legs.push_back(std::move(leg)); }));
  TRY(read_rows_of(
      *connection_, RecordingTable{}, call.tenant, call.call_id,
      [&](TenantKey&&, RecordingRecord&& recording) { rows.recordings.push_back(std::move(recording)); }));
  sort_by_time(rows.recordings);
  TRY(read_rows_of(*connection_, StreamTable{}, call.tenant, call.call_id,
                   [&](StreamKey&& key, MediaStream&& stream) {
                     for (RecordingRecord& recording : rows.recordings)
                       if (recording.recording_id == key.recording_id) recording.streams.push_back(stream);
                     if (rows.recordings.empty()) call.streams.push_back(std::move(stream));
                   }));
  if (!rows.recordings.empty()) call.streams = rows.recordings.front().streams;
  if (!with_events_and_parts) return {};
  TRY(read_rows_of(*connection_, EventTable{}, call.tenant, call.call_id,
                   [&](ListKey&&, CallEvent&& event) { call.events.push_back(std::move(event)); }));
  return read_rows_of(*connection_, PartTable{}, call.tenant, call.call_id,
                      [&](TenantKey&& key, PartRow&& part) {
                        part.tenant = std::move(key.tenant);
                        rows.parts.push_back(std::move(part));
                      });
}

Result<Count> SqlCallLog::count(const CallFilter& filter) {
  std::lock_guard lock(mutex_);
  Condition condition = TRY(condition_of(filter));
  Transaction transaction = TRY(Transaction::read(*connection_));
  auto statement = TRY(connection_->prepare(Sql("SELECT count(*) FROM (SELECT 1 FROM call WHERE ") +
                                            condition.sql + " LIMIT ?) AS found"));
  condition.bind_to(*statement);
  statement->bind(static_cast<int64_t>(kCountMax) + 1);
  uint64_t value = TRY(statement->next()) ? static_cast<uint64_t>(statement->integer(0)) : 0;
  statement->reset();
  TRY(transaction.commit());
  return Count{std::min(value, kCountMax), value > kCountMax};
}

Result<std::optional<CallRows>> SqlCallLog::find(const std::string& tenant, CallId call) {
  std::lock_guard lock(mutex_);
  Transaction transaction = TRY(Transaction::read(*connection_));
  std::optional<CallRows> rows;
  TRY(read_rows_of(*connection_, CallTable{}, tenant, call, [&](CallRecord&& record, Derived&&) {
    rows = CallRows{std::move(record), {}, {}};
  }));
  if (rows) TRY(read_details(*rows, true));
  TRY(transaction.commit());
  return rows;
}

Result<std::vector<CallId>> SqlCallLog::read_ids(Statement& statement) {
  std::vector<CallId> ids;
  while (TRY(statement.next())) {
    auto id = CallId::parse(statement.text(0));
    if (!id) {
      statement.reset();
      return Error(ErrorCode::kCorrupt, "the call log holds no valid call_id");
    }
    ids.push_back(*id);
  }
  return ids;
}

Status SqlCallLog::limit_reads(int64_t milliseconds) {
  std::lock_guard lock(mutex_);
  return connection_->limit_reads(milliseconds);
}

Result<std::vector<CallId>> SqlCallLog::find_by_prefix(const std::string& tenant,
                                                       const std::string& id_prefix) {
  std::lock_guard lock(mutex_);
  std::string prefix = stored_text(to_lower(id_prefix));
  Transaction transaction = TRY(Transaction::read(*connection_));
  Statement* statement =
      TRY(connection_->prepared(Sql("SELECT call_id FROM call WHERE tenant_id = ? AND call_id >= ? AND "
                                    "call_id < ? ORDER BY call_id LIMIT ?")));
  statement->bind(std::string_view(stored_text(tenant)));
  statement->bind(std::string_view(prefix));
  statement->bind(std::string_view(end_of_prefix(prefix)));
  statement->bind(static_cast<int64_t>(kPrefixMatchesMax));
  auto ids = TRY(read_ids(*statement));
  TRY(transaction.commit());
  return ids;
}

Result<std::vector<CallId>> SqlCallLog::calls_of_interaction(const std::string& tenant,
                                                             InteractionId interaction) {
  std::lock_guard lock(mutex_);
  Transaction transaction = TRY(Transaction::read(*connection_));
  Statement* statement =
      TRY(connection_->prepared(Sql("SELECT call_id FROM call WHERE tenant_id = ? AND interaction_id = ? "
                                    "ORDER BY start_at, call_id LIMIT 100")));
  statement->bind(std::string_view(stored_text(tenant)));
  statement->bind(std::string_view(interaction.text()));
  auto ids = TRY(read_ids(*statement));
  TRY(transaction.commit());
  return ids;
}

Result<std::optional<CallId>> SqlCallLog::find_by_sip_call_id(const std::string& tenant,
                                                              const std::string& sip_call_id, WallTime at,
                                                              int64_t window_ns) {
  static const Sql kNearest(
      "SELECT call.call_id FROM term JOIN call ON call.tenant_id = term.tenant_id AND call.call_id = "
      "term.call_id "
      "WHERE term.tenant_id = ? AND term.kind = 'sip_call_id' AND term.term = ? AND call.start_at >= ? AND "
      "call.start_at <= ? "
      "ORDER BY abs(call.start_at - ?), call.call_id LIMIT 1");
  std::lock_guard lock(mutex_);
  Transaction transaction = TRY(Transaction::read(*connection_));
  Statement* statement = TRY(connection_->prepared(kNearest));
  statement->bind(std::string_view(stored_text(tenant)));
  statement->bind(std::string_view(stored_text(sip_call_id)));
  statement->bind(at.us() - window_ns / kNsPerUs);
  statement->bind(at.us() + window_ns / kNsPerUs);
  statement->bind(at.us());
  auto ids = TRY(read_ids(*statement));
  TRY(transaction.commit());
  return ids.empty() ? std::nullopt : std::optional(ids.front());
}

Result<std::vector<CallId>> SqlCallLog::calls_of_capture(const std::string& tenant,
                                                         const std::string& sha256) {
  static const Sql kOfCapture(
      "SELECT call_id FROM term WHERE tenant_id = ? AND kind = 'capture' AND term = ? ORDER BY call_id");
  std::lock_guard lock(mutex_);
  Transaction transaction = TRY(Transaction::read(*connection_));
  Statement* statement = TRY(connection_->prepared(kOfCapture));
  statement->bind(std::string_view(stored_text(tenant)));
  statement->bind(std::string_view(sha256));
  auto ids = TRY(read_ids(*statement));
  TRY(transaction.commit());
  return ids;
}

Result<std::vector<CallId>> SqlCallLog::all_calls(const std::string& tenant,
                                                  const std::optional<CallId>& after, size_t limit) {
  std::lock_guard lock(mutex_);
  Transaction transaction = TRY(Transaction::read(*connection_));
  Statement* statement = TRY(connection_->prepared(
      Sql("SELECT call_id FROM call WHERE tenant_id = ? AND call_id > ? ORDER BY call_id LIMIT ?")));
  statement->bind(std::string_view(stored_text(tenant)));
  statement->bind(std::string_view(after ? after->text() : ""));
  statement->bind(static_cast<int64_t>(limit));
  auto ids = TRY(read_ids(*statement));
  TRY(transaction.commit());
  return ids;
}

Result<std::vector<std::string>> SqlCallLog::tenants() {
  std::lock_guard lock(mutex_);
  Transaction transaction = TRY(Transaction::read(*connection_));
  Statement* statement =
      TRY(connection_->prepared(Sql("SELECT DISTINCT tenant_id FROM call ORDER BY tenant_id")));
  std::vector<std::string> names;
  while (TRY(statement->next())) names.emplace_back(statement->text(0));
  TRY(transaction.commit());
  return names;
}

Status SqlCallLog::put_capture(const CaptureRow& capture) {
  static const Sql kPut(
      "INSERT INTO capture (sha256, name, size, packets, complete) VALUES (?, ?, ?, ?, ?) ON CONFLICT "
      "(sha256) DO UPDATE SET "
      "name = excluded.name, size = excluded.size, packets = excluded.packets, complete = excluded.complete");
  std::lock_guard lock(mutex_);
  Transaction transaction = TRY(Transaction::write(*connection_));
  Statement* statement = TRY(connection_->prepared(kPut));
  RowBinder binder(*statement);
  binder.field("sha256", capture.sha256);
  binder.field("name", capture.name);
  binder.field("size", capture.size);
  binder.field("packets", capture.packets);
  binder.field("complete", capture.complete);
  TRY(statement->execute());
  return transaction.commit();
}

Result<std::optional<CaptureRow>> SqlCallLog::capture(const std::string& sha256) {
  std::lock_guard lock(mutex_);
  Transaction transaction = TRY(Transaction::read(*connection_));
  Statement* statement = TRY(connection_->prepared(
      Sql("SELECT sha256, name, size, packets, complete FROM capture WHERE sha256 = ?")));
  statement->bind(std::string_view(stored_text(sha256)));
  std::optional<CaptureRow> row;
  if (TRY(statement->next())) {
    RowReader reader(*statement);
    row.emplace();
    reader.field("sha256", row->sha256);
    reader.field("name", row->name);
    reader.field("size", row->size);
    reader.field("packets", row->packets);
    reader.field("complete", row->complete);
    if (reader.fault()) return *reader.fault();
  }
  statement->reset();
  TRY(transaction.commit());
  return row;
}

Status SqlCallLog::dump(const std::function<void(const std::string& line)>& each) {
  std::lock_guard lock(mutex_);
  Transaction transaction = TRY(Transaction::read(*connection_));
  auto dump_table = [&](auto table) -> Status {
    auto statement = TRY(connection_->prepare(select_from(table) + " ORDER BY " + decltype(table)::kOrder));
    return read_rows(*statement, table,
                     [&](auto&& first, auto&& second) { each(line_of(table, first, second)); });
  };
  Status done;
  for_each_table([&](auto table) {
    if (done.ok()) done = dump_table(table);
  });
  TRY(std::move(done));
  return transaction.commit();
}

Result<std::vector<std::string>> SqlCallLog::dump_call(const std::string& tenant, CallId call) {
  std::lock_guard lock(mutex_);
  Transaction transaction = TRY(Transaction::read(*connection_));
  std::vector<std::string> lines;
  Status done;
  for_each_table([&](auto table) {
    if (!done.ok()) return;
    done = read_rows_of(*connection_, table, tenant, call,
                        [&](auto&& first, auto&& second) { lines.push_back(line_of(table, first, second)); });
  });
  TRY(std::move(done));
  TRY(transaction.commit());
  std::sort(lines.begin(), lines.end());
  return lines;
}

}  // namespace ew::db
