// Everything that answers requests: the panel, the REST interface, live events, health and metrics, on one
// HTTP server.
#pragma once

#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "api/service.h"
#include "http/server.h"
#include "http/static_files.h"
#include "node/people.h"

namespace ew::server {

struct WebServerParts {
  node::DataDirectory& data;
  media::WorkerLauncher launcher;
  std::map<std::string, jobs::Work> import_kinds, other_kinds;  // two lines of jobs
  std::function<api::SystemStatus()> status;
  std::function<std::string()> metrics;  // text exposition
  std::function<Status()> ready;         // an error says why this node cannot do its work now
  std::function<void(const std::string&)> log;
  std::string sample;  // path of the sample capture; empty: there is none
  api::LiveCalls* live = nullptr;  // outlives the server
};

class WebServer {
 public:
  static Result<std::unique_ptr<WebServer>> create(WebServerParts parts);
  ~WebServer();

  // A listening socket that is ours from now on.
  Result<Endpoint> adopt(int listening_socket);
  Status start();
  // Ends what runs within a grace; jobs that run wait for the next start.
  void stop();
  bool is_alive(std::chrono::milliseconds within) { return http_->is_alive(within); }
  http::Counters counters() const { return http_->counters(); }
  node::People& people() { return *people_; }
  Status reload_certificates() { return http_->reload_certificates(); }

  // The one-time secret for the link of the first run; nothing once there is an account.
  Result<std::optional<std::string>> begin_setup();
  // Live events: a call that is new or has changed, alarms.
  void call_stored(const db::CallRows& call);
  void alarms_changed();

 private:
  explicit WebServer(WebServerParts parts);
  Status prepare();
  http::Response answer(http::Request& request);
  http::Response metrics(const http::Request& request);
  void tend();

  class Workers;
  class Preparer;
  WebServerParts parts_;
  std::unique_ptr<node::People> people_;
  std::unique_ptr<api::CallLogs> call_logs_;
  std::unique_ptr<Workers> workers_;
  std::unique_ptr<Preparer> preparer_;
  std::unique_ptr<jobs::Runner> jobs_;
  std::unique_ptr<api::Service> api_;
  std::unique_ptr<http::StaticFiles> panel_;
  http::EventHub events_;
  std::unique_ptr<http::Server> http_;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool stopping_ = false;  // guarded by mutex_
  std::thread tender_;
};

}  // namespace ew::server
