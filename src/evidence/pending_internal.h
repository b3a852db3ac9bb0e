// The file of entries that no checkpoint covers yet (docs/formats/audit.md, "Pending").
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "io/env.h"

namespace ew::evidence {

struct PendingContent {
  uint64_t first = 0;
  std::vector<std::string> entries;
  uint64_t end = 0;   // where the readable entries end
  bool torn = false;  // there is more behind, which was never durable
};
// kCorrupt with the offset if a part is damaged that was durable.
Result<PendingContent> parse_pending(ByteView bytes);

class PendingFile {
 public:
  explicit PendingFile(io::Env& env, std::string path) : env_(env), path_(std::move(path)) {}

  // Replaces the file by one with these entries; durable on return.
  Status start(uint64_t first, const std::vector<const std::string*>& entries);
  // Goes on with the file as parse_pending() found it.
  Status resume(const PendingContent& content);
  // Appends entries; durable on return. After an error only start() works.
  Status append(const std::vector<const std::string*>& entries);
  bool is_usable() const { return file_ != nullptr; }

 private:
  io::Env& env_;
  const std::string path_;
  std::unique_ptr<io::File> file_;  // null after an error
  uint64_t next_ = 0;               // index of the entry that comes next
  uint64_t durable_ = 0;            // bytes
};

}  // namespace ew::evidence
