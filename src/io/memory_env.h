// MemoryEnv: a file system in memory that knows what a power loss may leave of it. For tests of everything
// that promises durability: take crash_state(seed) at any moment and open it as the next run would find the
// disk.
//
// The model. A sync makes a file's contents and size durable, sync_directory() its names. Of what was not
// synced, each 4 KiB block written is there, or not, or torn at 512-byte borders, independently of all
// others; changes of a file's size are there up to some point in their order; changes of a directory's names
// likewise. So a name can stand for an empty or zero-filled file. A rename is atomic; made directories are
// durable, as Env promises.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <set>

#include "io/env.h"

namespace ew::io {

class MemoryEnv : public Env {
 public:
  MemoryEnv();
  ~MemoryEnv() override;

  // A legal state after a power loss now, the same for the same seed. Files that are open here stay here.
  std::unique_ptr<MemoryEnv> crash_state(uint64_t seed) const;
  // The state after the process is killed now: everything written is there; what was not synced is still not
  // durable.
  std::unique_ptr<MemoryEnv> crash_kill() const;

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
  struct State;
  std::shared_ptr<State> state_;  // shared with open files and locks, which may outlive this
};

}  // namespace ew::io
