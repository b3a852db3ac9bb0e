#include "node/works.h"

#include <nlohmann/json.hpp>

#include "node/verifier.h"

namespace ew::node {
namespace {

using nlohmann::json;

constexpr size_t kMaxFindings = 1'000;

std::string text_of(const json& value) { return value.dump(-1, ' ', false, json::error_handler_t::replace); }

// The starts of the first and the last call of a capture: where the panel finds them.
Status add_span(DataDirectory& data, const std::string& sha256, json& result) {
  std::optional<WallTime> from, to;
  const std::string& tenant = data.config().tenant;
  auto calls = TRY(data.calls().calls_of_capture(tenant, sha256));
  for (CallId id : calls) {
    auto rows = TRY(data.calls().find(tenant, id));
    if (!rows) continue;
    if (!from || rows->call.start_at < *from) from = rows->call.start_at;
    if (!to || rows->call.start_at > *to) to = rows->call.start_at;
  }
  result["calls"] = calls.size();
  result["from"] = from ? json(to_rfc3339(*from)) : json();
  result["to"] = to ? json(to_rfc3339(*to)) : json();
  return {};
}

}  // namespace

Result<std::string> import_work(DataDirectory& data, const ImportFunction& import, jobs::Run& run) {
  json parameters = json::parse(run.job().parameters);
  std::string path = parameters.at("path");
  ImportOptions options;
  options.names = {parameters.at("name").get<std::string>()};
  options.progress = [&](uint64_t packets, uint64_t bytes, uint64_t total) {
    double share = total == 0 ? 0 : static_cast<double>(bytes) / static_cast<double>(total);
    return run.report(std::min(share, 1.0), json{{"packets", packets}}.dump());
  };
  auto report = import({path}, options);
  // What can be read neither now nor later, and what is done, needs its file no longer.
  bool repeatable = run.cancelled() || (!report && report.error().code() != ErrorCode::kInvalid &&
                                        report.error().code() != ErrorCode::kUnsupported);
  if (parameters.value("remove", false) && !repeatable) (void)data.env().remove(path);
  if (!report) return std::move(report).error();

  const ImportedFile& file = report->files.front();
  json result = {{"packets", file.info.packets},
                 {"sip_messages", report->engine.sip_messages},
                 {"rtp_packets", report->engine.rtp_packets},
                 {"known", file.known},
                 {"warning", file.info.warning}};
  TRY(add_span(data, to_hex(file.info.sha256), result));
  return text_of(result);
}

Result<std::string> verify_work(DataDirectory& data, jobs::Run& run) {
  VerifyOptions options;
  options.progress = [&](uint64_t objects) {
    return run.report(std::nullopt, json{{"objects", objects}}.dump());
  };
  auto report = TRY(verify(data, options));
  json findings = json::array();
  for (const std::string& finding : report.findings)
    if (findings.size() < kMaxFindings) findings.push_back(finding);
  return text_of({{"objects", report.objects},
                  {"frames", report.frames},
                  {"calls", report.calls},
                  {"keys", report.keys},
                  {"audit_entries", report.audit_entries},
                  {"findings", findings}});
}

}  // namespace ew::node
