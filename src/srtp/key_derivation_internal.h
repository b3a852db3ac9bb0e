// RFC 3711 section 4.3 with a key derivation rate of 0; RFC 6188 section 3 for longer keys.
#pragma once

#include "base/bytes.h"

namespace ew::srtp {

enum class Label : uint8_t {
  kRtpEncryption,
  kRtpAuthentication,
  kRtpSalt,
  kRtcpEncryption,
  kRtcpAuthentication,
  kRtcpSalt
};

// `salt` of 12 bytes (RFC 7714 section 11) is taken as if two zero bytes followed.
Bytes derive_key(ByteView master_key, ByteView master_salt, Label label, size_t length);

}  // namespace ew::srtp
