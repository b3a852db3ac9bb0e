// Files and entries as docs/formats/journal.md has them, in memory. No input or output here.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>

#include "base/bytes.h"
#include "base/ids.h"
#include "base/result.h"
#include "part/part.h"

namespace ew::journal {

constexpr size_t kFileHeaderSize = 64, kFileIdOffset = 40, kEntryHeaderSize = 24, kAlignment = 8;
constexpr size_t kIdSize = 16;
constexpr size_t kMaxBody = kIdSize + part::kMaxSealedFrame;

using FileId = std::array<uint8_t, kIdSize>;

struct FileHeader {
  uint16_t lane = 0;
  bool takes_over = false;     // the file before was given up after an error
  uint32_t reserved_size = 0;  // bytes allocated when it was made
  uint64_t number = 0;
  NodeId node;
  FileId id{};
};
Bytes encode(const FileHeader& header);
Result<FileHeader> decode_file_header(ByteView bytes);
// The id of a file whose header may be damaged: without it no entry of the file could be told from what is
// none. A single changed byte is put right by the header's CRC; what cannot be put right is taken as it is.
FileId file_id(ByteView header);

std::string file_name(uint64_t number);
std::optional<uint64_t> file_number(std::string_view name);  // of a journal file's name only

enum class EntryType : uint8_t { kOpen = 1, kFrame = 2, kEnd = 3, kStored = 4 };

struct Entry {
  EntryType type = EntryType::kOpen;
  uint32_t position =
      0;  // in its group: how many entries lie between it and the last one acknowledged before
  uint64_t sequence = 0;
  uint64_t offset = 0;  // in its file
  size_t size = 0;      // with header and padding
  ByteView body;

  PartId part() const;       // of all types; nil for an open entry whose header is damaged
  ByteView content() const;  // header, frame or end reason, without the part's id
};

// Appends an entry but for what depends on its place, which finish_entries() fills in. `part` is empty for
// kOpen.
void append_entry(Bytes& out, EntryType type, uint64_t sequence, ByteView part, ByteView content);
// Gives the entries of `batch`, which will lie at `offset`, their positions in their group and their CRCs.
void finish_entries(ByteSpan batch, const FileId& file, uint64_t offset, uint64_t group_first_sequence);

// The entry that begins at `offset` of a file of which `bytes` are the bytes from there on; none if its CRC
// does not fit.
std::optional<Entry> entry_at(ByteView bytes, const FileId& file, uint64_t offset);
// The size that a header claims, if it is one at all; nothing is verified.
std::optional<size_t> claimed_entry_size(ByteView bytes);

// Whether the content of a kEnd entry is an end reason.
bool is_end(ByteView content);

// The entry at the start of bytes that this process made itself and that need no check.
Entry own_entry(ByteView bytes);
template <typename Each>
void for_each_own_entry(ByteView batch, Each each) {
  while (!batch.empty()) {
    Entry entry = own_entry(batch);
    each(entry);
    batch = batch.subspan(entry.size);
  }
}

}  // namespace ew::journal
