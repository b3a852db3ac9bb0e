#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>

#include "http/server.h"
#include "net/socket_address.h"

namespace ew::http {
Result<int> open_listening_socket(const Endpoint& address) {
  sockaddr_storage storage;
  socklen_t size = to_sockaddr(address, storage);
  int fd = socket(storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return listen_error(address, errno);
  int on = 1;
  // A restarted server need not wait for its old connections; and [::] takes IPv6 alone, so that 0.0.0.0 can
  // stand beside it.
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (storage.ss_family == AF_INET6) setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
  if (bind(fd, reinterpret_cast<const sockaddr*>(&storage), size) < 0 || listen(fd, SOMAXCONN) < 0) {
    Error error = listen_error(address, errno);
    close(fd);
    return error;
  }
  return fd;
}

}  // namespace ew::http
