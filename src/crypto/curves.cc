// X25519 (RFC 7748) and Ed25519 (RFC 8032).
#include "crypto/curves_internal.h"

#include "crypto/crypto.h"
#include "crypto/openssl_internal.h"

namespace ew::crypto {
namespace {

PkeyPtr private_key(int type, ByteView bytes) {
  return PkeyPtr(EVP_PKEY_new_raw_private_key(type, nullptr, bytes.data(), bytes.size()));
}
PkeyPtr public_key(int type, ByteView bytes) {
  return PkeyPtr(EVP_PKEY_new_raw_public_key(type, nullptr, bytes.data(), bytes.size()));
}

Result<PublicKey> public_half(int type, ByteView private_bytes) {
  PkeyPtr key = private_bytes.size() == 32 ? private_key(type, private_bytes) : nullptr;
  PublicKey half;
  size_t size = half.size();
  if (!key || EVP_PKEY_get_raw_public_key(key.get(), half.data(), &size) != 1)
    return Error(ErrorCode::kInvalid, "a private key has 32 bytes");
  return half;
}

}  // namespace

Result<Secret> x25519(ByteView private_bytes, const PublicKey& peer) {
  PkeyPtr mine = private_key(EVP_PKEY_X25519, private_bytes);
  PkeyPtr theirs = public_key(EVP_PKEY_X25519, peer);
  PkeyContextPtr context(mine && theirs ? EVP_PKEY_CTX_new(mine.get(), nullptr) : nullptr);
  Secret shared(32);
  size_t size = shared.size();
  // OpenSSL refuses the all-zero result of a point of small order, as RFC 9180 section 7.1.4 asks.
  if (!context || EVP_PKEY_derive_init(context.get()) != 1 ||
      EVP_PKEY_derive_set_peer(context.get(), theirs.get()) != 1 ||
      EVP_PKEY_derive(context.get(), shared.span().data(), &size) != 1 || size != shared.size())
    return Error(ErrorCode::kDenied, "X25519 with an unusable key");
  return shared;
}

KeyPair generate_x25519() { return x25519_from_private(Secret::random(32).view()).value(); }

Result<KeyPair> x25519_from_private(ByteView private_bytes) {
  PublicKey half = TRY(public_half(EVP_PKEY_X25519, private_bytes));
  return KeyPair{half, Secret::copy_of(private_bytes)};
}

SigningKey generate_ed25519() { return ed25519_from_seed(Secret::random(32).view()).value(); }

Result<SigningKey> ed25519_from_seed(ByteView seed) {
  PublicKey half = TRY(public_half(EVP_PKEY_ED25519, seed));
  return SigningKey{half, Secret::copy_of(seed)};
}

Signature sign(const SigningKey& key, ByteView message) {
  PkeyPtr pkey = private_key(EVP_PKEY_ED25519, key.seed.view());
  DigestContextPtr context(EVP_MD_CTX_new());
  Signature signature;
  size_t size = signature.size();
  EW_CHECK(pkey && context && EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, pkey.get()) == 1);
  EW_CHECK(EVP_DigestSign(context.get(), signature.data(), &size, message.data(), message.size()) == 1);
  return signature;
}

bool verify(const PublicKey& key, ByteView message, ByteView signature) {
  PkeyPtr pkey = public_key(EVP_PKEY_ED25519, key);
  DigestContextPtr context(EVP_MD_CTX_new());
  return pkey && context && signature.size() == sizeof(Signature) &&
         EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, pkey.get()) == 1 &&
         EVP_DigestVerify(context.get(), signature.data(), signature.size(), message.data(),
                          message.size()) == 1;
}

}  // namespace ew::crypto
