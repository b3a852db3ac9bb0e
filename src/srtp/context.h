// SRTP and SRTCP on the way in (RFC 3711, RFC 7714): authenticate, then decrypt. One context per direction of
// a session (one key), holding state per SSRC. Built directly on OpenSSL EVP.
#pragma once

#include <memory>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"

namespace ew::srtp {

enum class Verdict : uint8_t {
  kOk,
  kTooShort,
  kAuthentication,  // the tag is wrong: the packet is not to be believed in anything
  kReplayed,        // authentic, but seen before (or older than the window)
  kLimit,           // more SSRCs than a context holds (kMaxSources)
};

class Context {
 public:
  static constexpr size_t kMaxSources = 64;
  // suite: AES_CM_128_HMAC_SHA1_80, AES_CM_128_HMAC_SHA1_32, AES_256_CM_HMAC_SHA1_80/_32 (RFC 6188),
  // AEAD_AES_128_GCM, AEAD_AES_256_GCM, F8 unsupported. key_salt: master key followed by master salt, of
  // exactly the suite's length.
  static Result<std::unique_ptr<Context>> create(std::string_view suite, ByteView key_salt,
                                                 uint8_t mki_length = 0, bool unencrypted_srtp = false,
                                                 bool unencrypted_srtcp = false);
  virtual ~Context() = default;

  // Replaces `packet` (resized; capacity kept) by the plain RTP packet on kOk, else leaves it untouched. A
  // replayed packet is decrypted too (verdict kReplayed): a recorder counts duplicates as it does without
  // encryption.
  virtual Verdict unprotect_rtp(Bytes& packet) = 0;
  virtual Verdict unprotect_rtcp(Bytes& packet) = 0;
};

}  // namespace ew::srtp
