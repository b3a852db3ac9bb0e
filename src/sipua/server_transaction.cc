#include <algorithm>

#include "sipua/constants_internal.h"
#include "sipua/user_agent.h"

namespace ew::sipua {

ServerTransaction::ServerTransaction(UserAgent& agent, std::string key, const Received& request)
    : agent_(agent),
      key_(std::move(key)),
      flow_(response_flow(request.message, request.flow)),
      method_(request.message.method),
      cseq_(request.message.cseq.number),
      to_tag_(request.message.to_tag().empty() ? random_token() : std::string(request.message.to_tag())),
      echoed_(echoed(request.message, request.flow, to_tag_)),
      request_size_(request.bytes.size()),
      repeat_(agent.timers_),
      end_(agent.timers_) {}

std::shared_ptr<Dialog> ServerTransaction::accept(const Received& invite, std::shared_ptr<DialogUser> user) {
  auto dialog = std::make_shared<Dialog>(agent_, invite, to_tag_, std::move(user));
  dialog->peer_invite_ = weak_from_this();
  dialog_ = dialog;
  agent_.dialogs_[{dialog->call_id_, to_tag_}] = dialog;
  return dialog;
}

std::string ServerTransaction::compose(int status, const Content& content) const {
  Composer composer = Composer::response(status);
  composer.lines(echoed_);
  if (auto dialog = dialog_.lock(); dialog && status > 100 && status < 300) {
    // RFC 3261 section 12.1.1, and RFC 7866 section 6.2: whatever creates or changes the dialog says who we
    // are.
    if (method_ == sip::Method::kInvite || method_ == sip::Method::kUpdate)
      composer.header("Contact", agent_.contact(flow_));
    if (method_ == sip::Method::kInvite) composer.lines(dialog->record_routes_);
  }
  return composer.finish(content);
}

void ServerTransaction::respond(int status, const Content& content) {
  if (is_answered()) return;
  std::string response = compose(status, content);
  auto dialog = dialog_.lock();
  if (dialog && !dialog->is_ended()) dialog->user_->on_sending(flow_, response);
  send(status, std::move(response));
}

void ServerTransaction::send(int status, std::string response) {
  if (is_answered()) return;
  auto self = shared_from_this();
  auto dialog = dialog_.lock();
  agent_.wire_.send(flow_, as_bytes(response));
  if (status < 200) {
    state_ = State::kProceeding;
    response_ = std::move(response);
    return;
  }
  bool is_invite = method_ == sip::Method::kInvite;
  state_ = is_invite && status < 300 ? State::kAccepted : State::kCompleted;
  if (state_ == State::kAccepted) {
    response_.clear();
    response_.shrink_to_fit();
    if (dialog) dialog->repeat_2xx(*this, std::move(response));
    end_in(flow_.is_reliable() ? 0 : k64T1);
    return;
  }
  response_ = std::move(response);
  if (is_invite) {
    if (!flow_.is_reliable()) repeat_until_ack(kT1);
    end_in(k64T1);
  } else {
    end_in(flow_.is_reliable() ? 0 : k64T1);
  }
  if (!dialog || dialog->is_ended()) return;
  if (is_invite && !dialog->is_established_) dialog->finish(status == 487 ? End::kCancel : End::kRefused);
  if (method_ == sip::Method::kBye && status < 300) dialog->finish(End::kBye);
}

// The request came again.
void ServerTransaction::send_again() {
  if (response_.empty() || state_ == State::kConfirmed) return;
  ++agent_.counters_.resent;
  agent_.wire_.send(flow_, as_bytes(response_));
}

void ServerTransaction::repeat_until_ack(int64_t interval_ns) {
  repeat_.start(interval_ns, [this, interval_ns] {
    bytes_sent_ += response_.size();
    if (bytes_sent_ > kAmplification * request_size_) return;
    send_again();
    repeat_until_ack(std::min(2 * interval_ns, kT2));
  });
}

void ServerTransaction::end_in(int64_t ns) {
  auto end = [this] {
    std::string key = key_;  // erase() ends this object
    agent_.server_transactions_.erase(key);
  };
  if (ns == 0) {
    end();
  } else {
    end_.start(ns, end);
  }
}

void ServerTransaction::on_ack() {
  if (state_ != State::kCompleted) return;
  state_ = State::kConfirmed;
  repeat_.stop();
  end_in(flow_.is_reliable() ? 0 : kT4);
}

}  // namespace ew::sipua
