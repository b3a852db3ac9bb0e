// An option of a socket, of any type that the system has for one.
#pragma once

#include <sys/socket.h>

namespace ew {

// False, and errno says why, if the system refuses.
template <typename Value>
bool set_socket_option(int socket, int level, int option, const Value& value) {
  return ::setsockopt(socket, level, option, &value, sizeof value) == 0;
}

}  // namespace ew
