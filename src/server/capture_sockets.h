// The packet sockets of the interfaces that are captured. An interface that is absent, or comes back as
// another one under the same name, is tried again every few seconds. The sockets stay open here: a recorder
// that is restarted goes on where the one before it stopped.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/log.h"
#include "base/time.h"
#include "capture/packet_socket.h"
#include "config/config.h"

namespace ew::server {

class CaptureSockets {
 public:
  static constexpr int64_t kLookNs = 3 * kNsPerSec;
  // The name under which media of recording sessions is captured: of all interfaces, for their ports alone.
  // It is no alarm where that is not allowed: their sockets are read one by one then.
  static constexpr std::string_view kSessionMedia = "any/sessions";
  struct Interface {
    std::string name;
    std::optional<capture::PacketSocket> socket;
    std::string trouble;  // why there is none
  };

  CaptureSockets(const config::Config& config, Log& log);
  // Opens those that are due; the ones that were opened now.
  std::vector<const Interface*> open_due(int64_t now_ns);
  const std::vector<Interface>& all() const { return interfaces_; }
  // "capture on eth7: no such interface"
  std::vector<std::string> troubles() const;

 private:
  bool is_due(const Interface& interface) const;
  Result<capture::PacketSocket> open(const Interface& interface) const;

  std::vector<Interface> interfaces_;
  capture::PacketSocketOptions options_;
  capture::PortRange media_ports_;
  Log& log_;
  int64_t next_look_ns_ = 0;
};

}  // namespace ew::server
