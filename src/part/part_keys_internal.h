// What a part's DEK and header give: the context that seals and opens frames, and the salts of their leaves.
#pragma once

#include "crypto/crypto.h"
#include "part/part.h"

namespace ew::part {

crypto::Digest commitment_of(const crypto::Secret& dek, const crypto::Digest& salt);

// Whether frames carry the leaf salts of generation 0, or destroyed ones may stand. A derived part is made
// anew for each generation of its media part.
inline bool keeps_old_leaves(const Header& header) {
  return header.generation > 0 && header.kind != Kind::kDerived;
}

class PartKeys {
 public:
  PartKeys(const crypto::Secret& dek, const crypto::Digest& salt, ByteView header_bytes);

  // `sealed` is ciphertext and tag; `clear` the frame's 64 bytes before them.
  void seal(uint64_t number, ByteView clear, ByteView plain, ByteSpan sealed);
  [[nodiscard]] bool open(uint64_t number, ByteView clear, ByteView sealed, ByteSpan plain);
  crypto::Digest leaf_salt(uint64_t number);
  static crypto::Digest leaf(const crypto::Digest& leaf_salt, ByteView plaintext);

 private:
  ByteView authenticated(ByteView clear);

  crypto::Aead aead_;
  crypto::HmacSha256 leaf_salts_;
  // The authenticated data: SHA-256 of the header, then room for a frame's clear part.
  std::array<uint8_t, 32 + kFrameHeaderSize> authenticated_{};
};

}  // namespace ew::part
