#include "sipua/user_agent.h"

#include <algorithm>

#include "base/text.h"
#include "crypto/crypto.h"
#include "sipua/client_transaction_internal.h"
#include "sipua/constants_internal.h"

namespace ew::sipua {
namespace {

using sip::Header;
using sip::Method;
using sip::ParseError;

constexpr std::string_view kCookie = "z9hG4bK";

// Which transaction a request belongs to (RFC 3261 section 17.2.3). The sender's address is part of it, so
// that nobody meets another's transactions.
std::string key_of(const sip::Message& request, const Flow& flow, std::string_view method) {
  auto via = request.top_via();
  std::string key = flow.remote.ip.text();
  auto add = [&key](std::string_view part) { key.append("\n").append(part); };
  if (via && via->branch.starts_with(kCookie) && via->branch.size() > kCookie.size()) {
    add(via->branch);
    add(via->sent_by);
  } else {
    add(request.call_id());
    add(request.from_tag());
    add(std::to_string(request.cseq.number));
    if (via) add(via->sent_by);
  }
  add(method);
  return key;
}

// A response repeats these headers.
bool can_be_answered(const sip::Message& request) {
  for (Header header : {Header::kVia, Header::kFrom, Header::kTo, Header::kCallId, Header::kCSeq})
    if (sip::is_blank(request.value(header))) return false;
  return request.is_request && request.top_via().has_value() && request.method != Method::kAck;
}

std::string_view protocol_name(Transport transport) {
  switch (transport) {
    case Transport::kUdp:
      return "UDP";
    case Transport::kTcp:
      return "TCP";
    case Transport::kTls:
      return "TLS";
  }
  return "UDP";
}

std::string seconds_up_to(uint8_t limit) {
  uint8_t random = 0;
  crypto::random_bytes({&random, 1});
  return std::to_string(1 + random % limit);
}

}  // namespace

std::string_view name_of(End end) {
  switch (end) {
    case End::kBye:
      return "ended by the peer";
    case End::kOurs:
      return "ended by us";
    case End::kCancel:
      return "cancelled by the peer";
    case End::kRefused:
      return "refused by us";
    case End::kNoAck:
      return "never acknowledged";
    case End::kExpired:
      return "not refreshed in time";
    case End::kUnknown:
      return "no longer known to the peer";
    case End::kDeclined:
      return "not accepted by the peer";
  }
  return "ended";
}

UserAgent::UserAgent(Options options, const Clock& clock, Wire& wire, Application& application)
    : options_(std::move(options)),
      clock_(clock),
      wire_(wire),
      application_(application),
      timers_(clock),
      known_limit_(options_.max_per_s_and_address, SIZE_MAX),
      stranger_limit_(options_.max_strangers_per_s, options_.max_strangers_per_s),
      stateless_key_(random_token(32)) {}

UserAgent::~UserAgent() {
  // An application may hold transactions and dialogs for longer: their timers end with the agent's.
  for (auto& [key, transaction] : server_transactions_) {
    transaction->repeat_.stop();
    transaction->end_.stop();
  }
  for (auto& [key, dialog] : dialogs_) dialog->stop_timers();
  client_transactions_.clear();
  server_transactions_.clear();
  dialogs_.clear();
}

std::string_view UserAgent::allow() { return "INVITE, ACK, CANCEL, BYE, OPTIONS, UPDATE, INFO"; }

std::string UserAgent::sent_by(const Flow& flow) const {
  Endpoint local = flow.local;
  if (options_.advertised_v4 && local.ip.is_v4()) local.ip = *options_.advertised_v4;
  return "SIP/2.0/" + std::string(protocol_name(flow.transport)) + " " + local.text();
}

int refusal_of(ParseError error) {
  if (error == ParseError::kVersion) return 505;
  return error == ParseError::kTooLong ? 413 : 400;
}

std::string contact_of(const Options& options, const Flow& flow) {
  Endpoint local = flow.local;
  if (options.advertised_v4 && local.ip.is_v4()) local.ip = *options.advertised_v4;
  std::string uri = "sip:" + options.contact_user + "@" + local.text();
  if (flow.transport != Transport::kUdp) uri += ";transport=" + to_lower(protocol_name(flow.transport));
  return "<" + uri + ">" + options.contact_parameters;
}

std::string UserAgent::contact(const Flow& flow) const { return contact_of(options_, flow); }

std::shared_ptr<Dialog> UserAgent::call(const Flow& flow, const std::string& uri, Content content,
                                        std::shared_ptr<DialogUser> user) {
  auto dialog = std::make_shared<Dialog>(*this, flow, uri, std::move(user));
  dialogs_[{dialog->call_id_, dialog->local_tag_}] = dialog;
  dialog->request(Method::kInvite, std::move(content));
  return dialog;
}

// The INVITE that began this dialog, and that has a provisional response only, is taken back (RFC 3261
// section 9.1). Its own final response comes all the same.
void UserAgent::cancel(const Dialog& dialog) {
  for (const auto& [branch, invite] : client_transactions_) {
    if (invite->dialog.get() != &dialog || invite->method != Method::kInvite || !invite->is_proceeding ||
        invite->is_final)
      continue;
    std::string text = dialog.compose(Method::kCancel, invite->cseq, branch, {});
    dialog.user_->on_sending(invite->flow, text);
    wire_.send(invite->flow, as_bytes(text));
    return;
  }
}

void UserAgent::on_message(const Flow& flow, WallTime at, ByteView bytes) {
  bool is_known = application_.is_known(flow);
  if (!(is_known ? known_limit_ : stranger_limit_).allow(flow.remote.ip, timers_.now_ns())) {
    ++counters_.dropped;
    return;
  }
  size_t limit = flow.is_reliable() ? sip::kMaxMessageTcp : sip::kMaxMessageUdp;
  ParseError error = sip::parse(bytes, message_, limit);
  Received received{flow, at, bytes, message_};
  if (!is_known) {
    if (can_be_answered(message_)) refuse(received, 403, "sent by nobody we know");
    if (flow.connection != 0) wire_.close(flow.connection);
    return;
  }
  if (error != ParseError::kNone) {
    refuse_malformed(received, error);
    return;
  }
  if (flow.connection != 0) wire_.keep(flow.connection);
  if (message_.is_request) {
    on_request(received);
  } else {
    on_response(received);
  }
}

void UserAgent::refuse_malformed(const Received& request, ParseError error) {
  ++counters_.malformed;
  if (can_be_answered(message_)) refuse(request, refusal_of(error), sip::name_of(error));
  if (error == ParseError::kNotSip && request.flow.connection != 0) wire_.close(request.flow.connection);
}

// Without any state. The tag is the same for every repetition (RFC 3261 section 8.2.7).
void UserAgent::refuse(const Received& request, int status, std::string_view why, const Headers& headers) {
  ++counters_.refused;
  application_.on_refused(request, status, why);
  auto via = request.message.top_via();
  std::string of = std::string(request.message.call_id()) + "\n" + std::string(via ? via->branch : "");
  auto mac = crypto::hmac_sha256(as_bytes(stateless_key_), as_bytes(of));
  std::string tag = to_hex(ByteView(mac).first(4));
  auto compose = [&](const Headers& extra) {
    return Composer::response(status)
        .lines(echoed(request.message, request.flow, tag))
        .headers(extra)
        .finish();
  };
  std::string response = compose(headers);
  // Who claims an address that is not his must not have it flooded through us (REQUIREMENTS F20).
  size_t most = request.bytes.size() + request.bytes.size() / 5;
  if (!request.flow.is_reliable() && response.size() > most) response = compose({});
  if (!request.flow.is_reliable() && response.size() > most) return;
  wire_.send(response_flow(request.message, request.flow), as_bytes(response));
}

std::shared_ptr<Dialog> UserAgent::find_dialog(const sip::Message& request) const {
  auto found = dialogs_.find({std::string(request.call_id()), std::string(request.to_tag())});
  if (found == dialogs_.end() || found->second->remote_tag_ != request.from_tag()) return nullptr;
  return found->second;
}

// The same INVITE over another way (RFC 3261 section 8.2.2.2), or one that would begin a dialog once more
// whose tag of ours the peer has: it has acknowledged it.
bool UserAgent::is_merged(const sip::Message& invite) const {
  std::string call_id(invite.call_id());
  for (auto at = dialogs_.lower_bound({call_id, ""}); at != dialogs_.end() && at->first.first == call_id;
       ++at)
    if (at->second->remote_tag_ == invite.from_tag() &&
        (at->second->first_cseq_ == invite.cseq.number || at->second->has_acknowledged_))
      return true;
  return false;
}

void UserAgent::on_request(const Received& request) {
  ++counters_.requests;
  const sip::Message& message = request.message;
  if (message.method == Method::kAck) return on_ack(request);
  auto known = server_transactions_.find(key_of(message, request.flow, message.method_name));
  if (known != server_transactions_.end()) {
    ++counters_.repeated;
    auto transaction = known->second;
    return transaction->send_again();
  }
  switch (message.method) {
    case Method::kCancel:
      return on_cancel(request);
    case Method::kInvite:
    case Method::kOptions:
    case Method::kBye:
    case Method::kUpdate:
    case Method::kInfo:
      break;
    case Method::kUnknown:
      return refuse(request, 501, "unknown method", {{"Allow", std::string(allow())}});
    default:
      return refuse(request, 405, "method that nobody needs here", {{"Allow", std::string(allow())}});
  }
  if (transactions() >= options_.max_transactions)
    return refuse(request, 503, "too many transactions", {{"Retry-After", seconds_up_to(10)}});
  bool has_tag = !message.to_tag().empty();
  auto dialog = has_tag ? find_dialog(message) : nullptr;
  bool begins = !has_tag && (message.method == Method::kInvite || message.method == Method::kOptions);
  if (!dialog && !begins) return refuse(request, 481, "unknown dialog");
  if (message.method == Method::kInvite && begins && is_merged(message))
    return refuse(request, 482, "came twice");
  start_request(request, dialog);
}

void UserAgent::start_request(const Received& request, const std::shared_ptr<Dialog>& dialog) {
  std::string key = key_of(request.message, request.flow, request.message.method_name);
  auto transaction = std::make_shared<ServerTransaction>(*this, key, request);
  server_transactions_[key] = transaction;
  if (dialog) {
    transaction->dialog_ = dialog;
    on_dialog_request(request, transaction, dialog);
  } else {
    application_.on_request(request, transaction);
  }
  if (request.message.method == Method::kInvite && transaction->state_ == ServerTransaction::State::kTrying)
    transaction->respond(100);
}

void UserAgent::on_dialog_request(const Received& request,
                                  const std::shared_ptr<ServerTransaction>& transaction,
                                  const std::shared_ptr<Dialog>& dialog) {
  const sip::Message& message = request.message;
  if (message.cseq.number < dialog->peer_cseq_) return transaction->respond(500);
  if (message.method == Method::kInvite) {
    // RFC 3261 section 14.2.
    if (auto open = dialog->peer_invite_.lock(); open && !open->is_answered())
      return transaction->respond(500, {{{"Retry-After", seconds_up_to(10)}}, {}, {}, {}});
    if (dialog->our_invite_open_) return transaction->respond(491);
    // Who goes on has the former 2xx, also without having said so (INTEROP).
    dialog->stop_waiting();
    dialog->peer_invite_ = transaction;
  }
  dialog->peer_cseq_ = message.cseq.number;
  dialog->bytes_received_ += request.bytes.size();
  dialog->learn(request, true);
  auto user = dialog->user_;
  user->on_request(request, transaction);
}

void UserAgent::on_ack(const Received& ack) {
  auto known = server_transactions_.find(key_of(ack.message, ack.flow, "INVITE"));
  if (known != server_transactions_.end() && known->second->state_ != ServerTransaction::State::kAccepted) {
    auto transaction = known->second;
    return transaction->on_ack();
  }
  if (auto dialog = find_dialog(ack.message)) {
    dialog->flow_ = response_flow(ack.message, ack.flow);
    dialog->on_ack(ack);
  }
}

void UserAgent::on_cancel(const Received& cancel) {
  auto known = server_transactions_.find(key_of(cancel.message, cancel.flow, "INVITE"));
  if (known == server_transactions_.end()) return refuse(cancel, 481, "nothing to cancel");
  auto invite = known->second;
  auto dialog = invite->dialog_.lock();
  bool is_open = !invite->is_answered();
  if (dialog && is_open) dialog->user_->on_cancel(cancel);
  std::string response =
      Composer::response(200).lines(echoed(cancel.message, cancel.flow, invite->to_tag_)).finish();
  Flow flow = response_flow(cancel.message, cancel.flow);
  if (dialog && is_open) dialog->user_->on_sending(flow, response);
  wire_.send(flow, as_bytes(response));
  if (is_open) invite->respond(487);
}

void UserAgent::start_client(std::shared_ptr<Dialog> dialog, Method method, uint32_t cseq,
                             const std::string& branch, const Flow& flow, std::string text) {
  auto transaction = std::make_unique<ClientTransaction>(timers_);
  ClientTransaction& one = *transaction;
  one.branch = branch;
  one.dialog = std::move(dialog);
  one.method = method;
  one.cseq = cseq;
  one.flow = flow;
  one.request = std::move(text);
  client_transactions_[branch] = std::move(transaction);
  bool is_sent = wire_.send(flow, as_bytes(one.request));
  one.end.start(is_sent ? k64T1 : 0, [this, branch] { on_no_response(branch); });
  if (is_sent && !flow.is_reliable()) repeat_request(one, kT1);
}

void UserAgent::repeat_request(ClientTransaction& transaction, int64_t interval_ns) {
  transaction.repeat.start(interval_ns, [this, &transaction, interval_ns] {
    ++counters_.resent;
    wire_.send(transaction.flow, as_bytes(transaction.request));
    bool is_invite = transaction.method == Method::kInvite;
    // Timer A goes on doubling, timer E does not (RFC 3261 sections 17.1.1.2, 17.1.2.2).
    int64_t next = is_invite ? 2 * interval_ns : std::min(2 * interval_ns, kT2);
    repeat_request(transaction, transaction.is_proceeding ? kT2 : next);
  });
}

void UserAgent::on_no_response(const std::string& branch) {
  auto found = client_transactions_.find(branch);
  if (found == client_transactions_.end()) return;
  auto transaction = std::move(found->second);
  client_transactions_.erase(found);
  if (transaction->is_final) return;
  Dialog& dialog = *transaction->dialog;
  if (transaction->method == Method::kInvite) dialog.our_invite_open_ = false;
  if (!dialog.is_ended()) dialog.user_->on_no_response(transaction->method);
  if (dialog.is_our_call_ && !dialog.is_established_) {
    if (transaction->is_proceeding) cancel(dialog);
    dialog.finish(End::kDeclined);
  }
}

void UserAgent::on_response(const Received& response) {
  ++counters_.responses;
  const sip::Message& message = response.message;
  auto via = message.top_via();
  auto found = via ? client_transactions_.find(std::string(via->branch)) : client_transactions_.end();
  if (found == client_transactions_.end() || found->second->method != message.method ||
      found->second->cseq != message.cseq.number) {
    ++counters_.unmatched_responses;
    return;
  }
  ClientTransaction& transaction = *found->second;
  if (transaction.is_final) {
    if (!transaction.ack.empty()) wire_.send(transaction.flow, as_bytes(transaction.ack));
    return;
  }
  if (message.status < 200) {
    transaction.is_proceeding = true;
    if (transaction.method == Method::kInvite) {
      transaction.repeat.stop();
      transaction.end.start(kTimerC, [this, branch = transaction.branch] { on_no_response(branch); });
    }
    return;
  }
  on_final(transaction, response);
}

// The ACK of a 2xx is a request of its own, that of another response belongs to the transaction.
std::string UserAgent::ack_of(ClientTransaction& transaction, const Received& response, bool is_first) {
  Dialog& dialog = *transaction.dialog;
  const bool is_success = response.message.status < 300;
  dialog.our_invite_open_ = false;
  if (is_first) dialog.learn_peer(response.message);
  if (is_success) dialog.learn(response, false);
  const Content content = is_success && !dialog.is_ended() ? dialog.user_->answer_of(response) : Content{};
  std::string branch = is_success ? std::string(kCookie) + random_token() : transaction.branch;
  return dialog.compose(Method::kAck, transaction.cseq, branch, content);
}

void UserAgent::on_final(ClientTransaction& transaction, const Received& response) {
  auto dialog = transaction.dialog;
  Method method = transaction.method;
  int status = response.message.status;
  bool is_success = status < 300;
  transaction.is_final = true;
  transaction.request.clear();
  transaction.repeat.stop();
  const bool is_first = method == Method::kInvite && dialog->is_our_call_ && !dialog->is_established_;
  if (method == Method::kInvite) {
    transaction.ack = ack_of(transaction, response, is_first);
    if (!dialog->is_ended()) dialog->user_->on_sending(transaction.flow, transaction.ack);
    wire_.send(transaction.flow, as_bytes(transaction.ack));
  }
  bool is_absorbing = method == Method::kInvite || !transaction.flow.is_reliable();
  transaction.end.start(is_absorbing ? (method == Method::kInvite ? k64T1 : kT4) : 0,
                        [this, branch = transaction.branch] { on_no_response(branch); });
  // From here on the transaction may be gone.
  if (is_success && (method == Method::kInvite || method == Method::kUpdate))
    dialog->set_session_timer(timer_of_response(response.message));
  // Given up while the answer was under way: what it began is ended.
  if (is_first && is_success && dialog->is_ended()) return dialog->request(Method::kBye);
  if (!dialog->is_ended() || method == Method::kBye) dialog->user_->on_response(response);
  if (is_first && !is_success) return dialog->finish(End::kDeclined);
  if (status == 481 && method != Method::kBye) dialog->bye({}, End::kUnknown);
}

}  // namespace ew::sipua
