// Keys at rest (docs/formats/keys.md). Each part's data key (DEK) is sealed by HPKE to the tenant's current
// key pair (KEK) and kept in a slot of the KeyStore; KekProvider holds the private halves. Recorders need
// public halves only.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/ids.h"
#include "base/result.h"
#include "crypto/crypto.h"
#include "io/env.h"

namespace ew::vault {

// A DEK as it lies in its slot. The authenticated data is the part's id and generation, so that slots cannot
// be exchanged.
struct SealedKey {
  PartId part;
  uint32_t generation = 0;
  uint32_t kek_version = 0;
  std::array<uint8_t, 32> encapsulated{};
  uint64_t sequence = 0;
  std::array<uint8_t, 48> sealed{};
};

struct KekPublic {
  uint32_t version = 0;
  crypto::PublicKey key{};
  bool operator==(const KekPublic&) const = default;
};

// Seals DEKs to one KEK; holds one HPKE context, renewed after kMaxPerContext keys. One thread.
class KeySealer {
 public:
  static constexpr uint64_t kMaxPerContext = 10'000;
  static Result<std::unique_ptr<KeySealer>> create(KekPublic kek);
  virtual ~KeySealer() = default;
  virtual Result<SealedKey> seal(PartId part, uint32_t generation, const crypto::Secret& dek) = 0;
};

// Private halves. Implementations: local file (below), memory; PKCS#11 and an HTTP key service have the same
// shape.
class KekProvider {
 public:
  virtual ~KekProvider() = default;
  virtual Result<KekPublic> current(const std::string& tenant) = 0;  // makes the first version where none is
  virtual Result<std::vector<KekPublic>> versions(const std::string& tenant) = 0;
  virtual Result<crypto::Secret> open(const std::string& tenant,
                                      const SealedKey& key) = 0;  // kNotFound: version is destroyed
  virtual Result<KekPublic> rotate(const std::string& tenant) = 0;
  virtual Status destroy(const std::string& tenant,
                         uint32_t version) = 0;  // final; never the current one (kDenied)
  // The tenant's recovery key: made with the first KEK. The private half is shown once and then forgotten
  // here.
  virtual Result<crypto::PublicKey> recovery_public(const std::string& tenant) = 0;
  virtual Result<std::optional<crypto::Secret>> take_recovery_private(const std::string& tenant) = 0;
};
// One checksummed file per tenant in `directory` (mode 0700, files 0600), written atomically. kCorrupt names
// file and place.
Result<std::unique_ptr<KekProvider>> make_local_kek_provider(io::Env& env, std::string directory);
std::unique_ptr<KekProvider> make_memory_kek_provider();

// Sealed DEKs, one slot per part and generation. Any thread.
class KeyStore {
 public:
  virtual ~KeyStore() = default;
  virtual Status put(
      const SealedKey& key) = 0;  // durable after sync(); kExists if the part and generation has one
  virtual Status sync() = 0;
  virtual Result<SealedKey> get(PartId part,
                                uint32_t generation) = 0;  // kNotFound: never there; kDenied: destroyed
  virtual Status destroy(PartId part,
                         uint32_t generation) = 0;   // overwrites the slot in both mirrors, durable on return
  virtual Status replace(const SealedKey& key) = 0;  // re-wrapped under another KEK; durable after sync()
  virtual Result<uint64_t> count() = 0;
  virtual Status for_each(const std::function<Status(const SealedKey&)>& each) = 0;
  // Reads both mirrors whole; each finding names file and offset. A slot that is good in one mirror is a
  // finding too, and repaired by repair().
  virtual Result<std::vector<std::string>> check() = 0;
  virtual Status repair() = 0;
};
// Who else has the same store open. Of two processes one adds keys and the other reads, replaces and destroys
// them: so no place is ever written by both, and what one does not know yet it finds by reading on.
enum class KeyStoreUse {
  kAlone,     // nobody
  kRecorder,  // puts; replace() and destroy() are kDenied
  kKeeper,    // put() is kDenied; a look-up that misses reads what the recorder has added
};
// Two mirrored files of fixed checksummed slots in `directory`. Opening reads them whole and trusts, per
// slot, a mirror whose checksum fits (the newer one by its write counter where both do).
Result<std::unique_ptr<KeyStore>> make_file_key_store(io::Env& env, std::string directory,
                                                      KeyStoreUse use = KeyStoreUse::kAlone);
std::unique_ptr<KeyStore> make_memory_key_store();
std::unique_ptr<KeyStore> make_faulty_key_store(std::unique_ptr<KeyStore> inner,
                                                std::function<Status(std::string_view operation)> fault);

}  // namespace ew::vault
