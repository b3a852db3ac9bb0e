// One of the two files of the key store.
#pragma once

#include <map>

#include "vault/key_slot_internal.h"

namespace ew::vault {

class KeyMirror {
 public:
  // Opens the file, or makes an empty one: `made` says so.
  static Result<KeyMirror> open(io::Env& env, std::string path, const StoreId& id_if_made);

  // After a failed write or sync: what is written through the new handle is not taken for what the old one
  // lost.
  Status open_anew();

  const std::string& path() const { return path_; }
  bool made() const { return made_; }
  Result<uint64_t> size() { return file_->size(); }
  Result<std::optional<StoreId>> header();
  // Beyond the end of the file there are zeros.
  Status read(uint64_t offset, ByteSpan out);
  // Whole batches: makes room, writes contiguous places with one call each, syncs.
  Status write(const std::map<uint32_t, Place>& places);
  Status make_room(uint64_t size);

 private:
  KeyMirror(io::Env& env, std::string path, std::unique_ptr<io::File> file, bool made)
      : env_(&env), path_(std::move(path)), file_(std::move(file)), made_(made) {}

  io::Env* env_;
  std::string path_;
  std::unique_ptr<io::File> file_;
  bool made_;
};

}  // namespace ew::vault
