#include "srtp/cipher_internal.h"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>

#include "base/result.h"

namespace ew::srtp {
namespace {

const EVP_CIPHER* ctr_cipher(size_t key_length) {
  switch (key_length) {
    case 16:
      return EVP_aes_128_ctr();
    case 24:
      return EVP_aes_192_ctr();
    default:
      return EVP_aes_256_ctr();
  }
}

}  // namespace

void CipherContextFree::operator()(EVP_CIPHER_CTX* context) const { EVP_CIPHER_CTX_free(context); }
void HmacSha1::Free::operator()(EVP_MAC_CTX* context) const { EVP_MAC_CTX_free(context); }

// With lengths that were checked, OpenSSL fails for want of memory only.
CtrCipher::CtrCipher(ByteView key) : context_(EVP_CIPHER_CTX_new()) {
  EW_CHECK(context_ &&
           EVP_EncryptInit_ex(context_.get(), ctr_cipher(key.size()), nullptr, key.data(), nullptr) == 1);
}

void CtrCipher::apply(const Block& iv, ByteSpan bytes) {
  int written = 0;
  EW_CHECK(EVP_EncryptInit_ex(context_.get(), nullptr, nullptr, nullptr, iv.data()) == 1);
  EW_CHECK(EVP_EncryptUpdate(context_.get(), bytes.data(), &written, bytes.data(),
                             static_cast<int>(bytes.size())) == 1);
}

GcmCipher::GcmCipher(ByteView key) : context_(EVP_CIPHER_CTX_new()) {
  const EVP_CIPHER* cipher = key.size() == 16 ? EVP_aes_128_gcm() : EVP_aes_256_gcm();
  EW_CHECK(context_ && EVP_DecryptInit_ex(context_.get(), cipher, nullptr, key.data(), nullptr) == 1);
}

bool GcmCipher::open(const std::array<uint8_t, 12>& iv, ByteView aad, ByteView aad_end, ByteView ciphertext,
                     ByteView tag, ByteSpan out) {
  EVP_CIPHER_CTX* context = context_.get();
  int written = 0;
  EW_CHECK(EVP_DecryptInit_ex(context, nullptr, nullptr, nullptr, iv.data()) == 1);
  for (ByteView part : {aad, aad_end}) {
    if (part.empty()) continue;
    EW_CHECK(EVP_DecryptUpdate(context, nullptr, &written, part.data(), static_cast<int>(part.size())) == 1);
  }
  if (!ciphertext.empty()) {
    EW_CHECK(EVP_DecryptUpdate(context, out.data(), &written, ciphertext.data(),
                               static_cast<int>(ciphertext.size())) == 1);
  }
  EW_CHECK(EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, kTag, const_cast<uint8_t*>(tag.data())) == 1);
  uint8_t nothing[16];
  return EVP_DecryptFinal_ex(context, nothing, &written) == 1;
}

void seal_gcm(ByteView key, const std::array<uint8_t, 12>& iv, ByteView aad, ByteView aad_end, ByteView plain,
              ByteSpan out) {
  CipherContext context(EVP_CIPHER_CTX_new());
  const EVP_CIPHER* cipher = key.size() == 16 ? EVP_aes_128_gcm() : EVP_aes_256_gcm();
  int written = 0;
  EW_CHECK(context && EVP_EncryptInit_ex(context.get(), cipher, nullptr, key.data(), iv.data()) == 1);
  for (ByteView part : {aad, aad_end})
    EW_CHECK(
        EVP_EncryptUpdate(context.get(), nullptr, &written, part.data(), static_cast<int>(part.size())) == 1);
  EW_CHECK(EVP_EncryptUpdate(context.get(), out.data(), &written, plain.data(),
                             static_cast<int>(plain.size())) == 1);
  EW_CHECK(EVP_EncryptFinal_ex(context.get(), out.data() + written, &written) == 1);
  EW_CHECK(EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_AEAD_GET_TAG, GcmCipher::kTag,
                               out.data() + plain.size()) == 1);
}

HmacSha1::HmacSha1(ByteView key) {
  EVP_MAC* hmac = EVP_MAC_fetch(nullptr, "HMAC", nullptr);
  EW_CHECK(hmac != nullptr);
  context_.reset(EVP_MAC_CTX_new(hmac));
  EVP_MAC_free(hmac);
  char digest[] = "SHA1";
  OSSL_PARAM parameters[] = {OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0),
                             OSSL_PARAM_construct_end()};
  EW_CHECK(context_ && EVP_MAC_init(context_.get(), key.data(), key.size(), parameters) == 1);
}

std::array<uint8_t, HmacSha1::kSize> HmacSha1::of(ByteView bytes, ByteView end) {
  std::array<uint8_t, kSize> mac;
  size_t length = 0;
  EW_CHECK(EVP_MAC_init(context_.get(), nullptr, 0, nullptr) == 1);  // keeps the key
  EW_CHECK(EVP_MAC_update(context_.get(), bytes.data(), bytes.size()) == 1);
  EW_CHECK(EVP_MAC_update(context_.get(), end.data(), end.size()) == 1);
  EW_CHECK(EVP_MAC_final(context_.get(), mac.data(), &length, mac.size()) == 1);
  return mac;
}

bool equal_constant_time(ByteView a, ByteView b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace ew::srtp
