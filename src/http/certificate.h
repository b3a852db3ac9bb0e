// A certificate for a server that has none yet.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "base/time.h"

namespace ew::http {

struct Certificate {
  std::string certificate_pem;
  std::string key_pem;
};

// ECDSA P-256, valid for `names` (host names and IP addresses) from a day before `now`, for those whose
// clocks are late.
Result<Certificate> make_self_signed(const std::vector<std::string>& names, WallTime now, int days = 825);

// Until when the first certificate of a PEM text is valid.
Result<WallTime> expiry_of(const std::string& pem);

}  // namespace ew::http
