// The key pairs of one tenant, and the file that holds them (docs/formats/keys.md).
#pragma once

#include <vector>

#include "vault/keys.h"

namespace ew::vault {

bool is_valid_tenant(std::string_view tenant);  // [a-z0-9-]{1,64}

struct TenantKeys {
  struct Version {
    crypto::PublicKey public_key{};
    std::optional<crypto::Secret> private_key;  // nothing: destroyed
  };
  crypto::PublicKey recovery{};
  std::optional<crypto::Secret> recovery_private;  // until it is taken
  std::vector<Version> versions;                   // version n is at n - 1; the last one is current

  static TenantKeys make();
  TenantKeys copy() const;
  void add_version();
  KekPublic current() const;
  // kNotFound: there is no such version, or it is destroyed.
  Result<Version*> usable(uint32_t version);
};

crypto::Secret encode(const TenantKeys& keys, const std::string& tenant);
// kCorrupt with the offset.
Result<TenantKeys> decode_tenant_keys(ByteView bytes, const std::string& tenant);

}  // namespace ew::vault
