// The steps of HPKE (RFC 9180), shown to the test, which checks each against the RFC's vectors.
#pragma once

#include "crypto/aead_internal.h"
#include "crypto/crypto.h"

namespace ew::crypto::hpke {

enum class AeadId : uint16_t { kAes128Gcm = 1, kAes256Gcm = 2 };

// Section 4.1: the KEM's shared secret out of one private key and the other's public key.
Result<Secret> shared_secret(ByteView private_key, const PublicKey& peer, const PublicKey& encapsulated,
                             const PublicKey& recipient);

// Section 5.1, mode base.
struct KeySchedule {
  Bytes context;
  Secret secret{32};
  Secret key{32};
  std::array<uint8_t, Aead::kNonceSize> base_nonce{};
};
KeySchedule key_schedule(ByteView shared_secret, std::string_view info, AeadId aead);

// Section 5.2: one key, a nonce per sequence number.
class Context {
 public:
  explicit Context(const KeySchedule& schedule)
      : cipher_(schedule.key.view()), base_nonce_(schedule.base_nonce) {}
  Bytes seal(uint64_t sequence, ByteView aad, ByteView plain);
  [[nodiscard]] bool open(uint64_t sequence, ByteView aad, ByteView sealed, ByteSpan out);

 private:
  std::array<uint8_t, Aead::kNonceSize> nonce(uint64_t sequence) const;

  AesGcm cipher_;
  std::array<uint8_t, Aead::kNonceSize> base_nonce_;
};

// SetupBaseS with a given ephemeral key.
struct Sender {
  PublicKey encapsulated;
  Context context;
};
Result<Sender> setup_sender(const KeyPair& ephemeral, const PublicKey& recipient, std::string_view info,
                            AeadId aead);
// SetupBaseR.
Result<Context> setup_recipient(const KeyPair& recipient, const PublicKey& encapsulated,
                                std::string_view info, AeadId aead);

}  // namespace ew::crypto::hpke
