// SIP over sockets (RFC 3261 section 18): UDP, TCP, TLS 1.2 and 1.3, IPv4 and IPv6, on one thread. Listens
// only: it opens no connection to anybody. Asio waits for the sockets, OpenSSL does TLS; both stay in
// transports.cc.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "base/descriptor.h"
#include "base/result.h"
#include "base/time.h"
#include "sipua/flow.h"

namespace ew::sipua {

struct TlsFiles {
  std::string certificate, key;    // PEM, the certificate's chain behind it
  std::string client_authorities;  // PEM; empty: client certificates are not asked for
  std::string client_revocations;  // PEM of CRLs, one for each authority; empty: not checked
  bool require_client_certificate = false;
};

struct TransportLimits {
  size_t connections = 12'000;             // TCP and TLS; more are closed at once, and counted
  size_t tls_connections = 4'000;          // of them
  size_t connections_per_address = 1'024;  // an IPv6 address counts as its /64
  int64_t first_message_ns =
      10 * kNsPerSec;                   // from connecting, TLS included, to the end of the first message
  int64_t message_ns = 10 * kNsPerSec;  // from a message's first byte to its last
  int64_t close_ns = 5 * kNsPerSec;     // to take what was sent before the end
  size_t output_bytes = 1 << 20;        // waiting for one connection; beyond it the connection is ended
};

struct TransportCounters {
  uint64_t datagrams = 0, messages = 0;  // received, over UDP and over streams
  uint64_t connections_open = 0, connections_accepted = 0, connections_refused = 0;
  uint64_t timeouts = 0;       // connections ended for slowness
  uint64_t not_sip = 0;        // connections ended for what they sent
  uint64_t tls_failures = 0;   // handshakes
  uint64_t send_failures = 0;  // datagrams that the system did not take
};

// A socket for Transports::listen(), for who may open it in a process that may not: bound, non-blocking,
// close-on-exec; TCP and TLS: listening. kBusy: somebody listens there; kDenied: not allowed.
Result<Descriptor> open_socket(const Endpoint& address, Transport transport);

class Transports : public Wire {
 public:
  Transports(TransportLimits limits, const Clock& clock);
  ~Transports() override;

  // Before listening over TLS, and again whenever the files have changed: for new connections. After an error
  // all stays as it was. Any thread.
  Status load_tls(const TlsFiles& files);
  // Before run(), or on its thread. `socket`: of open_socket(), ours from now on, also after an error; -1:
  // one is opened. The address says what was bound, where port 0 asked for any.
  Result<Endpoint> listen(const Endpoint& address, Transport transport, int socket = -1);

  // Until stop(). `receiver` is called on this thread, every 10 ms at least.
  void run(Receiver& receiver);
  void stop();                              // any thread
  void post(std::function<void()> action);  // any thread: does it on the thread of run()
  // After run() has returned: does what was posted too late for it.
  void run_posted();

  bool send(const Flow& flow, ByteView message) override;
  void close(uint64_t connection) override;
  void keep(uint64_t connection) override;

  TransportCounters counters() const;  // on the thread of run(), or when it does not run

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace ew::sipua
