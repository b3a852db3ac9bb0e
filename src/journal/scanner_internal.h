// Finds the entries of one file's bytes, also behind damage. Shared by recovery and check().
#pragma once

#include "journal/format_internal.h"

namespace ew::journal {

class FileScanner {
 public:
  // Without a valid header the id that stands where the header has it is tried: entries prove themselves.
  explicit FileScanner(ByteView file);

  const FileId& id() const { return id_; }
  // The next entry whose CRC fits, in order of offsets; skipped_from() tells whether bytes before it are
  // none.
  std::optional<Entry> next();
  // Where the bad place before the entry that next() returned begins.
  std::optional<uint64_t> skipped_from() const { return skipped_from_; }
  // After the last entry: the first byte behind it.
  uint64_t end() const { return position_; }

 private:
  ByteView file_;
  FileId id_{};
  uint64_t position_ = kFileHeaderSize;
  std::optional<uint64_t> skipped_from_;
  // Bytes that the search behind bad places may still look at: hostile lengths would make it quadratic.
  uint64_t search_budget_;
};

// Whether a power loss may have left what stands at `from`, where no entry is: at least one sector of it was
// never written. Nothing at or behind `limit` is looked at.
bool may_be_torn(ByteView file, uint64_t from, uint64_t limit);

}  // namespace ew::journal
