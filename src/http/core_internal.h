// What the connections of a server share.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <utility>

#include <boost/asio/io_context.hpp>

#include "base/time.h"
#include "http/server.h"
#include "http/worker_pool_internal.h"

namespace ew::http {

// Written by the thread of the sockets and by workers, read by whoever asks.
struct LiveCounters {
  using Count = std::atomic<uint64_t>;
  std::array<Count, 6> responses{};
  std::array<Count, Counters::kBoundsMs.size() + 1> durations{};
  Count duration_ns_total{0}, connections_accepted{0}, connections_refused{0}, connections_open{0},
      event_streams_open{0};
  Count bytes_received{0}, bytes_sent{0}, malformed{0}, timeouts{0}, tls_failures{0}, handler_exceptions{0},
      bodies_cut{0};

  void count_response(unsigned status, int64_t duration_ns);
  Counters snapshot() const;
};

struct Core {
  Core(ServerOptions server_options, Handler request_handler)
      : options(std::move(server_options)),
        handler(std::move(request_handler)),
        pool(options.workers + options.uploads) {}

  const ServerOptions options;
  const Handler handler;
  SystemClock clock;
  LiveCounters counters;
  unsigned uploads_running = 0;  // of the thread of the sockets, as the next
  bool stopping = false;
  boost::asio::io_context io{1};
  WorkerPool pool;  // last: its threads end before what they use
};

}  // namespace ew::http
