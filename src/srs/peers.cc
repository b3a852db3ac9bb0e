#include "srs/peers.h"

#include <algorithm>

#include "base/text.h"
#include "srs/admission.h"

namespace ew::srs {
namespace {

constexpr size_t kMaxUserAgent = 120;

}  // namespace

void Peer::note_user_agent(std::string_view user_agent) {
  if (!user_agent.empty()) user_agent_ = printable(user_agent, kMaxUserAgent);
}

void Peer::note_address(const sipua::Flow& flow) {
  address_ = flow.remote;
  transport_ = flow.transport;
}

void Peer::note_error(PeerView::Trouble what) {
  errors_.push_front(std::move(what));
  if (errors_.size() > kMaxErrors) errors_.pop_back();
}

void Peer::note_peculiarity(const Peculiarity& what) {
  if (peculiarities_.size() < kMaxPeculiarities) peculiarities_.insert(what);
}

PeerView Peer::view() const {
  PeerView view;
  view.name = settings_.name;
  view.configured = configured_;
  view.user_agent = user_agent_;
  view.address = address_;
  view.transport = transport_;
  view.last_options = last_options;
  view.last_session = last_session;
  view.sessions_total = sessions_total;
  view.sessions_now = sessions_now;
  view.refused = refused;
  view.errors.assign(errors_.begin(), errors_.end());
  view.peculiarities.assign(peculiarities_.begin(), peculiarities_.end());
  return view;
}

Peers::Peers(const Settings& settings) : accept_unknown_(settings.accept_unknown_peers) {
  for (const PeerSettings& peer : settings.peers) configured_.push_back(std::make_shared<Peer>(peer, true));
}

std::shared_ptr<Peer> Peers::find_configured(const sipua::Flow& flow) const {
  for (const auto& peer : configured_)
    if (fits(peer->settings(), flow)) return peer;
  return nullptr;
}

bool Peers::is_known(const sipua::Flow& flow) const {
  if (accept_unknown_) return true;
  return std::any_of(configured_.begin(), configured_.end(),
                     [&](const auto& peer) { return fits(peer->settings(), flow); });
}

std::shared_ptr<Peer> Peers::find(const sipua::Flow& flow, WallTime now) {
  auto peer = find_configured(flow);
  if (peer || !accept_unknown_) return peer;
  Endpoint key{flow.remote.ip, 0};
  auto found = unknown_.find(key);
  if (found == unknown_.end()) {
    if (unknown_.size() >= kMaxUnknown) {
      // The one that was silent for longest and has no session makes room; who has one keeps its object
      // anyhow.
      auto oldest = std::min_element(unknown_.begin(), unknown_.end(), [](const auto& a, const auto& b) {
        return std::pair(a.second->sessions_now > 0, a.second->last_seen) <
               std::pair(b.second->sessions_now > 0, b.second->last_seen);
      });
      unknown_.erase(oldest);
    }
    PeerSettings settings;
    settings.name = flow.remote.ip.text();
    found = unknown_.emplace(key, std::make_shared<Peer>(std::move(settings), false)).first;
  }
  found->second->last_seen = now;
  return found->second;
}

std::vector<PeerView> Peers::views() const {
  std::vector<PeerView> views;
  for (const auto& peer : configured_) views.push_back(peer->view());
  for (const auto& [address, peer] : unknown_) views.push_back(peer->view());
  return views;
}

}  // namespace ew::srs
