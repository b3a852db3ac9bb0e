// What the acts of a call put on the wire.
#include <openssl/evp.h>

#include <algorithm>

#include "callgen/call_player.h"

namespace callgen {
namespace {

using ew::kNsPerMs;

std::string md5(const std::string& text) {
  uint8_t digest[EVP_MAX_MD_SIZE];
  unsigned size = 0;
  EVP_Digest(text.data(), text.size(), digest, &size, EVP_md5(), nullptr);
  return ew::to_hex({digest, size});
}

// What a final response before an answer means.
std::string result_of(int code, bool rang) {
  switch (code) {
    case 486:
    case 600:
      return "busy";
    case 603:
      return "rejected";
    case 408:
      return "no_answer";
    case 480:
      return rang ? "no_answer" : "unreachable";
    case 404:
      return "unreachable";
    case 487:
      return "cancelled";
    case 503:
      return "congestion";
    default:
      return "failed";
  }
}

}  // namespace

// A challenge by the first element and what the caller answers to it (RFC 3261 section 22, RFC 2617 without
// qop).
Headers CallPlayer::authentication(const Dialog& dialog, int code) {
  std::string nonce = random_.hex(24), realm = domain_, user = party(plan_.from).number;
  std::string uri = dialog.options().dialled_uri;
  std::string response =
      md5(md5(user + ":" + realm + ":" + random_.hex(8)) + ":" + nonce + ":" + md5("INVITE:" + uri));
  bool proxy = code == 407;
  return {{proxy ? "Proxy-Authenticate" : "WWW-Authenticate",
           "Digest realm=\"" + realm + "\", nonce=\"" + nonce + "\", algorithm=MD5"},
          {proxy ? "Proxy-Authorization" : "Authorization",
           "Digest username=\"" + user + "\", realm=\"" + realm + "\", nonce=\"" + nonce + "\", uri=\"" +
               uri + "\", response=\"" + response + "\", algorithm=MD5"}};
}

void CallPlayer::invite_branch(size_t target, int64_t at, size_t first_hop, const Headers& headers) {
  Leg& leg = last_leg();
  Dialog& dialog = leg.branches[target];
  Transaction& invite = leg.invites[target];
  if (target > 0 && (leg.shared_hops > 0 || legs_.size() == 1))
    dialog.set_cseq(Side::kCaller, leg.invites[0].cseq - 1);
  invite = dialog.begin(Side::kCaller, "INVITE");
  invite.in_dialog = false;
  for (size_t hop = 0; hop < first_hop; ++hop) invite.branches[hop] = leg.invites[0].branches[hop];
  Content content = plan_.late_offer ? Content{} : session_content(Side::kCaller, legs_.size() - 1, target);
  content.headers = headers;
  dialog.request(invite, at, content, first_hop);
}

void CallPlayer::invite_last_leg(int64_t at, const Headers& headers) {
  invite_branch(0, at, 0, headers);
  if (plan_.serial) return;
  Leg& leg = last_leg();
  for (size_t target = 1; target < leg.branches.size(); ++target)
    invite_branch(target,
                  at + kNsPerMs * static_cast<int64_t>(leg.shared_hops) +
                      static_cast<int64_t>(target) * 150 * ew::kNsPerUs,
                  leg.shared_hops, headers);
}

void CallPlayer::invite(const Act& act, int64_t at, const std::deque<CallPlayer>& calls) {
  note(truth_.start_at, at);
  Headers headers;
  if (act.replaces >= 0)
    headers.emplace_back("Replaces", calls[static_cast<size_t>(act.replaces)].replaces_value(false));
  if (act.code == 401 || act.code == 407) {
    Dialog& dialog = legs_.front().branches.front();
    Transaction challenged = dialog.begin(Side::kCaller, "INVITE");
    challenged.in_dialog = false;
    Headers exchange = authentication(dialog, act.code);
    dialog.request(challenged, at, session_content(Side::kCaller, 0, 0), 0, 1);
    dialog.fail(challenged, at + kNsPerMs, act.code, reason_of(act.code), {exchange[0]}, 0, 0);
    headers.push_back(exchange[1]);
    at += 5 * kNsPerMs;
  }
  for (size_t number = 0; number + 1 < legs_.size(); ++number) {
    Leg& leg = legs_[number];
    leg.invites[0] = leg.branches[0].begin(Side::kCaller, "INVITE");
    leg.invites[0].in_dialog = false;
    Content content = plan_.late_offer ? Content{} : session_content(Side::kCaller, number, 0);
    content.headers = headers;
    at = leg.branches[0].request(leg.invites[0], at, content);
    leg.branches[0].respond(leg.invites[0], at, 100, reason_of(100), {});
    at += 2 * kNsPerMs;
    headers.clear();
  }
  invite_last_leg(at, headers);
}

// The next phone of a serial fork; with `fresh` the caller itself places it, as after a redirection.
void CallPlayer::fork(const Act& act, int64_t at) {
  size_t target = target_index(act);
  Leg& leg = last_leg();
  if (!act.fresh) return invite_branch(target, at, leg.shared_hops, {});
  Dialog& dialog = leg.branches[target];
  dialog.set_cseq(Side::kCaller, leg.invites[0].cseq);
  leg.invites[target] = dialog.begin(Side::kCaller, "INVITE");
  leg.invites[target].in_dialog = false;
  leg.invites[target].target_uri = "sip:" + party(plan_.to[target]).number + "@" + domain_;
  if (leg.shared_hops == 0) leg.invites[target].target_uri = dialog.options().dialled_uri;
  dialog.request(leg.invites[target], at, session_content(Side::kCaller, legs_.size() - 1, target));
}

void CallPlayer::ring(const Act& act, int64_t at, bool with_media) {
  int code = act.code ? act.code : with_media ? 183 : 180;
  rang_ |= code == 180;
  note(truth_.ring_at, at);
  size_t first = act.target.empty() ? 0 : target_index(act);
  bool all = act.target.empty() && !plan_.serial;
  size_t end = all ? last_leg().branches.size() : first + 1;
  int64_t through = at;
  for (size_t target = first; target < end; ++target) {
    Content content = with_media ? session_content(Side::kCallee, legs_.size() - 1, target) : Content{};
    int64_t done =
        last_leg().branches[target].respond(last_leg().invites[target], at, code, reason_of(code), content);
    if (target == first) through = done;
    at += random_.between(300, 900) * ew::kNsPerUs;
  }
  for (size_t number = legs_.size() - 1; number-- > 0;) {
    Content content = with_media ? session_content(Side::kCallee, number, first) : Content{};
    through = legs_[number].branches[0].respond(legs_[number].invites[0], through + kNsPerMs, code,
                                                reason_of(code), content);
  }
  if (!with_media) return;
  active_ = first;
  media_host_[1] = target_media_[active_];
  start_media(Side::kCallee, through + 2 * kNsPerMs);
}

void CallPlayer::answer(const Act& act, int64_t at) {
  active_ = target_index(act);
  media_host_[1] = target_media_[active_];
  answered_ = at < capture_end_;
  note(truth_.answer_at, at);
  if (answered_) truth_.tech_result = "answered";
  if (answered_) truth_.connected_number = party(plan_.to[active_]).number;
  Leg& last = last_leg();
  int64_t through = at;
  for (size_t number = legs_.size(); number-- > 0;) {
    size_t branch = number + 1 == legs_.size() ? active_ : 0;
    through = legs_[number].branches[branch].respond(
        legs_[number].invites[branch], through + kNsPerMs * (branch == active_ ? 0 : 1), 200, reason_of(200),
        session_content(Side::kCallee, number, active_));
  }
  int64_t answered = through;
  for (size_t number = 0; number < legs_.size(); ++number) {
    size_t branch = number + 1 == legs_.size() ? active_ : 0;
    Content content = plan_.late_offer ? session_content(Side::kCaller, number, active_) : Content{};
    through = legs_[number].branches[branch].acknowledge(legs_[number].invites[branch], through + kNsPerMs,
                                                         content);
  }
  // The other phones stop ringing.
  for (size_t target = 0; !plan_.serial && target < last.branches.size(); ++target)
    if (target != active_)
      last.branches[target].cancel(last.invites[target],
                                   at + 2 * kNsPerMs + static_cast<int64_t>(target) * 100 * ew::kNsPerUs,
                                   last.shared_hops);
  if (!act.media) return;
  start_media(Side::kCallee, at + 8 * kNsPerMs);
  start_media(Side::kCaller, answered + 11 * kNsPerMs);
}

void CallPlayer::reject(const Act& act, int64_t at) {
  Leg& last = last_leg();
  size_t target = target_index(act);
  Headers headers;
  if (!act.to.empty())
    headers.emplace_back("Contact", "<sip:" + party(act.to).number + "@" +
                                        (path_.size() > 1 ? domain_ : party(act.to).address.in_uri()) + ">");
  if (act.code == 503) headers.emplace_back("Retry-After", "30");
  std::string reason = act.text.empty() ? reason_of(act.code) : act.text;
  if (act.by == "system") {
    // The last element has waited long enough: it cancels its phones and answers for them.
    for (size_t branch = 0; branch < last.branches.size(); ++branch)
      last.branches[branch].cancel(last.invites[branch], at, last.branches[branch].hops() - 1);
    if (last.branches[target].hops() > 1)
      last.branches[target].fail(last.invites[target], at + kNsPerMs, act.code, reason, headers,
                                 last.branches[target].hops() - 2);
    return note_failure(act, at);
  }
  // An element that tries somebody else keeps the failure to itself.
  size_t last_hop = act.forward ? 0 : last.branches[target].hops() - 1;
  int64_t through =
      last.branches[target].fail(last.invites[target], at, act.code, reason, headers, SIZE_MAX, last_hop);
  if (!act.forward) return;
  for (size_t number = legs_.size() - 1; number-- > 0;)
    through =
        legs_[number].branches[0].fail(legs_[number].invites[0], through + kNsPerMs, act.code, reason, {});
  if (act.final) note_failure(act, at);
}

void CallPlayer::note_failure(const Act& act, int64_t at) {
  note(truth_.end_at, at);
  if (at >= capture_end_) return;
  truth_.tech_result = result_of(act.code, rang_);
  truth_.end_code = act.code;
  truth_.hangup_by = calls_nobody() || act.by == "system" ? "system" : "callee";
}

void CallPlayer::cancel(int64_t at) {
  note(truth_.end_at, at);
  for (size_t number = 0; number < legs_.size(); ++number) {
    Leg& leg = legs_[number];
    for (size_t branch = 0; branch < leg.branches.size(); ++branch) {
      size_t first_hop = branch > 0 ? leg.shared_hops : 0;
      leg.branches[branch].cancel(leg.invites[branch], at + static_cast<int64_t>(branch) * 200 * ew::kNsPerUs,
                                  first_hop);
    }
    at += 3 * kNsPerMs;
  }
  truth_.tech_result = "cancelled";
  truth_.end_code = 487;
  truth_.hangup_by = "caller";
}

int64_t CallPlayer::transact(Side from, const std::string& method, int64_t at, int code,
                             const Headers& headers, const std::string& type, const std::string& body) {
  for (size_t i = 0; i < legs_.size(); ++i) {
    size_t number = from == Side::kCaller ? i : legs_.size() - 1 - i;
    size_t branch = number + 1 == legs_.size() ? active_ : 0;
    Dialog& dialog = legs_[number].branches[branch];
    Transaction transaction = dialog.begin(from, method);
    if (method == "REFER") refer_cseq_ = transaction.cseq;
    Content content{type,
                    body.empty() ? nullptr : std::function<std::string(size_t)>([&](size_t) { return body; }),
                    headers};
    at = dialog.request(transaction, at, content);
    at = dialog.respond(transaction, at + kNsPerMs, code, reason_of(code), {});
  }
  return at;
}

void CallPlayer::reinvite(const Act& act, int64_t at, const std::string& method, Direction direction,
                          bool with_session) {
  Side by = side_of(act);
  int mine = static_cast<int>(by), theirs = 1 - mine;
  direction_[mine] = direction;
  direction_[theirs] = direction == Direction::kSendOnly ? Direction::kReceiveOnly : direction;
  size_t count = legs_.size();
  auto dialog_at = [&](size_t i) -> std::pair<size_t, Dialog*> {
    size_t number = by == Side::kCaller ? i : count - 1 - i;
    return {number, &legs_[number].branches[number + 1 == count ? active_ : 0]};
  };
  auto content = [&](Side side, size_t leg) {
    return with_session ? session_content(side, leg, active_) : Content{};
  };
  std::vector<Transaction> transactions;
  for (size_t i = 0; i < count; ++i) {
    auto [number, dialog] = dialog_at(i);
    transactions.push_back(dialog->begin(by, method));
    Content offer = content(by, number);
    if (method == "UPDATE" || with_session)
      offer.headers.emplace_back("Session-Expires", "1800;refresher=uac");
    at = dialog->request(transactions.back(), at, offer) + kNsPerMs;
  }
  for (size_t i = count; i-- > 0;) {
    auto [number, dialog] = dialog_at(i);
    at = dialog->respond(transactions[i], at, 200, reason_of(200), content(other(by), number));
  }
  for (size_t i = 0; method == "INVITE" && i < count; ++i) {
    auto [number, dialog] = dialog_at(i);
    at = dialog->acknowledge(transactions[i], at + kNsPerMs, {});
  }
}

void CallPlayer::hold(const Act& act, int64_t at) {
  Side side = side_of(act);
  int by = static_cast<int>(side);
  ++session_version_[by];
  ++session_version_[1 - by];
  bool music = act.mode == "music";
  if (!music || side == Side::kCallee) caller_->stop(at);
  if (!music || side == Side::kCaller) callees_[active_].stop(at);
  zero_address_[by] = act.mode == "zero";
  Direction direction = act.mode == "inactive" ? Direction::kInactive
                        : act.mode == "zero"   ? Direction::kBoth
                                               : Direction::kSendOnly;
  reinvite(act, at, "INVITE", direction, true);
  if (at < capture_end_) truth_.holds.push_back({at, std::nullopt, by == 0 ? "caller" : "callee"});
}

void CallPlayer::resume(const Act& act, int64_t at) {
  int by = static_cast<int>(side_of(act));
  ++session_version_[by];
  ++session_version_[1 - by];
  zero_address_[by] = false;
  reinvite(act, at, "INVITE", Direction::kBoth, true);
  start_media(Side::kCaller, at + 12 * kNsPerMs);
  start_media(Side::kCallee, at + 14 * kNsPerMs);
  if (at < capture_end_ && !truth_.holds.empty()) truth_.holds.back().to = at;
}

void CallPlayer::refresh(const Act& act, int64_t at) {
  std::string method = act.method.empty() ? "INVITE" : act.method;
  reinvite(act, at, method, Direction::kBoth, method != "UPDATE");
}

void CallPlayer::info_digit(const Act& act, int64_t at) {
  transact(side_of(act), "INFO", at, 200, {}, "application/dtmf-relay",
           "Signal=" + act.text + "\r\nDuration=160\r\n");
}

void CallPlayer::move_media(const Act& act, int64_t at) {
  Side by = side_of(act);
  Address address = party(by == Side::kCaller ? plan_.from : plan_.to[active_]).address;
  if (auto other_address = Address::parse(act.text)) address = *other_address;
  Host host = new_media_host(address);
  if (by == Side::kCaller)
    media_host_[0] = host;
  else
    media_host_[1] = target_media_[active_] = host;
  ++session_version_[static_cast<int>(by)];
  reinvite(act, at, "INVITE", Direction::kBoth, true);
  reroute(at + 10 * kNsPerMs);
}

std::string CallPlayer::replaces_value(bool escaped) const {
  const Dialog& dialog = legs_.back().branches[active_];
  std::string separator = escaped ? "%3B" : ";", equals = escaped ? "%3D" : "=";
  std::string call_id = dialog.call_id();
  if (escaped && call_id.find('@') != std::string::npos) call_id.replace(call_id.find('@'), 1, "%40");
  // Sent to the callee of that dialog, whose own tag is the to-tag (RFC 3891 section 3).
  return call_id + separator + "to-tag" + equals + dialog.tag(Side::kCallee) + separator + "from-tag" +
         equals + dialog.tag(Side::kCaller);
}

void CallPlayer::refer(const Act& act, int64_t at, const std::deque<CallPlayer>& calls) {
  std::string to = "sip:" + party(act.to).number + "@" + domain_;
  if (act.replaces >= 0) to += "?Replaces=" + calls[static_cast<size_t>(act.replaces)].replaces_value(true);
  const Party& by = party(side_of(act) == Side::kCaller ? plan_.from : plan_.to[active_]);
  int64_t done =
      transact(side_of(act), "REFER", at, 202,
               {{"Refer-To", "<" + to + ">"}, {"Referred-By", "<sip:" + by.number + "@" + domain_ + ">"}});
  Act notifying = act;
  notifying.by = side_of(act) == Side::kCaller ? "callee" : "caller";
  notify(notifying, done, "SIP/2.0 100 Trying", false);
}

void CallPlayer::notify(const Act& act, int64_t at, const std::string& fragment, bool final) {
  transact(side_of(act), "NOTIFY", at, 200,
           {{"Event", "refer;id=" + std::to_string(refer_cseq_)},
            {"Subscription-State", final ? "terminated;reason=noresource" : "active;expires=60"}},
           "message/sipfrag;version=2.0", fragment + "\r\n");
}

void CallPlayer::bye(const Act& act, int64_t at) {
  stop_media(at);
  transact(side_of(act), "BYE", at, 200, {});
  note(truth_.end_at, at);
  if (at < capture_end_) truth_.hangup_by = side_of(act) == Side::kCaller ? "caller" : "callee";
}

}  // namespace callgen
