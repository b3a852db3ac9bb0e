// The filter that the kernel runs on each packet before it takes a place in the ring: what can carry a call
// passes (UDP, TCP of SIP's ports, tunnels, fragments), so that a host's other traffic costs nothing.
#pragma once

#include <linux/filter.h>

#include <cstdint>
#include <vector>

#include "capture/packet_socket.h"

namespace ew::capture {

constexpr size_t kMaxTcpPorts = 64;

// For SO_ATTACH_FILTER. Works for raw and cooked sockets alike: it looks from the network header on.
std::vector<sock_filter> packet_filter(const std::vector<uint16_t>& tcp_ports);
// What was received over UDP for one of these ports, and fragments. What the machine sends, or sees of
// others' traffic, does not pass.
std::vector<sock_filter> media_filter(PortRange ports);

}  // namespace ew::capture
