#include "capture/file_bytes.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "base/descriptor.h"
#include "base/system_error.h"

namespace ew::capture {
namespace {

Error file_error(const std::string& path) {
  const int number = errno;
  Error error = system_error(path, number);
  return number == ENOENT ? Error(ErrorCode::kNotFound, error.message()) : error;
}

}  // namespace

Result<FileBytes> FileBytes::map(const std::string& path) {
  // O_NONBLOCK: opening a pipe must not wait for its writer.
  Descriptor file(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!file) return file_error(path);
  return map(file.get(), path);
}

Result<FileBytes> FileBytes::map(int file, const std::string& name) {
  struct stat status;
  if (fstat(file, &status) != 0) return file_error(name);
  if (!S_ISREG(status.st_mode)) return Error(ErrorCode::kInvalid, name + ": expected a regular file");
  if (status.st_size == 0) return FileBytes(ByteView{});

  auto size = static_cast<size_t>(status.st_size);
  void* address = mmap(nullptr, size, PROT_READ, MAP_PRIVATE, file, 0);
  if (address == MAP_FAILED) return file_error(name);
  madvise(address, size, MADV_SEQUENTIAL);
  return FileBytes(ByteView(static_cast<const uint8_t*>(address), size));
}

FileBytes::FileBytes(FileBytes&& other) noexcept
    : mapped_(std::exchange(other.mapped_, {})),
      owned_(std::move(other.owned_)),
      view_(std::exchange(other.view_, {})) {}

FileBytes::~FileBytes() {
  if (!mapped_.empty()) munmap(const_cast<uint8_t*>(mapped_.data()), mapped_.size());
}

}  // namespace ew::capture
