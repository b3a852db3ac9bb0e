// Recording for everybody, keys, the state of the system, and the rest of the first run.
#include "api/exchange_internal.h"
#include "crypto/crypto.h"
#include "node/recording_policy.h"

namespace ew::api {
namespace {

constexpr const char* kRecording = node::kRecordingSetting;
constexpr const char* kRecoveryKey = "recovery_key";  // {"check", "saved"}
constexpr size_t kEnding = 8;  // characters of the recovery key that prove it was saved

Result<json> setting(Exchange& exchange, const char* key) {
  auto text = TRY(exchange.parts.workspace.settings().get(key));
  return text ? json::parse(*text) : json::object();
}

Status put_setting(Exchange& exchange, const char* key, const json& value) {
  return exchange.parts.workspace.settings().put(key, value.dump(), exchange.parts.clock.wall());
}

Result<bool> recovery_key_saved(Exchange& exchange) {
  return TRY(setting(exchange, kRecoveryKey)).value("saved", false);
}

// Recovery key.

std::string check_of(std::string_view ending) {
  return to_hex(crypto::sha256(as_bytes("earwitness recovery key ending " + std::string(ending))));
}

std::string fingerprint(const crypto::PublicKey& key) { return to_hex(crypto::sha256(key)).substr(0, 16); }

Answer take_recovery_key(Exchange& exchange) {
  TRY(exchange.who.require_confirmed());
  node::DataDirectory& data = exchange.parts.data;
  TRY(data.keks().current(exchange.tenant()));
  // Who takes the key is on record before it is shown.
  TRY(data.audit_act("key.recovery_shown", {}, {}, exchange.who.actor()));
  auto key = TRY(data.keks().take_recovery_private(exchange.tenant()));
  if (!key) return conflict("recovery_key_shown", "the recovery key was shown before and is not kept here");
  std::string text = to_hex(key->view());
  TRY(put_setting(exchange, kRecoveryKey,
                  {{"check", check_of(text.substr(text.size() - kEnding))}, {"saved", false}}));
  return json{{"recovery_key", text},
              {"fingerprint", fingerprint(TRY(data.keks().recovery_public(exchange.tenant())))}};
}

Answer confirm_recovery_key(Exchange& exchange) {
  json stored = TRY(setting(exchange, kRecoveryKey));
  if (!stored.contains("check"))
    return conflict("recovery_key_not_shown", "the recovery key was not shown yet");
  const auto& ending = exchange.body.at("ending").get_ref<const std::string&>();
  if (ending.size() < kEnding ||
      stored.value("check", "") != check_of(ending.substr(ending.size() - kEnding)))
    return conflict("wrong_ending", "these are not the last 8 characters of the recovery key");
  stored["saved"] = true;
  TRY(exchange.parts.data.audit_act("key.recovery_saved", {}, {}, exchange.who.actor()));
  TRY(put_setting(exchange, kRecoveryKey, stored));
  return nothing();
}

// Recording.

Answer put_recording(Exchange& exchange, const std::string& what, const std::string& legal_ground) {
  if (exchange.parts.data.config().recording_configured)
    return conflict("set_by_configuration", "the configuration file says what is recorded");
  TRY(exchange.parts.data.audit_act("settings.recording_changed", {}, {{"default", what}},
                                    exchange.who.actor()));
  TRY(put_setting(exchange, kRecording, {{"default", what}, {"legal_ground", legal_ground}}));
  return json{{"default", what}, {"legal_ground", legal_ground}, {"configured", false}};
}

Answer get_recording(Exchange& exchange) {
  const config::Config& config = exchange.parts.data.config();
  json stored = TRY(setting(exchange, kRecording));
  bool configured = config.recording_configured;
  std::string configured_default = config.record_default == config::RecordDefault::kAll ? "all" : "none";
  return json{{"default", configured ? configured_default : stored.value("default", configured_default)},
              {"legal_ground", configured ? config.legal_ground : stored.value("legal_ground", "")},
              {"configured", configured}};
}

Answer set_recording(Exchange& exchange) {
  return put_recording(exchange, exchange.body.at("default"), exchange.body.at("legal_ground"));
}

Answer answer_recording(Exchange& exchange) {
  Answer done = put_recording(exchange, exchange.body.at("default"), exchange.body.at("legal_ground"));
  if (std::holds_alternative<Problem>(done.state())) return done;
  return nothing();
}

Answer get_setup(Exchange& exchange) {
  bool no_account = TRY(exchange.parts.auth.accounts().needs_setup());
  bool answered = exchange.parts.data.config().recording_configured ||
                  TRY(setting(exchange, kRecording)).contains("default");
  bool saved = TRY(recovery_key_saved(exchange));
  std::string state = no_account ? "new" : !answered ? "recording" : !saved ? "recovery_key" : "done";
  return json{{"state", state},
              {"account_configured", !no_account},
              {"recording_configured", exchange.parts.data.config().recording_configured},
              {"recovery_key_saved", saved}};
}

// Keys and state.

Answer list_keys(Exchange& exchange) {
  vault::KekProvider& keks = exchange.parts.data.keks();
  auto current = TRY(keks.current(exchange.tenant()));
  json versions = json::array();
  for (const vault::KekPublic& version : TRY(keks.versions(exchange.tenant())))
    versions.push_back({{"tenant", exchange.tenant()},
                        {"version", version.version},
                        {"fingerprint", fingerprint(version.key)},
                        {"current", version == current}});
  return json{{"versions", versions},
              {"recovery_fingerprint", fingerprint(TRY(keks.recovery_public(exchange.tenant())))},
              {"recovery_key_saved", TRY(recovery_key_saved(exchange))}};
}

Answer rotate_key(Exchange& exchange) {
  TRY(exchange.who.require_confirmed());
  auto made = TRY(exchange.parts.data.keks().rotate(exchange.tenant()));
  TRY(exchange.parts.data.audit_act("key.rotated", {}, {{"version", std::to_string(made.version)}},
                                    exchange.who.actor()));
  return {json{{"tenant", exchange.tenant()},
               {"version", made.version},
               {"fingerprint", fingerprint(made.key)},
               {"current", true}},
          201};
}

json alarm_json(const SystemStatus::Alarm& alarm) {
  json values = json::object();
  for (const auto& [name, value] : alarm.values) values[name] = value;
  return {{"code", alarm.code},
          {"severity", alarm.severity},
          {"since", to_rfc3339(alarm.since)},
          {"detail", alarm.detail},
          {"values", values}};
}

Answer get_status(Exchange& exchange) {
  SystemStatus status = exchange.parts.status();
  json alarms = json::array(), processes = json::array();
  for (const auto& alarm : status.alarms) alarms.push_back(alarm_json(alarm));
  for (const auto& process : status.processes)
    processes.push_back({{"name", process.name},
                         {"pid", process.pid},
                         {"since", to_rfc3339(process.since)},
                         {"restarts", process.restarts}});
  auto log = TRY(exchange.parts.call_logs.take());
  db::CallFilter all;
  all.tenant = exchange.tenant();
  auto calls = TRY(log->count(all));
  return json{{"version", status.version},
              {"node_id", exchange.parts.data.node().text()},
              {"started_at", to_rfc3339(status.started_at)},
              {"time", to_rfc3339(exchange.parts.clock.wall())},
              {"alarms", alarms},
              {"disk",
               {{"free_bytes", status.free_bytes},
                {"total_bytes", status.total_bytes},
                {"used_by_us_bytes", status.used_by_us_bytes},
                {"days_until_full", status.days_until_full ? json(*status.days_until_full) : json()}}},
              {"processes", processes},
              {"calls_total", {{"value", calls.value}, {"more", calls.more}, {"talk_seconds", nullptr}}}};
}

}  // namespace

void add_settings_routes(Routes& routes) {
  routes.handlers.insert({{"getSetup", get_setup},
                          {"answerRecording", answer_recording},
                          {"takeRecoveryKey", take_recovery_key},
                          {"confirmRecoveryKey", confirm_recovery_key},
                          {"getRecordingSettings", get_recording},
                          {"setRecordingSettings", set_recording},
                          {"listKeys", list_keys},
                          {"rotateKey", rotate_key},
                          {"getStatus", get_status}});
}

}  // namespace ew::api
