#include "vault/keys.h"

#include <map>
#include <mutex>

#include "crypto/hpke.h"
#include "vault/sealing_internal.h"
#include "vault/tenant_keys_internal.h"

namespace ew::vault {
namespace {

// Where the keys of tenants lie.
class TenantKeyFiles {
 public:
  virtual ~TenantKeyFiles() = default;
  virtual Result<std::optional<TenantKeys>> load(const std::string& tenant) = 0;
  virtual Status save(const std::string& tenant, const TenantKeys& keys) = 0;
};

class MemoryFiles : public TenantKeyFiles {
 public:
  Result<std::optional<TenantKeys>> load(const std::string&) override { return std::optional<TenantKeys>(); }
  Status save(const std::string&, const TenantKeys&) override { return {}; }
};

class LocalFiles : public TenantKeyFiles {
 public:
  LocalFiles(io::Env& env, std::string directory) : env_(env), directory_(std::move(directory)) {}

  Result<std::optional<TenantKeys>> load(const std::string& tenant) override {
    const std::string path = path_of(tenant);
    if (!TRY(env_.exists(path))) return std::optional<TenantKeys>();
    Bytes bytes = TRY(io::read_file(env_, path, kMaxSize));
    auto keys = decode_tenant_keys(bytes, tenant);
    crypto::wipe(bytes);
    if (!keys.ok()) return std::move(keys).error().within(path);
    return std::optional(std::move(keys).value());
  }

  Status save(const std::string& tenant, const TenantKeys& keys) override {
    const std::string path = path_of(tenant);
    // Held open, so that the replaced file, which no name leads to any more, can be overwritten.
    std::unique_ptr<io::File> replaced;
    if (TRY(env_.exists(path))) replaced = TRY(env_.open(path, io::OpenMode::kReadWrite));
    TRY(io::write_file(env_, path, encode(keys, tenant).view()));
    return replaced ? overwrite(*replaced) : Status();
  }

 private:
  static constexpr uint64_t kMaxSize = 16 * 1024 * 1024;

  std::string path_of(const std::string& tenant) const { return io::join(directory_, tenant + ".kek"); }

  static Status overwrite(io::File& file) {
    Bytes noise(TRY(file.size()));
    crypto::random_bytes(noise);
    TRY(file.write_at(0, noise));
    return file.sync();
  }

  io::Env& env_;
  std::string directory_;
};

class TenantKekProvider : public KekProvider {
 public:
  explicit TenantKekProvider(std::unique_ptr<TenantKeyFiles> files) : files_(std::move(files)) {}

  Result<KekPublic> current(const std::string& tenant) override {
    std::lock_guard lock(mutex_);
    return TRY(keys_of(tenant))->current();
  }
  Result<std::vector<KekPublic>> versions(const std::string& tenant) override {
    std::lock_guard lock(mutex_);
    TenantKeys* keys = TRY(keys_of(tenant));
    std::vector<KekPublic> usable;
    for (uint32_t i = 0; i < keys->versions.size(); ++i)
      if (keys->versions[i].private_key) usable.push_back({i + 1, keys->versions[i].public_key});
    return usable;
  }
  Result<crypto::Secret> open(const std::string& tenant, const SealedKey& key) override {
    std::lock_guard lock(mutex_);
    TenantKeys* keys = TRY(keys_of(tenant));
    const TenantKeys::Version* version = TRY(keys->usable(key.kek_version));
    if (!receiver_ || receiver_->kek != version->public_key || receiver_->encapsulated != key.encapsulated) {
      crypto::KeyPair pair{version->public_key, crypto::Secret::copy_of(version->private_key->view())};
      receiver_.emplace(Receiver{version->public_key, key.encapsulated,
                                 TRY(crypto::HpkeReceiver::create(pair, key.encapsulated, kSealingInfo))});
    }
    return receiver_->context.open(key.sequence, sealing_aad(key.part, key.generation), key.sealed);
  }
  Result<KekPublic> rotate(const std::string& tenant) override {
    std::lock_guard lock(mutex_);
    TenantKeys next = TRY(keys_of(tenant))->copy();
    next.add_version();
    const KekPublic current = next.current();
    TRY(store(tenant, std::move(next)));
    return current;
  }
  Status destroy(const std::string& tenant, uint32_t version) override {
    std::lock_guard lock(mutex_);
    TenantKeys next = TRY(keys_of(tenant))->copy();
    if (version == next.current().version)
      return Error(ErrorCode::kDenied, "the current key version is in use");
    TRY(next.usable(version))->private_key.reset();
    return store(tenant, std::move(next));
  }
  Result<crypto::PublicKey> recovery_public(const std::string& tenant) override {
    std::lock_guard lock(mutex_);
    return TRY(keys_of(tenant))->recovery;
  }
  Result<std::optional<crypto::Secret>> take_recovery_private(const std::string& tenant) override {
    std::lock_guard lock(mutex_);
    TenantKeys next = TRY(keys_of(tenant))->copy();
    std::optional<crypto::Secret> taken = std::exchange(next.recovery_private, std::nullopt);
    if (taken) TRY(store(tenant, std::move(next)));
    return taken;
  }

 private:
  // Loads a tenant's keys, and makes them where there are none.
  Result<TenantKeys*> keys_of(const std::string& tenant) {
    if (auto found = tenants_.find(tenant); found != tenants_.end()) return &found->second;
    if (!is_valid_tenant(tenant)) return Error(ErrorCode::kInvalid, "a tenant's name is [a-z0-9-]{1,64}");
    auto loaded = TRY(files_->load(tenant));
    if (loaded) return &(tenants_[tenant] = *std::move(loaded));
    TRY(store(tenant, TenantKeys::make()));
    return &tenants_[tenant];
  }
  // After an error it is unknown which keys the file holds, so they are read again at the next use.
  Status store(const std::string& tenant, TenantKeys keys) {
    receiver_.reset();  // nothing of a destroyed version stays
    Status saved = files_->save(tenant, keys);
    if (saved.ok())
      tenants_[tenant] = std::move(keys);
    else
      tenants_.erase(tenant);
    return saved;
  }

  std::mutex mutex_;
  std::unique_ptr<TenantKeyFiles> files_;
  std::map<std::string, TenantKeys> tenants_;
  // Keys that were sealed one after the other share a context, and are mostly opened so.
  struct Receiver {
    crypto::PublicKey kek;
    std::array<uint8_t, 32> encapsulated;
    crypto::HpkeReceiver context;
  };
  std::optional<Receiver> receiver_;
};

}  // namespace

Result<std::unique_ptr<KekProvider>> make_local_kek_provider(io::Env& env, std::string directory) {
  TRY(env.make_directories(directory));
  return std::unique_ptr<KekProvider>(
      std::make_unique<TenantKekProvider>(std::make_unique<LocalFiles>(env, std::move(directory))));
}

std::unique_ptr<KekProvider> make_memory_kek_provider() {
  return std::make_unique<TenantKekProvider>(std::make_unique<MemoryFiles>());
}

}  // namespace ew::vault
