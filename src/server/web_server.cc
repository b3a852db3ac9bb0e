#include "server/web_server.h"

#include <pthread.h>
#include <sys/resource.h>
#include <unistd.h>

#include <deque>

#include <nlohmann/json.hpp>

#include "panel/panel.h"
#include "server/siprec.h"

namespace ew::server {
namespace {

constexpr auto kGrace = std::chrono::milliseconds(3'000);
constexpr auto kTendEvery = std::chrono::seconds(1);
constexpr int kPreparerNice = 10;
constexpr std::string_view kApi = "/api/";

bool is_health(const http::Request& request, std::string_view path) {
  return request.path == path && request.is_read();
}

bool is_loopback(const IpAddress& address) {
  return (address.is_v4() && address.bytes[12] == 127) || address == *IpAddress::parse("::1");
}

}  // namespace

// Decoding processes for those who listen. Two are kept ready, so that nobody waits for one to start; each
// serves one listener and is then let go.
class WebServer::Workers : public node::WorkerSource {
 public:
  static constexpr size_t kReady = 2;

  explicit Workers(media::WorkerLauncher launcher) : launcher_(std::move(launcher)) {}

  Result<std::shared_ptr<media::Worker>> connect() override {
    {
      std::lock_guard lock(mutex_);
      while (!ready_.empty()) {
        auto worker = std::move(ready_.back());
        ready_.pop_back();
        if (worker->alive()) return worker;
      }
    }
    return std::shared_ptr<media::Worker>(TRY(media::Worker::start(launcher_)));
  }

  void fill() {
    std::unique_lock lock(mutex_);
    while (ready_.size() < kReady) {
      lock.unlock();
      auto worker = media::Worker::start(launcher_);
      lock.lock();
      if (!worker) return;
      ready_.push_back(std::move(*worker));
    }
  }

 private:
  media::WorkerLauncher launcher_;
  std::mutex mutex_;
  std::vector<std::shared_ptr<media::Worker>> ready_;  // guarded by mutex_
};

// Makes the playback index of calls that ended, so that who opens one waits for nothing. What it does not get
// to is made at the first click.
class WebServer::Preparer {
 public:
  static constexpr size_t kMaxWaiting = 1'000;

  Preparer(node::DataDirectory& data, node::WorkerSource& workers) : data_(data), workers_(workers) {}
  ~Preparer() { stop(); }

  void start() {
    thread_ = std::thread([this] { work(); });
  }
  void stop() {
    {
      std::lock_guard lock(mutex_);
      stopping_ = true;
    }
    wake_.notify_all();
    if (thread_.joinable()) thread_.join();
  }

  void add(const db::CallRows& call) {
    auto best = node::best_recording(call);
    if (!best || !call.call.ended) return;
    std::lock_guard lock(mutex_);
    if (waiting_.size() == kMaxWaiting) return;
    waiting_.emplace_back(call, *best);
    wake_.notify_all();
  }

 private:
  void work() {
    pthread_setname_np(pthread_self(), "preparer");
    // Behind those who wait for an answer, but never starved: it holds locks that others need, and a process
    // that is killed ends with its last thread (SCHED_IDLE cost a busy machine's restart ten seconds).
    ::setpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()), kPreparerNice);
    std::unique_lock lock(mutex_);
    while (true) {
      wake_.wait(lock, [this] { return stopping_ || !waiting_.empty(); });
      if (stopping_) return;
      auto [call, recording] = std::move(waiting_.front());
      waiting_.pop_front();
      lock.unlock();
      // A recording that cannot be heard says why when somebody wants to.
      (void)node::prepare_playback(data_, call, recording, workers_);
      lock.lock();
    }
  }

  node::DataDirectory& data_;
  node::WorkerSource& workers_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<std::pair<db::CallRows, RecordingId>> waiting_;  // guarded by mutex_
  bool stopping_ = false;                                     // guarded by mutex_
  std::thread thread_;
};

WebServer::WebServer(WebServerParts parts) : parts_(std::move(parts)) {}

WebServer::~WebServer() { stop(); }

Result<std::unique_ptr<WebServer>> WebServer::create(WebServerParts parts) {
  std::unique_ptr<WebServer> server(new WebServer(std::move(parts)));
  TRY(server->prepare());
  return server;
}

Status WebServer::prepare() {
  node::DataDirectory& data = parts_.data;
  people_ = TRY(node::People::open(data));
  call_logs_ = std::make_unique<api::CallLogs>(data.database_url());
  workers_ = std::make_unique<Workers>(parts_.launcher);
  preparer_ = std::make_unique<Preparer>(data, *workers_);
  jobs_ = std::make_unique<jobs::Runner>(people_->workspace(), data.clock(), data.node().text(),
                                         [this](const db::JobRow& job) {
                                           events_.publish({"job", api::job_text(job), ""});
                                         });
  jobs_->add_line(parts_.import_kinds);
  jobs_->add_line(parts_.other_kinds);
  bool secure = !data.config().server.tls_certificate.empty();
  api_ = std::make_unique<api::Service>(
      api::Parts{data.clock(), data, people_->workspace(), *call_logs_, people_->auth(), *jobs_, events_,
                 *workers_, data.path("incoming"), parts_.sample, secure, parts_.status, parts_.log,
                 parts_.live, siprec_settings(data.config())});
  panel_ = std::make_unique<http::StaticFiles>(panel::files());
  http::ServerOptions options;
  options.body_rule = [this](const http::Request& head) {
    auto rule = api_->body_rule(http::name_of(head.method), head.path);
    return http::BodyRule{rule.limit, rule.streamed};
  };
  http_ = std::make_unique<http::Server>(std::move(options),
                                         [this](http::Request& request) { return answer(request); });
  return {};
}

Result<Endpoint> WebServer::adopt(int listening_socket) {
  const config::ServerSettings& settings = parts_.data.config().server;
  if (settings.tls_certificate.empty()) return http_->adopt(listening_socket);
  return http_->adopt(listening_socket, http::TlsFiles{settings.tls_certificate, settings.tls_key});
}

Status WebServer::start() {
  TRY(jobs_->start());
  preparer_->start();
  tender_ = std::thread([this] { tend(); });
  http_->start();
  return {};
}

void WebServer::stop() {
  {
    std::lock_guard lock(mutex_);
    if (stopping_) return;
    stopping_ = true;
  }
  wake_.notify_all();
  events_.close_where([](std::string_view) { return true; });
  if (http_) http_->stop(kGrace);
  if (jobs_) jobs_->stop();
  if (preparer_) preparer_->stop();
  if (tender_.joinable()) tender_.join();
  if (people_) (void)people_->auth().tend();
}

void WebServer::tend() {
  workers_->fill();  // nobody waits for an answer because of it
  std::unique_lock lock(mutex_);
  while (!wake_.wait_for(lock, kTendEvery, [this] { return stopping_; })) {
    lock.unlock();
    api_->tend();
    workers_->fill();
    lock.lock();
  }
}

Result<std::optional<std::string>> WebServer::begin_setup() {
  auto secret = people_->auth().accounts().begin_setup();
  if (!secret) return Error(ErrorCode::kIo, "accounts: " + secret.error().detail);
  return std::move(*secret);
}

http::Response WebServer::answer(http::Request& request) {
  if (request.path.starts_with(kApi)) return api_->handle(request);
  if (is_health(request, "/healthz")) return http::respond(200, "text/plain", "ok\n");
  if (is_health(request, "/readyz")) {
    if (Status ready = parts_.ready(); !ready)
      return http::respond(503, "text/plain", ready.error().message() + "\n");
    return http::respond(200, "text/plain", "ready\n");
  }
  if (is_health(request, "/metrics")) return metrics(request);
  if (auto file = panel_->answer(request)) return std::move(*file);
  // The panel routes in the browser: every other address without a dot is one of its pages.
  bool is_page = request.is_read() && request.path.find('.') == std::string::npos;
  if (auto page = is_page ? panel_->answer_with("/index.html", request) : std::nullopt)
    return std::move(*page);
  return http::problem(404);
}

// For a scraper on this machine, or one with an API key that may see the state of the system. What came
// through a proxy is not from this machine.
http::Response WebServer::metrics(const http::Request& request) {
  bool local = is_loopback(request.remote.ip) && !request.headers.has("X-Forwarded-For") &&
               !request.headers.has("Forwarded");
  if (!local && !api_->may(request, auth::Permission::kStatusRead)) return http::problem(401);
  return http::respond(200, "text/plain; version=0.0.4", parts_.metrics());
}

void WebServer::call_stored(const db::CallRows& call) {
  events_.publish({"call", nlohmann::json{{"call_id", call.call.call_id.text()}}.dump(), call.call.tenant});
  preparer_->add(call);
}

void WebServer::alarms_changed() { events_.publish({"alarm", "{}", ""}); }

}  // namespace ew::server
