// AES-GCM under a key of 16 or 32 bytes. The program uses the latter (Aead); the former is there because RFC
// 9180 has vectors of X25519 with AES-128-GCM only.
#pragma once

#include "crypto/crypto.h"
#include "crypto/openssl_internal.h"

namespace ew::crypto {

class AesGcm {
 public:
  explicit AesGcm(ByteView key);
  void set_key(ByteView key);
  void seal(ByteView nonce, ByteView aad, ByteView plain, ByteSpan out);
  [[nodiscard]] bool open(ByteView nonce, ByteView aad, ByteView sealed, ByteSpan out);

 private:
  enum class Direction { kOpen = 0, kSeal = 1 };
  void start(Direction direction, ByteView nonce, ByteView aad);
  bool update(ByteView in, uint8_t* out);

  CipherContextPtr context_;
};

}  // namespace ew::crypto
