// SHA-256 and HMAC by OpenSSL's low-level functions. Since OpenSSL 3.0 they are deprecated in favour of EVP,
// whose contexts are several allocations each: setting up, copying and freeing them costs a short HMAC ten
// times its hashing, and a part needs eight before its first frame, a frame two. The code that hashes is the
// same.
#define OPENSSL_SUPPRESS_DEPRECATED
#include "crypto/crypto.h"

#include <openssl/crypto.h>
#include <openssl/sha.h>

#include <algorithm>

namespace ew::crypto {
namespace {

constexpr size_t kBlock = 64;  // FIPS 180-4: SHA-256 takes 512 bits at a time

// A hash under way. Copying it is how a prepared beginning is used again.
struct Hashing {
  SHA256_CTX context;

  Hashing() { start(); }
  void start() { EW_CHECK(SHA256_Init(&context) == 1); }
  void add(ByteView bytes) { EW_CHECK(SHA256_Update(&context, bytes.data(), bytes.size()) == 1); }
  Digest finish() {
    Digest digest;
    EW_CHECK(SHA256_Final(digest.data(), &context) == 1);
    return digest;
  }
};

// RFC 2104: the two hashes after their first block, which depends on the key alone.
struct HmacStart {
  Hashing inner, outer;

  explicit HmacStart(ByteView key) {
    std::array<uint8_t, kBlock> block{};
    if (key.size() > kBlock) {
      Hashing shortened;
      shortened.add(key);
      std::ranges::copy(shortened.finish(), block.begin());
    } else {
      std::ranges::copy(key, block.begin());
    }
    for (uint8_t& byte : block) byte ^= 0x36;
    inner.add(block);
    for (uint8_t& byte : block) byte ^= 0x36 ^ 0x5c;
    outer.add(block);
    OPENSSL_cleanse(block.data(), block.size());
  }
  ~HmacStart() { OPENSSL_cleanse(this, sizeof *this); }

  Digest compute(std::initializer_list<ByteView> pieces) const {
    Hashing hash = inner;
    for (ByteView piece : pieces) hash.add(piece);
    const Digest inside = hash.finish();
    hash = outer;
    hash.add(inside);
    return hash.finish();
  }
};

}  // namespace

struct Sha256::Impl {
  Hashing hashing;
};

Sha256::Sha256() : impl_(std::make_unique<Impl>()) {}
Sha256::~Sha256() = default;
Sha256::Sha256(Sha256&&) noexcept = default;
Sha256& Sha256::operator=(Sha256&&) noexcept = default;

void Sha256::add(ByteView bytes) { impl_->hashing.add(bytes); }

Digest Sha256::finish() {
  const Digest digest = impl_->hashing.finish();
  impl_->hashing.start();
  return digest;
}

Digest sha256(ByteView bytes) {
  Hashing hashing;
  hashing.add(bytes);
  return hashing.finish();
}

struct HmacSha256::Impl {
  HmacStart start;
};

HmacSha256::HmacSha256(ByteView key) : impl_(std::make_unique<Impl>(Impl{HmacStart(key)})) {}
HmacSha256::~HmacSha256() = default;
HmacSha256::HmacSha256(HmacSha256&&) noexcept = default;
HmacSha256& HmacSha256::operator=(HmacSha256&&) noexcept = default;

Digest HmacSha256::compute(ByteView bytes) { return compute({bytes}); }
Digest HmacSha256::compute(std::initializer_list<ByteView> pieces) { return impl_->start.compute(pieces); }

Digest hmac_sha256(ByteView key, ByteView bytes) { return HmacStart(key).compute({bytes}); }

void hkdf(ByteView input_key, ByteView salt, std::string_view info, ByteSpan out) {
  EW_CHECK(out.size() <= 255 * sizeof(Digest));
  Digest extracted = hmac_sha256(salt, input_key);
  const HmacStart expand(extracted);
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
