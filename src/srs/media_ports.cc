#include "srs/media_ports.h"

#include <netinet/in.h>
#include <sys/socket.h>

#include <cerrno>
#include <system_error>

#include "net/socket_address.h"

namespace ew::srs {
namespace {

Result<Descriptor> bind_one(const Endpoint& endpoint) {
  sockaddr_storage storage;
  socklen_t size = to_sockaddr(endpoint, storage);
  Descriptor fd(::socket(storage.ss_family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  int on = 1;
  if (fd && !endpoint.ip.is_v4()) setsockopt(fd.get(), IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
  if (fd && ::bind(fd.get(), reinterpret_cast<const sockaddr*>(&storage), size) == 0) return fd;
  ErrorCode code = errno == EADDRINUSE ? ErrorCode::kBusy : ErrorCode::kIo;
  return Error(code, "media port " + endpoint.text() + ": " + std::generic_category().message(errno));
}

}  // namespace

Result<PortPair> MediaPorts::bind_pair(const IpAddress& ip, uint16_t port) {
  PortPair pair{{ip, port}, {ip, static_cast<uint16_t>(port + 1)}};
  Descriptor rtp = TRY(bind_one(pair.rtp)), rtcp = TRY(bind_one(pair.rtcp));
  pair.rtp_socket = rtp.get();
  pair.rtcp_socket = rtcp.get();
  sockets_.push_back(std::move(rtp));
  sockets_.push_back(std::move(rtcp));
  return pair;
}

Result<PortPair> MediaPorts::take(const IpAddress& ip) {
  Address& address = addresses_[ip];
  if (!address.resting.empty() && clock_.monotonic_ns() - address.resting.front().since_ns >= kQuarantine) {
    PortPair pair = address.resting.front().pair;
    address.resting.pop_front();
    ++in_use_;
    return pair;
  }
  if (address.next == 0) address.next = first_ + first_ % 2;
  while (address.next + 1 <= last_) {
    uint16_t port = static_cast<uint16_t>(address.next);
    auto pair = bind_pair(ip, port);
    if (!pair.ok() && pair.error().code() != ErrorCode::kBusy) return std::move(pair).error();
    address.next += 2;  // one that another program has is passed over for good
    if (!pair.ok()) continue;
    ++in_use_;
    return pair;
  }
  return Error(ErrorCode::kLimit, "no media port is free on " + ip.text());
}

void MediaPorts::give_back(const PortPair& pair) {
  --in_use_;
  addresses_[pair.rtp.ip].resting.push_back({pair, clock_.monotonic_ns()});
}

bool send_from(int socket, const Endpoint& to, ByteView bytes) {
  sockaddr_storage storage;
  socklen_t size = to_sockaddr(to, storage);
  return ::sendto(socket, bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL,
                  reinterpret_cast<const sockaddr*>(&storage), size) == static_cast<ssize_t>(bytes.size());
}

}  // namespace ew::srs
