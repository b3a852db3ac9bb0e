// An HTTP/1.1 server (RFC 9110, 9112), plain and over TLS: one thread for sockets, a pool of workers for
// handlers. It knows requests and responses, and nothing of what they are about.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "http/message.h"
#include "net/endpoint.h"

namespace ew::http {

using std::chrono::milliseconds;

struct Limits {
  size_t head_bytes = 16 * 1024;         // 431
  size_t headers = 100;                  // 431
  size_t target_bytes = 8 * 1024;        // 414
  size_t connections = 1024;             // more are closed at once, and counted
  size_t connections_per_address = 256;  // an IPv6 address counts as its /64
  size_t queued_requests = 256;          // waiting for a worker; more get 503
  milliseconds head_time{10'000};        // from connecting, or a request's first byte, to the end of its head
  milliseconds idle_time{60'000};        // between requests of a connection
  milliseconds write_time{30'000};       // for each 64 KiB that a client takes
  milliseconds body_grace{10'000};       // before the minimal rate applies
  uint64_t body_bytes_per_second = 4096;
  milliseconds event_heartbeat{15'000};
};

// What a route does with the body of a request.
struct BodyRule {
  uint64_t max_bytes = 1 << 20;  // 413
  bool streamed = false;         // Request::body_reader instead of Request::body
};

// What browsers are told with every response that does not say it differently itself: nothing is cached,
// framed, sniffed or loaded from elsewhere.
std::vector<Header> secure_headers();

struct ServerOptions {
  unsigned workers = 8;
  unsigned uploads = 4;  // streamed bodies at a time, each with a worker of its own; more get 503
  Limits limits;
  std::vector<Header> default_headers = secure_headers();
  // Called with the head only, on the thread of the sockets: quick, no waiting.
  std::function<BodyRule(const Request& head)> body_rule;
};

struct TlsFiles {
  std::string certificate;  // PEM, the server's own first
  std::string key;          // PEM, without a password
};

// A listening TCP socket, close-on-exec. kBusy: somebody listens there; kDenied: not allowed (ports below
// 1024).
Result<int> open_listening_socket(const Endpoint& address);

struct Counters {
  // Upper bounds of the histogram's buckets in milliseconds; the last bucket has none.
  static constexpr std::array<unsigned, 12> kBoundsMs = {1,   2,   5,   10,   25,   50,
                                                         100, 250, 500, 1000, 5000, 30000};
  std::array<uint64_t, 6> responses{};                     // by class: [2] is 2xx
  std::array<uint64_t, kBoundsMs.size() + 1> durations{};  // from the head's end to the response's head
  uint64_t duration_ns_total = 0;
  uint64_t connections_accepted = 0;
  uint64_t connections_refused = 0;  // over a limit
  uint64_t connections_open = 0;
  uint64_t event_streams_open = 0;
  uint64_t bytes_received = 0;  // without TLS
  uint64_t bytes_sent = 0;
  uint64_t malformed = 0;           // requests that are none
  uint64_t timeouts = 0;            // connections closed for slowness; idle ones not among them
  uint64_t tls_failures = 0;        // handshakes
  uint64_t handler_exceptions = 0;  // each a 500
  uint64_t bodies_cut = 0;  // responses that ended before their body: the source failed or the client left
};

class Server {
 public:
  Server(ServerOptions options, Handler handler);
  ~Server();  // stops without grace

  // Before start() or after. The address says what was bound, where port 0 asked for any.
  Result<Endpoint> listen(const Endpoint& address, std::optional<TlsFiles> tls = std::nullopt);
  // The same with a socket that somebody else opened, and that is ours from now on, also after an error.
  Result<Endpoint> adopt(int listening_socket, std::optional<TlsFiles> tls = std::nullopt);
  // Reads the files of all listeners again, for new connections. After an error all stays as it was.
  Status reload_certificates();

  void start();
  // Closes what is idle, lets what runs finish within `grace`, cuts the rest; handlers that run are waited
  // for. From any thread but a handler's; for good.
  void stop(milliseconds grace);

  Counters counters() const;
  // Whether the sockets' thread and a worker take something up within this time. Any thread.
  bool is_alive(milliseconds within);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace ew::http
