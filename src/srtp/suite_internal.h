// The crypto suites of SDES (RFC 4568, RFC 6188, RFC 7714).
#pragma once

#include <string_view>

#include "base/bytes.h"
#include "srtp/transform_internal.h"

namespace ew::srtp {

constexpr size_t kHmacKey = 20;

struct Suite {
  std::string_view name;
  size_t key, salt;
  Shape shape;
};
// Compared without case; nothing if it is not known.
const Suite* find_suite(std::string_view name);
// Of SRTCP: RFC 3711 section 4.3.
SessionKeys rtcp_keys(const Suite& suite, ByteView key_salt);

}  // namespace ew::srtp
