// Time-based one-time passwords: RFC 6238 with SHA-1, 30 s and 6 digits, which every authenticator app knows.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/time.h"

namespace ew::auth {

constexpr size_t kTotpSecretSize = 20;

int64_t totp_step(WallTime at);
// RFC 4226 section 5.3, with `digits` digits.
std::string totp_code(ByteView secret, int64_t step, int digits = 6);
// The step, of this moment or one beside it, whose code this is.
std::optional<int64_t> totp_match(ByteView secret, std::string_view code, WallTime now);

std::string to_base32(ByteView bytes);  // RFC 4648 section 6, without padding
// What authenticator apps scan.
std::string totp_uri(ByteView secret, std::string_view issuer, std::string_view account);

}  // namespace ew::auth
