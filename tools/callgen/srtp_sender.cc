#include "callgen/srtp_sender.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <memory>

namespace callgen {
namespace {

using ew::Bytes;
using ew::ByteView;

constexpr const char* kCounterMode = "AES_CM_128_HMAC_SHA1_80";
constexpr const char* kGcm = "AEAD_AES_128_GCM";

struct CipherFree {
  void operator()(EVP_CIPHER_CTX* context) const { EVP_CIPHER_CTX_free(context); }
};
using Cipher = std::unique_ptr<EVP_CIPHER_CTX, CipherFree>;

Bytes counter_mode(ByteView key, ByteView counter, ByteView plain) {
  Cipher cipher(EVP_CIPHER_CTX_new());
  Bytes out(plain.size());
  int size = 0;
  EVP_EncryptInit_ex(cipher.get(), EVP_aes_128_ctr(), nullptr, key.data(), counter.data());
  EVP_EncryptUpdate(cipher.get(), out.data(), &size, plain.data(), static_cast<int>(plain.size()));
  return out;
}

std::string base64(const Bytes& bytes) {
  std::string text((bytes.size() + 2) / 3 * 4 + 1, '\0');
  int size = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()), bytes.data(),
                             static_cast<int>(bytes.size()));
  text.resize(static_cast<size_t>(size));
  return text;
}

void xor_at(Bytes& bytes, size_t position, uint64_t value, size_t size) {
  for (size_t i = 0; i < size; ++i)
    bytes[position + i] ^= static_cast<uint8_t>(value >> (8 * (size - 1 - i)));
}

Bytes random_bytes(Random& random, size_t size) {
  Bytes bytes(size);
  for (uint8_t& byte : bytes) byte = static_cast<uint8_t>(random.next());
  return bytes;
}

uint64_t ssrc_of(const Bytes& packet) {
  return static_cast<uint64_t>(packet[8]) << 24 | packet[9] << 16 | packet[10] << 8 | packet[11];
}

}  // namespace

bool SrtpSender::knows(const std::string& suite) { return suite == kCounterMode || suite == kGcm; }

size_t SrtpSender::master_size(const std::string& suite) { return 16 + (suite == kGcm ? 12 : 14); }

SrtpSender::SrtpSender(const std::string& suite, Random random)
    : SrtpSender(suite, random_bytes(random, master_size(suite))) {}

SrtpSender::SrtpSender(const std::string& suite, const Bytes& master)
    : suite_(suite),
      gcm_(suite == kGcm),
      master_key_(master.begin(), master.begin() + 16),
      master_salt_(master.begin() + 16, master.end()) {
  key_ = derive(0, 16);
  authentication_key_ = gcm_ ? Bytes{} : derive(1, 20);
  salt_ = derive(2, master_salt_.size());
}

std::string SrtpSender::crypto_attribute() const {
  Bytes both = master_key_;
  both.insert(both.end(), master_salt_.begin(), master_salt_.end());
  return "1 " + suite_ + " inline:" + base64(both);
}

// RFC 3711 section 4.3.1 with a key derivation rate of 0; RFC 7714 section 11 pads the 96-bit salt to 112
// bits.
Bytes SrtpSender::derive(uint8_t label, size_t size) const {
  Bytes counter = master_salt_;
  counter.resize(16);
  counter[7] ^= label;
  return counter_mode(master_key_, counter, Bytes(size));
}

Bytes SrtpSender::protect(const Bytes& packet, uint64_t extended) const {
  constexpr size_t kHeader = 12;
  ByteView header = ByteView(packet).first(kHeader), payload = ByteView(packet).subspan(kHeader);
  Bytes out(header.begin(), header.end());
  Bytes vector = salt_;
  if (gcm_) {  // RFC 7714 section 8.1: 00 00, SSRC, ROC, SEQ
    xor_at(vector, 2, ssrc_of(packet), 4);
    xor_at(vector, 6, extended, 6);
    Cipher cipher(EVP_CIPHER_CTX_new());
    int size = 0;
    out.resize(packet.size() + 16);
    EVP_EncryptInit_ex(cipher.get(), EVP_aes_128_gcm(), nullptr, key_.data(), vector.data());
    EVP_EncryptUpdate(cipher.get(), nullptr, &size, header.data(), kHeader);
    EVP_EncryptUpdate(cipher.get(), out.data() + kHeader, &size, payload.data(),
                      static_cast<int>(payload.size()));
    EVP_EncryptFinal_ex(cipher.get(), out.data() + packet.size(), &size);
    EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_AEAD_GET_TAG, 16, out.data() + packet.size());
    return out;
  }
  vector.resize(16);  // RFC 3711 section 4.1.1: (salt << 16) xor (SSRC << 64) xor (index << 16)
  xor_at(vector, 4, ssrc_of(packet), 4);
  xor_at(vector, 8, extended, 6);
  Bytes encrypted = counter_mode(key_, vector, payload);
  out.insert(out.end(), encrypted.begin(), encrypted.end());
  Bytes authenticated = out;  // followed by the rollover counter
  ew::ByteWriter(authenticated).u32be(static_cast<uint32_t>(extended >> 16));
  uint8_t digest[EVP_MAX_MD_SIZE];
  unsigned digest_size = 0;
  HMAC(EVP_sha1(), authentication_key_.data(), static_cast<int>(authentication_key_.size()),
       authenticated.data(), authenticated.size(), digest, &digest_size);
  out.insert(out.end(), digest, digest + 10);
  return out;
}

}  // namespace callgen
