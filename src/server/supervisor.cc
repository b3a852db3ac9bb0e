#include "server/supervisor.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "base/system_error.h"
#include "io/env.h"
#include "server/control_socket.h"
#include "vault/keys.h"

namespace ew::server {
namespace {

constexpr int64_t kOrderTimeoutNs = 2 * kNsPerSec;  // a child that reads no orders is stuck
constexpr int64_t kPingNs = 5 * kNsPerSec;          // between two pings
constexpr int kMaxUnanswered = 4;                   // then the child is stuck
constexpr int64_t kQuickNs = kNsPerSec;             // who dies within it is waited for
constexpr int64_t kSteadyNs = 10 * kNsPerSec;       // who lived this long begins anew
constexpr int64_t kMaxBackOffNs = 30 * kNsPerSec;
constexpr int64_t kQuietNs = 20 * kNsPerSec;  // for each phase of a stop
constexpr int64_t kStopNs = 60 * kNsPerSec;

// At once, but for one that dies again and again: 0, 0, 0.5 s, 1 s, 2 s …
int64_t back_off_ns(int quick_deaths) {
  if (quick_deaths < 3) return 0;
  return std::min(kMaxBackOffNs, (kNsPerSec / 2) << std::min(quick_deaths - 3, 10));
}

}  // namespace

Supervisor::Supervisor(Setup setup, const Clock& clock, Log& log)
    : setup_(std::move(setup)),
      clock_(clock),
      log_(log),
      listeners_(setup_.config.server.http, log),
      capture_(setup_.config, log),
      signalling_(setup_.config, log),
      children_{Child{.kind = ChildKind::kRecorder}, Child{.kind = ChildKind::kKeeper}} {}

Supervisor::~Supervisor() = default;

Result<int> Supervisor::run() {
  TRY(prepare());
  started_at_ = clock_.wall();
  log_.notice("Started", {{"data", setup_.config.data_directory}});
  while (phase_ != Phase::kStopped) turn();
  remove_control_socket(setup_.config.data_directory);
  log_.notice("Stopped");
  return 0;
}

Status Supervisor::prepare() {
  ::umask(077);
  identity_ = TRY(drop_privileges(setup_.config));
  TRY(io::posix_env().make_directories(setup_.config.data_directory));
  TRY(take_lock());
  open_control();
  // Made before two processes could make it at the same time.
  std::string keys = io::join(setup_.config.data_directory, "keys");
  if (!TRY(io::posix_env().exists(keys))) TRY(vault::make_file_key_store(io::posix_env(), keys));
  return open_signals();
}

Status Supervisor::take_lock() {
  const std::string& data = setup_.config.data_directory;
  std::string path = io::join(data, "lock");
  lock_ = Descriptor(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  if (!lock_) return system_error(path, errno);
  if (::flock(lock_.get(), LOCK_EX | LOCK_NB) == 0) return {};
  if (errno != EWOULDBLOCK) return system_error(path, errno);
  return Error(ErrorCode::kBusy, data + ": another earwitness is at work here; wait for it or stop it");
}

// Without it everything works but the commands of those who do not stop the server first.
void Supervisor::open_control() {
  auto socket = open_control_socket(setup_.config.data_directory);
  if (socket)
    control_ = std::move(*socket);
  else
    log_.error("Commands cannot reach this server", {{"reason", socket.error().message()}});
}

Status Supervisor::open_signals() {
  ::signal(SIGPIPE, SIG_IGN);
  sigset_t set;
  sigemptyset(&set);
  for (int signal : {SIGTERM, SIGINT, SIGHUP, SIGCHLD}) sigaddset(&set, signal);
  ::sigprocmask(SIG_BLOCK, &set, nullptr);
  signals_ = Descriptor(::signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK));
  return signals_ ? Status() : Status(system_error("signalfd", errno));
}

void Supervisor::turn() {
  const int64_t now = clock_.monotonic_ns();
  if (phase_ == Phase::kRunning) {
    for (const Listeners::Listener* listener : listeners_.open_due(now)) give_listener(*listener);
    for (const CaptureSockets::Interface* interface : capture_.open_due(now)) give_capture(*interface);
    for (const SignallingSockets::Socket* socket : signalling_.open_due(now)) give_signalling(*socket);
    start_due();
    ping_due(now);
  }
  tell_facts();
  workers_.kill_due(now);
  kill_late();
  if (manager_.watchdog_ns() && now >= watchdog_at_ns_) {
    manager_.tell("WATCHDOG=1");
    watchdog_at_ns_ = now + *manager_.watchdog_ns();
  }
  poll_once(wait_ms());
}

// Timers are few and coarse: a short turn while something is due soon, a second otherwise.
int Supervisor::wait_ms() const {
  bool soon = phase_ != Phase::kRunning || workers_.running() > 0;
  for (const Child& child : children_) soon |= !child.process;
  return soon ? 50 : 1000;
}

void Supervisor::poll_once(int timeout_ms) {
  std::array<pollfd, 3> waited{{{signals_.get(), POLLIN, 0}, {-1, POLLIN, 0}, {-1, POLLIN, 0}}};
  for (size_t i = 0; i < children_.size(); ++i)
    if (children_[i].process && children_[i].process->requests)
      waited[i + 1].fd = children_[i].process->requests.fd();
  if (::poll(waited.data(), waited.size(), timeout_ms) <= 0) return;
  for (size_t i = 0; i < children_.size(); ++i)
    if (waited[i + 1].revents && children_[i].process) on_request(children_[i]);
  if (waited[0].revents) on_signals();
}

void Supervisor::on_signals() {
  signalfd_siginfo info;
  while (::read(signals_.get(), &info, sizeof info) == sizeof info) {
    if (info.ssi_signo == SIGCHLD) on_exits();
    if (info.ssi_signo == SIGHUP) reload();
    if (info.ssi_signo == SIGTERM || info.ssi_signo == SIGINT) begin_stop();
  }
}

void Supervisor::on_exits() {
  int status = 0;
  for (pid_t pid; (pid = ::waitpid(-1, &status, WNOHANG)) > 0;) {
    for (Child& child : children_)
      if (child.process && child.process->pid == pid) on_child_ended(child, status);
    workers_.note_exit(pid, status);
  }
}

void Supervisor::on_child_ended(Child& child, int wait_status) {
  const int64_t now = clock_.monotonic_ns();
  child.process.reset();
  child.is_ready = false;
  if (child.kind == ChildKind::kKeeper) workers_.abandon(now);
  if (phase_ != Phase::kRunning) {
    const bool in_order = WIFEXITED(wait_status) && WEXITSTATUS(wait_status) == 0;
    log_.write(in_order ? LogLevel::kInfo : LogLevel::kError, "A process ended",
               {{"name", std::string(name_of(child.kind))}, {"how", how_it_ended(wait_status)}});
    if (child.kind == ChildKind::kKeeper && phase_ == Phase::kQuieting) enter(Phase::kStoppingRecorder);
    if (child.kind == ChildKind::kRecorder && phase_ == Phase::kStoppingRecorder)
      enter(Phase::kStoppingKeeper);
    if (child.kind == ChildKind::kKeeper && phase_ == Phase::kStoppingKeeper) enter(Phase::kStopped);
    return;
  }
  const int64_t lived = now - child.started_ns;
  if (lived < kQuickNs) ++child.quick_deaths;
  if (lived > kSteadyNs) child.quick_deaths = 0;
  child.start_at_ns = now + back_off_ns(child.quick_deaths);
  ++child.restarts;
  log_.error("A process ended and is started again", {{"name", std::string(name_of(child.kind))},
                                                      {"how", how_it_ended(wait_status)},
                                                      {"restarts", std::to_string(child.restarts)}});
}

void Supervisor::start_due() {
  bool started = false;
  for (Child& child : children_) {
    if (child.process || clock_.monotonic_ns() < child.start_at_ns) continue;
    Status status = start(child);
    if (!status.ok()) {
      child.start_at_ns = clock_.monotonic_ns() + kNsPerSec;
      log_.error("A process cannot be started",
                 {{"name", std::string(name_of(child.kind))}, {"reason", status.error().message()}});
    }
    started |= status.ok();
  }
  if (started) connect_children();
}

Status Supervisor::start(Child& child) {
  child.process = TRY(start_child(child.kind, lock_.get()));
  child.started_ns = clock_.monotonic_ns();
  child.since = clock_.wall();
  child.kill_at_ns = 0;
  child.pings_unanswered = 0;
  told_.reset();
  greet(child);
  return {};
}

void Supervisor::greet(Child& child) {
  order(child, StartOrder{config::to_text(setup_.config), started_at_}.encode());
  if (child.kind == ChildKind::kRecorder) {
    for (const CaptureSockets::Interface& interface : capture_.all())
      if (interface.socket) give_capture(interface);
    for (const SignallingSockets::Socket& socket : signalling_.all())
      if (socket.descriptor) give_signalling(socket);
    return;
  }
  if (int fd = control_.get(); control_) order(child, begin_order(Order::kControl).take(), {&fd, 1});
  for (const Listeners::Listener& listener : listeners_.all())
    if (listener.socket) give_listener(listener);
}

void Supervisor::give_capture(const CaptureSockets::Interface& interface) {
  const capture::PacketSocket& socket = *interface.socket;
  const CaptureOrder capture{interface.name, {{}, socket.interface_index, socket.link, socket.ring}};
  int fd = socket.descriptor.get();
  order(child(ChildKind::kRecorder), capture.encode(), {&fd, 1});
}

void Supervisor::give_signalling(const SignallingSockets::Socket& socket) {
  int fd = socket.descriptor.get();
  order(child(ChildKind::kRecorder),
        SignallingOrder{socket.speaks, socket.address, socket.transport, {}}.encode(), {&fd, 1});
}

void Supervisor::give_listener(const Listeners::Listener& listener) {
  int fd = listener.socket.get();
  order(child(ChildKind::kKeeper), begin_order(Order::kListener).text(listener.address).take(), {&fd, 1});
}

// Two sockets, one for the questions of each.
void Supervisor::connect_children() {
  for (const Child& child : children_)
    if (!child.process) return;
  auto keeper_asks = ipc::Channel::pair();
  auto recorder_asks = ipc::Channel::pair();
  if (!keeper_asks.ok() || !recorder_asks.ok()) {
    log_.error("Recorder and keeper cannot be connected");
    return;
  }
  const Bytes body = begin_order(Order::kPeer).take();
  std::array<int, 2> keepers = {keeper_asks->first.fd(), recorder_asks->first.fd()};
  std::array<int, 2> recorders = {keeper_asks->second.fd(), recorder_asks->second.fd()};
  order(child(ChildKind::kRecorder), body, recorders);
  order(child(ChildKind::kKeeper), body, keepers);
}

void Supervisor::tell_facts() {
  Child& keeper = child(ChildKind::kKeeper);
  if (!keeper.process) return;
  Facts facts;
  for (const Child& child : children_) {
    int64_t pid = child.process ? child.process->pid : 0;
    facts.processes.push_back({std::string(name_of(child.kind)), pid, child.since, child.restarts});
  }
  facts.occupied = listeners_.occupied();
  for (std::string& address : signalling_.occupied()) facts.occupied.push_back(std::move(address));
  facts.capture_troubles = capture_.troubles();
  facts.runs_as_root = identity_.is_root;
  if (told_ == facts) return;
  order(keeper, facts.encode());
  told_ = std::move(facts);
}

// Pings are counted, not time: a machine that slept sent none.
void Supervisor::ping_due(int64_t now_ns) {
  if (now_ns < ping_at_ns_) return;
  ping_at_ns_ = now_ns + kPingNs;
  for (Child& child : children_) {
    if (!child.process || !child.is_ready) continue;
    if (child.pings_unanswered == kMaxUnanswered) {
      log_.error("A process does not answer and is killed", {{"name", std::string(name_of(child.kind))}});
      ::kill(child.process->pid, SIGKILL);
      continue;
    }
    ++child.pings_unanswered;
    order(child, begin_order(Order::kPing).take());
  }
}

// A child that takes no orders is stuck, and does its work better from the start.
void Supervisor::order(Child& child, const Bytes& body, std::span<const int> descriptors) {
  if (!child.process) return;
  Status sent = child.process->orders.send(body, descriptors, kOrderTimeoutNs);
  if (sent.ok()) return;
  log_.error("A process takes no orders",
             {{"name", std::string(name_of(child.kind))}, {"reason", sent.error().message()}});
  ::kill(child.process->pid, SIGKILL);
}

class Supervisor::Requests : public ipc::Service {
 public:
  Requests(Supervisor& supervisor, Child& child) : supervisor_(supervisor), child_(child) {}
  Result<ipc::Answer> answer(ipc::Method method, ipc::BodyReader& arguments,
                             std::vector<Descriptor>&) override {
    return supervisor_.answer(child_, static_cast<Request>(method), arguments);
  }

 private:
  Supervisor& supervisor_;
  Child& child_;
};

void Supervisor::on_request(Child& child) {
  Requests requests(*this, child);
  // After an error the child is dead or dying: its exit is noticed by SIGCHLD.
  if (!ipc::serve_one(child.process->requests, requests, kNsPerSec).ok())
    child.process->requests = ipc::Channel();
}

Result<ipc::Answer> Supervisor::answer(Child& child, Request request, ipc::BodyReader& arguments) {
  const bool is_keeper = child.kind == ChildKind::kKeeper;
  if (request == Request::kReady) {
    child.is_ready = true;
    log_.info("A process is ready",
              {{"name", std::string(name_of(child.kind))}, {"pid", std::to_string(child.process->pid)}});
    const bool all =
        std::all_of(children_.begin(), children_.end(), [](const Child& one) { return one.is_ready; });
    if (all && !std::exchange(said_ready_, true)) manager_.tell("READY=1");
    return ipc::Answer{};
  }
  if (request == Request::kAlive) {
    child.pings_unanswered = 0;
    return ipc::Answer{};
  }
  if (request == Request::kQuiet && is_keeper) {
    if (phase_ == Phase::kQuieting) enter(Phase::kStoppingRecorder);
    return ipc::Answer{};
  }
  if (request == Request::kWorker && is_keeper) return workers_.start();
  if (request == Request::kEndWorker && is_keeper) {
    uint64_t number = arguments.number();
    TRY(arguments.finish());
    return workers_.end(number, clock_.monotonic_ns());
  }
  return Error(ErrorCode::kDenied, "not a request of this process");
}

void Supervisor::reload() {
  log_.notice("Reading the configuration again");
  auto config = setup_.reread();
  if (!config.ok()) {
    log_.error("The configuration stays as it was", {{"reason", config.error().message()}});
    return;
  }
  setup_.config.log.level = config->log.level;
  log_.set_level(config->log.level);
  const Bytes body = begin_order(Order::kReload).text(name_of(config->log.level)).take();
  for (Child& child : children_) order(child, body);
}

void Supervisor::begin_stop() {
  if (phase_ != Phase::kRunning) return;
  log_.notice("Stopping");
  manager_.tell("STOPPING=1");
  enter(Phase::kQuieting);
}

// The keeper takes no more requests; the recorder ends its parts and syncs; the keeper brings them home.
void Supervisor::enter(Phase phase) {
  phase_ = phase;
  for (Child& one : children_) one.kill_at_ns = 0;  // whose turn it was kept its time
  if (phase == Phase::kStopped) return;
  const bool recorders_turn = phase == Phase::kStoppingRecorder;
  Child& next = child(recorders_turn ? ChildKind::kRecorder : ChildKind::kKeeper);
  if (!next.process) {
    if (phase == Phase::kQuieting) return enter(Phase::kStoppingRecorder);
    if (recorders_turn) return enter(Phase::kStoppingKeeper);
    // The keeper died on the way: what is left in the journals is brought home at the next start.
    return enter(Phase::kStopped);
  }
  next.kill_at_ns = clock_.monotonic_ns() + (phase == Phase::kQuieting ? kQuietNs : kStopNs);
  order(next, begin_order(phase == Phase::kQuieting ? Order::kQuiet : Order::kStop).take());
}

void Supervisor::kill_late() {
  for (Child& child : children_) {
    if (!child.process || child.kill_at_ns == 0 || clock_.monotonic_ns() < child.kill_at_ns) continue;
    log_.error("A process did not end in time and is killed", {{"name", std::string(name_of(child.kind))}});
    child.kill_at_ns = 0;
    ::kill(child.process->pid, SIGKILL);
  }
}

}  // namespace ew::server
