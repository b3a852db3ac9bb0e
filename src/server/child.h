// Starting processes of our own binary: recorder and keeper with their sockets, and media workers.
#pragma once

#include <string>

#include "ipc/channel.h"
#include "server/orders.h"

namespace ew::server {

// Both are killed with the process that starts them.
struct StartedChild {
  pid_t pid = -1;
  ipc::Channel orders, requests;  // our ends
};
Result<StartedChild> start_child(ChildKind kind, int lock_fd);

struct StartedWorker {
  pid_t pid = -1;
  Descriptor socket;  // the other end is the worker's
};
Result<StartedWorker> start_media_worker();

// `earwitness serve` with this configuration, its output into this file. Killed with the process that starts
// it.
Result<pid_t> start_server(const std::string& config, const std::string& log);

// "exit code 1", "signal 9 (Killed)"
std::string how_it_ended(int wait_status);

}  // namespace ew::server
