// Endpoints as the system's calls have them.
#pragma once

#include <sys/socket.h>

#include "net/endpoint.h"

namespace ew {

// Its size. An IPv4 endpoint becomes AF_INET.
socklen_t to_sockaddr(const Endpoint& endpoint, sockaddr_storage& out);
// Nothing (port 0) for what is neither AF_INET nor AF_INET6.
Endpoint from_sockaddr(const sockaddr_storage& storage);

}  // namespace ew
