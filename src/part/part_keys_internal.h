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

// Some parts are open for hours and write a frame now and then, so nothing is kept but the keys.
class PartKeys {
 public:
  PartKeys(const crypto::Secret& dek, const crypto::Digest& salt, ByteView header_bytes);

  // `sealed` is ciphertext and tag; `clear` the frame's 64 bytes before them.
  void seal(uint64_t number, ByteView clear, ByteView plain, ByteSpan sealed) const;
  [[nodiscard]] bool open(uint64_t number, ByteView clear, ByteView sealed, ByteSpan plain) const;
  crypto::Digest leaf_salt(uint64_t number) const;
  static crypto::Digest leaf(const crypto::Digest& leaf_salt, ByteView plaintext);

 private:
  ByteView frame_key() const { return keys_.view().first(kKeySize); }
  ByteView leaf_key() const { return keys_.view().subspan(kKeySize); }

  static constexpr size_t kKeySize = crypto::Aead::kKeySize;
  crypto::Secret keys_{2 * kKeySize};  // of the frames, then of their leaf salts
  crypto::Digest header_hash_;
};

}  // namespace ew::part
