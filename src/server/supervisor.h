// Supervisor: the process that `earwitness serve` is. It holds the data directory's lock and the listening
// sockets, runs recorder and keeper, starts each again when it dies, connects the two, starts media workers
// for the keeper, and stops all of it in order. It reads no data and answers nobody but its children.
#pragma once

#include <array>
#include <functional>
#include <memory>
#include <optional>

#include "config/config.h"
#include "server/capture_sockets.h"
#include "server/child.h"
#include "server/listeners.h"
#include "server/notify.h"
#include "server/privileges.h"
#include "server/signalling_sockets.h"
#include "server/workers.h"

namespace ew::server {

class Supervisor {
 public:
  struct Setup {
    config::Config config;
    // Reads the configuration again, for SIGHUP.
    std::function<Result<config::Config>()> reread;
  };
  Supervisor(Setup setup, const Clock& clock, Log& log);
  ~Supervisor();

  // Becomes the user, takes the lock, prepares the data directory, and runs until SIGTERM or SIGINT has been
  // served. The exit code.
  Result<int> run();

 private:
  struct Child {
    ChildKind kind;
    std::optional<StartedChild> process;
    WallTime since;
    int64_t started_ns = 0, start_at_ns = 0, kill_at_ns = 0;
    uint64_t restarts = 0;
    int quick_deaths = 0;  // in a row
    bool is_ready = false;
    int pings_unanswered = 0;
  };
  // Stopping goes through these in order.
  enum class Phase { kRunning, kQuieting, kStoppingRecorder, kStoppingKeeper, kStopped };
  class Requests;

  Status prepare();
  Status take_lock();
  void open_control();
  Status open_signals();
  void turn();
  int wait_ms() const;
  void poll_once(int timeout_ms);
  void on_signals();
  void on_exits();
  void on_child_ended(Child& child, int wait_status);
  void on_request(Child& child);
  Result<ipc::Answer> answer(Child& child, Request request, ipc::BodyReader& arguments);

  void start_due();
  Status start(Child& child);
  void greet(Child& child);
  void connect_children();
  void give_listener(const Listeners::Listener& listener);
  void give_capture(const CaptureSockets::Interface& interface);
  void give_signalling(const SignallingSockets::Socket& socket);
  void tell_facts();
  void ping_due(int64_t now_ns);
  void order(Child& child, const Bytes& body, std::span<const int> descriptors = {});
  void reload();

  void begin_stop();
  void enter(Phase phase);
  void kill_late();
  Child& child(ChildKind kind) { return children_[static_cast<size_t>(kind)]; }

  Setup setup_;
  const Clock& clock_;
  Log& log_;
  ServiceManager manager_;
  Descriptor lock_, signals_, control_;
  Identity identity_;
  Listeners listeners_;
  CaptureSockets capture_;
  SignallingSockets signalling_;
  Workers workers_;
  std::array<Child, 2> children_;
  Phase phase_ = Phase::kRunning;
  WallTime started_at_;
  std::optional<Facts> told_;
  bool said_ready_ = false;
  int64_t watchdog_at_ns_ = 0, ping_at_ns_ = 0;
};

}  // namespace ew::server
