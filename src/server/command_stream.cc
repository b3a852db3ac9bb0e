#include "server/command_stream.h"

#include <limits.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace ew::server {
namespace {

constexpr int kLookMs = 100;             // between two looks whether it was stopped
constexpr size_t kPipeTakes = PIPE_BUF;  // without waiting, when it says that it takes something

struct Source {
  Descriptor file;
  std::function<bool()> is_stopped;
  bool is_regular = false;

  // False, with errno, when it was stopped before.
  bool wait_for(short events) const {
    for (int wait_ms = 0; !is_regular; wait_ms = kLookMs) {
      pollfd waited{file.get(), events, 0};
      if (::poll(&waited, 1, wait_ms) != 0) return true;  // trouble is found by who reads or writes
      if (!is_stopped()) continue;
      errno = ECANCELED;
      return false;
    }
    return true;
  }
};

ssize_t read_some(void* cookie, char* buffer, size_t size) {
  const auto& source = *static_cast<Source*>(cookie);
  if (!source.wait_for(POLLIN)) return -1;
  return ::read(source.file.get(), buffer, size);
}

ssize_t write_some(void* cookie, const char* buffer, size_t size) {
  const auto& source = *static_cast<Source*>(cookie);
  // All or an error: to stdio a short write of a cookie is one.
  for (size_t done = 0; done < size;) {
    if (!source.wait_for(POLLOUT)) return 0;
    const size_t most = source.is_regular ? size - done : std::min(size - done, kPipeTakes);
    ssize_t written = ::write(source.file.get(), buffer + done, most);
    if (written < 0 && (errno == EINTR || errno == EAGAIN)) continue;
    if (written <= 0) return 0;
    done += static_cast<size_t>(written);
  }
  return static_cast<ssize_t>(size);
}

int close_source(void* cookie) {
  delete static_cast<Source*>(cookie);
  return 0;
}

}  // namespace

CommandStream open_command_stream(Descriptor file, const char* mode, std::function<bool()> is_stopped) {
  struct stat status;
  const bool is_regular = ::fstat(file.get(), &status) == 0 && S_ISREG(status.st_mode);
  auto source = std::make_unique<Source>(Source{std::move(file), std::move(is_stopped), is_regular});
  std::FILE* stream = ::fopencookie(source.get(), mode, {read_some, write_some, nullptr, close_source});
  if (stream) (void)source.release();
  return CommandStream(stream);
}

}  // namespace ew::server
