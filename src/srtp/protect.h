// SRTCP on the way out (RFC 3711 section 3.4, RFC 7714 section 9): what a recorder sends of its own is RTCP
// only, a few packets a minute, so nothing is kept between them.
#pragma once

#include <string_view>

#include "base/bytes.h"
#include "base/result.h"

namespace ew::srtp {

// A compound RTCP packet of at least 8 bytes, encrypted and authenticated. `index` (31 bits) must never be
// used twice under one key. kUnsupported: the suite; kInvalid: a key of the wrong length or no RTCP packet.
Result<Bytes> protect_rtcp(std::string_view suite, ByteView key_salt, uint32_t index, ByteView packet);

}  // namespace ew::srtp
