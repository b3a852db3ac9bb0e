// How a call's way through the network is laid out: nodes, legs, media relays, and the SDP that each hop
// shows.
#include <algorithm>

#include "callgen/call_player.h"
#include "callgen/session_text.h"

namespace callgen {

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
      // Phones behind a forking proxy, and the next phone after a redirection, share the caller's Call-ID; a
      // B2BUA calls each phone on its own and by its own number.
      bool placed_by_b2bua = number > 0 && leg.shared_hops == 0;
      if (branch == 0 || placed_by_b2bua) {
        options.call_id = random_.hex(20) + "@" + nodes.front()->sip.address.text();
        options.caller_tag = random_.hex(10);
        truth_.sip_call_ids.push_back(options.call_id);
      }
      if (last && !calls_nobody() && leg.shared_hops == 0 && (placed_by_b2bua || branch > 0))
        options.dialled_uri = "sip:" + targets_[branch]->user + "@" + targets_[branch]->sip.address.in_uri();
      if (last && !calls_nobody() && placed_by_b2bua)
        options.callee = {"", targets_[branch]->user, targets_[branch]->sip.address.in_uri()};
      std::vector<const Node*> path = nodes;
      if (last && !calls_nobody()) path.push_back(targets_[branch]);
      leg.branches.emplace_back(
          wire_, random_.fork("leg " + std::to_string(number) + " " + std::to_string(branch)), options, path);
    }
    leg.invites.resize(leg.branches.size());
  }
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
  bool caller = side == Side::kCaller;
  int index = static_cast<int>(side);
  const Party& who = party(caller ? plan_.from : plan_.to[target]);
  SessionText session;
  session.origin = who.address;
  session.media = caller ? media_host_[0] : target_media_[target];
  if (caller) {
    size_t passed = anchors_before(node + 1);
    if (passed > 0) session.media = anchors_[passed - 1].callee_side;
  } else {
    size_t before = anchors_before(node);
    if (before < anchors_.size()) session.media = anchors_[before].caller_side;
  }
  if (zero_address_[index]) session.media.address = Address::v4(0);
  session.id = session_id_[index];
  session.version = session_version_[index];
  session.direction = direction_[index];
  session.codecs = who.codecs;
  const Speaker& speaker = caller ? *caller_ : callees_[target];
  if (speaker.srtp()) session.crypto = speaker.srtp()->crypto_attribute();
  bool offers = caller != plan_.late_offer;
  if (plan_.video) session.video = offers ? SessionText::Video::kOffered : SessionText::Video::kRejected;
  return session.text();
}

Content CallPlayer::session_content(Side side, size_t leg, size_t target) const {
  size_t first = legs_[leg].first_node;
  return {"application/sdp", [=, this](size_t node) { return session(side, first + node, target); }, {}};
}

}  // namespace callgen
