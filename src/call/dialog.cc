#include "call/dialog.h"

#include <algorithm>

#include "base/text.h"
#include "call/common_internal.h"

namespace ew::call {
namespace {

constexpr size_t kMaxBranches = 64;
constexpr size_t kMaxHops = 16;
constexpr size_t kMaxEndpoints = 64;

// The user part and the name of an address header, as presented.
struct Identity {
  std::string user, name, uri;
};

Identity identity_of(std::string_view header) {
  Identity identity;
  auto address = sip::parse_name_address(header);
  if (!address) return identity;
  identity.name = to_utf8(address->display_name);
  identity.uri = to_utf8(address->uri);
  if (auto uri = sip::parse_uri(address->uri)) identity.user = to_utf8(uri->user);
  return identity;
}

// The number after "cause=" in a Reason header of the given protocol (RFC 3326).
std::optional<int> cause_of(std::string_view reason, std::string_view protocol) {
  size_t semicolon = reason.find(';');
  if (semicolon == std::string_view::npos || !equals_ignore_case(trim(reason.substr(0, semicolon)), protocol))
    return std::nullopt;
  auto cause = sip::parameter(reason.substr(semicolon), "cause");
  auto number = cause ? parse_number(trim(*cause), 999) : std::nullopt;
  return number ? std::optional<int>(static_cast<int>(*number)) : std::nullopt;
}

bool is_hold(const sdp::Media& media) {
  return media.direction == sdp::Direction::kSendOnly || media.direction == sdp::Direction::kInactive ||
         media.is_null_address();
}

// Whose answer a final response is: the called party's (or its phone's), or that of a server on the way.
HangupBy who_refuses(int status, bool rang) {
  if (rang && status / 100 == 4 && status != 408 && status != 487)
    return HangupBy::kCallee;  // what rang now refuses
  switch (status) {
    case 433:
    case 480:
    case 486:
    case 488:
    case 600:
    case 603:
    case 606:
    case 607:
    case 608:
      return HangupBy::kCallee;
    case 487:
      return HangupBy::kCaller;
  }
  return HangupBy::kSystem;
}

}  // namespace

TechResult result_of_status(int status, bool rang, std::optional<int> q850) {
  if (q850) {
    switch (*q850) {
      case 17:
        return TechResult::kBusy;
      case 18:
      case 19:
        return TechResult::kNoAnswer;
      case 21:
        return TechResult::kRejected;
      case 1:
      case 2:
      case 3:
      case 20:
      case 22:
      case 28:
        return TechResult::kUnreachable;
      case 34:
      case 38:
      case 41:
      case 42:
      case 44:
        return TechResult::kCongestion;
    }
  }
  if (status >= 300 && status < 400) return TechResult::kDiverted;
  switch (status) {
    case 486:
    case 600:
      return TechResult::kBusy;
    case 603:
    case 607:
    case 608:
    case 433:
      return TechResult::kRejected;
    case 487:
      return TechResult::kCancelled;
    case 408:
    case 480:
      return rang ? TechResult::kNoAnswer : TechResult::kUnreachable;
    case 404:
    case 410:
    case 484:
    case 604:
      return TechResult::kUnreachable;
    case 503:
      return TechResult::kCongestion;
  }
  return TechResult::kFailed;
}

TechResult Dialog::result() const {
  if (answered()) return TechResult::kAnswered;
  if (cancelled) return TechResult::kCancelled;
  if (leg.final_status && *leg.final_status >= 300)
    return result_of_status(*leg.final_status, leg.ring_at.has_value(), q850);
  return ended && leg.ring_at ? TechResult::kNoAnswer : TechResult::kUnknown;
}

void Dialog::end(WallTime at, HangupBy by, std::string_view reason) {
  if (ended) return;
  ended = true;
  end_at = at;
  leg.end_at = at;
  hangup_by = by;
  end_reason = reason;
}

Side Dialog::requester(const sip::Message& message) const {
  std::string_view from = message.from_tag();
  if (from == caller_tag) return Side::kCaller;
  // A fork that did not answer keeps its own tag; a caller never changes to a tag that a callee showed.
  return from == callee_tag || std::find(to_tags_.begin(), to_tags_.end(), from) != to_tags_.end()
             ? Side::kCallee
             : Side::kCaller;
}

Effects Dialog::apply(const sip::Message& message, const Datagram& datagram) {
  Effects effects;
  if (message.is_request) {
    apply_request(message, datagram, effects);
  } else {
    apply_response(message, datagram, effects);
  }
  return effects;
}

void Dialog::apply_request(const sip::Message& message, const Datagram& datagram, Effects& effects) {
  switch (message.method) {
    case sip::Method::kInvite:
      if (message.to_tag().empty() || leg.source.empty()) apply_initial_invite(message, datagram, effects);
      break;
    case sip::Method::kBye: {
      note_reason(message);
      if (ended) break;
      Side side = requester(message);
      end(datagram.at, side == Side::kCaller ? HangupBy::kCaller : HangupBy::kCallee, "bye");
      effects.changed = true;
      break;
    }
    case sip::Method::kCancel:
      // A proxy cancels its other forks when one answered; only the caller's own CANCEL, on the first hop,
      // gives up the call.
      if (!answered() && !ended && datagram.source.ip == first_source.ip &&
          datagram.destination.ip == first_destination.ip) {
        note_reason(message);
        cancelled = true;
        end(datagram.at, HangupBy::kCaller, "cancel");
        effects.changed = true;
      }
      break;
    case sip::Method::kRefer:
      apply_refer(message, datagram, effects);
      break;
    default:
      break;
  }
  apply_sdp(message, datagram, effects);
}

void Dialog::apply_initial_invite(const sip::Message& message, const Datagram& datagram, Effects& effects) {
  bool first = leg.source.empty();
  note_branch(message);
  if (add_unique(hops_, {datagram.source, datagram.destination}, kMaxHops))
    leg.hops = static_cast<uint32_t>(hops_.size());
  if (!first) {
    bool retried = message.cseq.number > invite_cseq_;
    if (ended && !answered() && !cancelled && end_reason == "refused") {
      // A serial fork or a retry after a redirection or challenge: the call goes on.
      ended = false;
      leg.end_at.reset();
      leg.final_status.reset();
      leg.final_reason.clear();
      q850.reset();
      effects.reopened = effects.changed = true;
    }
    if (retried && !answered()) {
      invite_cseq_ = message.cseq.number;
      caller_tag = message.from_tag();
      leg.final_status.reset();
      leg.final_reason.clear();
    }
    return;
  }
  caller_tag = message.from_tag();
  if (!message.to_tag().empty()) {  // the capture began in the middle of the call
    callee_tag = message.to_tag();
    add_unique(to_tags_, std::string(message.to_tag()), kMaxBranches);
    leg.answer_at.reset();
  }
  invite_cseq_ = message.cseq.number;
  first_hop_vias_ = message.via_count();
  first_source = datagram.source;
  first_destination = datagram.destination;
  leg.invite_at = datagram.at;
  leg.source = datagram.source.text();
  leg.destination = datagram.destination.text();
  leg.transport = text_of(datagram.transport);
  leg.user_agent = to_utf8(message.value(sip::Header::kUserAgent)).substr(0, 200);
  note_parties(message);
  if (auto uri = sip::parse_uri(message.request_uri)) dialled_user = to_utf8(uri->user);
  session_id = message.value(sip::Header::kSessionId);
  charging_id = message.value(sip::Header::kPChargingVector);
  in_reply_to = message.value(sip::Header::kInReplyTo);
  original_call_id = message.value(sip::Header::kXCid);
  effects.changed = true;
}

void Dialog::note_parties(const sip::Message& message) {
  Identity from = identity_of(message.value(sip::Header::kFrom)),
           to = identity_of(message.value(sip::Header::kTo));
  leg.from_uri = from.uri;
  leg.from_name = from.name;
  leg.to_uri = to.uri;
  leg.to_name = to.name;
  from_user = from.user;
  to_user = to.user;
}

void Dialog::note_branch(const sip::Message& message) {
  auto via = message.top_via();
  if (!via || via->branch.empty() || branches_.size() >= kMaxBranches) return;
  for (const Branch& branch : branches_)
    if (branch.branch == via->branch) return;
  auto uri = sip::parse_uri(message.request_uri);
  branches_.push_back({std::string(via->branch), uri ? to_utf8(uri->user) : std::string()});
}

std::string Dialog::user_of_branch(const sip::Message& response) const {
  auto via = response.top_via();
  if (!via) return {};
  for (const Branch& branch : branches_)
    if (branch.branch == via->branch) return branch.user;
  return {};
}

void Dialog::note_reason(const sip::Message& message) {
  for (std::string_view reason : message.values(sip::Header::kReason))
    if (auto cause = cause_of(reason, "Q.850"); cause && !q850) q850 = cause;
}

void Dialog::apply_response(const sip::Message& message, const Datagram& datagram, Effects& effects) {
  switch (message.cseq.method) {
    case sip::Method::kInvite:
      apply_invite_response(message, datagram, effects);
      break;
    case sip::Method::kBye:
      // The BYE itself was not captured.
      if (!ended && message.status / 100 == 2) {
        end(datagram.at, requester(message) == Side::kCaller ? HangupBy::kCaller : HangupBy::kCallee, "bye");
        effects.changed = true;
      }
      break;
    default:
      break;
  }
  if (message.status < 300) apply_sdp(message, datagram, effects);
}

void Dialog::apply_invite_response(const sip::Message& message, const Datagram& datagram, Effects& effects) {
  if (leg.source
          .empty()) {  // the INVITE itself was not captured: the response came back from its destination
    caller_tag = message.from_tag();
    invite_cseq_ = message.cseq.number;
    first_hop_vias_ = message.via_count();
    first_source = datagram.destination;
    first_destination = datagram.source;
    leg.source = first_source.text();
    leg.destination = first_destination.text();
    leg.transport = text_of(datagram.transport);
    note_parties(message);
    leg.invite_at = datagram.at;
    effects.changed = true;
  }
  bool of_first_invite =
      requester(message) == Side::kCaller && !(answered() && message.cseq.number > invite_cseq_);
  if (!of_first_invite || message.status <= 100) return;
  if (std::string tag(message.to_tag()); !tag.empty() && message.status < 300)
    if (add_unique(to_tags_, tag, kMaxBranches)) leg.branches = static_cast<uint32_t>(to_tags_.size());
  if (message.status < 200) {
    if (!leg.ring_at && !answered() && (message.status == 180 || message.status == 183)) {
      leg.ring_at = datagram.at;
      call->add_event(datagram.at, "ring", participant(Side::kCallee));
      effects.changed = true;
    }
  } else if (message.status < 300) {
    if (answered()) return;
    if (ended && cancelled) {  // CANCEL and 200 crossed: the call was answered (RFC 3261 section 9.1)
      ended = cancelled = false;
      leg.end_at.reset();
      effects.reopened = true;
    }
    leg.answer_at = datagram.at;
    leg.final_status = message.status;
    leg.final_reason = to_utf8(message.reason).substr(0, 100);
    std::string_view server = message.value(sip::Header::kUserAgent);
    leg.server = to_utf8(server.empty() ? message.value(sip::Header::kServer) : server).substr(0, 200);
    callee_tag = message.to_tag();
    std::string_view asserted = message.value(sip::Header::kPAssertedIdentity);
    answered_user =
        identity_of(asserted.empty() ? message.value(sip::Header::kRemotePartyId) : asserted).user;
    if (answered_user.empty() && branches_.size() > 2) answered_user = user_of_branch(message);
    call->add_event(datagram.at, "answer", participant(Side::kCallee));
    effects.changed = true;
  } else {
    apply_refusal(message, datagram, effects);
  }
}

void Dialog::apply_refusal(const sip::Message& message, const Datagram& datagram, Effects& effects) {
  // On inner hops of a forking proxy a refusal is one phone's; the caller's own is the one on the first hop.
  if (answered() || message.cseq.number < invite_cseq_ || message.via_count() > first_hop_vias_) return;
  if (leg.final_status && ended && !cancelled) return;
  note_reason(message);
  leg.final_status = message.status;
  leg.final_reason = to_utf8(message.reason).substr(0, 100);
  effects.changed = true;
  if (ended) return;                                           // the answer to a CANCEL
  if (message.status == 401 || message.status == 407) return;  // tried again with credentials, or times out
  end(datagram.at, who_refuses(message.status, leg.ring_at.has_value()), "refused");
}

void Dialog::apply_refer(const sip::Message& message, const Datagram& datagram, Effects& effects) {
  auto address = sip::parse_name_address(message.value(sip::Header::kReferTo));
  auto uri = address ? sip::parse_uri(address->uri) : std::nullopt;
  if (!uri) return;
  Transfer transfer;
  transfer.by = requester(message);
  transfer.target_uri = to_utf8(address->uri.substr(0, address->uri.find('?')));
  transfer.target_user = to_utf8(uri->user);
  transfer.referred_by = identity_of(message.value(sip::Header::kReferredBy)).user;
  for (std::string_view rest = uri->headers; !rest.empty();) {  // ?Replaces=...&Require=...
    size_t end = rest.find('&');
    std::string_view header = rest.substr(0, end);
    if (starts_with_ignore_case(header, "Replaces="))
      transfer.replaces = sip::parse_replaces(sip::percent_decoded(header.substr(9)));
    rest = end == std::string_view::npos ? std::string_view() : rest.substr(end + 1);
  }
  std::string type = transfer.replaces ? "attended" : "blind";
  bool again = leg.refer_type == type && leg.refer_target == transfer.target_uri;
  leg.refer_type = type;
  leg.refer_target = transfer.target_uri;
  if (!again) {
    call->add_event(datagram.at, "transfer", participant(transfer.by), type + " to " + transfer.target_uri);
    effects.changed = true;
    effects.transfer = std::move(transfer);
  }
}

void Dialog::apply_sdp(const sip::Message& message, const Datagram& datagram, Effects& effects) {
  if (message.body.empty()) return;
  auto body = sip::find_body(message, "application/sdp");
  if (!body) return;
  auto parsed = sdp::parse(body->bytes);
  if (!parsed) return;
  Side requested_by = requester(message);
  Side owner = message.is_request ? requested_by : other(requested_by);
  int index = static_cast<int>(owner);
  effects.description = describe(owner, std::move(*parsed));
  const sdp::Session& session = *effects.description->session;

  bool is_new_offer = message.is_request && message.method != sip::Method::kAck &&
                      message.cseq.number > last_offer_cseq_[index];
  bool moved = false;
  for (const sdp::Media& media : session.media)
    if (auto endpoint = media.receive_endpoint();
        endpoint && add_unique(endpoints_[index], *endpoint, kMaxEndpoints))
      moved = true;
  if (is_new_offer) {
    last_offer_cseq_[index] = message.cseq.number;
    if (answered() && !message.to_tag().empty()) {
      bool was_held = held_[index];
      note_hold(session, owner, datagram.at, effects);
      if (moved) {
        call->add_event(datagram.at, "moved", participant(owner));
      } else if (was_held == held_[index]) {
        call->add_event(datagram.at, "refresh", participant(owner));
      }
      effects.changed = true;
    }
  }
}

void Dialog::note_hold(const sdp::Session& session, Side by, WallTime at, Effects& effects) {
  auto audio = std::find_if(session.media.begin(), session.media.end(),
                            [](const sdp::Media& m) { return m.type == "audio" && m.port != 0; });
  if (audio == session.media.end()) return;
  bool held = is_hold(*audio);
  bool& state = held_[static_cast<int>(by)];
  if (held == state) return;
  state = held;
  if (held) {
    if (leg.holds.size() < 1000) leg.holds.push_back({at, std::nullopt, participant(by)});
  } else {
    for (auto hold = leg.holds.rbegin(); hold != leg.holds.rend(); ++hold) {
      if (hold->by != participant(by) || hold->to) continue;
      hold->to = at;
      break;
    }
  }
  call->add_event(at, held ? "hold" : "unhold", participant(by));
  effects.changed = true;
}

}  // namespace ew::call
