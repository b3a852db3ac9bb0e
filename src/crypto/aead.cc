#include "crypto/aead_internal.h"

#include <openssl/crypto.h>

#include <algorithm>
#include <limits>

namespace ew::crypto {
namespace {

const EVP_CIPHER* cipher_for(size_t key_size) {
  static EVP_CIPHER* aes128 = EVP_CIPHER_fetch(nullptr, "AES-128-GCM", nullptr);
  static EVP_CIPHER* aes256 = EVP_CIPHER_fetch(nullptr, "AES-256-GCM", nullptr);
  EW_CHECK(aes128 && aes256 && (key_size == 16 || key_size == 32));
  return key_size == 16 ? aes128 : aes256;
}

constexpr int kTagSize = static_cast<int>(Aead::kTagSize);

AesGcm& context_of_thread(ByteView key) {
  thread_local AesGcm context(key);
  context.set_key(key);
  return context;
}

}  // namespace

AesGcm::AesGcm(ByteView key) : context_(EVP_CIPHER_CTX_new()) {
  EW_CHECK(context_);
  set_key(key);
}

void AesGcm::set_key(ByteView key) {
  EW_CHECK(EVP_EncryptInit_ex2(context_.get(), cipher_for(key.size()), key.data(), nullptr, nullptr) == 1);
}

// GCM runs the cipher forward in both directions, so one context with its key serves both.
void AesGcm::start(Direction direction, ByteView nonce, ByteView aad) {
  EW_CHECK(nonce.size() == Aead::kNonceSize);
  EW_CHECK(EVP_CipherInit_ex2(context_.get(), nullptr, nullptr, nonce.data(), static_cast<int>(direction),
                              nullptr) == 1);
  if (!aad.empty()) EW_CHECK(update(aad, nullptr));
}

bool AesGcm::update(ByteView in, uint8_t* out) {
  EW_CHECK(in.size() <= static_cast<size_t>(std::numeric_limits<int>::max()));
  int written = 0;
  return EVP_CipherUpdate(context_.get(), out, &written, in.data(), static_cast<int>(in.size())) == 1;
}

void AesGcm::seal(ByteView nonce, ByteView aad, ByteView plain, ByteSpan out) {
  EW_CHECK(out.size() == plain.size() + Aead::kTagSize);
  start(Direction::kSeal, nonce, aad);
  if (!plain.empty()) EW_CHECK(update(plain, out.data()));
  uint8_t* tag = out.data() + plain.size();
  int written = 0;
  EW_CHECK(EVP_CipherFinal_ex(context_.get(), tag, &written) == 1);
  EW_CHECK(EVP_CIPHER_CTX_ctrl(context_.get(), EVP_CTRL_AEAD_GET_TAG, kTagSize, tag) == 1);
}

bool AesGcm::open(ByteView nonce, ByteView aad, ByteView sealed, ByteSpan out) {
  if (sealed.size() < Aead::kTagSize) return false;
  EW_CHECK(out.size() == sealed.size() - Aead::kTagSize);
  start(Direction::kOpen, nonce, aad);
  Digest tag;  // a copy, because `out` may be `sealed`, and OpenSSL wants it writable
  std::copy_n(sealed.end() - kTagSize, kTagSize, tag.begin());
  bool good = out.empty() || update(sealed.first(out.size()), out.data());
  int written = 0;
  good = good && EVP_CIPHER_CTX_ctrl(context_.get(), EVP_CTRL_AEAD_SET_TAG, kTagSize, tag.data()) == 1 &&
         EVP_CipherFinal_ex(context_.get(), tag.data(), &written) == 1;
  if (!good && !out.empty()) OPENSSL_cleanse(out.data(), out.size());
  return good;
}

struct Aead::Impl {
  AesGcm cipher;
};

Aead::Aead(ByteView key) {
  EW_CHECK(key.size() == kKeySize);
  impl_ = std::make_unique<Impl>(Impl{AesGcm(key)});
}
Aead::~Aead() = default;
Aead::Aead(Aead&&) noexcept = default;
Aead& Aead::operator=(Aead&&) noexcept = default;

void Aead::seal(ByteView nonce, ByteView aad, ByteView plain, ByteSpan out) {
  impl_->cipher.seal(nonce, aad, plain, out);
}
bool Aead::open(ByteView nonce, ByteView aad, ByteView sealed, ByteSpan out) {
  return impl_->cipher.open(nonce, aad, sealed, out);
}

void seal_with(ByteView key, ByteView nonce, ByteView aad, ByteView plain, ByteSpan out) {
  EW_CHECK(key.size() == Aead::kKeySize);
  context_of_thread(key).seal(nonce, aad, plain, out);
}
bool open_with(ByteView key, ByteView nonce, ByteView aad, ByteView sealed, ByteSpan out) {
  EW_CHECK(key.size() == Aead::kKeySize);
  return context_of_thread(key).open(nonce, aad, sealed, out);
}

}  // namespace ew::crypto
