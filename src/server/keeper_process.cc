#include "server/keeper_process.h"

#include <unistd.h>

#include <atomic>
#include <chrono>
#include <thread>

#include "cli/fault_hook.h"
#include "node/local_import_host.h"
#include "node/works.h"
#include "server/control_server.h"
#include "server/figures.h"
#include "server/live_feed.h"
#include "server/node_watch.h"
#include "server/orders_loop.h"
#include "server/part_collector.h"
#include "server/remote_import_host.h"
#include "server/sandbox.h"
#include "server/web_server.h"

namespace ew::server {
namespace {

constexpr std::chrono::milliseconds kAliveWithin{4'000};
constexpr auto kAskAgain = std::chrono::milliseconds(10);

// Media workers are the supervisor's: this process may start none.
Result<media::WorkerProcess> ask_for_worker(ipc::Client& supervisor) {
  ipc::Answer answer = TRY(supervisor.ask(static_cast<ipc::Method>(Request::kWorker), {}));
  ipc::BodyReader reader(answer.body);
  uint64_t number = reader.number();
  TRY(reader.finish());
  if (answer.descriptors.size() != 1) return Error(ErrorCode::kInternal, "a media worker without its socket");
  auto end = [&supervisor, number]() -> std::string {
    const Bytes question = ipc::BodyWriter().number(number).take();
    for (;;) {
      auto told = supervisor.ask(static_cast<ipc::Method>(Request::kEndWorker), question);
      if (!told.ok()) return told.error().message();
      std::string how = ipc::BodyReader(told->body).text();
      if (!how.empty()) return how;
      std::this_thread::sleep_for(kAskAgain);
    }
  };
  return media::WorkerProcess{std::move(answer.descriptors[0]), std::move(end)};
}

// The sample capture, where it was installed or built.
std::string sample_capture() {
  for (const char* path : {EW_INSTALLED_SAMPLE, EW_SOURCE_SAMPLE})
    if (::access(path, R_OK) == 0) return path;
  return "";
}

// All that the keeper is made of, in the order in which it is built.
class Keeper {
 public:
  Keeper(config::Config config, WallTime started_at, Log& log, ipc::Client& supervisor)
      : config_(std::move(config)), started_at_(started_at), log_(log), supervisor_(supervisor) {}
  ~Keeper() { end_answering(); }

  Status open();
  void on_peer(ipc::Channel keeper_asks, ipc::Channel recorder_asks);
  void on_listener(const std::string& address, Descriptor socket);
  void on_control(Descriptor socket) { control_->start(std::move(socket)); }
  void on_ping();
  void on_facts(Facts facts) { watch_->set_facts(std::move(facts)); }
  void on_reload(LogLevel level);
  // No more requests are taken, and imports end.
  void quiet();
  // The recorder has ended: what its journals hold is brought home.
  Status finish();

 private:
  WebServerParts web_parts();
  media::WorkerLauncher launcher();
  node::ImportFunction import();
  jobs::Work import_job();
  void say_setup_link(const std::string& address);
  void end_answering();

  const config::Config config_;
  const WallTime started_at_;
  Log& log_;
  ipc::Client& supervisor_;
  SystemClock clock_;
  std::unique_ptr<io::Env> test_env_;
  metrics::Registry figures_;
  std::unique_ptr<node::DataDirectory> data_;
  std::unique_ptr<db::Workspace> workspace_;
  std::unique_ptr<RecorderLink> recorder_;
  std::unique_ptr<NodeWatch> watch_;
  std::unique_ptr<LiveFeed> live_;
  std::unique_ptr<WebServer> web_;
  std::unique_ptr<PartCollector> collector_;
  std::unique_ptr<ControlServer> control_;
  ipc::Channel answered_;  // what the recorder asks
  std::thread answering_;
  bool is_quiet_ = false;
};

Status Keeper::open() {
  test_env_ = cli::fault_env_from_environment();
  io::Env& env = test_env_ ? *test_env_ : io::posix_env();
  data_ = TRY(node::DataDirectory::open(env, clock_, config_, node::Access::kServed));
  TRY(data_->keks().current(config_.tenant));
  workspace_ = TRY(db::Workspace::open(data_->database_url()));
  recorder_ = std::make_unique<RecorderLink>(env);
  watch_ = std::make_unique<NodeWatch>(NodeWatch::Surroundings{
      *data_, *workspace_, *recorder_, figures_, log_, started_at_, [this] { web_->alarms_changed(); }});
  live_ = std::make_unique<LiveFeed>(*recorder_, figures_, clock_, config_);
  web_ = TRY(WebServer::create(web_parts()));
  data_->indexer().on_stored([this](const db::CallRows& call) { web_->call_stored(call); });
  collector_ = std::make_unique<PartCollector>(*data_, *recorder_, log_);
  control_ =
      std::make_unique<ControlServer>(cli::ServedNode{*data_, web_->people(), import(), launcher()}, log_);
  show_verification("", figures_);
  watch_->start();
  return web_->start();
}

// The one place where panel, REST interface, accounts and jobs meet the node.
WebServerParts Keeper::web_parts() {
  jobs::Work verify = [this](jobs::Run& run) -> Result<std::string> {
    std::string result = TRY(node::verify_work(*data_, run));
    show_verification(result, figures_);
    return result;
  };
  return WebServerParts{*data_,
                        launcher(),
                        {{"import", import_job()}},
                        {{"verify", verify}},
                        [this] { return watch_->status(); },
                        [this] {
                          show_http(web_->counters(), figures_);
                          return figures_.text();
                        },
                        [this] { return watch_->ready(); },
                        [this](const std::string& line) { log_.error(line); },
                        sample_capture(),
                        live_.get()};
}

media::WorkerLauncher Keeper::launcher() {
  return media::WorkerLauncher([this] { return ask_for_worker(supervisor_); });
}

node::ImportFunction Keeper::import() {
  return [this](const std::vector<std::string>& paths, const node::ImportOptions& options) {
    return recorder_->import(paths, options);
  };
}

jobs::Work Keeper::import_job() {
  return [this](jobs::Run& run) { return node::import_work(*data_, import(), run); };
}

void Keeper::end_answering() {
  answered_.shut_down();
  if (answering_.joinable()) answering_.join();
}

void Keeper::on_peer(ipc::Channel keeper_asks, ipc::Channel recorder_asks) {
  end_answering();
  answered_ = std::move(recorder_asks);
  answering_ = std::thread([this] {
    node::LocalImportHost host(*data_);
    ImportAnswers answers(host);
    Status served = ipc::serve(answered_, answers);
    if (!served.ok()) log_.warning("The recorder is gone", {{"reason", served.error().message()}});
  });
  recorder_->connect(std::move(keeper_asks));
  watch_->look_soon();
}

void Keeper::on_listener(const std::string& address, Descriptor socket) {
  auto bound = web_->adopt(socket.release());
  if (!bound.ok()) {
    log_.error("An address cannot be served", {{"address", address}, {"reason", bound.error().message()}});
    return;
  }
  log_.notice("Listening", {{"address", bound->text()}});
  say_setup_link(bound->text());
}

void Keeper::say_setup_link(const std::string& address) {
  auto secret = web_->begin_setup();
  if (!secret.ok() || !*secret) return;
  std::string scheme = config_.server.tls_certificate.empty() ? "http" : "https";
  // For the person who starts the server, and no log: it is a secret until it is used.
  std::fprintf(stderr, "Open %s://%s/setup#%s to begin.\n", scheme.c_str(), address.c_str(),
               (*secret)->c_str());
}

// Who asks for a page is answered: the sockets' thread and the workers go on.
void Keeper::on_ping() {
  if (is_quiet_ || web_->is_alive(kAliveWithin))
    (void)supervisor_.ask(static_cast<ipc::Method>(Request::kAlive), {});
}

void Keeper::on_reload(LogLevel level) {
  log_.set_level(level);
  if (Status reloaded = web_->reload_certificates(); !reloaded.ok())
    log_.error("The certificates stay as they were", {{"reason", reloaded.error().message()}});
  show_certificates(config_, figures_);
}

void Keeper::quiet() {
  if (is_quiet_) return;
  is_quiet_ = true;
  control_->stop();
  web_->stop();
  (void)supervisor_.ask(static_cast<ipc::Method>(Request::kQuiet), {});
}

Status Keeper::finish() {
  control_->stop();
  web_->stop();
  watch_->stop();
  recorder_->stop();
  collector_->stop();
  end_answering();
  TRY(collector_->finish());
  return data_->close();
}

Status run(ipc::Channel& orders, ipc::Client& supervisor) {
  StartOrder start = TRY(read_start(orders));
  config::Config config = TRY(configuration_of(start));
  SystemClock clock;
  Log log(clock, log_options(config, "keeper"));
  TRY(enter_cage(ChildKind::kKeeper));
  Keeper keeper(config, start.started_at, log, supervisor);
  TRY(keeper.open());
  TRY(supervisor.ask(static_cast<ipc::Method>(Request::kReady), {}));
  OrderHandlers handlers;
  handlers.on_peer = [&](ipc::Channel keeper_asks, ipc::Channel recorder_asks) {
    keeper.on_peer(std::move(keeper_asks), std::move(recorder_asks));
  };
  handlers.on_listener = [&](const std::string& address, Descriptor socket) {
    keeper.on_listener(address, std::move(socket));
  };
  handlers.on_control = [&](Descriptor socket) { keeper.on_control(std::move(socket)); };
  handlers.on_ping = [&] { keeper.on_ping(); };
  handlers.on_facts = [&](Facts facts) { keeper.on_facts(std::move(facts)); };
  handlers.on_reload = [&](LogLevel level) { keeper.on_reload(level); };
  handlers.on_quiet = [&] { keeper.quiet(); };
  TRY(follow_orders(orders, handlers));
  return keeper.finish();
}

}  // namespace

int run_keeper() {
  ipc::Channel orders{Descriptor(kOrdersFd)};
  ipc::Client supervisor;
  supervisor.connect(ipc::Channel(Descriptor(kRequestsFd)));
  Status status = run(orders, supervisor);
  if (status.ok()) return 0;
  SystemClock clock;
  Log(clock, log_options({}, "keeper")).error("Ended", {{"reason", status.error().message()}});
  return 1;
}

}  // namespace ew::server
