#include "base/text.h"
#include "srtp/key_derivation_internal.h"
#include "srtp/suite_internal.h"

namespace ew::srtp {
namespace {

// SRTCP's tag is 80 bits long also where SRTP's is 32 (RFC 4568 section 6.2.2). The names with the bits
// behind CM are in use beside those of RFC 6188.
constexpr Suite kSuites[] = {
    {"AES_CM_128_HMAC_SHA1_80", 16, 14, {false, 10, 10}},
    {"AES_CM_128_HMAC_SHA1_32", 16, 14, {false, 4, 10}},
    {"AES_192_CM_HMAC_SHA1_80", 24, 14, {false, 10, 10}},
    {"AES_192_CM_HMAC_SHA1_32", 24, 14, {false, 4, 10}},
    {"AES_256_CM_HMAC_SHA1_80", 32, 14, {false, 10, 10}},
    {"AES_256_CM_HMAC_SHA1_32", 32, 14, {false, 4, 10}},
    {"AES_CM_192_HMAC_SHA1_80", 24, 14, {false, 10, 10}},
    {"AES_CM_192_HMAC_SHA1_32", 24, 14, {false, 4, 10}},
    {"AES_CM_256_HMAC_SHA1_80", 32, 14, {false, 10, 10}},
    {"AES_CM_256_HMAC_SHA1_32", 32, 14, {false, 4, 10}},
    {"AEAD_AES_128_GCM", 16, 12, {true}},
    {"AEAD_AES_256_GCM", 32, 12, {true}},
};

}  // namespace

const Suite* find_suite(std::string_view name) {
  for (const Suite& suite : kSuites) {
    if (equals_ignore_case(suite.name, name)) return &suite;
  }
  return nullptr;
}

SessionKeys rtcp_keys(const Suite& suite, ByteView key_salt) {
  ByteView key = key_salt.first(suite.key), salt = key_salt.subspan(suite.key);
  return {derive_key(key, salt, Label::kRtcpEncryption, suite.key),
          derive_key(key, salt, Label::kRtcpAuthentication, kHmacKey),
          derive_key(key, salt, Label::kRtcpSalt, suite.salt)};
}

}  // namespace ew::srtp
