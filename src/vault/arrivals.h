// Arrivals: the names of the objects that this node put into its vault, in order. Whoever makes something of
// them (the call log's rows) reads on from its own cursor, so that being away costs nothing but delay.
//
// File: entries of u16 length, name, u32 CRC-32C of both, little-endian. A cursor is a byte offset. An entry
// is durable when append() has returned; a torn one at the end is cut when the file is opened.
#pragma once

#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "io/env.h"

namespace ew::vault {

class Arrivals {
 public:
  static Result<std::unique_ptr<Arrivals>> open(io::Env& env, const std::string& path);

  // Appends and syncs. Any thread.
  Status append(const std::vector<std::string>& names);

  struct Batch {
    std::vector<std::string> names;
    uint64_t next = 0;  // the cursor behind them
  };
  // Up to `limit` names from the cursor on; none at the end. kCorrupt with path and offset for a damaged
  // entry.
  Result<Batch> read(uint64_t cursor, size_t limit);
  uint64_t end() const;

 private:
  Arrivals(std::unique_ptr<io::File> file, std::string path)
      : file_(std::move(file)), path_(std::move(path)) {}
  Status write(std::span<const std::string> names);  // few enough for one sync
  Result<std::string> read_entry(uint64_t offset, uint64_t* next);

  std::unique_ptr<io::File> file_;
  std::string path_;
  mutable std::mutex mutex_;
  uint64_t end_ = 0;
};

}  // namespace ew::vault
