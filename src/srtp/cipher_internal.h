// The three primitives of SRTP over OpenSSL, each with its key set once and its context used again for every
// packet.
#pragma once

#include <array>
#include <memory>

#include "base/bytes.h"

typedef struct evp_cipher_ctx_st EVP_CIPHER_CTX;
typedef struct evp_mac_ctx_st EVP_MAC_CTX;

namespace ew::srtp {

using Block = std::array<uint8_t, 16>;

struct CipherContextFree {
  void operator()(EVP_CIPHER_CTX* context) const;
};
using CipherContext = std::unique_ptr<EVP_CIPHER_CTX, CipherContextFree>;

class CtrCipher {
 public:
  explicit CtrCipher(ByteView key);             // 16, 24 or 32 bytes
  void apply(const Block& iv, ByteSpan bytes);  // in place

 private:
  CipherContext context_;
};

class GcmCipher {
 public:
  static constexpr size_t kTag = 16;
  explicit GcmCipher(ByteView key);  // 16 or 32 bytes
  // `aad_end` continues `aad`. False if the tag is wrong: then `out` is to be thrown away.
  bool open(const std::array<uint8_t, 12>& iv, ByteView aad, ByteView aad_end, ByteView ciphertext,
            ByteView tag, ByteSpan out);

 private:
  CipherContext context_;
};

// AES-GCM on the way out, for a message now and then: writes the ciphertext and the tag behind it.
void seal_gcm(ByteView key, const std::array<uint8_t, 12>& iv, ByteView aad, ByteView aad_end, ByteView plain,
              ByteSpan out);

class HmacSha1 {
 public:
  static constexpr size_t kSize = 20;
  explicit HmacSha1(ByteView key);
  // Of `bytes` followed by `end`.
  std::array<uint8_t, kSize> of(ByteView bytes, ByteView end);

 private:
  struct Free {
    void operator()(EVP_MAC_CTX* context) const;
  };
  std::unique_ptr<EVP_MAC_CTX, Free> context_;
};

bool equal_constant_time(ByteView a, ByteView b);

}  // namespace ew::srtp
