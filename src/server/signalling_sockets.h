// The sockets at which recording clients are served and HEP is taken: UDP and TCP at each address of
// sip.listen and hep.listen, TLS at each of sip.listen_tls. They stay open here: what comes while the
// recorder is restarted waits in them for the next one. An address that cannot be had is tried again every
// few seconds, and is no reason not to start.
#pragma once

#include <string>
#include <vector>

#include "base/descriptor.h"
#include "base/log.h"
#include "base/time.h"
#include "config/config.h"
#include "net/endpoint.h"
#include "server/orders.h"

namespace ew::server {

class SignallingSockets {
 public:
  static constexpr int64_t kRetryNs = 3 * kNsPerSec;
  struct Socket {
    Speaks speaks;
    Endpoint address;
    Transport transport;
    Descriptor descriptor;  // not open: see trouble
    std::string trouble;
  };

  SignallingSockets(const config::Config& config, Log& log);
  // Tries those that are due; the ones that were opened now.
  std::vector<const Socket*> open_due(int64_t now_ns);
  const std::vector<Socket>& all() const { return sockets_; }
  // "0.0.0.0:5060 (SIP over UDP)": somebody else listens there, or the address is not ours.
  std::vector<std::string> occupied() const;

 private:
  void open(Socket& socket);

  std::vector<Socket> sockets_;
  Log& log_;
  int64_t next_try_ns_ = 0;
};

}  // namespace ew::server
