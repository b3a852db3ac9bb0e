#include "server/figures.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "http/certificate.h"
#include "io/env.h"

namespace ew::server {
namespace {

constexpr size_t kMaxCertificate = 1 << 20;

void show_certificate(const std::string& use, const std::string& path, metrics::Registry& figures) {
  if (path.empty()) return;
  auto pem = io::read_file(io::posix_env(), path, kMaxCertificate);
  if (!pem.ok()) return;
  auto expires = http::expiry_of(std::string(as_text(*pem)));
  if (!expires.ok()) return;
  figures
      .gauge("earwitness_certificate_expires_timestamp_seconds", "When a TLS certificate ends, in Unix time",
             {{"use", use}})
      .set(static_cast<double>(expires->ns / kNsPerSec));
}

metrics::Gauge& findings(metrics::Registry& figures) {
  return figures.gauge("earwitness_verify_findings",
                       "What the last verification of the panel found, since the server's start");
}

}  // namespace

void show_http(const http::Counters& counters, metrics::Registry& figures) {
  for (size_t hundreds = 1; hundreds < counters.responses.size(); ++hundreds)
    figures
        .counter("earwitness_http_responses_total", "HTTP responses, by class",
                 {{"class", std::to_string(hundreds) + "xx"}})
        .set(counters.responses[hundreds]);
  figures
      .counter("earwitness_http_response_milliseconds_total",
               "Time from requests to the heads of their responses")
      .set(counters.duration_ns_total / kNsPerMs);
  figures.gauge("earwitness_http_connections", "HTTP connections that are open")
      .set(static_cast<double>(counters.connections_open));
  figures.counter("earwitness_http_connections_refused_total", "HTTP connections over a limit")
      .set(counters.connections_refused);
  figures.counter("earwitness_http_malformed_total", "HTTP requests that are none").set(counters.malformed);
  figures.counter("earwitness_http_tls_failures_total", "Failed TLS handshakes of HTTP")
      .set(counters.tls_failures);
}

void show_alarms(const std::vector<node::Alarm>& raised, metrics::Registry& figures) {
  for (const node::AlarmCode code : node::kAlarmCodes) {
    bool is_raised = std::any_of(raised.begin(), raised.end(),
                                 [&](const node::Alarm& alarm) { return alarm.code == code; });
    figures
        .gauge("earwitness_alarm", "1 while this alarm is raised",
               {{"code", std::string(node::name_of(code))}})
        .set(is_raised ? 1 : 0);
  }
  figures.gauge("earwitness_alarms", "Alarms that are raised").set(static_cast<double>(raised.size()));
}

void show_certificates(const config::Config& config, metrics::Registry& figures) {
  show_certificate("panel", config.server.tls_certificate, figures);
  if (config.sip.speaks_tls()) show_certificate("sip", config.sip.tls_certificate, figures);
}

void show_verification(const std::string& result, metrics::Registry& figures) {
  auto json = nlohmann::json::parse(result, nullptr, false);
  const bool is_told = json.is_object() && json.contains("findings");
  findings(figures).set(is_told ? static_cast<double>(json["findings"].size()) : 0);
}

}  // namespace ew::server
