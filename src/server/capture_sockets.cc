#include "server/capture_sockets.h"

#include <algorithm>

namespace ew::server {

CaptureSockets::CaptureSockets(const config::Config& config, Log& log) : log_(log) {
  const auto& names = config.capture.interfaces;
  options_.ring = capture::RingGeometry::of_megabytes(config.capture.ring_mb);
  options_.tcp_ports = config.capture.tcp_ports;
  media_ports_ = {config.sip.media_port_first, config.sip.media_port_last};
  for (const std::string& name : names) interfaces_.push_back({name, {}, {}});
  const bool sees_all = std::find(names.begin(), names.end(), capture::kAnyInterface) != names.end();
  if (config.sip.is_on() && !sees_all) interfaces_.push_back({std::string(kSessionMedia), {}, {}});
}

Result<capture::PacketSocket> CaptureSockets::open(const Interface& interface) const {
  if (interface.name != kSessionMedia) return capture::open_packet_socket(interface.name, options_);
  capture::PacketSocketOptions options = options_;
  options.media_only = media_ports_;
  return capture::open_packet_socket(std::string(capture::kAnyInterface), options);
}

bool CaptureSockets::is_due(const Interface& interface) const {
  if (interface.name == kSessionMedia) return !interface.socket && interface.trouble.empty();
  return !interface.socket || interface.socket->interface_index != capture::interface_index(interface.name);
}

std::vector<const CaptureSockets::Interface*> CaptureSockets::open_due(int64_t now_ns) {
  std::vector<const Interface*> opened;
  if (now_ns < next_look_ns_) return opened;
  next_look_ns_ = now_ns + kLookNs;
  for (Interface& interface : interfaces_) {
    if (!is_due(interface)) continue;
    interface.socket.reset();
    auto socket = open(interface);
    std::string trouble = socket.ok() ? "" : socket.error().message();
    if (trouble != interface.trouble && !trouble.empty()) {
      if (interface.name == kSessionMedia)
        log_.notice("Media of recording sessions is read socket by socket, which costs more",
                    {{"reason", trouble}});
      else
        log_.error("An interface cannot be captured, and is tried again", {{"reason", trouble}});
    }
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
    if (!interface.trouble.empty() && interface.name != kSessionMedia) troubles.push_back(interface.trouble);
  return troubles;
}

}  // namespace ew::server
