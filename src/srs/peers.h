// Who records here: the peers of the configuration and, where they are let in, those nobody configured; and
// what was noticed of each. One thread.
#pragma once

#include <deque>
#include <memory>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "sipua/flow.h"
#include "srs/recording_server.h"

namespace ew::srs {

class Peer {
 public:
  explicit Peer(PeerSettings settings, bool configured)
      : settings_(std::move(settings)), configured_(configured) {}

  const PeerSettings& settings() const { return settings_; }
  const std::string& name() const { return settings_.name; }

  void note_user_agent(std::string_view user_agent);
  void note_address(const sipua::Flow& flow);
  void note_error(PeerView::Trouble what);
  // Once each.
  void note_peculiarity(const Peculiarity& what);
  PeerView view() const;

  std::optional<WallTime> last_options, last_session, last_seen;
  uint64_t sessions_total = 0, sessions_now = 0, refused = 0;

 private:
  static constexpr size_t kMaxErrors = 10, kMaxPeculiarities = 64;

  const PeerSettings settings_;
  const bool configured_;
  std::string user_agent_;
  std::optional<Endpoint> address_;
  Transport transport_ = Transport::kUdp;
  std::deque<PeerView::Trouble> errors_;
  std::set<Peculiarity> peculiarities_;
};

class Peers {
 public:
  static constexpr size_t kMaxUnknown = 256;

  explicit Peers(const Settings& settings);

  // Whether somebody may send this. Cheap: asked of every message.
  bool is_known(const sipua::Flow& flow) const;
  // Who sent it; of those that nobody configured one per address. Nothing for a stranger.
  std::shared_ptr<Peer> find(const sipua::Flow& flow, WallTime now);
  std::vector<PeerView> views() const;
  const std::vector<std::shared_ptr<Peer>>& configured() const { return configured_; }

 private:
  std::shared_ptr<Peer> find_configured(const sipua::Flow& flow) const;

  const bool accept_unknown_;
  std::vector<std::shared_ptr<Peer>> configured_;
  std::unordered_map<Endpoint, std::shared_ptr<Peer>, EndpointHash> unknown_;  // by address, port 0
};

}  // namespace ew::srs
