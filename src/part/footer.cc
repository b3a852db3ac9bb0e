#include <algorithm>
#include <limits>

#include "part/format_internal.h"
#include "part/part.h"

namespace ew::part {
namespace {

constexpr size_t kHashSize = 32, kEndSize = 4 + 8;  // length and magic
constexpr size_t kEntrySize = 8 + 4 + 8 + 8 + 32;
constexpr size_t kFooterFixedSize =
    8 + 1 + 3 + 4 + 32 + 2 + kHashSize + kEndSize;  // without frames and recovery copy

Error bad_footer(std::string what) { return {ErrorCode::kCorrupt, "footer: " + std::move(what)}; }

crypto::Digest take_digest(ByteReader& reader) {
  crypto::Digest digest{};
  ByteView bytes = reader.take(digest.size());
  std::copy(bytes.begin(), bytes.end(), digest.begin());
  return digest;
}

std::vector<crypto::Digest> leaves_of(const std::vector<FrameEntry>& frames) {
  std::vector<crypto::Digest> leaves;
  leaves.reserve(frames.size());
  for (const FrameEntry& frame : frames) leaves.push_back(frame.leaf);
  return leaves;
}

Result<FrameEntry> read_entry(ByteReader& reader) {
  FrameEntry entry;
  entry.offset = reader.u64le();
  entry.length = reader.u32le();
  entry.first_at.ns = static_cast<int64_t>(reader.u64le());
  entry.last_at.ns = static_cast<int64_t>(reader.u64le());
  entry.leaf = take_digest(reader);
  if (entry.length < kFrameHeaderSize || entry.length > kMaxSealedFrame)
    return bad_footer("a frame's length does not fit");
  return entry;
}

}  // namespace

Result<Bytes> make_footer(size_t header_size, const std::vector<FrameInfo>& frames, End end,
                          ByteView recovery_copy) {
  if (recovery_copy.size() > std::numeric_limits<uint16_t>::max())
    return Error(ErrorCode::kInvalid, "footer: the recovery copy is too long");
  Footer footer;
  uint64_t offset = header_size;
  for (size_t i = 0; i < frames.size(); ++i) {
    if (frames[i].number != i)
      return Error(ErrorCode::kInvalid, "footer: frame " + std::to_string(frames[i].number) +
                                            " stands where " + std::to_string(i) + " belongs");
    footer.frames.push_back(
        {offset, frames[i].length, frames[i].first_at, frames[i].last_at, frames[i].leaf});
    offset += frames[i].length;
  }
  Bytes bytes;
  bytes.reserve(kFooterFixedSize + frames.size() * kEntrySize + recovery_copy.size());
  ByteWriter writer(bytes);
  writer.raw(kFooterMagic);
  writer.u32le(static_cast<uint32_t>(end));  // 1 byte and 3 zeros
  writer.u32le(static_cast<uint32_t>(frames.size()));
  for (const FrameEntry& entry : footer.frames) {
    writer.u64le(entry.offset);
    writer.u32le(entry.length);
    writer.u64le(static_cast<uint64_t>(entry.first_at.ns));
    writer.u64le(static_cast<uint64_t>(entry.last_at.ns));
    writer.raw(entry.leaf);
  }
  writer.raw(merkle_root(leaves_of(footer.frames)));
  writer.u16le(static_cast<uint16_t>(recovery_copy.size()));
  writer.raw(recovery_copy);
  writer.raw(crypto::sha256(bytes));
  writer.u32le(static_cast<uint32_t>(bytes.size() + kEndSize));
  writer.raw(kEndMagic);
  return bytes;
}

Result<size_t> footer_size_of(ByteView last_bytes) {
  if (last_bytes.size() < kEndSize) return Error(ErrorCode::kTruncated, "footer: the bytes end inside");
  ByteReader reader(last_bytes.last(kEndSize));
  size_t size = reader.u32le();
  if (as_text(reader.rest()) != kEndMagic) return bad_footer("no part ends here");
  if (size < kFooterFixedSize) return bad_footer("length does not fit");
  return size;
}

Result<Footer> decode_footer(ByteView tail) {
  size_t size = TRY(footer_size_of(tail));
  if (size > tail.size())
    return Error(ErrorCode::kTruncated, "footer: " + std::to_string(size) + " bytes are needed");
  ByteView bytes = tail.last(size);
  ByteView hashed = bytes.first(size - kEndSize - kHashSize);
  crypto::Digest hash = crypto::sha256(hashed);
  if (!std::equal(hash.begin(), hash.end(), bytes.begin() + static_cast<ptrdiff_t>(hashed.size())))
    return bad_footer("SHA-256 does not fit");
  ByteReader reader(hashed);
  if (as_text(reader.take(kFooterMagic.size())) != kFooterMagic) return bad_footer("no footer begins here");
  uint32_t end = reader.u32le();
  if (end < 1 || end > static_cast<uint32_t>(End::kFreed))
    return bad_footer("unknown end " + std::to_string(end));
  size_t count = reader.u32le();
  if (count > reader.remaining() / kEntrySize) return bad_footer("number of frames does not fit");
  Footer footer;
  footer.end = static_cast<End>(end);
  footer.frames.reserve(count);
  for (size_t i = 0; i < count; ++i) {
    FrameEntry entry = TRY(read_entry(reader));
    if (i > 0 && entry.offset != footer.frames.back().offset + footer.frames.back().length)
      return bad_footer("frame " + std::to_string(i) + " does not follow the one before");
    footer.frames.push_back(entry);
  }
  footer.root = take_digest(reader);
  size_t copy_size = reader.u16le();
  ByteView copy = reader.take(copy_size);
  if (reader.failed() || !reader.at_end()) return bad_footer("length does not fit its contents");
  footer.recovery_copy.assign(copy.begin(), copy.end());
  if (footer.root != merkle_root(leaves_of(footer.frames)))
    return bad_footer("Merkle root does not fit the leaves");
  return footer;
}

}  // namespace ew::part
