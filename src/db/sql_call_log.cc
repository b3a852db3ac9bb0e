#include "db/sql_call_log.h"

#include <algorithm>
#include <map>

#include "base/text.h"
#include "db/call_search.h"
#include "db/table_access.h"

namespace ew::db {
namespace {

constexpr uint64_t kCountMax = 10'000;
constexpr size_t kPrefixMatchesMax = 10;
constexpr size_t kCallsAtOnce = 500;  // whose rows are read with one statement
constexpr int64_t kWindowMaxDays = 366;

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
  Search search = TRY(search_of(filter));
  std::string tenant = search.tenant;
  Transaction transaction = TRY(Transaction::read(*connection_));
  // One call more tells whether another page follows.
  auto ids = TRY(CallSearch(*connection_, std::move(search)).newest(after, limit + 1));
  bool more = ids.size() > limit;
  if (more) ids.resize(limit);
  CallPage page;
  for (size_t begin = 0; begin < ids.size(); begin += kCallsAtOnce) {
    size_t end = std::min(begin + kCallsAtOnce, ids.size());
    for (CallRows& rows : TRY(read_calls(tenant, {ids.begin() + begin, ids.begin() + end}, false))) {
      page.calls.push_back(std::move(rows.call));
      page.recordings.push_back(std::move(rows.recordings));
    }
  }
  if (more && limit > 0) page.next = {page.calls.back().start_at, page.calls.back().call_id};
  TRY(transaction.commit());
  return page;
}

// In the order of the ids. Those that are not there are left out.
Result<std::vector<CallRows>> SqlCallLog::read_calls(const std::string& tenant,
                                                     const std::vector<CallId>& ids,
                                                     bool with_events_and_parts) {
  std::map<CallId, CallRows> found;
  TRY(read_rows_of(*connection_, CallTable{}, tenant, ids, [&](CallRecord&& call, Derived&&) {
    CallId id = call.call_id;
    found[id].call = std::move(call);
  }));
  TRY(read_rows_of(*connection_, LegTable{}, tenant, ids, [&](ListKey&& key, Leg&& leg) {
    found[key.call_id].call.legs.push_back(std::move(leg));
  }));
  TRY(read_rows_of(*connection_, RecordingTable{}, tenant, ids,
                   [&](TenantKey&&, RecordingRecord&& recording) {
                     found[recording.call_id].recordings.push_back(std::move(recording));
                   }));
  for (auto& [id, rows] : found) sort_by_time(rows.recordings);
  TRY(read_rows_of(*connection_, StreamTable{}, tenant, ids, [&](StreamKey&& key, MediaStream&& stream) {
    CallRows& rows = found[key.call_id];
    for (RecordingRecord& recording : rows.recordings)
      if (recording.recording_id == key.recording_id) recording.streams.push_back(stream);
    if (rows.recordings.empty()) rows.call.streams.push_back(std::move(stream));
  }));
  if (with_events_and_parts) {
    TRY(read_rows_of(*connection_, EventTable{}, tenant, ids, [&](ListKey&& key, CallEvent&& event) {
      found[key.call_id].call.events.push_back(std::move(event));
    }));
    TRY(read_rows_of(*connection_, PartTable{}, tenant, ids, [&](TenantKey&& key, PartRow&& part) {
      part.tenant = std::move(key.tenant);
      found[part.call_id].parts.push_back(std::move(part));
    }));
  }
  std::vector<CallRows> calls;
  for (CallId id : ids) {
    auto rows = found.find(id);
    if (rows == found.end() || rows->second.call.call_id != id) continue;
    if (!rows->second.recordings.empty()) rows->second.call.streams = rows->second.recordings.front().streams;
    calls.push_back(std::move(rows->second));
  }
  return calls;
}

Result<Count> SqlCallLog::count(const CallFilter& filter) {
  std::lock_guard lock(mutex_);
  Search search = TRY(search_of(filter));
  Transaction transaction = TRY(Transaction::read(*connection_));
  uint64_t value = TRY(CallSearch(*connection_, std::move(search)).count(kCountMax + 1));
  TRY(transaction.commit());
  return Count{std::min(value, kCountMax), value > kCountMax};
}

Result<std::optional<CallRows>> SqlCallLog::find(const std::string& tenant, CallId call) {
  std::lock_guard lock(mutex_);
  Transaction transaction = TRY(Transaction::read(*connection_));
  auto found = TRY(read_calls(tenant, {call}, true));
  TRY(transaction.commit());
  return found.empty() ? std::nullopt : std::optional(std::move(found.front()));
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
  std::lock_guard lock(mutex_);
  int64_t from_us = at.us() - window_ns / kNsPerUs, to_us = at.us() + window_ns / kNsPerUs;
  if (to_us / kUsPerDay - from_us / kUsPerDay > kWindowMaxDays)
    return Error(ErrorCode::kInvalid, "a Call-ID is looked for within a year at most");
  Query query;
  query.add(
      "SELECT call.call_id FROM term JOIN call ON call.tenant_id = term.tenant_id AND call.call_id = "
      "term.call_id WHERE term.tenant_id = ? AND term.kind = 'sip_call_id' AND term.term = ? AND term.day IN "
      "(",
      {stored_text(tenant), stored_text(sip_call_id)});
  query.add_list(days_of(from_us, to_us));
  query.add(
      ") AND call.start_at >= ? AND call.start_at <= ? ORDER BY abs(call.start_at - ?), call.call_id "
      "LIMIT 1",
      {from_us, to_us, at.us()});
  Transaction transaction = TRY(Transaction::read(*connection_));
  Statement* statement = TRY(connection_->prepared(query.sql));
  query.bind_to(*statement);
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
