#include <algorithm>

#include "journal/scanner_internal.h"

namespace ew::journal {
namespace {

constexpr size_t kSector = 512;

bool is_zero(ByteView bytes) {
  return std::all_of(bytes.begin(), bytes.end(), [](uint8_t byte) { return byte == 0; });
}

}  // namespace

FileScanner::FileScanner(ByteView file) : file_(file), search_budget_(16 * file.size()) {
  if (file.size() < kFileHeaderSize) {
    position_ = file.size();
    return;
  }
  id_ = file_id(file.first(kFileHeaderSize));
}

std::optional<Entry> FileScanner::next() {
  skipped_from_.reset();
  for (uint64_t at = position_; at + kEntryHeaderSize <= file_.size(); at += kAlignment) {
    ByteView rest = file_.subspan(at);
    auto size = claimed_entry_size(rest);
    if (!size) continue;
    if (auto entry = entry_at(rest, id_, at)) {
      if (at != position_) skipped_from_ = position_;
      position_ = at + entry->size;
      return entry;
    }
    if (*size > search_budget_) break;
    search_budget_ -= *size;
  }
  return std::nullopt;
}

bool may_be_torn(ByteView file, uint64_t from, uint64_t limit) {
  size_t size = claimed_entry_size(file.subspan(from)).value_or(kEntryHeaderSize);
  uint64_t end = std::min<uint64_t>({(from + size + kSector - 1) / kSector * kSector, limit, file.size()});
  while (from < end) {
    uint64_t sector_end = std::min(end, (from / kSector + 1) * kSector);
    if (is_zero(file.subspan(from, sector_end - from))) return true;
    from = sector_end;
  }
  return false;
}

}  // namespace ew::journal
