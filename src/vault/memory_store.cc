#include "vault/object_store.h"

#include <algorithm>
#include <map>
#include <mutex>

namespace ew::vault {
namespace {

Error no_object(const std::string& name) { return {ErrorCode::kNotFound, "no object " + name}; }

class MemoryStore : public ObjectStore {
 public:
  explicit MemoryStore(const Clock& clock) : clock_(clock) {}

  Status put(const std::vector<NewObject>& objects) override {
    for (const NewObject& object : objects)
      if (!is_valid_name(object.name))
        return Error(ErrorCode::kInvalid, "no name of an object: " + object.name);
    Status outcome;
    std::lock_guard lock(mutex_);
    for (const NewObject& object : objects) {
      Bytes bytes;
      for (ByteView piece : object.pieces) bytes.insert(bytes.end(), piece.begin(), piece.end());
      auto [there, is_new] = objects_.try_emplace(object.name);
      if (is_new)
        there->second.bytes = std::move(bytes);
      else if (there->second.bytes != bytes && outcome.ok())
        outcome = Error(ErrorCode::kExists, "another object is named " + object.name);
    }
    return outcome;
  }
  Result<Bytes> get(const std::string& name) override {
    std::lock_guard lock(mutex_);
    return TRY(find(name))->second.bytes;
  }
  Result<Bytes> get_range(const std::string& name, uint64_t offset, uint64_t length) override {
    std::lock_guard lock(mutex_);
    const Bytes& bytes = TRY(find(name))->second.bytes;
    if (offset > bytes.size() || length > bytes.size() - offset)
      return Error(ErrorCode::kTruncated, "object " + name + " ends at " + std::to_string(bytes.size()));
    const auto begin = bytes.begin() + static_cast<long>(offset);
    return Bytes(begin, begin + static_cast<long>(length));
  }
  Result<ObjectInfo> stat(const std::string& name) override {
    std::lock_guard lock(mutex_);
    return ObjectInfo{name, TRY(find(name))->second.bytes.size()};
  }
  Status remove(const std::string& name) override {
    std::lock_guard lock(mutex_);
    auto found = TRY(find(name));
    if (clock_.wall() < found->second.locked_until)
      return Error(ErrorCode::kDenied,
                   "object " + name + " is locked until " + to_rfc3339(found->second.locked_until));
    objects_.erase(found);
    return {};
  }
  Result<std::vector<ObjectInfo>> list(const std::string& prefix, const std::string& after,
                                       size_t limit) override {
    std::lock_guard lock(mutex_);
    std::vector<ObjectInfo> infos;
    for (auto at = std::max(prefix, after) == after ? objects_.upper_bound(after)
                                                    : objects_.lower_bound(prefix);
         at != objects_.end() && infos.size() < limit && at->first.starts_with(prefix); ++at)
      infos.push_back({at->first, at->second.bytes.size()});
    return infos;
  }
  Status lock_until(const std::string& name, WallTime until) override {
    std::lock_guard lock(mutex_);
    WallTime& end = TRY(find(name))->second.locked_until;
    end = std::max(end, until);
    return {};
  }

 private:
  struct Object {
    Bytes bytes;
    WallTime locked_until{INT64_MIN};
  };
  using Objects = std::map<std::string, Object>;

  Result<Objects::iterator> find(const std::string& name) {
    auto found = objects_.find(name);
    if (found == objects_.end()) return no_object(name);
    return found;
  }

  const Clock& clock_;
  std::mutex mutex_;
  Objects objects_;
};

class FaultyStore : public ObjectStore {
 public:
  using Fault = std::function<Status(std::string_view, const std::string&)>;
  FaultyStore(std::unique_ptr<ObjectStore> inner, Fault fault)
      : inner_(std::move(inner)), fault_(std::move(fault)) {}

  Status put(const std::vector<NewObject>& objects) override {
    for (const NewObject& object : objects) TRY(fault_("put", object.name));
    return inner_->put(objects);
  }
  Result<Bytes> get(const std::string& name) override {
    TRY(fault_("get", name));
    return inner_->get(name);
  }
  Result<Bytes> get_range(const std::string& name, uint64_t offset, uint64_t length) override {
    TRY(fault_("get_range", name));
    return inner_->get_range(name, offset, length);
  }
  Result<ObjectInfo> stat(const std::string& name) override {
    TRY(fault_("stat", name));
    return inner_->stat(name);
  }
  Status remove(const std::string& name) override {
    TRY(fault_("remove", name));
    return inner_->remove(name);
  }
  Result<std::vector<ObjectInfo>> list(const std::string& prefix, const std::string& after,
                                       size_t limit) override {
    TRY(fault_("list", prefix));
    return inner_->list(prefix, after, limit);
  }
  Status lock_until(const std::string& name, WallTime until) override {
    TRY(fault_("lock_until", name));
    return inner_->lock_until(name, until);
  }

 private:
  std::unique_ptr<ObjectStore> inner_;
  Fault fault_;
};

}  // namespace

std::unique_ptr<ObjectStore> make_memory_store(const Clock& clock) {
  return std::make_unique<MemoryStore>(clock);
}

std::unique_ptr<ObjectStore> make_faulty_store(
    std::unique_ptr<ObjectStore> inner,
    std::function<Status(std::string_view operation, const std::string& name)> fault) {
  return std::make_unique<FaultyStore>(std::move(inner), std::move(fault));
}

}  // namespace ew::vault
