#include "server/control_socket.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>

#include "base/system_error.h"
#include "cli/control.h"
#include "io/env.h"

namespace ew::server {
namespace {

constexpr int kBacklog = 16;

}  // namespace

Result<Descriptor> open_control_socket(const std::string& data_directory) {
  Descriptor directory = TRY(cli::open_control_directory(data_directory));
  std::string path = cli::control_path(directory);
  auto failed = [&]() -> Error { return system_error(data_directory + "/" + cli::kControlSocket, errno); };
  Descriptor socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!socket) return failed();
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, sizeof address.sun_path - 1);
  ::unlink(path.c_str());
  // The supervisor's umask keeps others out from the first moment on.
  if (::bind(socket.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) return failed();
  if (::chmod(path.c_str(), 0600) != 0 || ::listen(socket.get(), kBacklog) != 0) return failed();
  return socket;
}

void remove_control_socket(const std::string& data_directory) {
  ::unlink(io::join(data_directory, cli::kControlSocket).c_str());
}

}  // namespace ew::server
