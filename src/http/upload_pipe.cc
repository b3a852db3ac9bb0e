#include "http/upload_pipe_internal.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace ew::http {

UploadPipe::UploadPipe(std::optional<uint64_t> size, std::function<void()> on_space)
    : size_(size), on_space_(std::move(on_space)) {}

Result<size_t> UploadPipe::read(ByteSpan out) {
  bool has_space = false;
  size_t count = 0;
  {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return ended_ || error_ || taken_ < bytes_.size(); });
    if (taken_ == bytes_.size()) return error_ ? Result<size_t>(*error_) : Result<size_t>(0);
    bool was_full = bytes_.size() >= kCapacity;
    count = std::min(out.size(), bytes_.size() - taken_);
    std::memcpy(out.data(), bytes_.data() + taken_, count);
    taken_ += count;
    if (taken_ == bytes_.size()) {
      bytes_.clear();
      taken_ = 0;
      has_space = was_full;
    }
  }
  if (has_space) on_space_();
  return count;
}

void UploadPipe::push(std::string_view bytes) {
  {
    std::lock_guard lock(mutex_);
    bytes_ += bytes;
  }
  changed_.notify_one();
}

// Until it is empty again: so a pipe that was full is refilled in large steps, and its front is never moved.
bool UploadPipe::is_full() const {
  std::lock_guard lock(mutex_);
  return bytes_.size() >= kCapacity;
}

void UploadPipe::finish() {
  {
    std::lock_guard lock(mutex_);
    ended_ = true;
  }
  changed_.notify_one();
}

void UploadPipe::fail(Error error) {
  {
    std::lock_guard lock(mutex_);
    error_ = std::move(error);
  }
  changed_.notify_one();
}

}  // namespace ew::http
