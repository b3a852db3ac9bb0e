#include "db/bulk_load.h"

#include <array>
#include <cstdio>

#include "db/connect.h"
#include "db/schema.h"
#include "db/table_access.h"

namespace ew::db {
namespace {

bool is_sqlite(const std::string& url) { return url.starts_with("sqlite:"); }

// In each: the beginnings of the ids and the shift of times that make the copy, then the first and the last
// of the ids that are copied.
constexpr SqlLiteral kCopyCalls =
    "INSERT INTO call (call_id, tenant_id, interaction_id, source, source_detail, direction, tech_result, "
    "start_at, ring_at, answer_at, end_at, hangup_by, end_reason, caller_number, caller_name, called_number, "
    "called_name, queue, sip_call_ids, events_cut, ended, recording_state, duration_us, caller_e164, "
    "called_e164, caller_name_folded, called_name_folded, facets, created_at, updated_at, ingest_version) "
    "SELECT ? || substr(call_id, 9), tenant_id, ? || substr(interaction_id, 9), source, source_detail, "
    "direction, tech_result, start_at + ?, ring_at + ?, answer_at + ?, end_at + ?, hangup_by, end_reason, "
    "caller_number, caller_name, called_number, called_name, queue, sip_call_ids, events_cut, ended, "
    "recording_state, duration_us, caller_e164, called_e164, caller_name_folded, called_name_folded, facets, "
    "created_at, updated_at, ingest_version FROM call WHERE tenant_id = 'default' AND call_id >= ? AND "
    "call_id < ?";
constexpr SqlLiteral kCopyTerms =
    "INSERT INTO term (call_id, tenant_id, kind, term, day) SELECT ? || substr(call_id, 9), tenant_id, kind, "
    "term, day + ? FROM term WHERE tenant_id = 'default' AND call_id >= ? AND call_id < ?";
constexpr SqlLiteral kCopyLegs =
    "INSERT INTO leg (call_id, tenant_id, n, sip_call_id, role, from_uri, from_name, to_uri, to_name, "
    "user_agent, server, transport, source, destination, invite_at, ring_at, answer_at, end_at, "
    "final_status, "
    "final_reason, hops, branches, holds, refer_type, refer_target) SELECT ? || substr(call_id, 9), "
    "tenant_id, n, sip_call_id, role, from_uri, from_name, to_uri, to_name, user_agent, server, transport, "
    "source, destination, invite_at + ?, ring_at + ?, answer_at + ?, end_at + ?, final_status, final_reason, "
    "hops, branches, holds, refer_type, refer_target FROM leg WHERE tenant_id = 'default' AND call_id >= ? "
    "AND call_id < ?";
constexpr SqlLiteral kCopyRecordings =
    "INSERT INTO recording (call_id, recording_id, tenant_id, state, state_detail, witness, start_at, "
    "end_at, "
    "media_bytes, captures) SELECT ? || substr(call_id, 9), ? || substr(recording_id, 9), tenant_id, state, "
    "state_detail, witness, start_at + ?, end_at + ?, media_bytes, captures FROM recording WHERE tenant_id = "
    "'default' AND call_id >= ? AND call_id < ?";
constexpr SqlLiteral kCopyStreams =
    "INSERT INTO stream (call_id, recording_id, tenant_id, n, number, participant, ssrc, source, "
    "destination, "
    "media, codec, clock_rate, payload_type, codecs, packets, lost, duplicated, reordered, bytes, paths, "
    "jitter_ms, encrypted, opened, auth_failures, first_at, last_at) SELECT ? || substr(call_id, 9), ? || "
    "substr(recording_id, 9), tenant_id, n, number, participant, ssrc, source, destination, media, codec, "
    "clock_rate, payload_type, codecs, packets, lost, duplicated, reordered, bytes, paths, jitter_ms, "
    "encrypted, opened, auth_failures, first_at + ?, last_at + ? FROM stream WHERE tenant_id = 'default' AND "
    "call_id >= ? AND call_id < ?";

std::string id_prefix(int64_t day) {
  std::array<char, 9> text;
  std::snprintf(text.data(), text.size(), "%08x", static_cast<unsigned>(day));
  return text.data();
}

template <typename Table>
constexpr bool kIsDetail = !std::same_as<Table, CallTable> && !std::same_as<Table, TermTable>;

}  // namespace

Result<BulkLoad> BulkLoad::open(const std::string& url) {
  auto connection = TRY(connect(url));
  TRY(migrate(*connection, migrations()));
  if (!is_sqlite(url)) return BulkLoad(std::move(connection), {Sql("VACUUM (ANALYZE)")});
  // A day's part of the terms' index fits into the cache; then every page is written once.
  for (SqlLiteral pragma : {SqlLiteral("PRAGMA journal_mode = OFF"), SqlLiteral("PRAGMA synchronous = OFF"),
                            SqlLiteral("PRAGMA cache_size = -400000")})
    TRY(connection->execute(pragma));
  return BulkLoad(std::move(connection),
                  {Sql("PRAGMA synchronous = FULL"), Sql("PRAGMA journal_mode = WAL")});
}

Status BulkLoad::add(const std::vector<CallRows>& calls, bool with_details) {
  Transaction transaction = TRY(Transaction::write(*connection_));
  Status done;
  for (const CallRows& rows : calls) {
    for_each_row(rows, [&](auto table, const auto& first, const auto& second) {
      using Table = decltype(table);
      if (!done.ok() || (kIsDetail<Table> && !with_details)) return;
      if constexpr (std::same_as<Table, CallTable>) {
        done = insert_row(*connection_, table, first, second, first.start_at.us());
      } else {
        done = insert_row(*connection_, table, first, second);
      }
    });
    TRY(std::move(done));
  }
  return transaction.commit();
}

Status BulkLoad::copy_day(int64_t from, int64_t to, bool with_details) {
  Transaction transaction = TRY(Transaction::write(*connection_));
  auto copy = [&](SqlLiteral sql, int ids, int times, int64_t shift) -> Status {
    Statement* statement = TRY(connection_->prepared(sql));
    for (int i = 0; i < ids; ++i) statement->bind(std::string_view(id_prefix(to)));
    for (int i = 0; i < times; ++i) statement->bind(shift);
    statement->bind(std::string_view(id_prefix(from)));
    statement->bind(std::string_view(id_prefix(from + 1)));
    return statement->execute();
  };
  int64_t shift_us = (to - from) * kUsPerDay;
  TRY(copy(kCopyCalls, 2, 4, shift_us));
  TRY(copy(kCopyTerms, 1, 1, to - from));
  if (with_details) {
    TRY(copy(kCopyLegs, 1, 4, shift_us));
    TRY(copy(kCopyRecordings, 2, 2, shift_us));
    TRY(copy(kCopyStreams, 2, 2, shift_us));
  }
  return transaction.commit();
}

Status BulkLoad::finish() {
  for (const Sql& sql : end_) TRY(connection_->execute(sql));
  return {};
}

}  // namespace ew::db
