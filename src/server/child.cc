#include "server/child.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <vector>

#include "base/system_error.h"
#include "media/worker_process.h"

namespace ew::server {
namespace {

constexpr int kAside = 100;  // first out of the way of the descriptors that a child inherits

// This very program, opened once: a worker can be started when /proc is gone and after an upgrade has
// replaced the file.
Result<int> own_program() {
  static const Descriptor program(::open("/proc/self/exe", O_PATH | O_CLOEXEC));
  if (!program) return Error(ErrorCode::kIo, "/proc/self/exe cannot be opened: is /proc mounted?");
  return program.get();
}

// In the child, between fork and exec: only what is allowed there. `places[i]` becomes descriptor 3 + i.
[[noreturn]] void become(int program, const char* name, const char* command, std::vector<int> places,
                         pid_t parent, char** environment) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) ::_exit(1);  // the parent died before the signal was asked for
  sigset_t none;
  sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  program = ::fcntl(program, F_DUPFD_CLOEXEC, kAside);
  for (int& fd : places) fd = ::fcntl(fd, F_DUPFD, kAside);
  int next = 3;
  for (int fd : places)
    if (::dup2(fd, next++) < 0) ::_exit(1);
  ::close_range(static_cast<unsigned>(next), static_cast<unsigned>(program) - 1, 0);
  ::close_range(static_cast<unsigned>(program) + 1, ~0u, 0);
  char* arguments[] = {const_cast<char*>(name), const_cast<char*>(command), nullptr};
  ::execveat(program, "", arguments, environment, AT_EMPTY_PATH);
  ::_exit(127);
}

}  // namespace

Result<StartedChild> start_child(ChildKind kind, int lock_fd) {
  auto orders = TRY(ipc::Channel::pair());
  auto requests = TRY(ipc::Channel::pair());
  int program = TRY(own_program());
  const bool is_recorder = kind == ChildKind::kRecorder;
  const char* name = is_recorder ? "earwitness-recorder" : "earwitness-keeper";
  pid_t parent = ::getpid();
  pid_t pid = ::fork();
  if (pid < 0) return system_error("fork", errno);
  if (pid == 0)
    become(program, name, std::string(command_of(kind)).c_str(),
           {orders.second.fd(), requests.second.fd(), lock_fd}, parent, environ);
  return StartedChild{pid, std::move(orders.first), std::move(requests.first)};
}

Result<StartedWorker> start_media_worker() {
  static_assert(media::kWorkerFd == 3);
  int program = TRY(own_program());
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
    return system_error("socketpair", errno);
  Descriptor ours(ends[0]), theirs(ends[1]);
  pid_t parent = ::getpid();
  pid_t pid = ::fork();
  if (pid < 0) return system_error("fork", errno);
  if (pid == 0) {
    char* nothing[] = {nullptr};
    become(program, "earwitness-media-worker", "media-worker", {theirs.get()}, parent, nothing);
  }
  return StartedWorker{pid, std::move(ours)};
}

Result<pid_t> start_server(const std::string& config, const std::string& log) {
  int program = TRY(own_program());
  Descriptor output(::open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600));
  if (!output) return system_error(log, errno);
  pid_t parent = ::getpid();
  pid_t pid = ::fork();
  if (pid < 0) return system_error("fork", errno);
  if (pid != 0) return pid;
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) ::_exit(1);
  ::dup2(output.get(), STDOUT_FILENO);
  ::dup2(output.get(), STDERR_FILENO);
  const char* arguments[] = {"earwitness", "serve", "--config", config.c_str(), nullptr};
  ::execveat(program, "", const_cast<char* const*>(arguments), environ, AT_EMPTY_PATH);
  ::_exit(127);
}

std::string how_it_ended(int wait_status) {
  if (WIFSIGNALED(wait_status)) {
    int signal = WTERMSIG(wait_status);
    return "signal " + std::to_string(signal) + " (" + ::strsignal(signal) + ")";
  }
  return "exit code " + std::to_string(WEXITSTATUS(wait_status));
}

}  // namespace ew::server
