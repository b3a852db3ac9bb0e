#include "vault/keys.h"

#include <algorithm>
#include <map>
#include <mutex>

namespace ew::vault {
namespace {

class MemoryKeyStore : public KeyStore {
 public:
  Status put(const SealedKey& key) override {
    std::lock_guard lock(mutex_);
    if (!keys_.emplace(std::pair(key.part, key.generation), key).second)
      return Error(ErrorCode::kExists, "there is a key of part " + key.part.text());
    return {};
  }
  Status sync() override { return {}; }
  Result<SealedKey> get(PartId part, uint32_t generation) override {
    std::lock_guard lock(mutex_);
    return *TRY(find(part, generation));
  }
  Status destroy(PartId part, uint32_t generation) override {
    std::lock_guard lock(mutex_);
    auto found = keys_.find({part, generation});
    if (found == keys_.end()) return not_found(part);
    found->second.reset();
    return {};
  }
  Status replace(const SealedKey& key) override {
    std::lock_guard lock(mutex_);
    *TRY(find(key.part, key.generation)) = key;
    return {};
  }
  Result<uint64_t> count() override {
    std::lock_guard lock(mutex_);
    return static_cast<uint64_t>(
        std::count_if(keys_.begin(), keys_.end(), [](auto& key) { return key.second; }));
  }
  Status for_each(const std::function<Status(const SealedKey&)>& each) override {
    std::unique_lock lock(mutex_);
    const auto keys = keys_;
    lock.unlock();
    for (const auto& [id, key] : keys)
      if (key) TRY(each(*key));
    return {};
  }
  Result<std::vector<std::string>> check() override { return std::vector<std::string>{}; }
  Status repair() override { return {}; }

 private:
  static Error not_found(PartId part) { return {ErrorCode::kNotFound, "no key of part " + part.text()}; }
  Result<SealedKey*> find(PartId part, uint32_t generation) {
    auto found = keys_.find({part, generation});
    if (found == keys_.end()) return not_found(part);
    if (!found->second) return Error(ErrorCode::kDenied, "the key of part " + part.text() + " is destroyed");
    return &*found->second;
  }

  std::mutex mutex_;
  std::map<std::pair<PartId, uint32_t>, std::optional<SealedKey>> keys_;  // nothing: destroyed
};

class FaultyKeyStore : public KeyStore {
 public:
  FaultyKeyStore(std::unique_ptr<KeyStore> inner, std::function<Status(std::string_view)> fault)
      : inner_(std::move(inner)), fault_(std::move(fault)) {}

  Status put(const SealedKey& key) override {
    TRY(fault_("put"));
    return inner_->put(key);
  }
  Status sync() override {
    TRY(fault_("sync"));
    return inner_->sync();
  }
  Result<SealedKey> get(PartId part, uint32_t generation) override {
    TRY(fault_("get"));
    return inner_->get(part, generation);
  }
  Status destroy(PartId part, uint32_t generation) override {
    TRY(fault_("destroy"));
    return inner_->destroy(part, generation);
  }
  Status replace(const SealedKey& key) override {
    TRY(fault_("replace"));
    return inner_->replace(key);
  }
  Result<uint64_t> count() override {
    TRY(fault_("count"));
    return inner_->count();
  }
  Status for_each(const std::function<Status(const SealedKey&)>& each) override {
    TRY(fault_("for_each"));
    return inner_->for_each(each);
  }
  Result<std::vector<std::string>> check() override {
    TRY(fault_("check"));
    return inner_->check();
  }
  Status repair() override {
    TRY(fault_("repair"));
    return inner_->repair();
  }

 private:
  std::unique_ptr<KeyStore> inner_;
  std::function<Status(std::string_view)> fault_;
};

}  // namespace

std::unique_ptr<KeyStore> make_memory_key_store() { return std::make_unique<MemoryKeyStore>(); }

std::unique_ptr<KeyStore> make_faulty_key_store(std::unique_ptr<KeyStore> inner,
                                                std::function<Status(std::string_view operation)> fault) {
  return std::make_unique<FaultyKeyStore>(std::move(inner), std::move(fault));
}

}  // namespace ew::vault
