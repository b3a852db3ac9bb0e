#include "auth/playback_grants.h"

#include "auth/context_internal.h"

namespace ew::auth {
namespace {

// Whom a grant is bound to; empty for somebody without session and key, who gets none.
std::string holder_of(const Identity& who) {
  if (who.session) return who.session->text();
  return who.key ? who.key->text() : std::string();
}

int64_t idle_ns(const Context& context) { return context.options.playback_idle_sec * kNsPerSec; }

PlaybackGrant shown(const Context& context, const db::PlaybackRow& row) {
  return {
      .call_id = row.call_id, .recording_id = row.recording_id, .expires_at = row.used_at + idle_ns(context)};
}

// The grant behind a token, if it is this person's and has not ended.
Outcome<db::PlaybackRow> find(Context& context, const Identity& who, std::string_view token) {
  TRY(who.require(Permission::kRecordingsListen));
  if (token.size() != kTokenLength) return Problem::kNotFound;
  const std::string hash = token_hash(token);
  auto grant = context.grants.find(hash);
  if (!grant) {
    // Under this lock, so that a grant that is just being ended does not come back.
    std::lock_guard lock(context.grants_writing);
    grant = TRY(context.workspace.playbacks().find(hash));
    if (grant) context.grants.put(*grant, grant->used_at);
  }
  if (!grant || grant->holder != holder_of(who) || context.now() - grant->used_at >= idle_ns(context))
    return Problem::kNotFound;
  return *std::move(grant);
}

}  // namespace

Outcome<PlaybackGrants::Given> PlaybackGrants::give(const Identity& who, CallId call, RecordingId recording) {
  TRY(who.require(Permission::kRecordingsListen));
  db::PlaybackRow row{.token_hash = {},
                      .holder = holder_of(who),
                      .call_id = call,
                      .recording_id = recording,
                      .granted_at = context_.now(),
                      .used_at = context_.now()};
  if (row.holder.empty()) return Problem::kPermissionDenied;
  const std::string token = new_token();
  row.token_hash = token_hash(token);
  context_.grants.put(row, std::nullopt);
  return Given{token, shown(context_, row)};
}

Outcome<PlaybackGrant> PlaybackGrants::use(const Identity& who, std::string_view token) {
  auto row = TRY(find(context_, who, token));
  row.used_at = context_.now();
  context_.grants.use(row.token_hash, row.used_at);
  return shown(context_, row);
}

Outcome<PlaybackGrant> PlaybackGrants::end(const Identity& who, std::string_view token) {
  auto row = TRY(find(context_, who, token));
  std::lock_guard lock(context_.grants_writing);
  context_.grants.forget(row.token_hash);
  TRY(context_.workspace.playbacks().remove(row.token_hash));
  return shown(context_, row);
}

}  // namespace ew::auth
