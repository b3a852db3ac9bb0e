// The bytes of a file from first to last as a window that moves: of a plain file all of it, of a compressed
// one a bounded buffer that is filled on the way.
#pragma once

#include <memory>
#include <string>

#include "base/bytes.h"
#include "base/result.h"

namespace ew::capture {

class ByteStream {
 public:
  // `file` must outlive the stream. gzip and zstd are known by their magic numbers, anything else is taken as
  // it is.
  static Result<std::unique_ptr<ByteStream>> open(ByteView file);
  virtual ~ByteStream() = default;

  ByteView window() const { return window_; }
  void drop(size_t count) { window_ = window_.subspan(count); }  // at most window().size()
  // Makes the window at least `count` bytes long; false if the stream ends before, then it holds all that is
  // left.
  virtual bool widen(size_t count) { return window_.size() >= count; }
  // Whether the bytes of the window stay where they are when it moves on.
  virtual bool keeps_bytes() const { return true; }
  // Why the stream ended before its end: damaged compression. Empty if it did not.
  const std::string& trouble() const { return trouble_; }

 protected:
  ByteStream() = default;

  ByteView window_;
  std::string trouble_;
};

}  // namespace ew::capture
