// The one file that a journal's writer thread writes.
#pragma once

#include <memory>
#include <string>

#include "io/env.h"
#include "journal/format_internal.h"

namespace ew::journal {

class LogFile {
 public:
  // Makes and reserves the file and writes its header; durable with the first sync(). After an error of any
  // call but create()'s the object must be destroyed and the file not be touched again.
  static Result<std::unique_ptr<LogFile>> create(io::Env& env, const std::string& directory,
                                                 const FileHeader& header);

  const FileHeader& header() const { return header_; }
  const std::string& path() const { return path_; }
  uint64_t length() const { return length_; }
  bool has_room(size_t size) const { return length_ + size <= header_.reserved_size; }

  // Writes finished entries at the end, with one call.
  Status append(ByteView batch);
  // Everything appended becomes durable, the first time with the file's name.
  Status sync();
  // Cuts off the reserve behind the last entry.
  Status cut();

 private:
  LogFile(io::Env& env, std::string directory, const FileHeader& header, std::unique_ptr<io::File> file);

  io::Env& env_;
  std::string directory_, path_;
  FileHeader header_;
  std::unique_ptr<io::File> file_;
  uint64_t length_ = 0;
  bool is_name_durable_ = false;
};

}  // namespace ew::journal
