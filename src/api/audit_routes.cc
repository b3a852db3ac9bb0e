// The audit log as people read it, and its verification.
#include <algorithm>

#include "api/exchange_internal.h"
#include "base/text.h"

namespace ew::api {
namespace {

constexpr size_t kEntriesAtOnce = 50;
constexpr uint64_t kMaxLooked = 50'000;  // entries that one request looks at
constexpr size_t kVerifications = 20;

struct Wanted {
  std::optional<WallTime> from, to;
  std::optional<std::string> actor, kind, recording;

  bool matches(const json& entry, WallTime at) const {
    if ((from && at < *from) || (to && at >= *to)) return false;
    if (actor && entry.value("actor", "") != *actor) return false;
    if (recording && entry.value("recording", "") != *recording) return false;
    std::string entry_kind = entry.value("kind", "");
    if (!kind) return entry_kind != "part.stored";
    return kind->ends_with('.') ? entry_kind.starts_with(*kind) : entry_kind == *kind;
  }
};

json entry_json(uint64_t index, const json& entry, const std::map<std::string, std::string>& names) {
  json details = json::object();
  for (const auto& [name, value] : entry.items()) {
    static constexpr std::string_view kOwn[] = {"at", "kind", "actor", "result", "recording", "call"};
    if (std::find(std::begin(kOwn), std::end(kOwn), name) == std::end(kOwn))
      details[name] = value.is_string() ? value : json(value.dump());
  }
  std::string actor = entry.value("actor", "");
  auto named = names.find(actor);
  return {{"index", index},
          {"at", entry.value("at", "")},
          {"kind", entry.value("kind", "")},
          {"actor", actor},
          {"actor_name", named == names.end() ? json() : json(named->second)},
          {"recording_id", entry.contains("recording") ? entry.at("recording") : json()},
          {"call_id", entry.contains("call") ? entry.at("call") : json()},
          {"result", entry.value("result", "")},
          {"details", details}};
}

Answer list_audit(Exchange& exchange) {
  evidence::AuditLog& log = exchange.parts.data.audit();
  std::map<std::string, std::string> names;  // by actor's id
  Wanted wanted;
  wanted.actor = exchange.optional_text("actor");
  for (const auto& account : TRY(exchange.parts.workspace.accounts().list())) {
    names[account.account_id.text()] = account.display_name;
    if (wanted.actor == account.name) wanted.actor = account.account_id.text();
  }
  wanted.kind = exchange.optional_text("kind");
  wanted.recording = exchange.optional_text("recording");
  auto time = [&](const char* name) {
    WallTime at;
    auto text = exchange.optional_text(name);
    return text && parse_rfc3339(*text, at) ? std::optional(at) : std::nullopt;
  };
  wanted.from = time("from");
  wanted.to = time("to");

  uint64_t size = log.size(), index = size;
  if (auto after = exchange.optional_text("after")) {
    auto number = parse_number(*after, size);
    if (!number) return bad_request("after", "what a former page gave as next");
    index = *number;
  }
  size_t limit = exchange.parameters.value("limit", kEntriesAtOnce);
  json entries = json::array();
  uint64_t looked = 0;
  while (index > 0 && entries.size() < limit && looked++ < kMaxLooked) {
    json entry = json::parse(TRY(log.entry(--index)), nullptr, false);
    WallTime at;
    if (!entry.is_object() || !parse_rfc3339(entry.value("at", ""), at)) continue;
    if (wanted.from && at < *wanted.from) index = 0;  // the log is in order of time
    if (wanted.matches(entry, at)) entries.push_back(entry_json(index, entry, names));
  }
  return json{
      {"entries", entries}, {"next", index > 0 ? json(std::to_string(index)) : json()}, {"size", size}};
}

Answer get_verification(Exchange& exchange) {
  json result = {{"job", nullptr}, {"checked_at", nullptr}, {"sound", nullptr},
                 {"entries", 0},   {"objects", 0},          {"findings", json::array()}};
  for (const db::JobRow& job : TRY(exchange.parts.workspace.jobs().list("verify", kVerifications))) {
    if (result["job"].is_null()) result["job"] = job_json(job);
    if (job.state != db::JobState::kDone) continue;
    json report = json::parse(job.result, nullptr, false);
    result["checked_at"] = time_json(job.ended_at);
    result["entries"] = report.value("audit_entries", 0);
    result["objects"] = report.value("objects", 0);
    result["findings"] = report.value("findings", json::array());
    result["sound"] = result["findings"].empty();
    break;
  }
  return result;
}

Answer start_verification(Exchange& exchange) {
  for (const db::JobRow& job : TRY(exchange.parts.workspace.jobs().list("verify", 1)))
    if (job.state == db::JobState::kWaiting || job.state == db::JobState::kRunning)
      return conflict("verification_running", "a verification is running already");
  TRY(exchange.parts.data.audit_act("verify.started", {}, {}, exchange.who.actor()));
  return {job_json(TRY(exchange.parts.jobs.submit("verify", "verify", exchange.who.actor(), "{}"))), 202};
}

}  // namespace

void add_audit_routes(Routes& routes) {
  routes.handlers.insert({{"listAudit", list_audit},
                          {"getVerification", get_verification},
                          {"startVerification", start_verification}});
}

}  // namespace ew::api
