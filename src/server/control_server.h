// ControlServer: runs commands for people whose data directory this server holds (cli/control.h). Only root
// and the server's own user are heard.
#pragma once

#include <atomic>
#include <list>
#include <mutex>
#include <thread>

#include "base/log.h"
#include "cli/context.h"
#include "ipc/channel.h"

namespace ew::server {

class ControlServer {
 public:
  static constexpr size_t kMaxCommands = 16;  // at once

  // `node` outlives it.
  ControlServer(cli::ServedNode node, Log& log) : node_(std::move(node)), log_(log) {}
  ~ControlServer() { stop(); }

  // Begins with this listening socket.
  void start(Descriptor socket);
  // What runs is stopped, as if its person had pressed Ctrl-C.
  void stop();

 private:
  struct Command {
    ipc::Channel channel;
    std::atomic<bool> has_ended = false;
    std::thread thread;
  };
  class Service;

  void work();
  void take(Descriptor connection);
  void run(Command& command);
  void forget_ended();

  const cli::ServedNode node_;
  Log& log_;
  Descriptor socket_;
  std::atomic<bool> stopping_ = false;
  std::list<Command> commands_;  // the thread's, and afterwards stop()'s
  std::thread thread_;
};

}  // namespace ew::server
