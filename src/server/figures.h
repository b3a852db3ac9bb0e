// Figures for /metrics that nobody counts as they happen: what the web server and the alarms know, and how
// long certificates are good for.
#pragma once

#include <string>
#include <vector>

#include "config/config.h"
#include "http/server.h"
#include "metrics/metrics.h"
#include "node/alarms.h"

namespace ew::server {

void show_http(const http::Counters& counters, metrics::Registry& figures);
// Each alarm that there is, 1 or 0.
void show_alarms(const std::vector<node::Alarm>& raised, metrics::Registry& figures);
// Reads the files of the configuration; one that cannot be read has no figure.
void show_certificates(const config::Config& config, metrics::Registry& figures);
// A figure of the last verification that a job has done, of its result.
void show_verification(const std::string& result, metrics::Registry& figures);

}  // namespace ew::server
