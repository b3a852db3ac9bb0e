// The value of an a=crypto attribute (RFC 4568 section 9.1).
#pragma once

#include <optional>
#include <string_view>

#include "sdp/session.h"

namespace ew::sdp {

// "1 AES_CM_128_HMAC_SHA1_80 inline:BASE64|2^20|1:4 UNENCRYPTED_SRTCP"; nothing if it is malformed.
std::optional<Crypto> parse_crypto(std::string_view value);

}  // namespace ew::sdp
