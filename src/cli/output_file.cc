#include "cli/output_file.h"

#include <cerrno>
#include <cstring>
#include <utility>

namespace ew::cli {

Result<std::unique_ptr<OutputFile>> OutputFile::open(const std::string& path) {
  std::unique_ptr<OutputFile> file(new OutputFile(path));
  file->file_ = file->is_standard_output() ? stdout : std::fopen(file->temporary_.c_str(), "wbe");
  if (!file->file_) return Error(ErrorCode::kIo, path + ": cannot be written: " + std::strerror(errno));
  return file;
}

OutputFile::~OutputFile() {
  if (!file_ || is_standard_output()) return;
  std::fclose(file_);
  std::remove(temporary_.c_str());
}

Status OutputFile::finish() {
  if (is_standard_output())
    return std::fflush(file_) == 0 ? Status() : Error(ErrorCode::kIo, "standard output cannot be written");
  bool ok = std::fclose(std::exchange(file_, nullptr)) == 0;
  ok = ok && std::rename(temporary_.c_str(), path_.c_str()) == 0;
  if (ok) return {};
  Error error(ErrorCode::kIo, path_ + ": cannot be written: " + std::strerror(errno));
  std::remove(temporary_.c_str());
  return error;
}

}  // namespace ew::cli
