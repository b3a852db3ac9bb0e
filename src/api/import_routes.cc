// Captures that are dropped into the panel, jobs, live events.
#include "api/exchange_internal.h"
#include "base/text.h"
#include "crypto/crypto.h"

namespace ew::api {
namespace {

constexpr size_t kJobs = 200;

// The name under which the file was dropped is for people alone; the path is made of our own id.
Result<std::string> receive(Exchange& exchange) {
  const Error empty(ErrorCode::kInvalid, "the file is empty");
  if (!exchange.request.body_reader) return empty;
  io::Env& env = exchange.parts.data.env();
  TRY(env.make_directories(exchange.parts.uploads));
  std::string path =
      io::join(exchange.parts.uploads, crypto::random_uuid(exchange.parts.clock.wall()).text() + ".capture");
  auto file = TRY(env.open(path, io::OpenMode::kCreateNew));
  auto take = [&]() -> Status {
    std::vector<uint8_t> buffer(256 * 1024);
    uint64_t size = 0;
    while (size_t length = TRY(exchange.request.body_reader->read(buffer))) {
      TRY(file->write_at(size, ByteView(buffer.data(), length)));
      size += length;
    }
    if (size == 0) return empty;
    return file->sync();
  };
  if (Status taken = take(); !taken) {
    (void)env.remove(path);
    return std::move(taken).error();
  }
  TRY(env.sync_directory(exchange.parts.uploads));
  return path;
}

Answer import_capture(Exchange& exchange) {
  std::string name = to_utf8(exchange.text("name"));
  std::string path = TRY(receive(exchange));
  json parameters = {{"path", path}, {"name", name}, {"remove", true}};
  return {job_json(TRY(
              exchange.parts.jobs.submit("import", name, exchange.who.actor(),
                                         parameters.dump(-1, ' ', false, json::error_handler_t::replace)))),
          202};
}

Answer import_sample(Exchange& exchange) {
  if (exchange.parts.sample.empty()) return not_found("sample here");
  std::string name = exchange.parts.sample.substr(exchange.parts.sample.rfind('/') + 1);
  json parameters = {{"path", exchange.parts.sample}, {"name", name}, {"remove", false}};
  return {job_json(TRY(exchange.parts.jobs.submit("import", name, exchange.who.actor(), parameters.dump()))),
          202};
}

Answer list_jobs(Exchange& exchange) {
  json jobs = json::array();
  for (const db::JobRow& job :
       TRY(exchange.parts.workspace.jobs().list(exchange.optional_text("kind"), kJobs)))
    jobs.push_back(job_json(job));
  return json{{"jobs", jobs}};
}

Answer get_job(Exchange& exchange) {
  auto job = TRY(exchange.parts.workspace.jobs().find(exchange.id<db::JobId>("job_id")));
  if (!job) return not_found("job");
  return job_json(*job);
}

Answer cancel_job(Exchange& exchange) {
  auto id = exchange.id<db::JobId>("job_id");
  if (!TRY(exchange.parts.workspace.jobs().find(id))) return not_found("job");
  if (!TRY(exchange.parts.jobs.cancel(id))) return conflict("job_ended", "the job has ended already");
  return nothing();
}

Answer live_events(Exchange& exchange) {
  http::Subscription subscription;
  if (exchange.who.session) subscription.owner = exchange.who.session->text();
  auth::PermissionSet permissions = exchange.who.permissions;
  std::string tenant = exchange.tenant();
  subscription.wants = [permissions, tenant](const http::Event& event) {
    if (event.type == "call") return permissions.has(auth::Permission::kCallsRead) && event.scope == tenant;
    if (event.type == "job") return permissions.has(auth::Permission::kJobsRead);
    if (event.type == "alarm") return permissions.has(auth::Permission::kStatusRead);
    return false;
  };
  subscription.last_event_id = exchange.request.headers.get("Last-Event-ID");
  return http::events(exchange.parts.events.subscribe(std::move(subscription)));
}

Answer get_openapi(Exchange& exchange) { return json_text(std::string(exchange.contract.text())); }

}  // namespace

std::string job_text(const db::JobRow& job) {
  return job_json(job).dump(-1, ' ', false, json::error_handler_t::replace);
}

json job_json(const db::JobRow& job) {
  return {{"job_id", job.job_id.text()},
          {"kind", job.kind},
          {"title", job.title},
          {"state", db::name_of(job.state)},
          {"progress", job.progress ? json(*job.progress) : json()},
          {"created_at", to_rfc3339(job.created_at)},
          {"started_at", time_json(job.started_at)},
          {"ended_at", time_json(job.ended_at)},
          {"problem", job.problem ? json::parse(*job.problem, nullptr, false) : json()},
          {"result", json::parse(job.result, nullptr, false)}};
}

void add_import_routes(Routes& routes) {
  routes.handlers.insert({{"importCapture", import_capture},
                          {"importSample", import_sample},
                          {"listJobs", list_jobs},
                          {"getJob", get_job},
                          {"cancelJob", cancel_job},
                          {"events", live_events},
                          {"getOpenapi", get_openapi}});
}

}  // namespace ew::api
