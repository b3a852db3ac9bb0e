#include "vault/tenant_keys_internal.h"

#include <algorithm>

namespace ew::vault {
namespace {

constexpr std::string_view kMagic = "EWKEKS1\n";
constexpr size_t kHalf = 32, kHash = 32, kVersionSize = 1 + 2 * kHalf;
constexpr uint8_t kUsable = 1, kDestroyed = 2;

// Writes into locked memory, which cannot grow.
class SecretWriter {
 public:
  explicit SecretWriter(ByteSpan out) : out_(out) {}
  void raw(ByteView bytes) {
    std::ranges::copy(bytes, out_.begin());
    out_ = out_.subspan(bytes.size());
  }
  void u8(uint8_t value) { raw(ByteView(&value, 1)); }
  void u32le(uint32_t value) {
    for (int i = 0; i < 4; ++i) u8(static_cast<uint8_t>(value >> (8 * i)));
  }
  void half(const std::optional<crypto::Secret>& secret) {
    secret ? raw(secret->view()) : raw(std::array<uint8_t, kHalf>{});
  }

 private:
  ByteSpan out_;
};

size_t encoded_size(size_t tenant, size_t versions) {
  return kMagic.size() + 1 + tenant + kHalf + 1 + kHalf + 4 + versions * kVersionSize + kHash;
}

Error corrupt(const ByteReader& reader, std::string_view what) {
  return {ErrorCode::kCorrupt, "offset " + std::to_string(reader.position()) + ": " + std::string(what)};
}

// A key pair whose halves do not belong together is found here, and not when a call cannot be opened.
Result<std::optional<crypto::Secret>> read_half(ByteReader& reader, bool is_there,
                                                const crypto::PublicKey& other) {
  const ByteView half = reader.take(kHalf);
  if (!is_there) {
    if (std::ranges::any_of(half, [](uint8_t byte) { return byte != 0; }))
      return corrupt(reader, "not zeroed");
    return std::optional<crypto::Secret>();
  }
  crypto::KeyPair pair = TRY(crypto::x25519_from_private(half));
  if (pair.public_key != other) return corrupt(reader, "the halves of a key pair do not belong together");
  return std::optional(std::move(pair.private_key));
}

crypto::PublicKey read_public(ByteReader& reader) {
  crypto::PublicKey key{};
  std::ranges::copy(reader.take(key.size()), key.begin());
  return key;
}

std::optional<crypto::Secret> copy_of(const std::optional<crypto::Secret>& secret) {
  return secret ? std::optional(crypto::Secret::copy_of(secret->view())) : std::nullopt;
}

}  // namespace

bool is_valid_tenant(std::string_view tenant) {
  return !tenant.empty() && tenant.size() <= 64 && std::ranges::all_of(tenant, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
  });
}

TenantKeys TenantKeys::make() {
  TenantKeys keys;
  crypto::KeyPair recovery = crypto::generate_x25519();
  keys.recovery = recovery.public_key;
  keys.recovery_private = std::move(recovery.private_key);
  keys.add_version();
  return keys;
}

TenantKeys TenantKeys::copy() const {
  TenantKeys keys;
  keys.recovery = recovery;
  keys.recovery_private = copy_of(recovery_private);
  for (const Version& version : versions)
    keys.versions.push_back({version.public_key, copy_of(version.private_key)});
  return keys;
}

void TenantKeys::add_version() {
  crypto::KeyPair pair = crypto::generate_x25519();
  versions.push_back({pair.public_key, std::move(pair.private_key)});
}

KekPublic TenantKeys::current() const {
  return {static_cast<uint32_t>(versions.size()), versions.back().public_key};
}

Result<TenantKeys::Version*> TenantKeys::usable(uint32_t version) {
  if (version == 0 || version > versions.size() || !versions[version - 1].private_key)
    return Error(ErrorCode::kNotFound,
                 "key version " + std::to_string(version) + " is not there or destroyed");
  return &versions[version - 1];
}

crypto::Secret encode(const TenantKeys& keys, const std::string& tenant) {
  crypto::Secret bytes(encoded_size(tenant.size(), keys.versions.size()));
  SecretWriter writer(bytes.span());
  writer.raw(as_bytes(kMagic));
  writer.u8(static_cast<uint8_t>(tenant.size()));
  writer.raw(as_bytes(tenant));
  writer.raw(keys.recovery);
  writer.u8(keys.recovery_private ? 1 : 0);
  writer.half(keys.recovery_private);
  writer.u32le(static_cast<uint32_t>(keys.versions.size()));
  for (const TenantKeys::Version& version : keys.versions) {
    writer.u8(version.private_key ? kUsable : kDestroyed);
    writer.raw(version.public_key);
    writer.half(version.private_key);
  }
  writer.raw(crypto::sha256(bytes.view().first(bytes.size() - kHash)));
  return bytes;
}

Result<TenantKeys> decode_tenant_keys(ByteView bytes, const std::string& tenant) {
  ByteReader reader(bytes);
  if (as_text(reader.take(kMagic.size())) != kMagic) return corrupt(reader, "not a file of tenant keys");
  if (as_text(reader.take(reader.u8())) != tenant) return corrupt(reader, "another tenant's keys");
  TenantKeys keys;
  keys.recovery = read_public(reader);
  const uint8_t recovery_waits = reader.u8();
  if (recovery_waits > 1) return corrupt(reader, "unknown state of the recovery key");
  keys.recovery_private = TRY(read_half(reader, recovery_waits, keys.recovery));
  const uint32_t count = reader.u32le();
  if (reader.failed() || count == 0 || reader.remaining() != uint64_t{count} * kVersionSize + kHash)
    return corrupt(reader, "the number of versions does not fit the file's length");
  for (uint32_t i = 0; i < count; ++i) {
    const uint8_t state = reader.u8();
    if (state != kUsable && state != kDestroyed) return corrupt(reader, "unknown state of a version");
    TenantKeys::Version version{.public_key = read_public(reader)};
    version.private_key = TRY(read_half(reader, state == kUsable, version.public_key));
    keys.versions.push_back(std::move(version));
  }
  if (!keys.versions.back().private_key) return corrupt(reader, "the current version is destroyed");
  if (!std::ranges::equal(reader.rest(), crypto::sha256(bytes.first(bytes.size() - kHash))))
    return corrupt(reader, "the file's checksum does not fit");
  return keys;
}

}  // namespace ew::vault
