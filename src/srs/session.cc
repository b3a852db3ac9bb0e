#include <algorithm>
#include <functional>

#include "base/text.h"
#include "crypto/crypto.h"
#include "siprec/metadata.h"
#include "srs/admission.h"
#include "srs/session_internal.h"
#include "srtp/protect.h"

namespace ew::srs {
namespace {

using sip::Header;
using sip::Method;
using sipua::Content;
using sipua::Headers;
using sipua::Received;
using sipua::ServerTransaction;

constexpr size_t kMaxFindings = 32;
constexpr size_t kMaxAccept = 500;
constexpr int64_t kNoMedia = 10 * kNsPerSec;  // after which its absence is said
constexpr unsigned kSilentProbes = 2, kProbesOfADay = 96;

uint32_t random_number() {
  uint8_t bytes[4];
  crypto::random_bytes(bytes);
  return ByteReader(bytes).u32be();
}

std::string_view direction_of(const Line& line, bool is_inactive) {
  if (!line.is_accepted) return "refused";
  return is_inactive || line.is_held ? "inactive" : "recvonly";
}

// How a session that ended against its peer's will, or without it, is called among its troubles.
std::string code_of(sipua::End end) {
  switch (end) {
    case sipua::End::kNoAck:
      return "ended_no_ack";
    case sipua::End::kExpired:
      return "ended_expired";
    case sipua::End::kUnknown:
      return "ended_unknown";
    default:
      return "ended_refused";
  }
}

}  // namespace

Session::Session(Core& core, sipua::Timers& timers, uint64_t id, std::shared_ptr<Peer> peer,
                 const Received& invite)
    : Session(core, timers, id, std::move(peer), invite.flow) {
  call_id_ = invite.message.call_id();
  since_ = invite.at;
}

Session::Session(Core& core, sipua::Timers& timers, uint64_t id, std::shared_ptr<Peer> peer,
                 const sipua::Flow& flow)
    : core_(core),
      timers_(timers),
      id_(id),
      peer_(std::move(peer)),
      since_(core.clock.wall()),
      flow_(flow),
      sdp_session_(static_cast<uint64_t>(since_.ns / kNsPerMs)),
      ssrc_(random_number()),
      report_timer_(timers),
      media_timer_(timers),
      retry_timer_(timers) {}

Session::~Session() {
  for (Track& track : tracks_) release(track);
}

// ---- What is agreed on ----

Rules Session::rules() const {
  Rules rules = rules_for(peer_->settings(), flow_.transport);
  rules.has_v4 = own_address(true).has_value();
  rules.has_v6 = own_address(false).has_value();
  rules.signalling_is_v4 = flow_.local.ip.is_v4();
  return rules;
}

std::optional<IpAddress> Session::own_address(bool is_v4) const {
  for (const MediaAddress& address : core_.settings.media_addresses)
    if (address.bind.is_v4() == is_v4) return address.bind;
  if (flow_.local.ip.is_v4() == is_v4) return flow_.local.ip;
  return std::nullopt;
}

std::optional<IpAddress> Session::advertised_address(bool is_v4) const {
  for (const MediaAddress& address : core_.settings.media_addresses)
    if (address.bind.is_v4() == is_v4) return address.advertised;
  return is_v4 ? core_.settings.advertised_address : std::nullopt;
}

std::vector<Line> Session::lines() const {
  std::vector<Line> lines;
  for (const Track& track : tracks_) lines.push_back(track.line);
  return lines;
}

// What an offer is refused with, or 0 and it is agreed on.
int Session::take_offer(std::string_view text, std::string& why) {
  auto offer = sdp::parse(as_bytes(text));
  if (!offer.ok()) {
    Verdict verdict = unreadable(offer.error().message());
    why = std::move(verdict.why);
    return verdict.status;
  }
  std::vector<Line> agreed = answer_to(*offer, text, rules(), lines());
  Verdict verdict = admit(agreed);
  for (const Peculiarity& peculiarity : verdict.peculiarities) peer_->note_peculiarity(peculiarity);
  if (verdict.status != 0) {
    why = std::move(verdict.why);
    return verdict.status;
  }
  forgive_inactive(agreed);
  for (size_t i = 0; i < agreed.size(); ++i)
    if (!agreed[i].is_accepted) note("m-line " + std::to_string(i + 1) + ": " + agreed[i].why_not);
  if (adopt(std::move(agreed))) return 0;
  why = "no media port is free";
  return 503;
}

// A peer that was told that we want nothing says "inactive" since we asked for it, in its answer and in every
// offer that follows: that is no hold of its own.
void Session::forgive_inactive(std::vector<Line>& lines) const {
  if (!told_inactive_) return;
  for (Line& line : lines)
    if (!line.is_null_hold) line.is_held = false;
}

// Takes these lines for those before; false, and nothing has changed, if there are no ports for them.
bool Session::adopt(std::vector<Line> lines) {
  std::vector<size_t> fresh;
  for (size_t i = 0; i < lines.size(); ++i) {
    if (!lines[i].is_accepted || lines[i].ports) continue;
    auto ports = core_.ports.take(own_address(lines[i].is_v4).value());
    if (!ports.ok()) {
      core_.warn_of_ports(peer_->name(), ports.error());
      for (size_t taken : fresh) core_.ports.give_back(*lines[taken].ports);
      return false;
    }
    lines[i].ports = *ports;
    fresh.push_back(i);
  }
  for (size_t i = 0; i < tracks_.size(); ++i) {
    auto& before = tracks_[i].line.ports;
    bool stays = i < lines.size() && lines[i].ports && before && lines[i].ports->rtp == before->rtp;
    if (!stays) release(tracks_[i]);
  }
  tracks_.resize(lines.size());
  for (size_t i = 0; i < lines.size(); ++i) tracks_[i].line = std::move(lines[i]);
  for (size_t i = 0; i < tracks_.size(); ++i)
    if (tracks_[i].line.ports) core_.places[tracks_[i].line.ports->rtp] = {this, i};
  return true;
}

void Session::release(Track& track) {
  if (!track.line.ports) return;
  for (MediaPort* rule : {&track.rtp, &track.rtcp}) {
    bool is_told = rule->socket >= 0;
    if (is_told && rule->state != MediaPort::State::kClosed) {
      rule->state = MediaPort::State::kClosed;
      rule->source.reset();
      core_.sink.on_media_port(*rule);
    }
    *rule = {};
  }
  core_.places.erase(track.line.ports->rtp);
  core_.ports.give_back(*track.line.ports);
  track.line.ports.reset();
  track.report = {};
}

MediaPort Session::rule_of(const Track& track, bool is_rtcp) const {
  const Line& line = track.line;
  MediaPort rule;
  rule.local = is_rtcp ? line.ports->rtcp : line.ports->rtp;
  rule.socket = is_rtcp ? line.ports->rtcp_socket : line.ports->rtp_socket;
  rule.advertised = {advertised_address(line.is_v4).value_or(rule.local.ip), rule.local.port};
  rule.session = id_;
  rule.is_rtcp = is_rtcp;
  rule.learn = peer_->settings().learn_source;
  rule.state = wants_nothing() || line.is_held ? MediaPort::State::kPaused : MediaPort::State::kOpen;
  rule.source = is_rtcp ? line.remote_rtcp : line.remote;
  if (peer_->settings().strict) return rule;
  // Many send from another port than they offer; who gives a name for an address is where his signalling
  // comes from.
  if (rule.source)
    rule.source->port = 0;
  else if (!line.is_null_hold)
    rule.source = Endpoint{flow_.remote.ip, 0};
  return rule;
}

void Session::tell_rules() {
  for (Track& track : tracks_) {
    if (!track.line.ports) continue;
    auto tell_one = [&](MediaPort& told, const MediaPort& now) {
      if (told == now) return;
      told = now;
      core_.sink.on_media_port(told);
    };
    tell_one(track.rtp, rule_of(track, false));
    tell_one(track.rtcp, rule_of(track, true));
  }
}

// The session as our SDP: an answer, or an offer of what there is (RFC 7866 section 7.2: never of more).
std::string Session::description() {
  Writing writing{sdp_session_, sdp_version_, wants_nothing(), advertised_address(true),
                  advertised_address(false)};
  auto current = lines();
  std::string text = write_sdp(current, writing);
  size_t hash = std::hash<std::string>()(text);
  if (hash == last_sdp_) return text;
  // RFC 3264 section 8: the version grows with every change.
  ++writing.version;
  sdp_version_ = writing.version;
  text = write_sdp(current, writing);
  last_sdp_ = std::hash<std::string>()(text);
  return text;
}

Content Session::described(const sipua::SessionTimer& timer, bool peer_supports_timer) {
  Content content;
  content.headers = capabilities();
  Headers more = sipua::timer_headers(timer, peer_supports_timer);
  content.headers.insert(content.headers.end(), more.begin(), more.end());
  content.type = "application/sdp";
  content.body = description();
  return content;
}

// ---- The beginning ----

int Session::prepare(const Received& invite, const siprec::Recognition& recognition, std::string& why) {
  for (const siprec::Finding& finding : recognition.findings) {
    const siprec::RuleText& rule = siprec::text_of(finding.rule);
    peer_->note_peculiarity({std::string(rule.code), std::string(rule.text), ""});
  }
  peer_->note_user_agent(invite.message.value(Header::kUserAgent));
  is_siprec_ = !recognition.has_cisco_participants && !recognition.is_built_in_bridge;
  peer_accept_ = std::string(invite.message.value(Header::kAccept).substr(0, kMaxAccept));
  not_recording_ = !core_.records_now();
  std::string_view offer = find_sdp(invite.message);
  if (!offer.empty()) return take_offer(offer, why);
  awaits_answer_ = true;
  bool is_v4 = own_address(flow_.local.ip.is_v4()) ? flow_.local.ip.is_v4() : !flow_.local.ip.is_v4();
  if (adopt(first_offer(is_siprec_ ? 2 : 1, is_v4))) return 0;
  why = "no media port is free";
  return 503;
}

void Session::begin(const Received& invite, const std::shared_ptr<ServerTransaction>& transaction) {
  dialog_ = transaction->accept(invite, shared_from_this());
  ++peer_->sessions_total;
  ++peer_->sessions_now;
  peer_->last_session = invite.at;
  tell(invite);
  watch_metadata(invite.message);
  if (not_recording_) note("accepted as inactive: recording is off or not possible now");
  tell_rules();
  sipua::SessionTimerRules timer_rules{core_.settings.session_expires_s,
                                       core_.settings.min_session_expires_s};
  auto timer = sipua::answer_timer(invite.message, timer_rules).timer;
  told_inactive_ = wants_nothing();
  answer(transaction, 200, described(timer, sipua::supports_timer(invite.message)), timer);
}

void Session::call(sipua::UserAgent& agent, const std::string& uri) {
  ++peer_->sessions_now;
  Content content;
  content.headers = capabilities();
  content.headers.emplace_back("Require", "siprec");
  content.headers.emplace_back("Session-Expires", std::to_string(core_.settings.session_expires_s));
  content.headers.emplace_back("Min-SE", std::to_string(core_.settings.min_session_expires_s));
  auto dialog = agent.call(flow_, uri, std::move(content), shared_from_this());
  dialog_ = dialog;
  call_id_ = dialog->call_id();
}

// The ACK is a promise too, but the peer repeats its 200 until it has it: it does not wait for the journal.
Content Session::answer_of(const Received& response) {
  if (state_ != SessionState::kProceeding) return {};
  tell(response);
  std::string_view offer = find_sdp(response.message);
  std::string why = "there is no offer in the 200";
  if (offer.empty() || take_offer(offer, why) != 0) {
    note("our call was answered, but " + why);
    trouble("call_without_media", "our call was answered with media that cannot be recorded", why);
    return {};
  }
  tell_rules();
  told_inactive_ = wants_nothing();
  return {capabilities(), "application/sdp", "", description()};
}

// Its ACK has left.
void Session::on_call_answered(const Received& response) {
  const int status = response.message.status;
  if (status >= 300) {
    tell(response);
    return trouble("call_declined", "our call was declined", std::to_string(status));
  }
  state_ = SessionState::kActive;
  since_ = response.at;
  ++peer_->sessions_total;
  peer_->last_session = response.at;
  peer_->note_address(flow_);
  std::string_view server = response.message.value(Header::kServer);
  peer_->note_user_agent(server.empty() ? response.message.value(Header::kUserAgent) : server);
  peer_accept_ = std::string(response.message.value(Header::kAccept).substr(0, kMaxAccept));
  watch_metadata(response.message);
  auto is_accepted = [](const Track& track) { return track.line.is_accepted; };
  auto dialog = dialog_.lock();
  if (!dialog) return;
  if (std::none_of(tracks_.begin(), tracks_.end(), is_accepted)) return dialog->bye();
  if (dialog->session_timer().interval_s == 0)
    dialog->probe_every(std::max<int64_t>(core_.settings.session_expires_s / 2, 30) * kNsPerSec);
  start_media();
  reconcile();
}

// A response that promises to keep what was told: it waits until that is in the journal.
void Session::answer(const std::shared_ptr<ServerTransaction>& transaction, int status,
                     const Content& content, const sipua::SessionTimer& timer) {
  if (transaction->method() == Method::kInvite) transaction->respond(100);
  auto waiting = std::make_unique<Waiting>(timers_);
  waiting->token = ++next_token_;
  waiting->transaction = transaction;
  waiting->status = status;
  waiting->response = transaction->compose(status, content);
  waiting->timer = timer;
  waiting->deadline.start(int64_t{core_.settings.durable_ms} * kNsPerMs,
                          [this, token = waiting->token] { on_late(token); });
  Datagram datagram;
  datagram.at = core_.clock.wall();
  datagram.source = transaction->flow().local;
  datagram.destination = transaction->flow().remote;
  datagram.transport = transaction->flow().transport;
  datagram.payload = as_bytes(waiting->response);
  auto durable = core_.durable(id_, waiting->token);
  waiting_.push_back(std::move(waiting));
  tell(datagram, std::move(durable));
}

void Session::send(Waiting& waiting) {
  auto self = shared_from_this();
  auto transaction = waiting.transaction;
  if (transaction->is_answered()) return;
  bool is_offer_or_answer =
      transaction->method() == Method::kInvite || transaction->method() == Method::kUpdate;
  transaction->send(waiting.status, waiting.response);
  auto dialog = dialog_.lock();
  if (!dialog || dialog->is_ended()) return;
  if (state_ == SessionState::kProceeding) {
    state_ = SessionState::kAnswered;
    core_.on_answered(core_.clock.wall() - since_);
    int64_t probe_ns = std::max<int64_t>(core_.settings.session_expires_s / 2, 30) * kNsPerSec;
    if (waiting.timer.interval_s == 0) dialog->probe_every(probe_ns);
    start_media();
  }
  if (is_offer_or_answer) dialog->set_session_timer(waiting.timer);
}

void Session::on_durable(uint64_t token) {
  auto found =
      std::find_if(waiting_.begin(), waiting_.end(), [&](const auto& one) { return one->token == token; });
  if (found == waiting_.end()) return;
  auto waiting = std::move(*found);
  waiting_.erase(found);
  send(*waiting);
  // After an INVITE its ACK is waited for.
  if (waiting->transaction->method() != Method::kInvite) reconcile();
}

// The journal did not confirm in time.
void Session::on_late(uint64_t token) {
  auto found =
      std::find_if(waiting_.begin(), waiting_.end(), [&](const auto& one) { return one->token == token; });
  if (found == waiting_.end()) return;
  auto waiting = std::move(*found);
  waiting_.erase(found);
  ++core_.late_answers;
  Method method = waiting->transaction->method();
  bool is_refused = core_.settings.when_not_durable == WhenNotDurable::kRefuse && method != Method::kBye;
  note(is_refused ? "refused: the journal did not confirm in time" : "answered before the journal confirmed");
  if (!is_refused) return send(*waiting);
  bool is_first = state_ == SessionState::kProceeding;
  waiting->transaction->respond(
      is_first ? 503 : 500, {{{"Retry-After", std::to_string(core_.settings.retry_after_s)}}, {}, {}, {}});
}

void Session::start_media() {
  report_timer_.start(report_interval_ns(true, random_number()), [this] { report_receptions(); });
  media_timer_.start(kNoMedia, [this] {
    if (core_.hears_of_media && packets() == 0 && !wants_nothing()) {
      note("no media came");
      trouble("no_media", "no media came", printable(call_id_, 80));
    }
  });
}

// ---- Requests of the peer ----

void Session::on_request(const Received& request, const std::shared_ptr<ServerTransaction>& transaction) {
  flow_ = request.flow;
  tell(request);
  watch_metadata(request.message);
  switch (request.message.method) {
    case Method::kInvite:
    case Method::kUpdate:
      return negotiate(request, transaction);
    case Method::kOptions:
      return transaction->respond(200, {capabilities(), {}, {}, {}});
    case Method::kBye:
      state_ = SessionState::kEnding;
      return answer(transaction, 200, {});
    default:
      return answer(transaction, 200, {});
  }
}

void Session::negotiate(const Received& request, const std::shared_ptr<ServerTransaction>& transaction) {
  bool is_invite = request.message.method == Method::kInvite;
  std::string_view offer = find_sdp(request.message);
  // RFC 3311 section 5.2: there is an offer of ours, or one of the peer's without its answer.
  auto dialog = dialog_.lock();
  bool is_open =
      awaits_answer_ || (dialog && dialog->has_open_invite()) || state_ == SessionState::kProceeding;
  if (!is_invite && !offer.empty() && is_open) return transaction->respond(491);
  sipua::SessionTimerRules timer_rules{core_.settings.session_expires_s,
                                       core_.settings.min_session_expires_s};
  auto timer = sipua::answer_timer(request.message, timer_rules);
  if (timer.too_small)
    return transaction->respond(422, {{{"Min-SE", std::to_string(timer_rules.min_s)}}, {}, {}, {}});
  bool supports_timer = sipua::supports_timer(request.message);
  if (!is_invite && offer.empty()) {
    Headers headers = capabilities();
    for (auto& header : sipua::timer_headers(timer.timer, supports_timer)) headers.push_back(header);
    return answer(transaction, 200, {headers, {}, {}, {}}, timer.timer);
  }
  std::string why;
  if (!offer.empty()) {
    awaits_answer_ = false;
    if (int status = take_offer(offer, why); status != 0) {
      note("refused a change: " + why);
      trouble("change_refused", "a change was refused", std::to_string(status) + ": " + why);
      return transaction->respond(status);
    }
    tell_rules();
  } else {
    awaits_answer_ = true;
  }
  told_inactive_ = wants_nothing();
  answer(transaction, 200, described(timer.timer, supports_timer), timer.timer);
}

void Session::on_cancel(const Received& cancel) { tell(cancel); }

void Session::on_ack(const Received& ack) {
  tell(ack);
  if (state_ == SessionState::kAnswered) state_ = SessionState::kActive;
  if (awaits_answer_) {
    awaits_answer_ = false;
    take_answer(find_sdp(ack.message));
    auto is_known = [](const Track& track) { return track.line.remote.has_value(); };
    if (std::none_of(tracks_.begin(), tracks_.end(), is_known)) {
      note("the ACK has no answer to our offer");
      return end();
    }
  }
  reconcile();
}

// The peer's answer to an offer of ours; one that cannot be read changes nothing.
void Session::take_answer(std::string_view text) {
  auto answer = sdp::parse(as_bytes(text));
  if (!answer.ok()) return;
  auto agreed = lines();
  apply_answer(*answer, agreed);
  forgive_inactive(agreed);
  for (Line& line : agreed)
    if (!line.is_accepted) line.ports.reset();
  adopt(std::move(agreed));
  tell_rules();
}

bool Session::is_ended_without_ack(bool initial) {
  note(initial ? "never acknowledged" : "a change was never acknowledged");
  peer_->note_peculiarity({"no_ack", "does not always send ACK", ""});
  bool has_media = packets() > 0;
  if (initial && !has_media)
    trouble("no_ack_no_media", "a session was never acknowledged and had no media", printable(call_id_, 80));
  return initial && !has_media;
}

// Metadata that only changes what is not known asks for the whole (RFC 7866 section 9.1).
void Session::watch_metadata(const sip::Message& message) {
  if (has_snapshot_) return;
  auto metadata = siprec::find_metadata(message);
  if (!metadata || siprec::is_snapshot_request(metadata->text)) return;
  siprec::Document document = siprec::parse_metadata(metadata->text);
  has_snapshot_ = document.understood && document.mode == siprec::DataMode::kComplete;
  if (has_snapshot_ || !document.understood || asked_for_snapshot_) return;
  asked_for_snapshot_ = true;
  // Not before the request that is being worked on has its answer.
  retry_timer_.start(kNsPerSec,
                     [this] { (void)request_snapshot("a partial update came before any snapshot"); });
}

Status Session::request_snapshot(std::string_view reason) {
  auto dialog = dialog_.lock();
  if (!dialog || dialog->is_ended()) return Error(ErrorCode::kNotFound, "the session has ended");
  std::string_view allow = dialog->peer_allows(Method::kUpdate) ? "UPDATE" : "INVITE";
  auto request = siprec::make_snapshot_request(peer_accept_, allow, reason);
  if (!request) {
    note("its metadata is incomplete and cannot be asked for: the peer takes no UPDATE");
    return Error(ErrorCode::kUnsupported, "the peer takes no UPDATE");
  }
  dialog->request(Method::kUpdate, {{}, request->content_type, request->content_disposition, request->body});
  return {};
}

// ---- Requests of ours ----

void Session::set_paused(bool paused) {
  if (paused_by_us_ == paused) return;
  paused_by_us_ = paused;
  refuses_ = false;
  tell_rules();
  reconcile();
}

void Session::record() {
  if (!not_recording_) return;
  not_recording_ = false;
  refuses_ = false;
  tell_rules();
  reconcile();
}

void Session::end() {
  state_ = SessionState::kEnding;
  if (auto dialog = dialog_.lock()) dialog->bye();
}

// Tells the peer what we want, if it knows otherwise and can be told now.
void Session::reconcile() {
  auto dialog = dialog_.lock();
  bool is_settled = state_ == SessionState::kActive && !awaits_answer_ && waiting_.empty();
  if (!dialog || dialog->is_ended() || !is_settled || refuses_ || dialog->has_open_invite()) return;
  if (told_inactive_ == wants_nothing()) return;
  offered_inactive_ = wants_nothing();
  dialog->request(Method::kInvite, {capabilities(), "application/sdp", "", description()});
}

void Session::on_refresh_due() {
  auto dialog = dialog_.lock();
  if (!dialog) return;
  if (dialog->peer_allows(Method::kUpdate)) return dialog->request(Method::kUpdate);
  if (dialog->has_open_invite()) return;
  offered_inactive_ = wants_nothing();
  dialog->request(Method::kInvite, {capabilities(), "application/sdp", "", description()});
}

void Session::on_response(const Received& response) {
  if (state_ == SessionState::kProceeding) return on_call_answered(response);
  tell(response);
  int status = response.message.status;
  Method method = response.message.method;
  if (method == Method::kOptions) {
    silent_probes_ = 0;
    answers_probes_ = true;
  }
  auto unwilling = [&](std::string_view what) {
    std::string detail = std::string(what) + ": " + std::to_string(status);
    peer_->note_peculiarity({"declines", "declines requests of ours", std::move(detail)});
  };
  if (method == Method::kBye && status >= 300) return unwilling("BYE");
  if (method == Method::kUpdate && status >= 300) {
    note("our UPDATE was answered with " + std::to_string(status));
    return unwilling("UPDATE");
  }
  if (method == Method::kOptions && status >= 300) return unwilling("OPTIONS");
  if (method != Method::kInvite) return;
  if (status == 491) {
    // RFC 3261 section 14.1, for who did not begin the dialog: up to two seconds.
    return retry_timer_.start(random_number() % 200 * 10 * kNsPerMs, [this] { reconcile(); });
  }
  if (status >= 300) {
    refuses_ = true;
    told_inactive_ = offered_inactive_;  // it knows, and our next wish is another one
    note("our re-INVITE was answered with " + std::to_string(status) +
         "; what we want holds here all the same");
    return unwilling("re-INVITE");
  }
  told_inactive_ = offered_inactive_;
  take_answer(find_sdp(response.message));
  reconcile();
}

void Session::on_no_response(Method method) {
  if (state_ == SessionState::kProceeding)
    return trouble("call_unanswered", "our call was not answered", "");
  note("our " + std::string(sip::name_of(method)) + " was not answered");
  peer_->note_peculiarity(
      {"no_answer", "does not always answer requests of ours", std::string(sip::name_of(method))});
  if (method == Method::kInvite) {
    refuses_ = true;
    told_inactive_ = offered_inactive_;
  }
  if (method != Method::kOptions) return;
  // It is gone, unless media says otherwise; who never answered is given a day.
  bool is_silent = packets() == packets_at_probe_;
  packets_at_probe_ = packets();
  unsigned limit = answers_probes_ ? kSilentProbes : kProbesOfADay;
  auto dialog = dialog_.lock();
  if (++silent_probes_ >= limit && is_silent && dialog) dialog->bye({}, sipua::End::kUnknown);
}

void Session::on_sending(const sipua::Flow& flow, std::string_view message) {
  Datagram datagram;
  datagram.at = core_.clock.wall();
  datagram.source = flow.local;
  datagram.destination = flow.remote;
  datagram.transport = flow.transport;
  datagram.payload = as_bytes(message);
  tell(datagram);
}

void Session::tell(const Received& message) {
  Datagram datagram;
  datagram.at = message.at;
  datagram.source = message.flow.remote;
  datagram.destination = message.flow.local;
  datagram.transport = message.flow.transport;
  datagram.payload = message.bytes;
  tell(datagram);
}

void Session::tell(const Datagram& datagram, std::function<void()> durable) {
  core_.sink.on_signalling({id_, peer_->name()}, datagram, std::move(durable));
}

void Session::on_end(sipua::End end) {
  auto self = shared_from_this();
  state_ = SessionState::kEnding;
  waiting_.clear();
  for (sipua::Timer* timer : {&report_timer_, &media_timer_, &retry_timer_}) timer->stop();
  for (Track& track : tracks_) release(track);
  --peer_->sessions_now;
  if (end != sipua::End::kBye && end != sipua::End::kOurs && end != sipua::End::kCancel &&
      end != sipua::End::kDeclined)
    trouble(code_of(end), "a session ended: " + std::string(sipua::name_of(end)), printable(call_id_, 80));
  core_.log.debug("Recording session ended", {{"session", std::to_string(id_)},
                                              {"peer", peer_->name()},
                                              {"reason", std::string(sipua::name_of(end))}});
  core_.sessions.erase(id_);
}

// ---- Receiver reports ----

void Session::on_reception(size_t line, const Reception& reception) {
  if (line < tracks_.size()) tracks_[line].report.take(reception);
}

uint64_t Session::packets() const {
  uint64_t sum = 0;
  for (const Track& track : tracks_) sum += track.report.packets();
  return sum;
}

void Session::report_receptions() {
  for (Track& track : tracks_) send_report(track);
  report_timer_.start(report_interval_ns(false, random_number()), [this] { report_receptions(); });
}

// From the port that RTCP comes to, to the address that was negotiated and to no other (REQUIREMENTS F05).
void Session::send_report(Track& track) {
  const Line& line = track.line;
  if (!line.ports || !line.remote_rtcp) return;
  Bytes packet = track.report.make(ssrc_, core_.cname, core_.clock.monotonic_ns());
  if (line.key) {
    auto sealed = srtp::protect_rtcp(line.key->suite, line.key->own, ++track.srtcp_index, packet);
    if (!sealed.ok()) return;
    packet = std::move(*sealed);
  }
  send_from(line.has_rtcp_mux ? line.ports->rtp_socket : line.ports->rtcp_socket, *line.remote_rtcp, packet);
}

// ---- What is shown ----

void Session::note(const std::string& finding) {
  if (findings_.size() < kMaxFindings &&
      std::find(findings_.begin(), findings_.end(), finding) == findings_.end())
    findings_.push_back(finding);
}

void Session::trouble(std::string code, std::string text, std::string detail) {
  peer_->note_error({core_.clock.wall(), std::move(code), std::move(text), std::move(detail)});
}

SessionView Session::view() const {
  SessionView view;
  view.id = id_;
  view.call_id = call_id_;
  view.peer = peer_->name();
  view.tenant = peer_->settings().tenant;
  view.remote = flow_.remote;
  view.transport = flow_.transport;
  view.state = state_;
  view.since = since_;
  view.paused_by_us = paused_by_us_;
  view.not_recording = not_recording_;
  view.findings = findings_;
  bool has_open = false;
  for (const Track& track : tracks_) {
    const Line& line = track.line;
    has_open |= line.is_accepted && !line.is_held;
    StreamView stream;
    stream.label = line.label;
    stream.type = line.type;
    stream.direction = direction_of(line, wants_nothing());
    stream.encodings = line.encodings;
    stream.encrypted = line.key.has_value();
    if (line.ports) stream.local = line.ports->rtp;
    stream.remote = line.remote;
    stream.packets = track.report.packets();
    stream.lost = track.report.lost();
    view.streams.push_back(std::move(stream));
  }
  view.paused_by_peer = !tracks_.empty() && !has_open;
  return view;
}

}  // namespace ew::srs
