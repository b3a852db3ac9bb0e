// The bytes of a file as they lie on disk: mapped, or owned in memory.
#pragma once

#include <string>

#include "base/bytes.h"
#include "base/result.h"

namespace ew::capture {

class FileBytes {
 public:
  static Result<FileBytes> map(const std::string& path);
  // The same of a file that is open, and stays the caller's.
  static Result<FileBytes> map(int file, const std::string& name);
  explicit FileBytes(Bytes bytes) : owned_(std::move(bytes)), view_(owned_) {}
  ~FileBytes();
  FileBytes(FileBytes&& other) noexcept;
  FileBytes& operator=(FileBytes&&) = delete;

  ByteView view() const { return view_; }

 private:
  explicit FileBytes(ByteView mapped) : mapped_(mapped), view_(mapped) {}

  ByteView mapped_;
  Bytes owned_;
  ByteView view_;
};

}  // namespace ew::capture
