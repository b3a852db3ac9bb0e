#include <algorithm>

#include "part/format_internal.h"
#include "part/part_keys_internal.h"

namespace ew::part {
namespace {

void put_big_endian(uint64_t number, uint8_t* out) {
  for (int i = 0; i < 8; ++i) out[i] = static_cast<uint8_t>(number >> (56 - 8 * i));
}

using Nonce = std::array<uint8_t, crypto::Aead::kNonceSize>;
Nonce nonce_of(uint64_t number) {
  Nonce nonce{};
  put_big_endian(number, nonce.data() + 4);
  return nonce;
}

// What a frame's tag covers besides its records: the header's SHA-256, and the frame's clear part.
using Authenticated = std::array<uint8_t, sizeof(crypto::Digest) + kFrameHeaderSize>;
Authenticated authenticated(const crypto::Digest& header_hash, ByteView clear) {
  EW_CHECK(clear.size() == kFrameHeaderSize);
  Authenticated bytes;
  std::ranges::copy(clear, std::ranges::copy(header_hash, bytes.begin()).out);
  return bytes;
}

}  // namespace

crypto::Digest commitment_of(const crypto::Secret& dek, const crypto::Digest& salt) {
  crypto::Digest commitment;
  crypto::hkdf(dek.view(), salt, kCommitmentInfo, commitment);
  return commitment;
}

PartKeys::PartKeys(const crypto::Secret& dek, const crypto::Digest& salt, ByteView header_bytes)
    : header_hash_(crypto::sha256(header_bytes)) {
  crypto::hkdf(dek.view(), salt, kFrameKeyInfo, keys_.span().first(kKeySize));
  crypto::hkdf(dek.view(), salt, kLeafSaltInfo, keys_.span().subspan(kKeySize));
}

void PartKeys::seal(uint64_t number, ByteView clear, ByteView plain, ByteSpan sealed) const {
  crypto::seal_with(frame_key(), nonce_of(number), authenticated(header_hash_, clear), plain, sealed);
}

bool PartKeys::open(uint64_t number, ByteView clear, ByteView sealed, ByteSpan plain) const {
  return crypto::open_with(frame_key(), nonce_of(number), authenticated(header_hash_, clear), sealed, plain);
}

crypto::Digest PartKeys::leaf_salt(uint64_t number) const {
  std::array<uint8_t, 8> bytes;
  put_big_endian(number, bytes.data());
  return crypto::hmac_sha256(leaf_key(), bytes);
}

crypto::Digest PartKeys::leaf(const crypto::Digest& leaf_salt, ByteView plaintext) {
  return crypto::hmac_sha256(leaf_salt, plaintext);
}

}  // namespace ew::part
