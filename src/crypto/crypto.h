// The cryptographic primitives that the program uses, and no others (REQUIREMENTS D17): SHA-256, HMAC and
// HKDF with it, AES-256-GCM, X25519 with HPKE, Ed25519, and the system's random numbers. OpenSSL 3 does the
// work, hidden in the .cc.
#pragma once

#include <array>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/ids.h"
#include "base/result.h"

namespace ew::crypto {

using Digest = std::array<uint8_t, 32>;
using PublicKey = std::array<uint8_t, 32>;  // X25519 or Ed25519
using Signature = std::array<uint8_t, 64>;

// Secret bytes of a fixed size: in locked memory where the system allows it, excluded from core dumps, wiped
// at the end. Move only.
class Secret {
 public:
  explicit Secret(size_t size);
  static Secret copy_of(ByteView bytes);
  static Secret random(size_t size);
  Secret(Secret&& other) noexcept;
  Secret& operator=(Secret&& other) noexcept;
  ~Secret();

  size_t size() const { return size_; }
  ByteView view() const { return {data_, size_}; }
  ByteSpan span() { return {data_, size_}; }

 private:
  uint8_t* data_ = nullptr;
  size_t size_ = 0;
};

// Where the Secrets of this process lie. Unlocked bytes are those for which RLIMIT_MEMLOCK did not suffice: a
// warning of the program, not an error.
struct SecretMemory {
  size_t locked_bytes = 0;
  size_t unlocked_bytes = 0;
};
SecretMemory secret_memory();

void wipe(ByteSpan bytes);  // in a way that the compiler does not drop
void random_bytes(ByteSpan out);
// A new id: UUIDv7 of this time, its other 74 bits random.
Uuid random_uuid(WallTime at);
bool equal_constant_time(ByteView a, ByteView b);

Digest sha256(ByteView bytes);
class Sha256 {  // incremental
 public:
  Sha256();
  ~Sha256();
  Sha256(Sha256&&) noexcept;
  Sha256& operator=(Sha256&&) noexcept;
  void add(ByteView bytes);
  Digest finish();  // and starts anew

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

Digest hmac_sha256(ByteView key, ByteView bytes);
// HMAC-SHA-256 under one key, prepared once and then cheap to use many times. One thread at a time.
class HmacSha256 {
 public:
  explicit HmacSha256(ByteView key);
  ~HmacSha256();
  HmacSha256(HmacSha256&&) noexcept;
  HmacSha256& operator=(HmacSha256&&) noexcept;
  Digest compute(ByteView bytes);
  Digest compute(std::initializer_list<ByteView> pieces);  // of their concatenation

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};
// RFC 5869 with SHA-256; out.size() at most 255 * 32.
void hkdf(ByteView input_key, ByteView salt, std::string_view info, ByteSpan out);

// CRC-32C (Castagnoli), with the processor's instruction where it has one: against torn writes, not against
// people.
uint32_t crc32c(ByteView bytes, uint32_t seed = 0);

// AES-256-GCM under one key; the context is set up once and used for many messages. One thread at a time.
class Aead {
 public:
  static constexpr size_t kKeySize = 32, kNonceSize = 12, kTagSize = 16;
  explicit Aead(ByteView key);
  ~Aead();
  Aead(Aead&&) noexcept;
  Aead& operator=(Aead&&) noexcept;

  // Writes plain.size() + kTagSize bytes (ciphertext, then tag) to `out`, which may not overlap `plain`
  // unless equal.
  void seal(ByteView nonce, ByteView aad, ByteView plain, ByteSpan out);
  // False if the tag is wrong; `out` (sealed.size() - kTagSize bytes) is then zeroed.
  [[nodiscard]] bool open(ByteView nonce, ByteView aad, ByteView sealed, ByteSpan out);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// The same under a key of 32 bytes that keeps no context of its own (1.2 kB): one for each thread is keyed
// each time. For the many keys of open parts.
void seal_with(ByteView key, ByteView nonce, ByteView aad, ByteView plain, ByteSpan out);
[[nodiscard]] bool open_with(ByteView key, ByteView nonce, ByteView aad, ByteView sealed, ByteSpan out);

// HPKE (RFC 9180), base mode, DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, AES-256-GCM.
struct KeyPair {
  PublicKey public_key{};
  Secret private_key{32};
};
KeyPair generate_x25519();
Result<KeyPair> x25519_from_private(ByteView private_key);

// A sender's context: one encapsulation, then any number of messages, each with its own sequence number, so
// that the cost of the elliptic curve is paid once per context and not once per key (RFC 9180 section 5.2).
class HpkeSender {
 public:
  static Result<HpkeSender> create(const PublicKey& recipient, std::string_view info);
  HpkeSender(HpkeSender&&) noexcept;
  HpkeSender& operator=(HpkeSender&&) noexcept;
  ~HpkeSender();
  const std::array<uint8_t, 32>& encapsulated() const;
  uint64_t next_sequence() const;
  Bytes seal(ByteView aad, ByteView plain);  // uses and advances next_sequence()

 private:
  struct Impl;
  explicit HpkeSender(std::unique_ptr<Impl>);
  std::unique_ptr<Impl> impl_;
};
// Opens message number `sequence` of a context. kDenied if the key or anything else does not fit.
Result<Secret> hpke_open(const KeyPair& recipient, ByteView encapsulated, std::string_view info,
                         uint64_t sequence, ByteView aad, ByteView sealed);

struct SigningKey {
  PublicKey public_key{};
  Secret seed{32};
};
SigningKey generate_ed25519();
Result<SigningKey> ed25519_from_seed(ByteView seed);
Signature sign(const SigningKey& key, ByteView message);
[[nodiscard]] bool verify(const PublicKey& key, ByteView message, ByteView signature);

std::string to_base64(ByteView bytes);  // RFC 4648 section 4, with padding
std::optional<Bytes> from_base64(std::string_view text);

}  // namespace ew::crypto
