#include <algorithm>
#include <cstdio>

#include "base/text.h"
#include "journal/format_internal.h"

namespace ew::journal {
namespace {

constexpr std::string_view kMagic = "EWJRNL1\n", kSuffix = ".ewj";
constexpr uint16_t kVersion = 1;
constexpr size_t kNameDigits = 8;

size_t padded(size_t size) { return (size + kAlignment - 1) / kAlignment * kAlignment; }

void put_u32(ByteSpan bytes, uint32_t value) {
  for (size_t i = 0; i < 4; ++i) bytes[i] = static_cast<uint8_t>(value >> (8 * i));
}

// The checksum covers the file's id and the entry's place, so that neither an old block of the disk nor an
// entry at another place passes for a new one.
uint32_t entry_crc(const FileId& file, uint64_t offset, ByteView entry) {
  std::array<uint8_t, kIdSize + 8> place;
  std::copy(file.begin(), file.end(), place.begin());
  for (size_t i = 0; i < 8; ++i) place[kIdSize + i] = static_cast<uint8_t>(offset >> (8 * i));
  return crypto::crc32c(entry.subspan(4), crypto::crc32c(place));
}

}  // namespace

Bytes encode(const FileHeader& header) {
  Bytes bytes;
  bytes.reserve(kFileHeaderSize);
  ByteWriter writer(bytes);
  writer.raw(kMagic);
  writer.u16le(kVersion);
  writer.u16le(header.lane);
  writer.u32le(header.takes_over ? 1 : 0);
  writer.u64le(header.number);
  writer.raw(header.node.view());
  writer.raw(header.id);
  writer.u32le(header.reserved_size);
  writer.u32le(crypto::crc32c(bytes));
  return bytes;
}

Result<FileHeader> decode_file_header(ByteView bytes) {
  if (bytes.size() < kFileHeaderSize) return Error(ErrorCode::kTruncated, "the file ends inside its header");
  ByteReader reader(bytes.first(kFileHeaderSize));
  if (as_text(reader.take(kMagic.size())) != kMagic)
    return Error(ErrorCode::kCorrupt, "no journal file begins here");
  FileHeader header;
  uint16_t version = reader.u16le();
  header.lane = reader.u16le();
  uint32_t flags = reader.u32le();
  header.takes_over = flags == 1;
  header.number = reader.u64le();
  ByteView node = reader.take(kIdSize), id = reader.take(kIdSize);
  std::copy(node.begin(), node.end(), header.node.bytes.begin());
  std::copy(id.begin(), id.end(), header.id.begin());
  header.reserved_size = reader.u32le();
  if (reader.u32le() != crypto::crc32c(bytes.first(kFileHeaderSize - 4)))
    return Error(ErrorCode::kCorrupt, "the CRC of the file's header does not fit");
  if (version != kVersion) return Error(ErrorCode::kUnsupported, "version " + std::to_string(version));
  if (flags > 1) return Error(ErrorCode::kCorrupt, "unknown flags");
  return header;
}

FileId file_id(ByteView header) {
  std::array<uint8_t, kFileHeaderSize> bytes;
  std::copy_n(header.begin(), kFileHeaderSize, bytes.begin());
  auto fits = [&] {
    ByteReader crc(ByteView(bytes).subspan(kFileHeaderSize - 4));
    return crc.u32le() == crypto::crc32c(ByteView(bytes).first(kFileHeaderSize - 4));
  };
  auto id = [&] {
    FileId found;
    std::copy_n(bytes.begin() + kFileIdOffset, kIdSize, found.begin());
    return found;
  };
  const FileId as_it_is = id();
  if (fits()) return as_it_is;
  std::optional<FileId> repaired;
  for (uint8_t& byte : bytes) {
    const uint8_t before = byte;
    for (int change = 1; change < 256; ++change) {
      byte = static_cast<uint8_t>(before ^ change);
      if (!fits()) continue;
      if (repaired && *repaired != id()) return as_it_is;  // it could have been either
      repaired = id();
    }
    byte = before;
  }
  return repaired.value_or(as_it_is);
}

std::string file_name(uint64_t number) {
  std::string digits = std::to_string(number);
  return std::string(kNameDigits - std::min(kNameDigits, digits.size()), '0') + digits + std::string(kSuffix);
}

std::optional<uint64_t> file_number(std::string_view name) {
  if (name.size() < kNameDigits + kSuffix.size() || !name.ends_with(kSuffix)) return std::nullopt;
  name.remove_suffix(kSuffix.size());
  auto number = parse_number(name, 1'000'000'000'000);
  if (!number || file_name(*number).size() != name.size() + kSuffix.size()) return std::nullopt;
  return number;
}

PartId Entry::part() const {
  PartId id;
  if (type == EntryType::kOpen) {
    size_t header_size = 0;
    auto header = part::decode_header(body, &header_size);
    return header.ok() && header_size == body.size() ? header->part : id;
  }
  std::copy_n(body.begin(), kIdSize, id.bytes.begin());
  return id;
}

ByteView Entry::content() const { return type == EntryType::kOpen ? body : body.subspan(kIdSize); }

bool is_end(ByteView content) {
  return content.size() == 1 && content[0] >= 1 && content[0] <= static_cast<uint8_t>(part::End::kFreed);
}

void append_entry(Bytes& out, EntryType type, uint64_t sequence, ByteView part, ByteView content) {
  EW_CHECK(part.size() + content.size() <= kMaxBody);
  size_t start = out.size();
  ByteWriter writer(out);
  writer.u32le(0);  // CRC
  writer.u32le(static_cast<uint32_t>(part.size() + content.size()));
  writer.u32le(static_cast<uint32_t>(type));  // 1 byte and 3 zeros
  writer.u32le(0);                            // position
  writer.u64le(sequence);
  writer.raw(part);
  writer.raw(content);
  out.resize(start + padded(out.size() - start));
}

void finish_entries(ByteSpan batch, const FileId& file, uint64_t offset, uint64_t group_first_sequence) {
  while (!batch.empty()) {
    Entry entry = own_entry(batch);
    ByteSpan bytes = batch.first(entry.size);
    put_u32(bytes.subspan(12), static_cast<uint32_t>(entry.sequence - group_first_sequence));
    put_u32(bytes, entry_crc(file, offset, bytes));
    offset += entry.size;
    batch = batch.subspan(entry.size);
  }
}

Entry own_entry(ByteView bytes) {
  ByteReader reader(bytes);
  reader.skip(4);
  size_t length = reader.u32le();
  Entry entry;
  entry.type = static_cast<EntryType>(reader.u32le());
  entry.position = reader.u32le();
  entry.sequence = reader.u64le();
  entry.body = reader.take(length);
  entry.size = padded(kEntryHeaderSize + length);
  return entry;
}

std::optional<size_t> claimed_entry_size(ByteView bytes) {
  if (bytes.size() < kEntryHeaderSize) return std::nullopt;
  ByteReader reader(bytes);
  reader.skip(4);
  uint32_t length = reader.u32le(), type = reader.u32le();
  if (type < 1 || type > 4 || length > kMaxBody) return std::nullopt;
  bool has_part = type != static_cast<uint32_t>(EntryType::kOpen);
  if (has_part && length < kIdSize) return std::nullopt;
  return padded(kEntryHeaderSize + length);
}

std::optional<Entry> entry_at(ByteView bytes, const FileId& file, uint64_t offset) {
  auto size = claimed_entry_size(bytes);
  if (!size || *size > bytes.size()) return std::nullopt;
  ByteReader reader(bytes);
  if (reader.u32le() != entry_crc(file, offset, bytes.first(*size))) return std::nullopt;
  Entry entry = own_entry(bytes);
  entry.offset = offset;
  return entry;
}

}  // namespace ew::journal
