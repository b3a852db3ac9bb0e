#include "net/socket_address.h"

#include <netinet/in.h>

#include <cerrno>
#include <cstring>
#include <system_error>

#include "base/descriptor.h"

namespace ew {

socklen_t to_sockaddr(const Endpoint& endpoint, sockaddr_storage& out) {
  std::memset(&out, 0, sizeof out);
  if (endpoint.ip.is_v4()) {
    auto& address = reinterpret_cast<sockaddr_in&>(out);
    address.sin_family = AF_INET;
    address.sin_port = htons(endpoint.port);
    std::memcpy(&address.sin_addr, endpoint.ip.bytes.data() + 12, 4);
    return sizeof address;
  }
  auto& address = reinterpret_cast<sockaddr_in6&>(out);
  address.sin6_family = AF_INET6;
  address.sin6_port = htons(endpoint.port);
  std::memcpy(&address.sin6_addr, endpoint.ip.bytes.data(), 16);
  return sizeof address;
}

Endpoint from_sockaddr(const sockaddr_storage& storage) {
  if (storage.ss_family == AF_INET) {
    auto& address = reinterpret_cast<const sockaddr_in&>(storage);
    return {IpAddress::v4({reinterpret_cast<const uint8_t*>(&address.sin_addr), 4}), ntohs(address.sin_port)};
  }
  if (storage.ss_family != AF_INET6) return {};
  auto& address = reinterpret_cast<const sockaddr_in6&>(storage);
  return {IpAddress::v6({reinterpret_cast<const uint8_t*>(&address.sin6_addr), 16}),
          ntohs(address.sin6_port)};
}

std::optional<IpAddress> address_towards(const Endpoint& remote) {
  sockaddr_storage storage;
  socklen_t size = to_sockaddr(remote, storage);
  Descriptor socket(::socket(storage.ss_family, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  auto* name = reinterpret_cast<sockaddr*>(&storage);
  if (!socket || ::connect(socket.get(), name, size) != 0) return std::nullopt;
  size = sizeof storage;
  if (::getsockname(socket.get(), name, &size) != 0) return std::nullopt;
  return from_sockaddr(storage).ip;
}

Error listen_error(const Endpoint& endpoint, int number) {
  ErrorCode kind = number == EADDRINUSE ? ErrorCode::kBusy
                   : number == EACCES   ? ErrorCode::kDenied
                                        : ErrorCode::kIo;
  return Error(kind, "listen on " + endpoint.text() + ": " + std::generic_category().message(number));
}

}  // namespace ew
