// The body of a streamed upload on its way from the thread of the sockets to the worker that handles it.
#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <string>

#include "http/message.h"

namespace ew::http {

class UploadPipe : public BodyReader {
 public:
  // `on_space` is called, on the worker's thread, when a full pipe can take bytes again.
  UploadPipe(std::optional<uint64_t> size, std::function<void()> on_space);

  // The worker's side.
  Result<size_t> read(ByteSpan out) override;
  std::optional<uint64_t> size() const override { return size_; }

  // The sockets' side. Bytes are taken also when full: the caller stops reading then.
  void push(std::string_view bytes);
  bool is_full() const;
  void finish();
  void fail(Error error);

 private:
  static constexpr size_t kCapacity = 256 * 1024;
  const std::optional<uint64_t> size_;
  const std::function<void()> on_space_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::string bytes_;
  size_t taken_ = 0;  // of bytes_, from its front
  bool ended_ = false;
  std::optional<Error> error_;
};

}  // namespace ew::http
