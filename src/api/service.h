// The REST interface below /api/v1: from a request to one call of a service and back. Everything that holds
// for all operations (who asks, may they, is it meant, is it well-formed) is done in handle(), before a
// handler sees the request.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "api/call_logs.h"
#include "api/contract.h"
#include "api/live_calls.h"
#include "auth/service.h"
#include "config/config.h"
#include "http/events.h"
#include "http/message.h"
#include "jobs/runner.h"
#include "node/playback.h"
#include "srs/recording_server.h"

namespace ew::api {

struct Routes;
class Listeners;
class LiveWatches;

// A job as the interface shows it: what live events carry too.
std::string job_text(const db::JobRow& job);

// What the server knows and the interface shows.
struct SystemStatus {
  struct Alarm {
    std::string code, severity;  // words of openapi.json
    WallTime since;
    std::string detail;
    std::vector<std::pair<std::string, std::string>> values;
  };
  struct Process {
    std::string name;
    int64_t pid = 0;
    WallTime since;
    uint64_t restarts = 0;
  };
  std::string version;
  WallTime started_at;
  std::vector<Alarm> alarms;
  uint64_t free_bytes = 0, total_bytes = 0, used_by_us_bytes = 0;
  std::optional<double> days_until_full;
  std::vector<Process> processes;
};

// All of them outlive the service.
struct Parts {
  const Clock& clock;
  node::DataDirectory& data;
  db::Workspace& workspace;
  CallLogs& call_logs;
  auth::Service& auth;
  jobs::Runner& jobs;
  http::EventHub& events;
  node::WorkerSource& workers;  // for playback
  std::string uploads;          // folder of captures that wait for their import
  std::string sample;           // path of the sample capture, empty if there is none
  bool secure_cookies = false;  // the panel is reached by TLS
  std::function<SystemStatus()> status;
  std::function<void(const std::string& line)> log;  // for operators: what went wrong inside
  LiveCalls* live = nullptr;                         // none: calls come from imports alone
  srs::Settings siprec;                              // what the laboratory answers by
};

class Service {
 public:
  static constexpr uint64_t kMaxBody = 1024 * 1024;
  static constexpr uint64_t kMaxUpload = uint64_t{64} * 1024 * 1024 * 1024;

  explicit Service(Parts parts);
  ~Service();

  // A request whose path begins with /api/v1. Any thread.
  http::Response handle(http::Request& request);
  // How large the body of a request may be, and whether its handler takes it as a stream; asked before it is
  // read.
  struct BodyRule {
    uint64_t limit = kMaxBody;
    bool streamed = false;
  };
  BodyRule body_rule(std::string_view method, std::string_view path) const;
  // Whether a request outside the REST interface brings an API key with this permission.
  bool may(const http::Request& request, auth::Permission permission) const;
  const Contract& contract() const { return contract_; }
  // Once a second: sessions and listeners that ended go away.
  void tend();

 private:
  http::Response answer(http::Request& request, const Operation& operation,
                        const Contract::Query& path_values);

  Parts parts_;
  Contract contract_;
  std::unique_ptr<Routes> routes_;
  std::unique_ptr<Listeners> listeners_;
  std::unique_ptr<LiveWatches> watches_;
};

}  // namespace ew::api
