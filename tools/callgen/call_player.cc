#include "callgen/call_player.h"

#include <openssl/evp.h>

#include <algorithm>

namespace callgen {
namespace {

using ew::kNsPerMs;

constexpr const char* kSdp = "application/sdp";

std::string md5(const std::string& text) {
  uint8_t digest[EVP_MAX_MD_SIZE];
  unsigned size = 0;
  EVP_Digest(text.data(), text.size(), digest, &size, EVP_md5(), nullptr);
  return ew::to_hex({digest, size});
}

// FIELD vocabulary of what a final response before an answer means.
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

CallPlayer::CallPlayer(const Scenario& scenario, const CallPlan& plan, Wire& wire, Random random,
                       int64_t capture_end)
    : scenario_(scenario), plan_(plan), wire_(wire), random_(random), capture_end_(capture_end) {
  next_port_ = static_cast<uint16_t>(random_.between(8000, 20000) * 2);
  for (uint64_t& id : session_id_) id = random_.below(4'000'000'000);
  build_path();
  if (!plan_.silent) build_legs();
  caller_.emplace(party(plan_.from), "caller", plan_.srtp, random_.fork("caller"));
  media_host_[0] = new_media_host(party(plan_.from).address);
  for (const std::string& id : plan_.to) {
    callees_.emplace_back(party(id), "callee", plan_.srtp, random_.fork("callee " + id));
    target_media_.push_back(new_media_host(party(id).address));
  }
  if (!target_media_.empty()) media_host_[1] = target_media_.front();
  if (plan_.parent >= 0) truth_.parent = plan_.parent;
  truth_.end_reason = plan_.end_reason;
  if (plan_.silent) return;
  truth_.caller_number = party(plan_.from).number;
  truth_.caller_name = party(plan_.from).name;
  truth_.called_number = plan_.dialled.empty() ? party(plan_.to.front()).number : plan_.dialled;
  if (!plan_.called_name.empty()) truth_.called_name = plan_.called_name;
}

const Party& CallPlayer::party(const std::string& id) const {
  return *std::find_if(scenario_.parties.begin(), scenario_.parties.end(),
                       [&](const Party& candidate) { return candidate.id == id; });
}

const Node* CallPlayer::node_of(const Element& element) {
  return &nodes_.emplace_back(Node{element.id,
                                   "",
                                   element.agent,
                                   {element.address, 5060},
                                   element.kind == ElementKind::kProxy && element.record_route});
}

const Node* CallPlayer::node_of(const Party& party) {
  return &nodes_.emplace_back(Node{party.id, party.number, party.agent, {party.address, 5060}, false});
}

Host CallPlayer::new_media_host(const Address& address) {
  next_port_ = static_cast<uint16_t>(next_port_ + 2);
  return {address, next_port_};
}

void CallPlayer::build_path() {
  path_.push_back(node_of(party(plan_.from)));
  for (const std::string& id : plan_.via) {
    const Element& element = *std::find_if(scenario_.elements.begin(), scenario_.elements.end(),
                                           [&](const Element& candidate) { return candidate.id == id; });
    if (element.media != Anchor::kNone) {
      MediaAnchor anchor{path_.size(),
                         element.media,
                         new_media_host(element.media_address),
                         new_media_host(element.media_address),
                         {}};
      for (MediaLink& change : anchor.change) {
        if (element.media != Anchor::kOwnSsrc) continue;
        change.ssrc_change = static_cast<uint32_t>(random_.next()) | 1;
        change.timestamp_change = static_cast<uint32_t>(random_.next());
        change.sequence_change = static_cast<uint16_t>(random_.between(1, 9000));
      }
      anchors_.push_back(anchor);
    }
    path_.push_back(node_of(element));
  }
  for (const std::string& id : plan_.to) targets_.push_back(node_of(party(id)));
  domain_ = (path_.size() > 1 ? path_[1] : targets_.front())->sip.address.in_uri();
}

DialogOptions CallPlayer::dialog_options(const std::string& callee_domain) const {
  const Party& caller = party(plan_.from);
  DialogOptions options;
  options.transport = plan_.transport;
  options.compact = plan_.compact;
  options.folded = plan_.folded;
  options.caller = {caller.name, caller.number, domain_};
  options.callee = {plan_.called_name, plan_.dialled.empty() ? party(plan_.to.front()).number : plan_.dialled,
                    callee_domain};
  options.dialled_uri = "sip:" + options.callee.user + "@" + callee_domain;
  return options;
}

// The path is cut at each B2BUA; the last leg gets one branch for each phone that is called.
void CallPlayer::build_legs() {
  std::vector<size_t> cuts = {0};
  for (size_t i = 0; i < plan_.via.size(); ++i) {
    bool last_and_terminal = calls_nobody() && i + 1 == plan_.via.size();
    auto element = std::find_if(scenario_.elements.begin(), scenario_.elements.end(),
                                [&](const Element& candidate) { return candidate.id == plan_.via[i]; });
    if (element->kind == ElementKind::kB2bua && !last_and_terminal) cuts.push_back(i + 1);
  }
  for (size_t number = 0; number < cuts.size(); ++number) {
    bool last = number + 1 == cuts.size();
    size_t end = last ? path_.size() : cuts[number + 1] + 1;
    std::vector<const Node*> nodes(path_.begin() + static_cast<long>(cuts[number]),
                                   path_.begin() + static_cast<long>(end));
    Leg& leg = legs_.emplace_back();
    leg.first_node = cuts[number];
    leg.shared_hops = last && nodes.size() > 1 ? nodes.size() - 1 : 0;
    std::string domain =
        number == 0 ? domain_ : (nodes.size() > 1 ? nodes[1] : targets_.front())->sip.address.in_uri();
    DialogOptions options = dialog_options(domain);
    size_t branches = last && !calls_nobody() ? targets_.size() : 1;
    for (size_t branch = 0; branch < branches; ++branch) {
      // Phones behind a forking proxy share the caller's Call-ID; a B2BUA calls each of them on its own.
      if (branch == 0 || leg.shared_hops == 0) {
        bool redirected = branch > 0 && number == 0;
        if (!redirected) {
          options.call_id = random_.hex(20) + "@" + nodes.front()->sip.address.text();
          options.caller_tag = random_.hex(10);
          truth_.sip_call_ids.push_back(options.call_id);
        }
      }
      if (last && branch > 0 && leg.shared_hops == 0 && number == 0)
        options.dialled_uri =
            "sip:" + party(plan_.to[branch]).number + "@" + targets_[branch]->sip.address.in_uri();
      std::vector<const Node*> path = nodes;
      if (last && !calls_nobody()) path.push_back(targets_[branch]);
      leg.branches.emplace_back(
          wire_, random_.fork("leg " + std::to_string(number) + " " + std::to_string(branch)), options, path);
    }
    leg.invites.resize(leg.branches.size());
  }
}

size_t CallPlayer::target_index(const Act& act) const {
  auto found = std::find(plan_.to.begin(), plan_.to.end(), act.target);
  return act.target.empty() ? active_ : static_cast<size_t>(found - plan_.to.begin());
}

Side CallPlayer::side_of(const Act& act) const {
  return act.by == "callee" || (!act.by.empty() && act.by != "caller" && act.by != plan_.from)
             ? Side::kCallee
             : Side::kCaller;
}

int64_t CallPlayer::time_of(const Act& act) const {
  return scenario_.start.ns + static_cast<int64_t>(act.at * 1e6) * ew::kNsPerUs;
}

// What happened first counts, and only what the capture still holds.
void CallPlayer::note(std::optional<int64_t>& slot, int64_t at) const {
  if (at < capture_end_ && (!slot || at < *slot)) slot = at;
}

size_t CallPlayer::anchors_before(size_t node) const {
  return static_cast<size_t>(std::count_if(anchors_.begin(), anchors_.end(),
                                           [&](const MediaAnchor& anchor) { return anchor.node < node; }));
}

std::vector<MediaLink> CallPlayer::links(Side speaker) const {
  std::vector<MediaLink> made;
  MediaLink changed;
  auto add = [&](const Host& source, const Host& destination) {
    changed.source = source;
    changed.destination = destination;
    made.push_back(changed);
  };
  auto change = [&](const MediaAnchor& anchor) {
    const MediaLink& by = anchor.change[static_cast<int>(speaker)];
    changed.ssrc_change += by.ssrc_change;
    changed.timestamp_change += by.timestamp_change;
    changed.sequence_change = static_cast<uint16_t>(changed.sequence_change + by.sequence_change);
  };
  size_t count = anchors_.size();
  for (size_t i = 0; i <= count; ++i) {
    size_t link = speaker == Side::kCaller ? i : count - i;
    const Host& near = link == 0 ? media_host_[0] : anchors_[link - 1].callee_side;
    const Host& far = link == count ? media_host_[1] : anchors_[link].caller_side;
    if (speaker == Side::kCaller)
      add(near, far);
    else
      add(far, near);
    if (i < count) change(anchors_[speaker == Side::kCaller ? link : link - 1]);
  }
  return made;
}

// The SDP of one side as it leaves `node` of the whole path: elements on the way have put their own address
// in.
std::string CallPlayer::session(Side side, size_t node, size_t target) const {
  Host host = side == Side::kCaller ? media_host_[0] : target_media_[target];
  if (side == Side::kCaller) {
    size_t passed = anchors_before(node + 1);
    if (passed > 0) host = anchors_[passed - 1].callee_side;
  } else {
    size_t before = anchors_before(node);
    if (before < anchors_.size()) host = anchors_[before].caller_side;
  }
  const Party& who = party(side == Side::kCaller ? plan_.from : plan_.to[target]);
  const Speaker& speaker = side == Side::kCaller ? *caller_ : callees_[target];
  int index = static_cast<int>(side);
  std::string ip = (host.address.is_v6 ? "IP6 " : "IP4 ") + host.address.text();
  std::string origin = (who.address.is_v6 ? "IP6 " : "IP4 ") + who.address.text();
  std::string text = "v=0\r\no=- " + std::to_string(session_id_[index]) + " " +
                     std::to_string(session_version_[index]) + " IN " + origin + "\r\ns=call\r\nc=IN " + ip +
                     "\r\nt=0 0\r\nm=audio " + std::to_string(host.port) +
                     (plan_.srtp.empty() ? " RTP/AVP" : " RTP/SAVP");
  std::string attributes;
  unsigned clock = 8000;
  for (const std::string& name : who.codecs) {
    const Codec* codec = codec_named(name);
    std::string type = std::to_string(codec->payload_type);
    text += " " + type;
    attributes += "a=rtpmap:" + type + " " + codec->rtpmap + "\r\n";
    if (name == "opus") attributes += "a=fmtp:" + type + " useinbandfec=1\r\n";
    if (name == "opus") clock = 48000;
  }
  std::string event = std::to_string(kEventPayloadType);
  text += " " + event + "\r\n" + attributes + "a=rtpmap:" + event + " telephone-event/" +
          std::to_string(clock) + "\r\na=fmtp:" + event + " 0-15\r\na=ptime:20\r\n";
  if (speaker.srtp()) text += "a=crypto:" + speaker.srtp()->crypto_attribute() + "\r\n";
  static constexpr const char* kWords[] = {"sendrecv", "sendonly", "recvonly", "inactive"};
  text += std::string("a=") + kWords[static_cast<int>(direction_[index])] + "\r\n";
  if (!plan_.video) return text;
  bool offers = side == (plan_.late_offer ? Side::kCallee : Side::kCaller);
  return text + "m=video " + std::to_string(offers ? host.port + 2 : 0) +
         " RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\n" +
         (offers ? "a=fmtp:96 profile-level-id=42801F\r\n" : "");
}

Content CallPlayer::session_content(Side side, size_t leg, size_t target) const {
  size_t first = legs_[leg].first_node;
  return {kSdp, [=, this](size_t node) { return session(side, first + node, target); }, {}};
}

void CallPlayer::start_media(Side side, int64_t at) {
  if (side == Side::kCaller)
    caller_->start(at, links(side));
  else
    callees_[active_].start(at, links(side));
}

void CallPlayer::stop_media(int64_t at) {
  if (caller_->sending()) caller_->stop(at);
  for (Speaker& callee : callees_)
    if (callee.sending()) callee.stop(at);
}

void CallPlayer::reroute(int64_t at) {
  if (caller_->sending()) caller_->reroute(at, links(Side::kCaller));
  if (callees_[active_].sending()) callees_[active_].reroute(at, links(Side::kCallee));
}

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
  int by = static_cast<int>(side_of(act));
  ++session_version_[by];
  ++session_version_[1 - by];
  stop_media(at);
  reinvite(act, at, "INVITE", act.mode == "inactive" ? Direction::kInactive : Direction::kSendOnly, true);
  if (at < capture_end_) truth_.holds.push_back({at, std::nullopt, by == 0 ? "caller" : "callee"});
}

void CallPlayer::resume(const Act& act, int64_t at) {
  int by = static_cast<int>(side_of(act));
  ++session_version_[by];
  ++session_version_[1 - by];
  reinvite(act, at, "INVITE", Direction::kBoth, true);
  start_media(Side::kCaller, at + 12 * kNsPerMs);
  start_media(Side::kCallee, at + 14 * kNsPerMs);
  if (at < capture_end_ && !truth_.holds.empty()) truth_.holds.back().to = at;
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

ew::Status CallPlayer::play(const Act& act, const std::deque<CallPlayer>& calls) {
  int64_t at = time_of(act);
  Speaker* speaker = side_of(act) == Side::kCaller || callees_.empty() ? &*caller_ : &callees_[active_];
  if (act.what == "invite")
    invite(act, at, calls);
  else if (act.what == "fork")
    fork(act, at);
  else if (act.what == "ring")
    ring(act, at, false);
  else if (act.what == "early_media")
    ring(act, at, true);
  else if (act.what == "answer")
    answer(act, at);
  else if (act.what == "reject")
    reject(act, at);
  else if (act.what == "cancel")
    cancel(at);
  else if (act.what == "hold")
    hold(act, at);
  else if (act.what == "resume")
    resume(act, at);
  else if (act.what == "refresh")
    reinvite(act, at, act.method.empty() ? "INVITE" : act.method, Direction::kBoth, act.method != "UPDATE");
  else if (act.what == "move_media")
    move_media(act, at);
  else if (act.what == "refer")
    refer(act, at, calls);
  else if (act.what == "notify")
    notify(act, at, act.text.empty() ? "SIP/2.0 200 OK" : act.text, true);
  else if (act.what == "bye")
    bye(act, at);
  else if (act.what == "dtmf")
    speaker->press(at, act.text);
  else if (act.what == "info_digit")
    transact(side_of(act), "INFO", at, 200, {}, "application/dtmf-relay",
             "Signal=" + act.text + "\r\nDuration=160\r\n");
  else if (act.what == "change_ssrc")
    speaker->change_ssrc(at);
  else if (act.what == "change_codec")
    speaker->change_codec(at, act.codec);
  else if (act.what == "start_media")
    start_media(side_of(act), at);
  else if (act.what == "stop_media")
    stop_media(at);
  else
    return ew::Error(ew::ErrorCode::kInvalid, "no act is called '" + act.what + "'");
  return {};
}

ew::Result<CallTruth> CallPlayer::finish() {
  for (StreamTruth& stream : TRY(caller_->emit(wire_, plan_, scenario_, capture_end_)))
    truth_.streams.push_back(std::move(stream));
  for (Speaker& callee : callees_)
    for (StreamTruth& stream : TRY(callee.emit(wire_, plan_, scenario_, capture_end_)))
      truth_.streams.push_back(std::move(stream));
  std::stable_sort(truth_.streams.begin(), truth_.streams.end(),
                   [](const StreamTruth& a, const StreamTruth& b) { return a.first_at < b.first_at; });
  if (!plan_.result.empty()) truth_.tech_result = plan_.result;
  for (const StreamTruth& stream : truth_.streams) {
    if (plan_.silent) note(truth_.start_at, stream.first_at);
    // Without a BYE a call ends with its last packet.
    if ((plan_.silent || !plan_.end_reason.empty()) && (!truth_.end_at || *truth_.end_at < stream.last_at))
      truth_.end_at = stream.last_at;
  }
  std::sort(truth_.sip_call_ids.begin(), truth_.sip_call_ids.end());
  return truth_;
}

}  // namespace callgen
