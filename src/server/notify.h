// Telling systemd how the service is (sd_notify(3)), without its library.
#pragma once

#include <optional>
#include <string>

#include "base/descriptor.h"

namespace ew::server {

// Says nothing where $NOTIFY_SOCKET is not set. Reads the environment once and removes the variables, so that
// children do not speak for the service.
class ServiceManager {
 public:
  ServiceManager();
  // "READY=1", "STOPPING=1", "WATCHDOG=1", "STATUS=…"
  void tell(const std::string& state);
  // Half of the time within which the manager wants to hear WATCHDOG=1.
  std::optional<int64_t> watchdog_ns() const { return watchdog_ns_; }

 private:
  std::string path_;
  Descriptor socket_;
  std::optional<int64_t> watchdog_ns_;
};

}  // namespace ew::server
