#include "io/fault_env.h"

#include <algorithm>

namespace ew::io {

std::string_view name_of(Operation operation) {
  static constexpr std::string_view kNames[kOperations] = {"open",
                                                           "write",
                                                           "read",
                                                           "size",
                                                           "truncate",
                                                           "allocate",
                                                           "sync",
                                                           "rename",
                                                           "link",
                                                           "remove",
                                                           "make directories",
                                                           "sync directory",
                                                           "sync file system",
                                                           "list",
                                                           "exists",
                                                           "lock",
                                                           "free bytes"};
  return kNames[static_cast<size_t>(operation)];
}

std::optional<Fault> fault_of(Disorder disorder, const Call& call) {
  std::string where = std::string(name_of(call.operation)) + " " + call.path + ": ";
  switch (disorder) {
    case Disorder::kEio:
      return Fault{{ErrorCode::kIo, where + "Input/output error"}};
    case Disorder::kEnospc:
      return Fault{{ErrorCode::kNoSpace, where + "No space left on device"}};
    case Disorder::kErofs:
      return Fault{{ErrorCode::kIo, where + "Read-only file system"}};
    case Disorder::kShortWrite:
      if (call.operation != Operation::kWriteAt) return std::nullopt;
      return Fault{{ErrorCode::kNoSpace, where + "No space left on device"}, call.size / 2};
  }
  return std::nullopt;
}

static bool is_struck(uint64_t number, uint64_t target, Persistence persistence) {
  return persistence == Persistence::kOnce ? number == target : number >= target;
}

Policy fail_call(uint64_t number, Disorder disorder, Persistence persistence) {
  return [=](const Call& call) -> std::optional<Fault> {
    if (!is_struck(call.number, number, persistence)) return std::nullopt;
    return fault_of(disorder, call);
  };
}

Policy fail_kind(Operation operation, uint64_t number_of_kind, Disorder disorder, Persistence persistence) {
  return [=](const Call& call) -> std::optional<Fault> {
    if (call.operation != operation || !is_struck(call.number_of_kind, number_of_kind, persistence))
      return std::nullopt;
    return fault_of(disorder, call);
  };
}

Policy delay_syncs(std::function<void()> pause) {
  return [pause = std::move(pause)](const Call& call) -> std::optional<Fault> {
    if (call.operation == Operation::kSync || call.operation == Operation::kSyncFileSystem) pause();
    return std::nullopt;
  };
}

class FaultFile : public File {
 public:
  FaultFile(FaultEnv& env, std::unique_ptr<File> inner, std::string path)
      : env_(env), inner_(std::move(inner)), path_(std::move(path)) {}

  Status write_at(uint64_t offset, ByteView bytes) override {
    note_touch();
    if (auto fault = env_.ask(Operation::kWriteAt, path_, bytes.size())) {
      if (fault->written > 0)
        TRY(inner_->write_at(offset, bytes.first(std::min(fault->written, bytes.size()))));
      return fault->error;
    }
    return inner_->write_at(offset, bytes);
  }
  Status read_at(uint64_t offset, ByteSpan bytes) override {
    if (auto fault = env_.ask(Operation::kReadAt, path_, bytes.size())) return fault->error;
    return inner_->read_at(offset, bytes);
  }
  Result<uint64_t> size() override {
    if (auto fault = env_.ask(Operation::kSize, path_)) return fault->error;
    return inner_->size();
  }
  Status truncate(uint64_t size) override {
    note_touch();
    if (auto fault = env_.ask(Operation::kTruncate, path_)) return fault->error;
    return inner_->truncate(size);
  }
  Status allocate(uint64_t size) override {
    note_touch();
    if (auto fault = env_.ask(Operation::kAllocate, path_)) return fault->error;
    return inner_->allocate(size);
  }
  Status sync() override {
    note_touch();
    if (auto fault = env_.ask(Operation::kSync, path_)) {
      sync_failed_ = true;
      return fault->error;
    }
    return inner_->sync();
  }

 private:
  void note_touch() {
    if (sync_failed_) ++env_.touched_after_failed_sync_;
  }

  FaultEnv& env_;
  std::unique_ptr<File> inner_;
  std::string path_;
  bool sync_failed_ = false;
};

void FaultEnv::set_policy(Policy policy) {
  std::lock_guard lock(mutex_);
  policy_ = std::move(policy);
}

std::optional<Fault> FaultEnv::ask(Operation operation, const std::string& path, size_t size) {
  Call call{operation, path, 0, 0, size};
  Policy policy;
  {
    std::lock_guard lock(mutex_);
    call.number = calls_++;
    call.number_of_kind = calls_of_kind_[static_cast<size_t>(operation)]++;
    policy = policy_;
  }
  auto fault = policy ? policy(call) : std::nullopt;
  if (fault) ++faults_;
  return fault;
}

Result<std::unique_ptr<File>> FaultEnv::open(const std::string& path, OpenMode mode) {
  if (auto fault = ask(Operation::kOpen, path)) return fault->error;
  auto file = TRY(inner_.open(path, mode));
  return std::unique_ptr<File>(std::make_unique<FaultFile>(*this, std::move(file), path));
}
Status FaultEnv::rename(const std::string& from, const std::string& to) {
  if (auto fault = ask(Operation::kRename, from)) return fault->error;
  return inner_.rename(from, to);
}
Status FaultEnv::link_new(const std::string& from, const std::string& to) {
  if (auto fault = ask(Operation::kLinkNew, from)) return fault->error;
  return inner_.link_new(from, to);
}
Status FaultEnv::remove(const std::string& path) {
  if (auto fault = ask(Operation::kRemove, path)) return fault->error;
  return inner_.remove(path);
}
Status FaultEnv::remove_directory(const std::string& path) {
  if (auto fault = ask(Operation::kRemove, path)) return fault->error;
  return inner_.remove_directory(path);
}
Status FaultEnv::make_directories(const std::string& path) {
  if (auto fault = ask(Operation::kMakeDirectories, path)) return fault->error;
  return inner_.make_directories(path);
}
Status FaultEnv::sync_directory(const std::string& path) {
  if (auto fault = ask(Operation::kSyncDirectory, path)) return fault->error;
  return inner_.sync_directory(path);
}
Status FaultEnv::sync_file_system(const std::string& path) {
  if (auto fault = ask(Operation::kSyncFileSystem, path)) return fault->error;
  return inner_.sync_file_system(path);
}
Result<std::vector<std::string>> FaultEnv::list(const std::string& directory) {
  if (auto fault = ask(Operation::kList, directory)) return fault->error;
  return inner_.list(directory);
}
Result<bool> FaultEnv::exists(const std::string& path) {
  if (auto fault = ask(Operation::kExists, path)) return fault->error;
  return inner_.exists(path);
}
Result<std::unique_ptr<Lock>> FaultEnv::lock(const std::string& path) {
  if (auto fault = ask(Operation::kLock, path)) return fault->error;
  return inner_.lock(path);
}
Result<uint64_t> FaultEnv::free_bytes(const std::string& path) {
  if (auto fault = ask(Operation::kFreeBytes, path)) return fault->error;
  return inner_.free_bytes(path);
}

}  // namespace ew::io
