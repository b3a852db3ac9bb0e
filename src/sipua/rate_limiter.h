// How many messages a second are looked at, per address and in all. Bounded memory whatever the number of
// addresses.
#pragma once

#include <cstddef>
#include <cstdint>
#include <unordered_map>

#include "net/endpoint.h"

namespace ew::sipua {

class RateLimiter {
 public:
  RateLimiter(size_t per_address, size_t in_all) : per_address_(per_address), in_all_(in_all) {}
  // Whether one more of this address is within both bounds in this second. An IPv6 address counts as its /64.
  bool allow(const IpAddress& address, int64_t now_ns);

 private:
  static constexpr size_t kMaxAddresses = 16'384;  // those beyond share one count

  const size_t per_address_, in_all_;
  int64_t second_ = 0;
  size_t total_ = 0;
  std::unordered_map<Endpoint, size_t, EndpointHash> counts_;
};

}  // namespace ew::sipua
