// Env: the file system as the recording path sees it. The journal, vault, key store and audit log reach the
// disk only through it, so that every failure of every call can be injected and every crash replayed.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"

namespace ew::io {

// An open file. Offsets are bytes from its start. Not for use by two threads at once, except that read_at may
// run beside write_at of other ranges.
class File {
 public:
  virtual ~File() = default;
  // Writes all of `bytes` (short writes are continued, EINTR repeated) or fails; after a failure the range is
  // undefined.
  virtual Status write_at(uint64_t offset, ByteView bytes) = 0;
  // Reads exactly bytes.size(), kTruncated if the file ends before.
  virtual Status read_at(uint64_t offset, ByteSpan bytes) = 0;
  virtual Result<uint64_t> size() = 0;
  virtual Status truncate(uint64_t size) = 0;
  // Reserves blocks, so that later writes below `size` need none; the file's size becomes at least `size`.
  virtual Status allocate(uint64_t size) = 0;
  // fdatasync. After a failure the file's state is unknown: the caller must not write to it again
  // (REQUIREMENTS H04).
  virtual Status sync() = 0;
};

enum class OpenMode {
  kRead,
  kReadWrite,  // must exist
  kCreate,     // created if absent
  kCreateNew,  // kExists if present
};

class Lock {  // released by its destructor
 public:
  virtual ~Lock() = default;
};

class Env {
 public:
  virtual ~Env() = default;
  virtual Result<std::unique_ptr<File>> open(const std::string& path, OpenMode mode) = 0;
  virtual Status rename(const std::string& from, const std::string& to) = 0;  // replaces `to`
  virtual Status link_new(const std::string& from,
                          const std::string& to) = 0;  // kExists if `to` is there; `from` stays
  virtual Status remove(const std::string& path) = 0;  // kNotFound if absent
  // An empty one; where there are no directories, nothing is to be done.
  virtual Status remove_directory(const std::string& path) = 0;
  virtual Status make_directories(const std::string& path) = 0;  // mode 0700; syncs each parent
  virtual Status sync_directory(const std::string& path) = 0;
  virtual Result<std::vector<std::string>> list(
      const std::string& directory) = 0;  // names, sorted, without . and ..
  virtual Result<bool> exists(const std::string& path) = 0;
  virtual Result<std::unique_ptr<Lock>> lock(const std::string& path) = 0;  // exclusive; kBusy if held
  virtual Result<uint64_t> free_bytes(const std::string& path) = 0;
  // All contents and names on the file system on which `path` lies, whoever wrote them: for a batch of files
  // one call instead of a sync for each. A failure does not say whose it was; every file's sync() still tells
  // about that file.
  virtual Status sync_file_system(const std::string& path) = 0;
};

// The real one. New files have mode 0600.
Env& posix_env();

// Whole files. write_file is atomic and durable: temporary file, sync, rename, directory sync.
Result<Bytes> read_file(Env& env, const std::string& path, uint64_t limit);
Status write_file(Env& env, const std::string& path, ByteView bytes);

std::string join(std::string_view directory, std::string_view name);
std::string parent_of(std::string_view path);

}  // namespace ew::io
