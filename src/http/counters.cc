#include <algorithm>
#include <iterator>

#include "http/core_internal.h"

namespace ew::http {

void LiveCounters::count_response(unsigned status, int64_t duration_ns) {
  ++responses[std::min<size_t>(status / 100, responses.size() - 1)];
  const auto& bounds = Counters::kBoundsMs;
  auto bucket = std::find_if(bounds.begin(), bounds.end(),
                             [&](unsigned bound_ms) { return duration_ns <= int64_t{bound_ms} * kNsPerMs; });
  ++durations[static_cast<size_t>(std::distance(bounds.begin(), bucket))];
  duration_ns_total += static_cast<uint64_t>(std::max<int64_t>(duration_ns, 0));
}

Counters LiveCounters::snapshot() const {
  Counters result;
  std::copy(responses.begin(), responses.end(), result.responses.begin());
  std::copy(durations.begin(), durations.end(), result.durations.begin());
  result.duration_ns_total = duration_ns_total;
  result.connections_accepted = connections_accepted;
  result.connections_refused = connections_refused;
  result.connections_open = connections_open;
  result.event_streams_open = event_streams_open;
  result.bytes_received = bytes_received;
  result.bytes_sent = bytes_sent;
  result.malformed = malformed;
  result.timeouts = timeouts;
  result.tls_failures = tls_failures;
  result.handler_exceptions = handler_exceptions;
  result.bodies_cut = bodies_cut;
  return result;
}

}  // namespace ew::http
