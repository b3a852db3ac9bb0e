#include "server/capture_sockets.h"

namespace ew::server {

CaptureSockets::CaptureSockets(const config::CaptureSettings& settings, Log& log) : log_(log) {
  options_.ring = capture::RingGeometry::of_megabytes(settings.ring_mb);
  options_.tcp_ports = settings.tcp_ports;
  for (const std::string& name : settings.interfaces) interfaces_.push_back({name, {}, {}});
}

bool CaptureSockets::is_due(const Interface& interface) const {
  return !interface.socket || interface.socket->interface_index != capture::interface_index(interface.name);
}

std::vector<const CaptureSockets::Interface*> CaptureSockets::open_due(int64_t now_ns) {
  std::vector<const Interface*> opened;
  if (now_ns < next_look_ns_) return opened;
  next_look_ns_ = now_ns + kLookNs;
  for (Interface& interface : interfaces_) {
    if (!is_due(interface)) continue;
    interface.socket.reset();
    auto socket = capture::open_packet_socket(interface.name, options_);
    std::string trouble = socket.ok() ? "" : socket.error().message();
    if (trouble != interface.trouble && !trouble.empty())
      log_.error("An interface cannot be captured, and is tried again", {{"reason", trouble}});
    interface.trouble = std::move(trouble);
    if (!socket.ok()) continue;
    interface.socket = std::move(*socket);
    opened.push_back(&interface);
  }
  return opened;
}

std::vector<std::string> CaptureSockets::troubles() const {
  std::vector<std::string> troubles;
  for (const Interface& interface : interfaces_)
    if (!interface.trouble.empty()) troubles.push_back(interface.trouble);
  return troubles;
}

}  // namespace ew::server
