#include "crypto/crypto.h"

#include <openssl/core_names.h>
#include <openssl/crypto.h>

#include <algorithm>

#include "crypto/openssl_internal.h"

namespace ew::crypto {
namespace {

// Looking an algorithm up by name costs more than a short hash, so each is fetched once and kept for ever.
const EVP_MD* sha256_algorithm() {
  static EVP_MD* algorithm = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  EW_CHECK(algorithm);
  return algorithm;
}
EVP_MAC* hmac_algorithm() {
  static EVP_MAC* algorithm = EVP_MAC_fetch(nullptr, "HMAC", nullptr);
  EW_CHECK(algorithm);
  return algorithm;
}

}  // namespace

struct Sha256::Impl {
  DigestContextPtr context{EVP_MD_CTX_new()};

  void start() { EW_CHECK(EVP_DigestInit_ex2(context.get(), sha256_algorithm(), nullptr) == 1); }
};

Sha256::Sha256() : impl_(std::make_unique<Impl>()) { impl_->start(); }
Sha256::~Sha256() = default;
Sha256::Sha256(Sha256&&) noexcept = default;
Sha256& Sha256::operator=(Sha256&&) noexcept = default;

void Sha256::add(ByteView bytes) {
  EW_CHECK(EVP_DigestUpdate(impl_->context.get(), bytes.data(), bytes.size()) == 1);
}

Digest Sha256::finish() {
  Digest digest;
  EW_CHECK(EVP_DigestFinal_ex(impl_->context.get(), digest.data(), nullptr) == 1);
  impl_->start();
  return digest;
}

Digest sha256(ByteView bytes) {
  thread_local Sha256 hash;
  hash.add(bytes);
  return hash.finish();
}

struct HmacSha256::Impl {
  MacContextPtr context{EVP_MAC_CTX_new(hmac_algorithm())};
  bool used = false;
};

HmacSha256::HmacSha256(ByteView key) : impl_(std::make_unique<Impl>()) {
  char name[] = "SHA256";
  OSSL_PARAM parameters[] = {OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, name, 0),
                             OSSL_PARAM_construct_end()};
  // OpenSSL takes a null key for "the key of before", so an empty key needs an address.
  const uint8_t none = 0;
  EW_CHECK(EVP_MAC_init(impl_->context.get(), key.empty() ? &none : key.data(), key.size(), parameters) == 1);
}
HmacSha256::~HmacSha256() = default;
HmacSha256::HmacSha256(HmacSha256&&) noexcept = default;
HmacSha256& HmacSha256::operator=(HmacSha256&&) noexcept = default;

Digest HmacSha256::compute(ByteView bytes) { return compute({bytes}); }

Digest HmacSha256::compute(std::initializer_list<ByteView> pieces) {
  EVP_MAC_CTX* context = impl_->context.get();
  if (impl_->used) EW_CHECK(EVP_MAC_init(context, nullptr, 0, nullptr) == 1);
  impl_->used = true;
  for (ByteView piece : pieces) EW_CHECK(EVP_MAC_update(context, piece.data(), piece.size()) == 1);
  Digest digest;
  size_t size = 0;
  EW_CHECK(EVP_MAC_final(context, digest.data(), &size, digest.size()) == 1 && size == digest.size());
  return digest;
}

Digest hmac_sha256(ByteView key, ByteView bytes) { return HmacSha256(key).compute(bytes); }

void hkdf(ByteView input_key, ByteView salt, std::string_view info, ByteSpan out) {
  EW_CHECK(out.size() <= 255 * sizeof(Digest));
  Digest extracted = hmac_sha256(salt, input_key);
  HmacSha256 expand(extracted);
  Digest block;
  ByteView previous;
  for (size_t at = 0, number = 1; at < out.size(); at += block.size(), ++number) {
    const uint8_t counter = static_cast<uint8_t>(number);
    block = expand.compute({previous, as_bytes(info), ByteView(&counter, 1)});
    previous = block;
    std::copy_n(block.begin(), std::min(block.size(), out.size() - at), out.begin() + static_cast<long>(at));
  }
  OPENSSL_cleanse(extracted.data(), extracted.size());
  OPENSSL_cleanse(block.data(), block.size());
}

}  // namespace ew::crypto
