#include "io/env.h"

namespace ew::io {

std::string join(std::string_view directory, std::string_view name) {
  std::string path(directory);
  if (!path.empty() && path.back() != '/') path.push_back('/');
  return path.append(name);
}

std::string parent_of(std::string_view path) {
  while (path.size() > 1 && path.back() == '/') path.remove_suffix(1);
  size_t slash = path.rfind('/');
  if (slash == std::string_view::npos) return ".";
  while (slash > 0 && path[slash - 1] == '/') --slash;
  return std::string(path.substr(0, slash == 0 ? 1 : slash));
}

Result<Bytes> read_file(Env& env, const std::string& path, uint64_t limit) {
  auto file = TRY(env.open(path, OpenMode::kRead));
  uint64_t size = TRY(file->size());
  if (size > limit)
    return Error(ErrorCode::kLimit, "read " + path + ": " + std::to_string(size) + " bytes, at most " +
                                        std::to_string(limit) + " are allowed");
  Bytes bytes(size);
  TRY(file->read_at(0, bytes));
  return bytes;
}

static Status write_and_sync(Env& env, const std::string& path, ByteView bytes) {
  auto file = TRY(env.open(path, OpenMode::kCreate));
  TRY(file->truncate(0));  // of a crashed attempt's
  TRY(file->write_at(0, bytes));
  return file->sync();
}

static Status write_and_rename(Env& env, const std::string& temporary, const std::string& path,
                               ByteView bytes) {
  TRY(write_and_sync(env, temporary, bytes));
  return env.rename(temporary, path);
}

Status write_file(Env& env, const std::string& path, ByteView bytes) {
  std::string temporary = path + ".tmp";
  Status written = write_and_rename(env, temporary, path, bytes);
  if (!written.ok()) {
    (void)env.remove(temporary);  // the first error is the one that counts
    return written;
  }
  return env.sync_directory(parent_of(path));
}

}  // namespace ew::io
