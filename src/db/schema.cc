#include "db/schema.h"

namespace ew::db {
namespace {

Migration version_1() {
  return {
      Sql("CREATE TABLE call ("
          "tenant_id {text} NOT NULL, call_id {text} NOT NULL, interaction_id {text} NOT NULL, "
          "parent_call_id {text}, "
          "source {text} NOT NULL, source_detail {text} NOT NULL, direction {text} NOT NULL, tech_result "
          "{text} NOT NULL, "
          "start_at {integer} NOT NULL, ring_at {integer}, answer_at {integer}, end_at {integer}, "
          "hangup_by {text} NOT NULL, end_reason {text} NOT NULL, end_reason_sip {integer}, end_reason_q850 "
          "{integer}, "
          "caller_number {text}, caller_name {text}, called_number {text}, called_name {text}, "
          "dialled_digits {text}, did {text}, "
          "connected_number {text}, queue {text}, sip_call_ids {text}, events_cut {integer} NOT NULL, ended "
          "{integer} NOT NULL, "
          "recording_state {text} NOT NULL, duration_us {integer}, caller_e164 {text}, called_e164 {text}, "
          "caller_name_folded {text}, called_name_folded {text}, "
          "created_at {integer} NOT NULL, updated_at {integer} NOT NULL, ingest_version {integer} NOT NULL, "
          "PRIMARY KEY (tenant_id, call_id)) {table}"),
      Sql("CREATE INDEX call_by_time ON call (tenant_id, start_at, call_id)"),
      Sql("CREATE INDEX call_by_result ON call (tenant_id, tech_result, start_at, call_id)"),
      Sql("CREATE INDEX call_by_recording_state ON call (tenant_id, recording_state, start_at, call_id)"),
      Sql("CREATE INDEX call_by_duration ON call (tenant_id, duration_us)"),
      Sql("CREATE TABLE leg ("
          "tenant_id {text} NOT NULL, call_id {text} NOT NULL, n {integer} NOT NULL, sip_call_id {text} NOT "
          "NULL, "
          "role {text} NOT NULL, from_uri {text} NOT NULL, from_name {text} NOT NULL, to_uri {text} NOT "
          "NULL, "
          "to_name {text} NOT NULL, user_agent {text} NOT NULL, server {text} NOT NULL, transport {text} NOT "
          "NULL, "
          "source {text} NOT NULL, destination {text} NOT NULL, invite_at {integer}, ring_at {integer}, "
          "answer_at {integer}, "
          "end_at {integer}, final_status {integer}, final_reason {text} NOT NULL, hops {integer} NOT NULL, "
          "branches {integer} NOT NULL, holds {text}, refer_type {text} NOT NULL, refer_target {text} NOT "
          "NULL, "
          "PRIMARY KEY (tenant_id, call_id, n)) {table}"),
      Sql("CREATE TABLE recording ("
          "tenant_id {text} NOT NULL, call_id {text} NOT NULL, recording_id {text} NOT NULL, state {text} "
          "NOT NULL, "
          "state_detail {text} NOT NULL, witness {text} NOT NULL, start_at {integer}, end_at {integer}, "
          "media_bytes {integer} NOT NULL, captures {text}, "
          "PRIMARY KEY (tenant_id, call_id, recording_id)) {table}"),
      Sql("CREATE TABLE stream ("
          "tenant_id {text} NOT NULL, call_id {text} NOT NULL, recording_id {text} NOT NULL, n {integer} NOT "
          "NULL, "
          "number {integer} NOT NULL, participant {text} NOT NULL, ssrc {integer} NOT NULL, source {text} "
          "NOT NULL, "
          "destination {text} NOT NULL, media {text} NOT NULL, codec {text} NOT NULL, clock_rate {integer} "
          "NOT NULL, "
          "payload_type {integer} NOT NULL, codecs {text}, packets {integer} NOT NULL, lost {integer} NOT "
          "NULL, "
          "duplicated {integer} NOT NULL, reordered {integer} NOT NULL, bytes {integer} NOT NULL, paths "
          "{integer} NOT NULL, "
          "jitter_ms {real} NOT NULL, encrypted {integer} NOT NULL, opened {integer} NOT NULL, auth_failures "
          "{integer} NOT NULL, "
          "first_at {integer}, last_at {integer}, "
          "PRIMARY KEY (tenant_id, call_id, recording_id, n)) {table}"),
      Sql("CREATE TABLE event ("
          "tenant_id {text} NOT NULL, call_id {text} NOT NULL, n {integer} NOT NULL, at {integer} NOT NULL, "
          "kind {text} NOT NULL, "
          "who {text} NOT NULL, detail {text} NOT NULL, "
          "PRIMARY KEY (tenant_id, call_id, n)) {table}"),
      Sql("CREATE TABLE part ("
          "tenant_id {text} NOT NULL, call_id {text} NOT NULL, part_id {text} NOT NULL, recording_id {text} "
          "NOT NULL, "
          "kind {text} NOT NULL, number {integer} NOT NULL, generation {integer} NOT NULL, object {text} NOT "
          "NULL, "
          "size {integer} NOT NULL, frames {integer} NOT NULL, root {text} NOT NULL, end_reason {text} NOT "
          "NULL, "
          "first_at {integer} NOT NULL, last_at {integer} NOT NULL, "
          "PRIMARY KEY (tenant_id, call_id, part_id)) {table}"),
      Sql("CREATE TABLE term ("
          "tenant_id {text} NOT NULL, call_id {text} NOT NULL, kind {text} NOT NULL, term {text} NOT NULL, "
          "PRIMARY KEY (tenant_id, call_id, kind, term)) {table}"),
      Sql("CREATE INDEX term_lookup ON term (tenant_id, kind, term, call_id)"),
      Sql("CREATE TABLE capture ("
          "sha256 {text} NOT NULL, name {text} NOT NULL, size {integer} NOT NULL, packets {integer} NOT "
          "NULL, "
          "complete {integer} NOT NULL, PRIMARY KEY (sha256)) {table}"),
      Sql("CREATE TABLE cursor (name {text} NOT NULL, position {text} NOT NULL, PRIMARY KEY (name)) {table}"),
  };
}

// What people and the program keep beside the calls (db/workspace.h).
Migration version_2() {
  return {
      Sql("CREATE TABLE account ("
          "account_id {text} NOT NULL, tenant_id {text} NOT NULL, name {text} NOT NULL, "
          "display_name {text} NOT NULL, roles {text}, language {text} NOT NULL, "
          "password_hash {text} NOT NULL, totp_secret {text}, totp_pending {text}, "
          "totp_step {integer} NOT NULL, disabled {integer} NOT NULL, created_at {integer} NOT NULL, "
          "last_sign_in_at {integer}, PRIMARY KEY (account_id)) {table}"),
      Sql("CREATE UNIQUE INDEX account_by_name ON account (name)"),
      Sql("CREATE TABLE session ("
          "session_id {text} NOT NULL, token_hash {text} NOT NULL, account_id {text} NOT NULL, "
          "created_at {integer} NOT NULL, active_at {integer} NOT NULL, expires_at {integer} NOT NULL, "
          "confirmed_until {integer}, PRIMARY KEY (session_id)) {table}"),
      Sql("CREATE UNIQUE INDEX session_by_token ON session (token_hash)"),
      Sql("CREATE INDEX session_by_account ON session (account_id)"),
      Sql("CREATE TABLE api_key ("
          "key_id {text} NOT NULL, account_id {text} NOT NULL, title {text} NOT NULL, "
          "token_hash {text} NOT NULL, permissions {text}, created_at {integer} NOT NULL, "
          "expires_at {integer} NOT NULL, last_used_at {integer}, PRIMARY KEY (key_id)) {table}"),
      Sql("CREATE UNIQUE INDEX api_key_by_token ON api_key (token_hash)"),
      Sql("CREATE INDEX api_key_by_account ON api_key (account_id, created_at)"),
      Sql("CREATE TABLE playback ("
          "token_hash {text} NOT NULL, holder {text} NOT NULL, call_id {text} NOT NULL, "
          "recording_id {text} NOT NULL, granted_at {integer} NOT NULL, used_at {integer} NOT NULL, "
          "PRIMARY KEY (token_hash)) {table}"),
      Sql("CREATE TABLE annotation ("
          "tenant_id {text} NOT NULL, call_id {text} NOT NULL, annotation_id {text} NOT NULL, "
          "from_us {integer}, to_us {integer}, kind {text} NOT NULL, text {text} NOT NULL, "
          "author {text} NOT NULL, created_at {integer} NOT NULL, updated_at {integer} NOT NULL, "
          "deleted_at {integer}, PRIMARY KEY (tenant_id, call_id, annotation_id)) {table}"),
      Sql("CREATE TABLE saved_view ("
          "account_id {text} NOT NULL, view_id {text} NOT NULL, name {text} NOT NULL, "
          "query {text} NOT NULL, created_at {integer} NOT NULL, PRIMARY KEY (account_id, "
          "view_id)) {table}"),
      Sql("CREATE TABLE job ("
          "job_id {text} NOT NULL, kind {text} NOT NULL, title {text} NOT NULL, owner {text} NOT NULL, "
          "state {text} NOT NULL, progress {real}, parameters {text} NOT NULL, result {text} NOT NULL, "
          "problem {text}, created_at {integer} NOT NULL, started_at {integer}, ended_at {integer}, "
          "worker {text} NOT NULL, attempts {integer} NOT NULL, cancelling {integer} NOT NULL, "
          "PRIMARY KEY (job_id)) {table}"),
      Sql("CREATE INDEX job_by_time ON job (created_at, job_id)"),
      Sql("CREATE INDEX job_by_state ON job (state, created_at, job_id)"),
      // What belongs together with a call is asked for by its page.
      Sql("CREATE INDEX call_by_interaction ON call (tenant_id, interaction_id)"),
      Sql("CREATE TABLE setting ("
          "name {text} NOT NULL, value {text} NOT NULL, updated_at {integer} NOT NULL, "
          "PRIMARY KEY (name)) {table}"),
  };
}

// Searches look at the newest days first, and for what is rare only at what fits.
Migration version_3() {
  return {
      Sql("ALTER TABLE call ADD COLUMN facets {text} NOT NULL DEFAULT ''"),
      Sql("UPDATE call SET facets = tech_result || ' ' || direction || ' ' || recording_state || ' ' || "
          "source "
          "|| ' ' || CASE WHEN duration_us IS NULL THEN '-' WHEN duration_us < 5000000 THEN 'a' WHEN "
          "duration_us < 10000000 THEN 'b' WHEN duration_us < 20000000 THEN 'c' WHEN duration_us < 30000000 "
          "THEN 'd' WHEN duration_us < 60000000 THEN 'e' WHEN duration_us < 120000000 THEN 'f' WHEN "
          "duration_us < 300000000 THEN 'g' WHEN duration_us < 600000000 THEN 'h' WHEN duration_us < "
          "1800000000 THEN 'i' WHEN duration_us < 3600000000 THEN 'j' WHEN duration_us < 7200000000 THEN 'k' "
          "ELSE 'l' END"),
      Sql("CREATE INDEX call_by_facets ON call (tenant_id, facets, start_at, call_id, duration_us)"),
      Sql("DROP INDEX call_by_result"),
      Sql("DROP INDEX call_by_recording_state"),
      Sql("DROP INDEX call_by_duration"),
      Sql("ALTER TABLE term ADD COLUMN day {integer} NOT NULL DEFAULT 0"),
      Sql("UPDATE term SET day = coalesce((SELECT start_at / 86400000000 FROM call WHERE call.tenant_id = "
          "term.tenant_id AND call.call_id = term.call_id), 0)"),
      Sql("DROP INDEX term_lookup"),
      Sql("CREATE INDEX term_by_day ON term (tenant_id, kind, day, term, call_id)"),
      // An import asks for its capture, whenever the calls in it were.
      Sql("CREATE INDEX term_of_capture ON term (tenant_id, term, call_id) WHERE kind = 'capture'"),
  };
}

// What recording sessions tell of calls and streams.
Migration version_4() {
  return {
      Sql("ALTER TABLE call ADD COLUMN external_ids {text}"),
      Sql("ALTER TABLE stream ADD COLUMN label {text} NOT NULL DEFAULT ''"),
  };
}

// Where a stream's packets were lost.
Migration version_5() {
  return {
      Sql("ALTER TABLE stream ADD COLUMN lost_at_capture {integer} NOT NULL DEFAULT 0"),
      Sql("ALTER TABLE stream ADD COLUMN lost_in_recorder {integer} NOT NULL DEFAULT 0"),
      Sql("ALTER TABLE stream ADD COLUMN losses {text}"),
  };
}

Result<int64_t> version_of(Connection& connection) {
  Statement* statement = TRY(connection.prepared(Sql("SELECT max(version) FROM schema_version")));
  bool found = TRY(statement->next());
  int64_t version = found && !statement->is_null(0) ? statement->integer(0) : 0;
  statement->reset();
  return version;
}

// One step, or false if nothing is missing.
Result<bool> migrate_once(Connection& connection, std::span<const Migration> list) {
  Transaction transaction = TRY(Transaction::exclusive(connection));
  TRY(
      connection.execute(Sql("CREATE TABLE IF NOT EXISTS schema_version (version {integer} NOT NULL, PRIMARY "
                             "KEY (version)) {table}")));
  int64_t version = TRY(version_of(connection));
  auto known = static_cast<int64_t>(list.size());
  if (version > known) {
    return Error(ErrorCode::kUnsupported, "the call log has version " + std::to_string(version) +
                                              ", this program knows " + std::to_string(known) +
                                              ": use the newer program");
  }
  if (version < known) {
    for (const Sql& sql : list[static_cast<size_t>(version)]) TRY(connection.execute(sql));
    Statement* statement = TRY(connection.prepared(Sql("INSERT INTO schema_version (version) VALUES (?)")));
    statement->bind(version + 1);
    TRY(statement->execute());
  }
  TRY(transaction.commit());
  return version < known;
}

// Whether all is there already, asked without waiting for writers. A database without our tables is not.
bool is_current(Connection& connection, std::span<const Migration> list) {
  auto transaction = Transaction::read(connection);
  if (!transaction.ok()) return false;
  auto version = version_of(connection);
  return version.ok() && *version == static_cast<int64_t>(list.size());
}

}  // namespace

const std::vector<Migration>& migrations() {
  static const std::vector<Migration> kList = {version_1(), version_2(), version_3(), version_4(), version_5()};
  return kList;
}

Status migrate(Connection& connection, std::span<const Migration> list) {
  if (is_current(connection, list)) return {};
  for (;;) {
    auto stepped = migrate_once(connection, list);
    if (!stepped.ok()) return std::move(stepped).error().within("call log: migrate");
    if (!*stepped) return {};
  }
}

}  // namespace ew::db
