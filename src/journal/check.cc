// check(): every byte of a journal that can be checked without a key.
#include <algorithm>
#include <unordered_map>

#include "journal/pieces_internal.h"
#include "journal/scanner_internal.h"

namespace ew::journal {
namespace {

struct LoadedFile {
  std::string path;
  uint64_t number = 0;
  Bytes bytes;
  std::optional<FileHeader> header;
  std::string header_error;
  std::optional<uint64_t> first_sequence;

  bool is_unwritten() const {
    return std::all_of(bytes.begin(),
                       bytes.begin() + static_cast<ptrdiff_t>(std::min(bytes.size(), kFileHeaderSize)),
                       [](uint8_t byte) { return byte == 0; });
  }
};

Result<LoadedFile> load(io::Env& env, const std::string& path) {
  LoadedFile file;
  file.path = path;
  file.number = file_number(std::string_view(path).substr(path.rfind('/') + 1)).value_or(0);
  file.bytes = TRY(read_journal_file(env, path));
  auto header = decode_file_header(file.bytes);
  if (header.ok())
    file.header = *header;
  else
    file.header_error = header.error().message();
  FileScanner scanner(file.bytes);
  if (auto entry = scanner.next()) file.first_sequence = entry->sequence;
  return file;
}

class Checker {
 public:
  Checker(bool closed_cleanly, CheckResult& result) : closed_cleanly_(closed_cleanly), result_(result) {}

  void check(const LoadedFile& file, const LoadedFile* next);

 private:
  struct Position {  // within the file that is checked
    const LoadedFile& file;
    // The file was given up after an error: from this sequence number on, its entries are in the next file
    // and do not count here.
    std::optional<uint64_t> taken_over_from;
    std::optional<uint64_t> last_sequence;

    // From here on lies what may be left of a group that no sync covered: it does not count, unless an entry
    // of a later group shows that a sync did.
    std::optional<uint64_t> torn_at;

    bool is_taken_over() const {
      return taken_over_from && (!last_sequence || *last_sequence + 1 >= *taken_over_from);
    }
    bool proves_damage(const Entry& entry) const {
      return last_sequence && entry.sequence - entry.position > *last_sequence + 1;
    }
  };

  void find(const LoadedFile& file, uint64_t offset, std::string_view what) {
    result_.findings.push_back(file.path + " at " + std::to_string(offset) + ": " + std::string(what));
  }
  void check_skipped(Position& position, uint64_t from, uint64_t to);
  void check_entry(const LoadedFile& file, const Entry& entry);
  void check_frame(const LoadedFile& file, const Entry& entry);
  void check_tail(const Position& position, uint64_t end);

  bool closed_cleanly_;
  CheckResult& result_;
  // CRC-32C of each frame of the parts whose headers were seen: a frame that comes twice must be the same.
  std::unordered_map<PartId, std::vector<uint32_t>, IdHash> frames_;
};

void Checker::check(const LoadedFile& file, const LoadedFile* next) {
  ++result_.files;
  Position position{file, {}, {}, {}};
  if (next && (!next->header || next->header->takes_over))
    position.taken_over_from = next->first_sequence.value_or(0);
  if (!file.header) {
    bool is_allowed = file.is_unwritten() && (!closed_cleanly_ || position.taken_over_from);
    if (!is_allowed) find(file, 0, file.header_error);
    return;
  }
  if (file.header->number != file.number)
    find(file, 0, "the header is of file " + std::to_string(file.header->number));
  FileScanner scanner(file.bytes);
  while (auto entry = scanner.next()) {
    if (auto from = scanner.skipped_from()) {
      if (position.is_taken_over()) return;
      check_skipped(position, *from, entry->offset);
    } else if (!position.torn_at && position.last_sequence &&
               entry->sequence != *position.last_sequence + 1) {
      find(file, entry->offset,
           "sequence number " + std::to_string(entry->sequence) + " follows " +
               std::to_string(*position.last_sequence));
    }
    if (position.torn_at && !position.proves_damage(*entry)) continue;
    if (position.torn_at) find(file, *position.torn_at, "the disk lost what it had acknowledged");
    position.torn_at.reset();
    position.last_sequence = entry->sequence;
    check_entry(file, *entry);
  }
  check_tail(position, scanner.end());
}

// A bad place with entries behind it can be the trace of a power loss, if a part of it was not written at
// all.
void Checker::check_skipped(Position& position, uint64_t from, uint64_t to) {
  if (position.torn_at) return;
  if (may_be_torn(position.file.bytes, from, to))
    position.torn_at = from;
  else
    find(position.file, from, "no entry, but valid ones follow at " + std::to_string(to));
}

void Checker::check_tail(const Position& position, uint64_t end) {
  const LoadedFile& file = position.file;
  if (position.taken_over_from) {
    if (!position.is_taken_over())
      find(file, end,
           "entries up to number " + std::to_string(*position.taken_over_from - 1) + " are missing");
    return;
  }
  if (end == file.bytes.size()) return;
  if (closed_cleanly_)
    find(file, end, "bytes behind the last entry");
  else if (file.bytes.size() < file.header->reserved_size)
    find(file, end, "the file is shorter than it was made");
  else if (!may_be_torn(file.bytes, end, file.bytes.size()))
    find(file, end, "no entry");
}

void Checker::check_entry(const LoadedFile& file, const Entry& entry) {
  ++result_.entries;
  ByteView content = entry.content();
  switch (entry.type) {
    case EntryType::kOpen: {
      size_t size = 0;
      auto header = part::decode_header(content, &size);
      if (!header.ok())
        find(file, entry.offset, header.error().message());
      else if (size != content.size())
        find(file, entry.offset, "bytes behind the part's header");
      else
        frames_.try_emplace(header->part);
      return;
    }
    case EntryType::kFrame:
      ++result_.frames;
      return check_frame(file, entry);
    case EntryType::kEnd:
      if (!is_end(content)) find(file, entry.offset, "unknown end");
      return;
    case EntryType::kStored:
      if (!content.empty()) find(file, entry.offset, "bytes behind the part's id");
  }
}

void Checker::check_frame(const LoadedFile& file, const Entry& entry) {
  ByteView content = entry.content();
  auto info = part::decode_frame_info(content);
  if (!info.ok()) return find(file, entry.offset, info.error().message());
  if (info->length != content.size()) return find(file, entry.offset, "the frame's length does not fit");
  auto part = frames_.find(entry.part());
  if (part == frames_.end()) return;  // its header lay in a file that is gone: the part is stored
  std::vector<uint32_t>& seen = part->second;
  uint32_t crc = crypto::crc32c(content);
  if (info->number == seen.size())
    seen.push_back(crc);
  else if (info->number > seen.size()) {
    find(file, entry.offset,
         "frame " + std::to_string(seen.size()) + " of part " + entry.part().text() + " is missing");
    frames_.erase(part);  // said once
  } else if (seen[info->number] != crc)
    find(file, entry.offset,
         "another frame " + std::to_string(info->number) + " of part " + entry.part().text());
}

}  // namespace

Result<CheckResult> check(io::Env& env, const std::string& directory, bool closed_cleanly) {
  CheckResult result;
  Checker checker(closed_cleanly, result);
  std::optional<LoadedFile> file;
  for (const std::string& path : TRY(list_files(env, directory))) {
    LoadedFile next = TRY(load(env, path));
    if (file) checker.check(*file, &next);
    file = std::move(next);
  }
  if (file) checker.check(*file, nullptr);
  return result;
}

}  // namespace ew::journal
