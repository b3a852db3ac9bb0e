// FaultEnv: wraps an Env and lets a policy fail, shorten or delay any of its calls. For tests: run a piece of
// code once without faults and read calls(), then once more for each number with `fail_call(number, ...)`.
#pragma once

#include <array>
#include <atomic>
#include <functional>
#include <mutex>
#include <optional>

#include "io/env.h"

namespace ew::io {

enum class Operation {
  kOpen,
  kWriteAt,
  kReadAt,
  kSize,
  kTruncate,
  kAllocate,
  kSync,
  kRename,
  kLinkNew,
  kRemove,
  kMakeDirectories,
  kSyncDirectory,
  kSyncFileSystem,
  kList,
  kExists,
  kLock,
  kFreeBytes,
};
constexpr size_t kOperations = 17;
std::string_view name_of(Operation operation);

// A site: one call, known by its place among all calls and among those of its kind. Both count from 0.
struct Call {
  Operation operation = Operation::kOpen;
  std::string path;
  uint64_t number = 0;
  uint64_t number_of_kind = 0;
  size_t size = 0;  // of what is written or read
};

struct Fault {
  Error error;
  size_t written = 0;  // write_at: so many bytes reach the file before the error
};

// Asked before each call, on the calling thread and without a lock held, so it may also wait, or look at the
// wrapped Env.
using Policy = std::function<std::optional<Fault>(const Call&)>;

enum class Disorder { kEio, kEnospc, kErofs, kShortWrite };
enum class Persistence { kOnce, kForEver };
// An error as the real Env would report it. kShortWrite: half of a write's bytes, then ENOSPC; other calls
// succeed.
std::optional<Fault> fault_of(Disorder disorder, const Call& call);

Policy fail_call(uint64_t number, Disorder disorder, Persistence persistence);
Policy fail_kind(Operation operation, uint64_t number_of_kind, Disorder disorder, Persistence persistence);
// `pause` is called before each sync of a file or a file system: a slow disk.
Policy delay_syncs(std::function<void()> pause);

class FaultEnv : public Env {
 public:
  explicit FaultEnv(Env& inner, Policy policy = {}) : inner_(inner), policy_(std::move(policy)) {}

  void set_policy(Policy policy);
  uint64_t calls() const { return calls_; }
  uint64_t faults() const { return faults_; }
  // Calls that changed or synced a file after a sync of the same open file had failed: must be 0
  // (REQUIREMENTS H04).
  uint64_t touched_after_failed_sync() const { return touched_after_failed_sync_; }

  Result<std::unique_ptr<File>> open(const std::string& path, OpenMode mode) override;
  Status rename(const std::string& from, const std::string& to) override;
  Status link_new(const std::string& from, const std::string& to) override;
  Status remove(const std::string& path) override;
  Status remove_directory(const std::string& path) override;
  Status make_directories(const std::string& path) override;
  Status sync_directory(const std::string& path) override;
  Status sync_file_system(const std::string& path) override;
  Result<std::vector<std::string>> list(const std::string& directory) override;
  Result<bool> exists(const std::string& path) override;
  Result<std::unique_ptr<Lock>> lock(const std::string& path) override;
  Result<uint64_t> free_bytes(const std::string& path) override;

 private:
  friend class FaultFile;
  std::optional<Fault> ask(Operation operation, const std::string& path, size_t size = 0);

  Env& inner_;
  std::mutex mutex_;  // guards policy_ and calls_of_kind_
  Policy policy_;
  std::array<uint64_t, kOperations> calls_of_kind_{};
  std::atomic<uint64_t> calls_ = 0, faults_ = 0, touched_after_failed_sync_ = 0;
};

}  // namespace ew::io
