#include "media/worker.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "base/system_error.h"
#include "base/time.h"
#include "media/worker_process.h"

namespace ew::media {
namespace {

constexpr int kGraceMs = 200;

// Deadlines of a process on this machine, so it is this machine's clock that counts.
int64_t now_ns() { return SystemClock().monotonic_ns(); }

// posix_spawn of `command` with `fd` as kWorkerFd and clean signals.
Result<int> spawn_process(const std::vector<std::string>& command, int fd) {
  std::vector<char*> arguments;
  for (const std::string& argument : command) arguments.push_back(const_cast<char*>(argument.c_str()));
  arguments.push_back(nullptr);
  char* environment[] = {nullptr};

  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, fd,
                                   kWorkerFd);  // clears close-on-exec, also where both are the same
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  sigset_t none, all;
  sigemptyset(&none);
  sigfillset(&all);
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setsigdefault(&attributes, &all);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);

  pid_t pid = -1;
  int code = posix_spawn(&pid, arguments[0], &actions, &attributes, arguments.data(), environment);
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&actions);
  if (code != 0) return system_error("media worker: cannot start " + command[0], code);
  return pid;
}

std::string how_it_ended(int status) {
  if (WIFSIGNALED(status)) return "ended by signal " + std::to_string(WTERMSIG(status));
  return "exit code " + std::to_string(WEXITSTATUS(status));
}

// With its socket closed a healthy worker ends by itself, and a crashed one has to finish dying before it can
// say of what; the signal is for one that hangs.
std::string end_process(int pid) {
  int status = 0;
  pid_t ended = waitpid(pid, &status, WNOHANG);
  for (int waits = 0; ended == 0 && waits < kGraceMs; ++waits) {
    poll(nullptr, 0, 1);
    ended = waitpid(pid, &status, WNOHANG);
  }
  if (ended == 0) {
    kill(pid, SIGKILL);
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
    }
  }
  return how_it_ended(status);
}

Result<WorkerProcess> start_process(const std::vector<std::string>& command) {
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0)
    return system_error("media worker: socketpair", errno);
  Descriptor ours(ends[0]), theirs(ends[1]);
  int pid = TRY(spawn_process(command, theirs.get()));
  return WorkerProcess{std::move(ours), [pid] { return end_process(pid); }};
}

}  // namespace

WorkerLauncher::WorkerLauncher(std::vector<std::string> command)
    : start_([command = std::move(command)] { return start_process(command); }) {}

WorkerLauncher::WorkerLauncher(std::initializer_list<std::string> command)
    : WorkerLauncher(std::vector<std::string>(command)) {}

Result<WorkerProcess> WorkerLauncher::start() const {
  if (!start_) return Error(ErrorCode::kUsage, "media worker: nobody said how to start one");
  return start_();
}

Result<std::unique_ptr<Worker>> Worker::start(WorkerLauncher launcher, int64_t timeout_ns) {
  std::unique_ptr<Worker> worker(new Worker(std::move(launcher), timeout_ns));
  TRY(worker->launch());
  return worker;
}

Worker::~Worker() { stop(); }

Status Worker::restart() {
  stop();
  return launch();
}

Status Worker::launch() {
  process_ = TRY(launcher_.start());
  fcntl(process_.socket.get(), F_SETFL, O_NONBLOCK);
  // The first reply comes unasked and says that the sandbox holds.
  auto ready = receive_reply(now_ns() + timeout_ns_);
  if (ready.ok()) return {};
  stop();
  return std::move(ready).error();
}

std::string Worker::stop() {
  process_.socket.reset();
  auto end = std::exchange(process_.end, nullptr);
  return end ? end() : "not running";
}

Error Worker::died(const std::string& what) {
  std::string end = stop();
  return Error(ErrorCode::kIo, "media worker: " + what + " (" + end + ")");
}

Status Worker::wait_for(short events, int64_t deadline_ns) {
  for (;;) {
    int64_t left_ns = deadline_ns - now_ns();
    if (left_ns <= 0) return died("no answer in time");
    pollfd waited{process_.socket.get(), events, 0};
    int ready = poll(&waited, 1, static_cast<int>(std::min<int64_t>(left_ns / kNsPerMs + 1, 60'000)));
    if (ready > 0) return {};
    if (ready < 0 && errno != EINTR) return died(std::strerror(errno));
  }
}

Status Worker::send_all(ByteView bytes, int64_t deadline_ns) {
  while (!bytes.empty()) {
    ssize_t put = send(process_.socket.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (put > 0) {
      bytes = bytes.subspan(static_cast<size_t>(put));
    } else if (errno == EAGAIN) {
      TRY(wait_for(POLLOUT, deadline_ns));
    } else if (errno != EINTR) {
      return died("it crashed");
    }
  }
  return {};
}

Status Worker::receive_all(ByteSpan bytes, int64_t deadline_ns) {
  while (!bytes.empty()) {
    ssize_t got = recv(process_.socket.get(), bytes.data(), bytes.size(), 0);
    if (got > 0) {
      bytes = bytes.subspan(static_cast<size_t>(got));
    } else if (got < 0 && errno == EAGAIN) {
      TRY(wait_for(POLLIN, deadline_ns));
    } else if (got == 0 || errno != EINTR) {
      return died("it crashed");
    }
  }
  return {};
}

Result<ByteView> Worker::receive_reply(int64_t deadline_ns) {
  uint8_t head[4];
  TRY(receive_all(head, deadline_ns));
  uint32_t length = ByteReader(head).u32le();
  if (length > kMaxReply) return died("a reply beyond all bounds");
  reply_.resize(length);
  TRY(receive_all(reply_, deadline_ns));
  return parse_reply(reply_);
}

Result<ByteView> Worker::ask(ByteView request) {
  if (!alive()) return Error(ErrorCode::kIo, "media worker: not running");
  int64_t deadline_ns = now_ns() + timeout_ns_;
  TRY(send_all(request, deadline_ns));
  return receive_reply(deadline_ns);
}

Result<DecoderId> Worker::open_decoder(const DecoderSpec& spec) {
  if (spec.codec.size() > UINT8_MAX || spec.parameters.size() > UINT16_MAX)
    return Error(ErrorCode::kLimit, "media worker: a codec's name or parameters are too long");
  ByteView body = TRY(ask(encode(OpenRequest{spec})));
  if (body.size() != sizeof(DecoderId)) return died("a reply of the wrong length");
  return ByteReader(body).u32le();
}

Result<Pcm> Worker::decode(DecoderId decoder, std::span<const EncodedPacket> packets) {
  ByteView body = TRY(ask(encode_decode(decoder, packets)));
  auto pcm = parse_pcm(body, packets.size());
  if (!pcm.ok()) return died(pcm.error().message());
  return pcm;
}

Status Worker::close_decoder(DecoderId decoder) {
  TRY(ask(encode(CloseRequest{decoder})));
  return {};
}

}  // namespace ew::media
