#include "server/live_feed.h"

#include <algorithm>

#include "net/socket_address.h"

namespace ew::server {
namespace {

constexpr int64_t kFreshNs = 1 * kNsPerSec;  // a list that old serves everybody who looks

api::Finding finding_of(const siprec::RuleText& rule, const std::string& detail) {
  return {std::string(rule.code), std::string(rule.text), std::string(rule.source), detail, rule.matters};
}

// One that breaks a rule says where that is written; the others say all of it themselves.
api::Finding finding_of(const srs::Peculiarity& peculiarity) {
  if (auto rule = siprec::find_rule(peculiarity.code))
    return finding_of(siprec::text_of(*rule), peculiarity.detail);
  return {peculiarity.code, peculiarity.text, "", peculiarity.detail, false};
}

const char* name_of(Transport transport) {
  if (transport == Transport::kUdp) return "udp";
  return transport == Transport::kTcp ? "tcp" : "tls";
}

api::SiprecPeer shown(const srs::PeerView& peer) {
  api::SiprecPeer shown;
  shown.name = peer.name;
  shown.user_agent = peer.user_agent;
  shown.configured = peer.configured;
  if (peer.address) shown.address = peer.address->text();
  if (peer.address) shown.transport = name_of(peer.transport);
  shown.encrypted = peer.address && peer.transport == Transport::kTls;
  shown.last_options_at = peer.last_options;
  shown.last_session_at = peer.last_session;
  shown.sessions_now = peer.sessions_now;
  shown.sessions_total = peer.sessions_total;
  shown.refused = peer.refused;
  for (const auto& error : peer.errors) shown.errors.push_back({error.at, error.code, error.text, error.detail});
  for (const srs::Peculiarity& peculiarity : peer.peculiarities)
    shown.findings.push_back(finding_of(peculiarity));
  return shown;
}

// What stands for 0.0.0.0 and [::]: from where this machine speaks to others.
IpAddress own_address(bool is_v4) {
  const Endpoint somebody{*IpAddress::parse(is_v4 ? "192.0.2.1" : "2001:db8::1"), 9};
  return address_towards(somebody).value_or(*IpAddress::parse(is_v4 ? "127.0.0.1" : "::1"));
}

api::HepAgent shown(const capture::HepAgent& agent) {
  return {agent.address.text(), agent.id,      agent.name,      agent.last_at, agent.sip,
          agent.reports,        agent.refused, agent.malformed, agent.trouble};
}

// Who sends what cannot be read, and is no agent, is turned away too; of that no time is known.
std::optional<api::HepRefused> refused(const capture::HepAgent& others) {
  api::HepRefused refused;
  refused.count = others.refused + others.malformed;
  if (refused.count == 0) return std::nullopt;
  if (others.last_at.ns != 0) refused.last_at = others.last_at;
  refused.address = others.address.text();
  refused.trouble = others.trouble;
  return refused;
}

api::LiveCall shown(const node::LiveCall& call, const std::string& tenant) {
  api::LiveCall shown;
  shown.call = call.call_id;
  if (call.media_part || call.recording_state == RecordingState::kRecorded ||
      call.recording_state == RecordingState::kRecordedPartial)
    shown.recording = call.recording_id;
  shown.tenant = tenant;
  shown.source = name_of(call.source);
  shown.peer = call.source_detail;
  shown.witness = call.witness;
  shown.start_at = call.start_at;
  shown.answer_at = call.answer_at;
  shown.caller_number = call.caller_number;
  shown.caller_name = call.caller_name;
  shown.called_number = call.called_number;
  shown.called_name = call.called_name;
  using State = api::LiveCall::State;
  if (call.media_part) shown.state = State::kRecording;
  const bool is_left_out = call.recording_state == RecordingState::kNotByPolicy && call.sessions.empty();
  if (!is_left_out) shown.recording = call.recording_id;
  shown.can_pause = !is_left_out && !call.is_stopped;
  // What policy does not want is accepted with inactive media too: that is no pause.
  if (call.is_stopped) {
    shown.state = State::kNotRecorded;
  } else if (!call.paused_by.empty() && call.recording_state != RecordingState::kNotByPolicy) {
    shown.state = State::kPaused;
    shown.paused_by = call.paused_by == "recorder" ? "operator" : "peer";
  }
  for (const siprec::Finding& finding : call.findings)
    shown.findings.push_back(finding_of(siprec::text_of(finding.rule), finding.detail));
  shown.why_code = name_of(call.recording_state);
  for (const node::LiveStream& stream : call.streams)
    shown.streams.push_back({stream.number, stream.participant, stream.label, stream.media, stream.codec,
                             stream.encrypted, stream.packets, stream.lost, stream.last_at});
  return shown;
}

bool has_label(const metrics::Labels& labels, std::string_view name, std::string_view value) {
  return std::any_of(labels.begin(), labels.end(),
                     [&](const auto& label) { return label.first == name && label.second == value; });
}

uint64_t sum_of(const std::vector<metrics::Family>& families, std::string_view name,
                const std::string& source) {
  double sum = 0;
  for (const metrics::Family& family : families)
    if (family.name == name)
      for (const metrics::Sample& sample : family.samples)
        if (has_label(sample.labels, "source", source)) sum += sample.value;
  return static_cast<uint64_t>(sum);
}

}  // namespace

// What the recorder writes of one call: it tells where that lies, and it is read from the recorder's files.
class LiveFeed::RunningRecording : public node::OpenRecording {
 public:
  RunningRecording(LiveFeed& feed, CallId call) : feed_(feed), call_(call) {}

  Result<PartId> part() override { return feed_.part_of(call_); }
  Result<Frames> read(PartId part, uint64_t first) override { return feed_.recorder_.frames_of(part, first); }

 private:
  LiveFeed& feed_;
  const CallId call_;
};

LiveFeed::LiveFeed(RecorderLink& recorder, const metrics::Registry& figures, const Clock& clock,
                   const config::Config& config)
    : recorder_(recorder),
      figures_(figures),
      clock_(clock),
      config_(config),
      since_(clock.wall()),
      calls_(std::make_shared<api::LiveList>()) {}

std::shared_ptr<const api::LiveList> LiveFeed::calls() {
  std::lock_guard lock(mutex_);
  const int64_t now = clock_.monotonic_ns();
  if (looked_at_ns_ != 0 && now - looked_at_ns_ < kFreshNs) return calls_;
  looked_at_ns_ = now;
  auto list = std::make_shared<api::LiveList>();
  // While a recorder starts again, nothing goes on that could be shown.
  parts_.clear();
  if (auto live = recorder_.live_calls(); live.ok())
    for (const node::LiveCall& call : live->calls) {
      list->push_back(shown(call, config_.tenant));
      if (call.media_part) parts_[call.call_id] = *call.media_part;
    }
  return calls_ = std::move(list);
}

Result<PartId> LiveFeed::part_of(CallId call) {
  (void)calls();
  std::lock_guard lock(mutex_);
  auto found = parts_.find(call);
  if (found == parts_.end()) return Error(ErrorCode::kNotFound, "nothing of this call is being written");
  return found->second;
}

api::LiveSources LiveFeed::sources() {
  api::LiveSources sources;
  const auto families = figures_.collect();
  const auto list = calls();
  for (const std::string& interface : config_.capture.interfaces) {
    api::CaptureSource source;
    source.interface = interface;
    source.since = since_;
    source.packets = sum_of(families, "earwitness_capture_packets_total", interface);
    source.bytes = sum_of(families, "earwitness_capture_bytes_total", interface);
    source.dropped_by_kernel = sum_of(families, "earwitness_capture_dropped_total", interface);
    source.calls_now = static_cast<uint64_t>(std::count_if(
        list->begin(), list->end(), [&](const api::LiveCall& call) { return call.peer == interface; }));
    sources.captures.push_back(std::move(source));
  }
  if (config_.sip.is_on()) add_siprec(sources);
  if (config_.hep.is_on()) add_hep(sources);
  return sources;
}

void LiveFeed::add_siprec(api::LiveSources& sources) {
  sources.siprec_enabled = true;
  auto state = recorder_.siprec_state();
  sources.siprec_why_not = state.ok() ? state->not_ready : "the recorder does not answer";
  sources.siprec_ready = state.ok() && state->not_ready.empty();
  sources.siprec_addresses = addresses(state.ok() ? *state : SiprecState());
  if (!state.ok()) return;
  for (const srs::PeerView& peer : state->peers) sources.siprec_peers.push_back(shown(peer));
}

// Each address of the configuration as a recording client is given it. What the recorder did not get could
// not be opened; of [::] that is no trouble, since many machines have no IPv6.
std::vector<api::SiprecAddress> LiveFeed::addresses(const SiprecState& state) const {
  std::vector<api::SiprecAddress> shown;
  auto add = [&](const std::vector<std::string>& listen, Transport transport) {
    for (const std::string& text : listen) {
      Endpoint address = Endpoint::parse(text).value_or(Endpoint());
      auto found = std::find_if(state.listeners.begin(), state.listeners.end(), [&](const auto& listener) {
        return listener.address == address && listener.transport == transport;
      });
      const bool is_there = found != state.listeners.end();
      if (!is_there && address.ip.is_unspecified() && !address.ip.is_v4()) continue;
      shown.push_back({"sip:" + told(address).text() + ";transport=" + name_of(transport), name_of(transport),
                       is_there ? found->error : "it could not be opened: see the alarms"});
    }
  };
  add(config_.sip.listen, Transport::kUdp);
  add(config_.sip.listen, Transport::kTcp);
  if (config_.sip.speaks_tls()) add(config_.sip.listen_tls, Transport::kTls);
  return shown;
}

Endpoint LiveFeed::told(Endpoint address) const {
  if (!address.ip.is_unspecified()) return address;
  const bool is_v4 = address.ip.is_v4();
  const auto advertised = IpAddress::parse(config_.sip.advertised_address);
  address.ip = advertised && is_v4 ? *advertised : own_address(is_v4);
  return address;
}

void LiveFeed::add_hep(api::LiveSources& sources) {
  sources.hep_enabled = true;
  for (Transport transport : {Transport::kUdp, Transport::kTcp})
    for (const std::string& text : config_.hep.listen)
      if (auto address = Endpoint::parse(text))
        sources.hep_addresses.push_back({told(*address).text(), name_of(transport)});
  auto agents = recorder_.hep_agents();
  if (!agents.ok() || agents->empty()) return;
  sources.hep_refused = refused(agents->front());
  for (size_t i = 1; i < agents->size(); ++i) sources.hep_agents.push_back(shown((*agents)[i]));
}

// Who acted looks at once whether it had an effect.
void LiveFeed::look_again() {
  std::lock_guard lock(mutex_);
  looked_at_ns_ = 0;
}

Status LiveFeed::act_on(CallId call, call::RecordingAct act) {
  Status done = recorder_.act_on(call, act);
  look_again();
  return done;
}

Status LiveFeed::pause(CallId call) { return act_on(call, call::RecordingAct::kPause); }
Status LiveFeed::resume(CallId call) { return act_on(call, call::RecordingAct::kResume); }
Status LiveFeed::stop(CallId call) { return act_on(call, call::RecordingAct::kStop); }
std::unique_ptr<node::OpenRecording> LiveFeed::open(const api::LiveCall& call) {
  return std::make_unique<RunningRecording>(*this, call.call);
}

}  // namespace ew::server
