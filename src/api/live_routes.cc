// Calls in progress: seeing, pausing and hearing them; and where calls come from.
#include "api/exchange_internal.h"
#include "api/live_watches_internal.h"
#include "base/text.h"

namespace ew::api {
namespace {

constexpr size_t kDefaultCalls = 200;
constexpr size_t kMaxLevels = 50;
constexpr size_t kImportsLooked = 500;

const char* name_of(LiveCall::State state) {
  switch (state) {
    case LiveCall::State::kRecording:
      return "recording";
    case LiveCall::State::kPaused:
      return "paused";
    case LiveCall::State::kNotRecorded:
      return "not_recorded";
  }
  return "";
}

json optional_json(const std::optional<std::string>& text) { return text ? json(*text) : json(); }

json stream_json(const LiveStream& stream) {
  return {{"number", stream.number},
          {"participant", stream.participant},
          {"label", stream.label},
          {"media", stream.media},
          {"codec", stream.codec},
          {"encrypted", stream.encrypted},
          {"packets", stream.packets},
          {"lost", stream.lost},
          {"last_at", time_json(stream.last_at)}};
}

json live_json(const LiveCall& call) {
  json streams = json::array();
  for (const LiveStream& stream : call.streams) streams.push_back(stream_json(stream));
  return {{"call_id", call.call.text()},
          {"recording_id", call.recording ? json(call.recording->text()) : json()},
          {"source", call.source},
          {"peer", call.peer},
          {"witness", call.witness},
          {"start_at", to_rfc3339(call.start_at)},
          {"answer_at", time_json(call.answer_at)},
          {"caller_number", optional_json(call.caller_number)},
          {"caller_name", optional_json(call.caller_name)},
          {"called_number", optional_json(call.called_number)},
          {"called_name", optional_json(call.called_name)},
          {"state", name_of(call.state)},
          {"paused_by", optional_json(call.paused_by)},
          {"why", {{"code", call.why_code}, {"detail", call.why_detail}}},
          {"can_pause", call.can_pause},
          {"can_listen", call.state == LiveCall::State::kRecording && call.recording.has_value()},
          {"streams", std::move(streams)},
          {"findings", findings_json(call.findings)}};
}

Answer list_live(Exchange& exchange) {
  const size_t limit = exchange.parameters.value("limit", kDefaultCalls);
  json calls = json::array();
  uint64_t total = 0, recording = 0, paused = 0;
  if (exchange.parts.live) {
    auto all = exchange.parts.live->calls();
    for (const LiveCall& call : *all) {
      if (call.tenant != exchange.tenant()) continue;
      ++total;
      recording += call.state == LiveCall::State::kRecording ? 1 : 0;
      paused += call.state == LiveCall::State::kPaused ? 1 : 0;
      if (calls.size() < limit) calls.push_back(live_json(call));
    }
  }
  return json{{"calls", std::move(calls)},
              {"total", total},
              {"recording", recording},
              {"paused", paused},
              {"at", to_rfc3339(exchange.parts.clock.wall())}};
}

Result<LiveCall> live_call(const Exchange& exchange) {
  auto call = find_live(exchange.parts, exchange.tenant(), exchange.id<CallId>("call_id"));
  if (!call) return Error(ErrorCode::kNotFound, "this call is not in progress");
  return *std::move(call);
}

Answer get_live(Exchange& exchange) { return live_json(TRY(live_call(exchange))); }

Answer get_levels(Exchange& exchange) {
  json calls = json::array();
  std::string_view left = exchange.text("calls");
  for (size_t asked = 0; !left.empty(); ++asked) {
    size_t comma = std::min(left.find(','), left.size());
    auto id = CallId::parse(left.substr(0, comma));
    if (!id || asked == kMaxLevels)
      return bad_request("calls", "at most 50 ids of calls with commas between them");
    left.remove_prefix(std::min(comma + 1, left.size()));
    auto call = find_live(exchange.parts, exchange.tenant(), *id);
    if (!call || !call->recording) continue;
    json voices = json::array();
    for (const auto& level : TRY(exchange.watches.levels(exchange.who, *call)))
      voices.push_back({{"participant", level.participant},
                        {"decibels", level.decibels ? json(*level.decibels) : json()}});
    calls.push_back({{"call_id", id->text()}, {"voices", std::move(voices)}});
  }
  return json{{"calls", std::move(calls)}};
}

// An act on a running recording is on record, with its reason, before it takes effect; one that fails is told
// again.
Answer act_on(Exchange& exchange, const char* act, Status (LiveCalls::*how)(CallId)) {
  auto call = TRY(live_call(exchange));
  if (!call.can_pause || !call.recording)
    return conflict("cannot_be_paused", "nothing of this call is recorded");
  node::DataDirectory& data = exchange.parts.data;
  const std::vector<std::pair<std::string, std::string>> details = {
      {"call", call.call.text()}, {"reason", exchange.body.at("reason").get<std::string>()}};
  TRY(data.audit_act(act, *call.recording, details, exchange.who.actor()));
  Status done = (exchange.parts.live->*how)(call.call);
  if (done.ok()) return nothing();
  TRY(data.audit_act(act, *call.recording, details, exchange.who.actor(), "failed"));
  return done.error();
}
Answer pause_recording(Exchange& exchange) { return act_on(exchange, "recording.paused", &LiveCalls::pause); }
Answer resume_recording(Exchange& exchange) {
  return act_on(exchange, "recording.resumed", &LiveCalls::resume);
}
Answer stop_recording(Exchange& exchange) { return act_on(exchange, "recording.stopped", &LiveCalls::stop); }

Answer listen_live(Exchange& exchange) {
  auto call = TRY(live_call(exchange));
  if (call.state != LiveCall::State::kRecording || !call.recording)
    return conflict("nothing_to_hear", "nothing of this call is being stored now");
  auto token = TRY(exchange.watches.grant(exchange.who, call));
  return {json{{"token", token},
               {"url", "/api/v1/live/sound/" + token},
               {"recording_id", call.recording->text()},
               {"sample_rate", media::LiveMixer::kRate},
               {"channels", {"caller", "callee"}}},
          201};
}

Answer get_live_sound(Exchange& exchange) {
  auto after = exchange.parameters.find("after");
  auto heard = TRY(exchange.watches.hear(
      exchange.who, exchange.text("token"),
      after == exchange.parameters.end() ? std::nullopt : std::optional(after->get<int64_t>())));
  std::string bytes;
  bytes.reserve(heard.sound.samples.size() * sizeof(int16_t));
  for (int16_t sample : heard.sound.samples) {
    bytes.push_back(static_cast<char>(static_cast<uint16_t>(sample) & 0xff));
    bytes.push_back(static_cast<char>(static_cast<uint16_t>(sample) >> 8));
  }
  http::Response response = http::respond(200, "application/octet-stream", std::move(bytes));
  response.headers.set("X-Sample-Position", std::to_string(heard.sound.from));
  response.headers.set("X-Live", heard.has_ended ? "ended" : name_of(heard.state));
  return response;
}

Answer end_live_sound(Exchange& exchange) {
  TRY(exchange.watches.end(exchange.who, exchange.text("token")));
  return nothing();
}

json siprec_json(const LiveSources& sources) {
  json addresses = json::array(), peers = json::array();
  for (const SiprecAddress& address : sources.siprec_addresses)
    addresses.push_back({{"uri", address.uri}, {"transport", address.transport}, {"error", address.error}});
  for (const SiprecPeer& peer : sources.siprec_peers) {
    json errors = json::array();
    for (const auto& error : peer.errors)
      errors.push_back({{"at", time_json(error.at)},
                        {"code", error.code},
                        {"text", error.text},
                        {"detail", error.detail}});
    peers.push_back({{"name", peer.name},
                     {"configured", peer.configured},
                     {"user_agent", peer.user_agent},
                     {"address", peer.address},
                     {"transport", peer.transport},
                     {"encrypted", peer.encrypted},
                     {"last_options_at", time_json(peer.last_options_at)},
                     {"last_session_at", time_json(peer.last_session_at)},
                     {"sessions_now", peer.sessions_now},
                     {"sessions_total", peer.sessions_total},
                     {"refused", peer.refused},
                     {"errors", std::move(errors)},
                     {"findings", findings_json(peer.findings)}});
  }
  return {{"enabled", sources.siprec_enabled},
          {"ready", sources.siprec_ready},
          {"why_not", sources.siprec_why_not},
          {"addresses", std::move(addresses)},
          {"peers", std::move(peers)}};
}

json hep_json(const LiveSources& sources) {
  json addresses = json::array(), agents = json::array(), refused;
  for (const HepAddress& address : sources.hep_addresses)
    addresses.push_back({{"address", address.address}, {"transport", address.transport}});
  for (const HepAgent& agent : sources.hep_agents)
    agents.push_back({{"address", agent.address},
                      {"id", agent.id},
                      {"name", agent.name},
                      {"last_at", time_json(agent.last_at)},
                      {"sip", agent.sip},
                      {"reports", agent.reports},
                      {"refused", agent.refused},
                      {"malformed", agent.malformed},
                      {"trouble", agent.trouble}});
  if (sources.hep_refused)
    refused = {{"count", sources.hep_refused->count},
               {"last_at", time_json(sources.hep_refused->last_at)},
               {"address", sources.hep_refused->address},
               {"trouble", sources.hep_refused->trouble}};
  return {{"enabled", sources.hep_enabled},
          {"addresses", std::move(addresses)},
          {"agents", std::move(agents)},
          {"refused", std::move(refused)}};
}

json capture_json(const CaptureSource& capture) {
  return {{"interface", capture.interface},
          {"since", time_json(capture.since)},
          {"error", capture.error},
          {"packets", capture.packets},
          {"bytes", capture.bytes},
          {"dropped_by_kernel", capture.dropped_by_kernel},
          {"dropped_by_us", capture.dropped_by_us},
          {"calls_now", capture.calls_now}};
}

Answer get_sources(Exchange& exchange) {
  const LiveSources sources = exchange.parts.live ? exchange.parts.live->sources() : LiveSources{};
  json captures = json::array();
  for (const CaptureSource& capture : sources.captures) captures.push_back(capture_json(capture));
  uint64_t running = 0, done = 0, failed = 0;
  std::optional<WallTime> last;
  for (const db::JobRow& job : TRY(exchange.parts.workspace.jobs().list("import", kImportsLooked))) {
    running += job.state == db::JobState::kRunning || job.state == db::JobState::kWaiting ? 1 : 0;
    done += job.state == db::JobState::kDone ? 1 : 0;
    failed += job.state == db::JobState::kFailed ? 1 : 0;
    if (job.ended_at && (!last || *job.ended_at > *last)) last = job.ended_at;
  }
  return json{
      {"siprec", siprec_json(sources)},
      {"hep", hep_json(sources)},
      {"captures", std::move(captures)},
      {"imports", {{"running", running}, {"done", done}, {"failed", failed}, {"last_at", time_json(last)}}}};
}

}  // namespace

json findings_json(const std::vector<Finding>& findings) {
  json list = json::array();
  for (const Finding& finding : findings)
    list.push_back({{"code", finding.code},
                    {"text", finding.text},
                    {"rule", finding.rule},
                    {"detail", finding.detail},
                    {"matters", finding.matters}});
  return list;
}

void add_live_routes(Routes& routes) {
  routes.handlers.insert({{"listLive", list_live},
                          {"getLiveCall", get_live},
                          {"getLevels", get_levels},
                          {"pauseRecording", pause_recording},
                          {"resumeRecording", resume_recording},
                          {"stopRecording", stop_recording},
                          {"listenLive", listen_live},
                          {"getLiveSound", get_live_sound},
                          {"endLiveSound", end_live_sound},
                          {"getSources", get_sources}});
}

}  // namespace ew::api
