#include <algorithm>

#include "base/text.h"
#include "sipua/constants_internal.h"
#include "sipua/user_agent.h"

namespace ew::sipua {
namespace {

// The one address that a message's own words may choose: another port of the host that it came from.
std::optional<uint16_t> port_at(std::string_view uri_text, const IpAddress& host) {
  auto uri = sip::parse_uri(uri_text);
  auto ip = uri ? IpAddress::parse(uri->host) : std::nullopt;
  if (!ip || *ip != host) return std::nullopt;
  return uri->port != 0 ? uri->port : 5060;
}

// We, as From has it.
std::string own_name(const UserAgent& agent, const Flow& flow, const std::string& tag) {
  const std::string contact = agent.contact(flow);
  return contact.substr(0, contact.find('>') + 1) + ";tag=" + tag;
}

uint32_t bit_of(sip::Method method) { return 1u << static_cast<unsigned>(method); }

}  // namespace

Dialog::Dialog(UserAgent& agent, const Received& invite, const std::string& local_tag,
               std::shared_ptr<DialogUser> user)
    : agent_(agent),
      call_id_(invite.message.call_id()),
      local_tag_(local_tag),
      remote_tag_(invite.message.from_tag()),
      first_cseq_(invite.message.cseq.number),
      local_(line_safe(invite.message.value(sip::Header::kTo)) + ";tag=" + local_tag),
      remote_(line_safe(invite.message.value(sip::Header::kFrom))),
      user_(std::move(user)),
      peer_cseq_(invite.message.cseq.number),
      bytes_received_(invite.bytes.size()),
      repeat_(agent.timers_),
      give_up_(agent.timers_),
      refresh_(agent.timers_),
      expiry_(agent.timers_),
      probe_(agent.timers_) {
  for (std::string_view route : invite.message.values(sip::Header::kRecordRoute)) {
    std::string line = ": " + line_safe(route) + "\r\n";
    record_routes_ += "Record-Route" + line;
    routes_ += "Route" + line;
  }
  learn(invite, true);
}

Dialog::Dialog(UserAgent& agent, const Flow& flow, const std::string& uri, std::shared_ptr<DialogUser> user)
    : agent_(agent),
      call_id_(random_token(16) + "@" + flow.local.ip.text()),
      local_tag_(random_token()),
      first_cseq_(0),
      local_(own_name(agent, flow, local_tag_)),
      remote_("<" + uri_safe(uri) + ">"),
      target_(uri_safe(uri)),
      user_(std::move(user)),
      flow_(flow),
      peer_cseq_(0),
      is_our_call_(true),
      repeat_(agent.timers_),
      give_up_(agent.timers_),
      refresh_(agent.timers_),
      expiry_(agent.timers_),
      probe_(agent.timers_) {}

// Who answered our call: its tag, and the way to it (RFC 3261 section 12.1.2). Only a 2xx makes it a dialog.
void Dialog::learn_peer(const sip::Message& response) {
  remote_ = line_safe(response.value(sip::Header::kTo));
  if (response.status >= 300) return;
  remote_tag_ = response.to_tag();
  is_established_ = true;
  auto routes = response.values(sip::Header::kRecordRoute);
  for (auto route = routes.rbegin(); route != routes.rend(); ++route)
    routes_ += "Route: " + line_safe(*route) + "\r\n";
}

bool Dialog::peer_allows(sip::Method method) const { return allowed_ & bit_of(method); }

// What a message of the peer says of where it is and what it can.
void Dialog::learn(const Received& received, bool is_request) {
  const sip::Message& message = received.message;
  if (is_request) flow_ = response_flow(message, received.flow);
  auto contacts = message.values(sip::Header::kContact);
  auto contact = contacts.empty() ? std::nullopt : sip::parse_name_address(contacts.front());
  if (contact) {
    std::string uri = uri_safe(contact->uri);
    if (!uri.empty()) target_ = std::move(uri);
  }
  uint32_t allowed = 0;
  for (std::string_view name : message.values(sip::Header::kAllow))
    allowed |= bit_of(sip::method_named(name));
  if (allowed != 0) allowed_ = allowed;
}

std::string Dialog::compose(sip::Method method, uint32_t cseq, const std::string& branch,
                            const Content& content) const {
  std::string_view name = sip::name_of(method);
  std::string target = target_.empty() ? "sip:" + flow_.remote.text() : target_;
  Composer composer = Composer::request(name, target);
  composer.header("Via", agent_.sent_by(flow_) + ";branch=" + branch + ";rport");
  composer.header("Max-Forwards", "70");
  composer.lines(routes_);
  composer.header("From", local_).header("To", remote_).header("Call-ID", call_id_);
  composer.header("CSeq", std::to_string(cseq) + " " + std::string(name));
  if (method != sip::Method::kAck && method != sip::Method::kBye && method != sip::Method::kCancel)
    composer.header("Contact", agent_.contact(flow_)).header("Supported", "timer");
  return composer.finish(content);
}

Flow Dialog::request_flow() const {
  Flow flow = flow_;
  if (flow.is_reliable()) return flow;
  std::string_view next = target_;
  if (!routes_.empty()) {
    auto route = sip::parse_name_address(
        std::string_view(routes_).substr(routes_.find(':') + 1, routes_.find('\r') - routes_.find(':') - 1));
    if (route) next = route->uri;
  }
  if (auto port = port_at(next, flow.remote.ip)) flow.remote.port = *port;
  return flow;
}

void Dialog::request(sip::Method method, Content content) {
  if (is_ended_ && method != sip::Method::kBye) return;
  if (method == sip::Method::kInvite) our_invite_open_ = true;
  if (method == sip::Method::kInvite || method == sip::Method::kUpdate) {
    // Each of these renews the session timer or, by saying nothing of it, ends it (RFC 4028 section 7.2).
    Headers timer = refresh_headers(session_timer_, agent_.options_.timers);
    content.headers.insert(content.headers.end(), timer.begin(), timer.end());
  }
  std::string branch = "z9hG4bK" + random_token();
  uint32_t cseq = ++our_cseq_;
  std::string text = compose(method, cseq, branch, content);
  Flow flow = request_flow();
  user_->on_sending(flow, text);
  agent_.start_client(shared_from_this(), method, cseq, branch, flow, std::move(text));
}

void Dialog::bye(const Content& content, End end) {
  if (is_ended_) return;
  auto self = shared_from_this();
  // Before anything was answered there is nothing that a BYE could end (RFC 3261 section 15.1.1).
  if (is_established_) request(sip::Method::kBye, content);
  if (is_our_call_ && !is_established_) agent_.cancel(*this);
  finish(end);
}

void Dialog::stop_timers() {
  for (Timer* timer : {&repeat_, &give_up_, &refresh_, &expiry_, &probe_}) timer->stop();
}

// The dialog is no more, for us.
void Dialog::finish(End end) {
  if (is_ended_) return;
  auto self = shared_from_this();
  is_ended_ = true;
  stop_timers();
  unacknowledged_.clear();
  agent_.dialogs_.erase({call_id_, local_tag_});
  user_->on_end(end);
  // Its INVITE that nobody will answer any more (RFC 3261 section 15.1.2).
  if (auto invite = peer_invite_.lock(); invite && !invite->is_answered()) invite->respond(487);
}

void Dialog::repeat_2xx(const ServerTransaction& transaction, std::string response) {
  is_established_ = true;
  peer_invite_.reset();
  unacknowledged_flow_ = transaction.flow();
  unacknowledged_cseq_ = transaction.cseq();
  bytes_sent_ += response.size();
  unacknowledged_ = std::move(response);
  repeat_2xx_in(kT1);
  give_up_.start(k64T1, [this] { give_up_waiting(); });
}

// Over every transport (RFC 3261 section 13.3.1.4).
void Dialog::repeat_2xx_in(int64_t interval_ns) {
  repeat_.start(interval_ns, [this, interval_ns] {
    bytes_sent_ += unacknowledged_.size();
    if (!has_acknowledged_ && bytes_sent_ > kAmplification * bytes_received_) return;
    ++agent_.counters_.resent;
    agent_.wire_.send(unacknowledged_flow_, as_bytes(unacknowledged_));
    repeat_2xx_in(std::min(2 * interval_ns, kT2));
  });
}

void Dialog::on_ack(const Received& ack) {
  if (unacknowledged_.empty() || ack.message.cseq.number != unacknowledged_cseq_) return;
  has_acknowledged_ = true;
  stop_waiting();
  user_->on_ack(ack);
}

void Dialog::stop_waiting() {
  unacknowledged_.clear();
  unacknowledged_.shrink_to_fit();
  repeat_.stop();
  give_up_.stop();
}

void Dialog::give_up_waiting() {
  bool initial = unacknowledged_cseq_ == first_cseq_;
  stop_waiting();
  if (user_->is_ended_without_ack(initial)) bye({}, End::kNoAck);
}

void Dialog::set_session_timer(const SessionTimer& timer) {
  session_timer_ = timer;
  refresh_.stop();
  expiry_.stop();
  if (timer.interval_s == 0 || is_ended_) return;
  int64_t interval = int64_t{timer.interval_s} * kNsPerSec;
  if (timer.we_refresh) refresh_.start(interval / 2, [this] { user_->on_refresh_due(); });
  // RFC 4028 section 10: a little before the end, so that the BYE still finds the proxies' state.
  expiry_.start(interval - std::min(32 * kNsPerSec, interval / 3), [this] { bye({}, End::kExpired); });
}

void Dialog::probe_every(int64_t ns) {
  probe_.start(ns, [this, ns] {
    request(sip::Method::kOptions);
    probe_every(ns);
  });
}

}  // namespace ew::sipua
