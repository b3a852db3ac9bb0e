// Endpoints as the system's calls have them.
#pragma once

#include <sys/socket.h>

#include <optional>

#include "base/result.h"
#include "net/endpoint.h"

namespace ew {

// Its size. An IPv4 endpoint becomes AF_INET.
socklen_t to_sockaddr(const Endpoint& endpoint, sockaddr_storage& out);
// Nothing (port 0) for what is neither AF_INET nor AF_INET6.
Endpoint from_sockaddr(const sockaddr_storage& storage);
// The address from which this machine sends to `remote`; nothing where there is no way. Nothing is sent.
std::optional<IpAddress> address_towards(const Endpoint& remote);
// Why nobody can listen there; `number` is an errno value. kBusy: somebody else does; kDenied: not without a
// right.
Error listen_error(const Endpoint& endpoint, int number);

}  // namespace ew
