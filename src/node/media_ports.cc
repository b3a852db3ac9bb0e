#include "node/media_ports.h"

#include "base/prefetch.h"

namespace ew::node {

using State = srs::MediaPort::State;

MediaPorts::Port* MediaPorts::find(const Endpoint& local) const {
  if (by_number_.empty()) return nullptr;
  Port* port = by_number_[local.port];
  while (port && port->local != local) port = port->next;
  return port;
}

void MediaPorts::set(const srs::MediaPort& rule, WallTime since, uint32_t reader) {
  if (by_number_.empty()) by_number_.resize(size_t{UINT16_MAX} + 1);
  Port* port = find(rule.local);
  if (!port) {
    port = &ports_.emplace_back(rule.local);
    port->next = std::exchange(by_number_[rule.local.port], port);
  }
  Rule now{since, rule.state, rule.learn, {}, rule.source, rule.session};
  if (now.has_peer_of(port->now)) now.locked = port->now.locked;
  if (now.session != port->now.session) port->refused = {};
  port->reader = reader;
  port->before = std::exchange(port->now, now);
}

bool MediaPorts::is_allowed(Rule& rule, const Endpoint& source) {
  if (rule.locked) return *rule.locked == source;
  if (!rule.source) return false;
  const bool is_right_port = rule.source->port == 0 || rule.source->port == source.port;
  if (!rule.learn && !(rule.source->ip == source.ip && is_right_port)) return false;
  rule.locked = source;
  return true;
}

void MediaPorts::prepare(std::span<const Datagram> coming) const {
  if (by_number_.empty()) return;
  for (const Datagram& datagram : coming) prefetch(&by_number_[datagram.destination.port], sizeof(Port*));
  for (const Datagram& datagram : coming)
    if (const Port* port = by_number_[datagram.destination.port]) prefetch(port, 2 * kCacheLine);
}

MediaPorts::Verdict MediaPorts::judge(const Datagram& datagram) {
  if (datagram.transport != Transport::kUdp) return Verdict::kOther;
  Port* port = find(datagram.destination);
  if (!port) return find(datagram.source) ? Verdict::kOurs : Verdict::kOther;
  if (port->reader != datagram.ref.capture) return Verdict::kElsewhere;
  const bool is_late = datagram.at < port->now.since;
  Rule& rule = is_late ? port->before : port->now;
  if (rule.state == State::kClosed) return ++port->refused.closed, Verdict::kClosed;
  if (!is_allowed(rule, datagram.source)) return ++port->refused.foreign, Verdict::kForeign;
  // The peer of both sends from one port: whom the first packet locked out stays out.
  if (is_late && rule.has_peer_of(port->now) && !port->now.locked) port->now.locked = rule.locked;
  if (rule.state == State::kPaused) return ++port->refused.paused, Verdict::kPaused;
  return Verdict::kAdmitted;
}

const MediaPorts::Refused* MediaPorts::refused(const Endpoint& local) const {
  const Port* port = find(local);
  return port ? &port->refused : nullptr;
}

}  // namespace ew::node
