#include "node/media_ports.h"

namespace ew::node {

using State = srs::MediaPort::State;

void MediaPorts::set(const srs::MediaPort& rule) {
  Port& port = ports_[rule.local];
  const bool same_peer =
      port.rule.session == rule.session && port.rule.source == rule.source && port.rule.learn == rule.learn;
  if (!same_peer) port.locked.reset();
  if (port.rule.session != rule.session) port.refused = {};
  port.rule = rule;
}

bool MediaPorts::is_allowed(Port& port, const Endpoint& source) {
  if (port.locked) return *port.locked == source;
  const auto& negotiated = port.rule.source;
  if (!negotiated) return false;
  const bool is_right_port = negotiated->port == 0 || negotiated->port == source.port;
  if (!port.rule.learn && !(negotiated->ip == source.ip && is_right_port)) return false;
  port.locked = source;
  return true;
}

MediaPorts::Verdict MediaPorts::judge(const Datagram& datagram) {
  if (datagram.transport != Transport::kUdp || ports_.empty()) return Verdict::kOther;
  auto found = ports_.find(datagram.destination);
  if (found == ports_.end()) return ports_.contains(datagram.source) ? Verdict::kOurs : Verdict::kOther;
  Port& port = found->second;
  if (port.rule.state == State::kClosed) return ++port.refused.closed, Verdict::kClosed;
  if (!is_allowed(port, datagram.source)) return ++port.refused.foreign, Verdict::kForeign;
  if (port.rule.state == State::kPaused) return ++port.refused.paused, Verdict::kPaused;
  return Verdict::kAdmitted;
}

const MediaPorts::Refused* MediaPorts::refused(const Endpoint& local) const {
  auto found = ports_.find(local);
  return found == ports_.end() ? nullptr : &found->second.refused;
}

}  // namespace ew::node
