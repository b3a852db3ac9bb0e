#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

#include "io/env.h"

namespace ew::io {
namespace {

constexpr mode_t kFileMode = 0600, kDirectoryMode = 0700;

ErrorCode code_of(int number) {
  switch (number) {
    case ENOENT:
      return ErrorCode::kNotFound;
    case EEXIST:
      return ErrorCode::kExists;
    case ENOSPC:
    case EDQUOT:
      return ErrorCode::kNoSpace;
    default:
      return ErrorCode::kIo;
  }
}

Error errno_error(std::string_view operation, const std::string& path, int number = errno) {
  return {code_of(number),
          std::string(operation) + " " + path + ": " + std::generic_category().message(number)};
}

// A signal handler without SA_RESTART makes system calls return early; that is never an error to us.
template <typename Call>
auto repeat_interrupted(Call call) {
  decltype(call()) result;
  do result = call();
  while (result == -1 && errno == EINTR);
  return result;
}

class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  Descriptor(Descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
  Descriptor& operator=(Descriptor&&) = delete;
  ~Descriptor() {
    if (number_ >= 0) ::close(number_);
  }
  int get() const { return number_; }

 private:
  int number_;
};

// What root makes belongs to whom the folder belongs: a command of root while no server runs must leave
// nothing that the server's user cannot open. Where a file system knows no owners, nothing is lost by failing.
void give_to_owner_of_folder(int descriptor, const std::string& path) {
  if (::geteuid() != 0) return;
  struct stat made, folder;
  if (::fstat(descriptor, &made) != 0 || ::stat(parent_of(path).c_str(), &folder) != 0) return;
  if (made.st_uid != 0 || folder.st_uid == 0) return;
  [[maybe_unused]] int done = ::fchown(descriptor, folder.st_uid, folder.st_gid);
}

Result<Descriptor> open_descriptor(const std::string& path, int flags) {
  int number = repeat_interrupted([&] { return ::open(path.c_str(), flags | O_CLOEXEC, kFileMode); });
  if (number < 0) return errno_error("open", path);
  if (flags & O_CREAT) give_to_owner_of_folder(number, path);
  return Descriptor(number);
}

class PosixFile : public File {
 public:
  PosixFile(Descriptor descriptor, std::string path)
      : descriptor_(std::move(descriptor)), path_(std::move(path)) {}

  Status write_at(uint64_t offset, ByteView bytes) override {
    while (!bytes.empty()) {
      ssize_t count = repeat_interrupted([&] {
        return ::pwrite(descriptor_.get(), bytes.data(), bytes.size(), static_cast<off_t>(offset));
      });
      if (count < 0) return errno_error("write", path_);
      // A device that takes nothing and says no error would keep us here for ever.
      if (count == 0) return errno_error("write", path_, EIO);
      bytes = bytes.subspan(static_cast<size_t>(count));
      offset += static_cast<uint64_t>(count);
    }
    return {};
  }

  Status read_at(uint64_t offset, ByteSpan bytes) override {
    while (!bytes.empty()) {
      ssize_t count = repeat_interrupted(
          [&] { return ::pread(descriptor_.get(), bytes.data(), bytes.size(), static_cast<off_t>(offset)); });
      if (count < 0) return errno_error("read", path_);
      if (count == 0)
        return Error(ErrorCode::kTruncated, "read " + path_ + ": the file ends at " + std::to_string(offset));
      bytes = bytes.subspan(static_cast<size_t>(count));
      offset += static_cast<uint64_t>(count);
    }
    return {};
  }

  Result<uint64_t> size() override {
    struct stat status;
    if (::fstat(descriptor_.get(), &status) != 0) return errno_error("stat", path_);
    return static_cast<uint64_t>(status.st_size);
  }

  Status truncate(uint64_t size) override {
    if (repeat_interrupted([&] { return ::ftruncate(descriptor_.get(), static_cast<off_t>(size)); }) != 0)
      return errno_error("truncate", path_);
    return {};
  }

  Status allocate(uint64_t size) override {
    if (size == 0) return {};
    if (repeat_interrupted([&] { return ::fallocate(descriptor_.get(), 0, 0, static_cast<off_t>(size)); }) ==
        0)
      return {};
    if (errno != EOPNOTSUPP) return errno_error("allocate", path_);
    // A file system that cannot reserve: the size alone still spares later writes the change of the inode's
    // size.
    uint64_t now = TRY(this->size());
    return now < size ? truncate(size) : Status();
  }

  Status sync() override {
    if (repeat_interrupted([&] { return ::fdatasync(descriptor_.get()); }) != 0)
      return errno_error("sync", path_);
    return {};
  }

 private:
  Descriptor descriptor_;
  std::string path_;
};

class PosixLock : public Lock {
 public:
  explicit PosixLock(Descriptor descriptor) : descriptor_(std::move(descriptor)) {}

 private:
  Descriptor descriptor_;  // closing it releases the flock
};

int flags_of(OpenMode mode) {
  switch (mode) {
    case OpenMode::kRead:
      return O_RDONLY;
    case OpenMode::kReadWrite:
      return O_RDWR;
    case OpenMode::kCreate:
      return O_RDWR | O_CREAT;
    case OpenMode::kCreateNew:
      return O_RDWR | O_CREAT | O_EXCL;
  }
  return O_RDONLY;
}

class PosixEnv : public Env {
 public:
  Result<std::unique_ptr<File>> open(const std::string& path, OpenMode mode) override {
    Descriptor descriptor = TRY(open_descriptor(path, flags_of(mode)));
    return std::unique_ptr<File>(std::make_unique<PosixFile>(std::move(descriptor), path));
  }

  Status rename(const std::string& from, const std::string& to) override {
    if (::rename(from.c_str(), to.c_str()) != 0) return errno_error("rename to " + to + " from", from);
    return {};
  }

  Status link_new(const std::string& from, const std::string& to) override {
    if (::link(from.c_str(), to.c_str()) != 0) return errno_error("link " + from + " as", to);
    return {};
  }

  Status remove(const std::string& path) override {
    if (::unlink(path.c_str()) != 0) return errno_error("remove", path);
    return {};
  }

  Status remove_directory(const std::string& path) override {
    if (::rmdir(path.c_str()) != 0) return errno_error("remove directory", path);
    return {};
  }

  Status make_directories(const std::string& path) override {
    struct stat status;
    if (::stat(path.c_str(), &status) == 0) {
      if (S_ISDIR(status.st_mode)) return {};
      return errno_error("make directory", path, ENOTDIR);
    }
    if (errno != ENOENT) return errno_error("stat", path);
    std::string parent = parent_of(path);
    if (parent != path) TRY(make_directories(parent));
    // Another process may have made it in between.
    if (::mkdir(path.c_str(), kDirectoryMode) != 0 && errno != EEXIST)
      return errno_error("make directory", path);
    Descriptor made = TRY(open_descriptor(path, O_RDONLY | O_DIRECTORY));
    give_to_owner_of_folder(made.get(), path);
    return sync_directory(parent);
  }

  Status sync_directory(const std::string& path) override {
    Descriptor descriptor = TRY(open_descriptor(path, O_RDONLY | O_DIRECTORY));
    if (repeat_interrupted([&] { return ::fsync(descriptor.get()); }) != 0)
      return errno_error("sync directory", path);
    return {};
  }

  Status sync_file_system(const std::string& path) override {
    Descriptor descriptor = TRY(open_descriptor(path, O_RDONLY | O_DIRECTORY));
    if (repeat_interrupted([&] { return ::syncfs(descriptor.get()); }) != 0)
      return errno_error("sync file system of", path);
    return {};
  }

  Result<std::vector<std::string>> list(const std::string& directory) override {
    std::unique_ptr<DIR, int (*)(DIR*)> stream(::opendir(directory.c_str()), &::closedir);
    if (!stream) return errno_error("list", directory);
    std::vector<std::string> names;
    for (;;) {
      errno = 0;
      const dirent* entry = ::readdir(stream.get());
      if (!entry) break;
      std::string name = entry->d_name;
      if (name != "." && name != "..") names.push_back(std::move(name));
    }
    if (errno != 0) return errno_error("list", directory);
    std::sort(names.begin(), names.end());
    return names;
  }

  Result<bool> exists(const std::string& path) override {
    struct stat status;
    if (::stat(path.c_str(), &status) == 0) return true;
    if (errno == ENOENT || errno == ENOTDIR) return false;
    return errno_error("stat", path);
  }

  Result<std::unique_ptr<Lock>> lock(const std::string& path) override {
    Descriptor descriptor = TRY(open_descriptor(path, O_RDWR | O_CREAT));
    if (repeat_interrupted([&] { return ::flock(descriptor.get(), LOCK_EX | LOCK_NB); }) != 0) {
      if (errno == EWOULDBLOCK) return Error(ErrorCode::kBusy, "lock " + path + ": held by another process");
      return errno_error("lock", path);
    }
    return std::unique_ptr<Lock>(std::make_unique<PosixLock>(std::move(descriptor)));
  }

  Result<uint64_t> free_bytes(const std::string& path) override {
    struct statvfs status;
    if (repeat_interrupted([&] { return ::statvfs(path.c_str(), &status); }) != 0)
      return errno_error("statvfs", path);
    return static_cast<uint64_t>(status.f_bavail) * status.f_frsize;
  }
};

}  // namespace

Env& posix_env() {
  static PosixEnv env;
  return env;
}

}  // namespace ew::io
