// What --output names. It is written beside the target and renamed at the end, so that a command that fails
// leaves no half file under that name.
#pragma once

#include <cstdio>
#include <memory>
#include <string>

#include "base/result.h"

namespace ew::cli {

class OutputFile {
 public:
  // "-" is standard output.
  static Result<std::unique_ptr<OutputFile>> open(const std::string& path);
  ~OutputFile();

  std::FILE* stream() { return file_; }
  // All was written: it gets its name.
  Status finish();

 private:
  explicit OutputFile(std::string path) : path_(std::move(path)), temporary_(path_ + ".part") {}
  bool is_standard_output() const { return path_ == "-"; }

  std::string path_, temporary_;
  std::FILE* file_ = nullptr;
};

}  // namespace ew::cli
