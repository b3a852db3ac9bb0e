// The listening sockets of the server. An address that somebody else listens on is tried again every few
// seconds; a keeper that was restarted gets the same sockets, so no connection is refused meanwhile.
#pragma once

#include <string>
#include <vector>

#include "base/descriptor.h"
#include "base/log.h"
#include "base/time.h"

namespace ew::server {

class Listeners {
 public:
  static constexpr int64_t kRetryNs = 3 * kNsPerSec;
  struct Listener {
    std::string address;
    Descriptor socket;  // not open: occupied
  };

  Listeners(const std::vector<std::string>& addresses, Log& log);
  // Tries those that are due; the ones that were opened now.
  std::vector<const Listener*> open_due(int64_t now_ns);
  const std::vector<Listener>& all() const { return listeners_; }
  std::vector<std::string> occupied() const;

 private:
  std::vector<Listener> listeners_;
  Log& log_;
  int64_t next_try_ns_ = 0;
  bool said_ = false;  // each trouble is logged once
};

}  // namespace ew::server
