#include <algorithm>

#include "part/format_internal.h"
#include "part/part_keys_internal.h"

namespace ew::part {
namespace {

crypto::Secret derive(const crypto::Secret& dek, const crypto::Digest& salt, std::string_view info) {
  crypto::Secret key(32);
  crypto::hkdf(dek.view(), salt, info, key.span());
  return key;
}

void put_big_endian(uint64_t number, uint8_t* out) {
  for (int i = 0; i < 8; ++i) out[i] = static_cast<uint8_t>(number >> (56 - 8 * i));
}

using Nonce = std::array<uint8_t, crypto::Aead::kNonceSize>;
Nonce nonce_of(uint64_t number) {
  Nonce nonce{};
  put_big_endian(number, nonce.data() + 4);
  return nonce;
}

}  // namespace

crypto::Digest commitment_of(const crypto::Secret& dek, const crypto::Digest& salt) {
  crypto::Digest commitment;
  crypto::hkdf(dek.view(), salt, kCommitmentInfo, commitment);
  return commitment;
}

PartKeys::PartKeys(const crypto::Secret& dek, const crypto::Digest& salt, ByteView header_bytes)
    : aead_(derive(dek, salt, kFrameKeyInfo).view()), leaf_salts_(derive(dek, salt, kLeafSaltInfo).view()) {
  crypto::Digest hash = crypto::sha256(header_bytes);
  std::copy(hash.begin(), hash.end(), authenticated_.begin());
}

ByteView PartKeys::authenticated(ByteView clear) {
  EW_CHECK(clear.size() == kFrameHeaderSize);
  std::copy(clear.begin(), clear.end(), authenticated_.begin() + 32);
  return authenticated_;
}

void PartKeys::seal(uint64_t number, ByteView clear, ByteView plain, ByteSpan sealed) {
  aead_.seal(nonce_of(number), authenticated(clear), plain, sealed);
}

bool PartKeys::open(uint64_t number, ByteView clear, ByteView sealed, ByteSpan plain) {
  return aead_.open(nonce_of(number), authenticated(clear), sealed, plain);
}

crypto::Digest PartKeys::leaf_salt(uint64_t number) {
  std::array<uint8_t, 8> bytes;
  put_big_endian(number, bytes.data());
  return leaf_salts_.compute(bytes);
}

crypto::Digest PartKeys::leaf(const crypto::Digest& leaf_salt, ByteView plaintext) {
  return crypto::hmac_sha256(leaf_salt, plaintext);
}

}  // namespace ew::part
