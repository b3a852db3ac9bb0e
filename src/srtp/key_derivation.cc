#include "srtp/key_derivation_internal.h"

#include <algorithm>

#include "srtp/cipher_internal.h"

namespace ew::srtp {

Bytes derive_key(ByteView master_key, ByteView master_salt, Label label, size_t length) {
  constexpr size_t kLabelAt = 7;  // the label stands above the 48 bits of index / rate, which are zero
  Block iv{};
  std::copy(master_salt.begin(), master_salt.end(), iv.begin());
  iv[kLabelAt] ^= static_cast<uint8_t>(label);
  Bytes key(length);
  CtrCipher(master_key).apply(iv, key);
  return key;
}

}  // namespace ew::srtp
