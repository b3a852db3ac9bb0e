#include "server/control_server.h"

#include <poll.h>
#include <pthread.h>
#include <sys/socket.h>
#include <unistd.h>

#include "cli/command.h"
#include "cli/control.h"
#include "ipc/rpc.h"
#include "server/command_stream.h"

namespace ew::server {
namespace {

constexpr int kTickMs = 250;  // between two looks for ended commands and the server's end
constexpr int64_t kQuestionTimeoutNs = 2 * kNsPerSec;  // for who connects and says nothing

bool is_trusted(int connection) {
  ucred peer{};
  socklen_t size = sizeof peer;
  if (::getsockopt(connection, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0) return false;
  return peer.uid == 0 || peer.uid == ::geteuid();
}

bool has_hung_up(int connection) {
  pollfd waited{connection, POLLRDHUP, 0};
  return ::poll(&waited, 1, 0) > 0;
}

}  // namespace

class ControlServer::Service : public ipc::Service {
 public:
  Service(ControlServer& server, int connection) : server_(server), connection_(connection) {}

  Result<ipc::Answer> answer(ipc::Method method, ipc::BodyReader& question,
                             std::vector<Descriptor>& descriptors) override {
    if (method != cli::kRunCommand) return Error(ErrorCode::kInvalid, "not a question of a command");
    auto request = TRY(cli::ControlRequest::parse(question));
    const size_t streams = request.has_output ? 4 : 3;
    if (descriptors.size() < streams) return Error(ErrorCode::kInvalid, "a command without its streams");
    return ipc::Answer{ipc::BodyWriter().number(static_cast<uint64_t>(run(request, descriptors))).take(), {}};
  }

 private:
  int run(const cli::ControlRequest& request, std::vector<Descriptor>& descriptors) {
    cli::Context context;
    context.served = &server_.node_;
    context.is_stopped_by = [this] { return server_.stopping_ || has_hung_up(connection_); };
    context.err_fd = descriptors[2].get();
    auto open = [&](size_t i, const char* mode) {
      return open_command_stream(std::move(descriptors[i]), mode, context.is_stopped_by);
    };
    CommandStream in = open(0, "r"), out = open(1, "w"), err = open(2, "w");
    CommandStream output = request.has_output ? open(3, "w") : nullptr;
    if (!in || !out || !err || (request.has_output && !output)) return cli::kFound;
    std::setvbuf(err.get(), nullptr, _IONBF, 0);
    context.in = in.get();
    context.out = out.get();
    context.err = err.get();
    context.output = output.get();
    for (size_t i = request.has_output ? 4 : 3; i < descriptors.size(); ++i)
      context.files.push_back(std::move(descriptors[i]));
    const int code = cli::run_served(context, request.arguments);
    const bool was_said = std::fflush(out.get()) == 0 && std::ferror(out.get()) == 0;
    return code == cli::kDone && !was_said ? cli::kFound : code;
  }

  ControlServer& server_;
  const int connection_;
};

void ControlServer::start(Descriptor socket) {
  socket_ = std::move(socket);
  thread_ = std::thread([this] { work(); });
}

void ControlServer::stop() {
  stopping_ = true;
  if (thread_.joinable()) thread_.join();
  for (Command& command : commands_)
    if (command.thread.joinable()) command.thread.join();
  commands_.clear();
}

void ControlServer::work() {
  pthread_setname_np(pthread_self(), "control");
  while (!stopping_) {
    // Who comes while all are busy waits in the socket's queue.
    pollfd waited{commands_.size() < kMaxCommands ? socket_.get() : -1, POLLIN, 0};
    ::poll(&waited, 1, kTickMs);
    forget_ended();
    if (!waited.revents) continue;
    Descriptor connection(::accept4(socket_.get(), nullptr, nullptr, SOCK_CLOEXEC));
    if (connection && is_trusted(connection.get())) take(std::move(connection));
  }
}

void ControlServer::take(Descriptor connection) {
  Command& command = commands_.emplace_back();
  command.channel = ipc::Channel(std::move(connection));
  command.thread = std::thread([this, &command] { run(command); });
}

void ControlServer::run(Command& command) {
  pthread_setname_np(pthread_self(), "command");
  Service service(*this, command.channel.fd());
  if (Status served = ipc::serve_one(command.channel, service, kQuestionTimeoutNs); !served)
    log_.info("A command went away", {{"reason", served.error().message()}});
  command.channel.shut_down();
  command.has_ended = true;
}

void ControlServer::forget_ended() {
  for (auto command = commands_.begin(); command != commands_.end();) {
    if (!command->has_ended) {
      ++command;
      continue;
    }
    command->thread.join();
    command = commands_.erase(command);
  }
}

}  // namespace ew::server
