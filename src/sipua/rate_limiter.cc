#include "sipua/rate_limiter.h"

#include <algorithm>

#include "base/time.h"

namespace ew::sipua {

bool RateLimiter::allow(const IpAddress& address, int64_t now_ns) {
  if (int64_t second = now_ns / kNsPerSec; second != second_) {
    second_ = second;
    total_ = 0;
    counts_.clear();
  }
  if (total_ >= in_all_) return false;
  Endpoint key{address, 0};
  if (!address.is_v4()) std::fill(key.ip.bytes.begin() + 8, key.ip.bytes.end(), uint8_t{0});
  if (counts_.size() >= kMaxAddresses && !counts_.contains(key)) key = {};
  size_t& count = counts_[key];
  if (count >= per_address_) return false;
  ++count;
  ++total_;
  return true;
}

}  // namespace ew::sipua
