#include "evidence/pending_internal.h"

#include <algorithm>

#include "crypto/crypto.h"

namespace ew::evidence {
namespace {

constexpr std::string_view kMagic = "EWAUDP1\n";
constexpr uint32_t kVersion = 1;
constexpr size_t kHeaderSize = 32, kEntryHeader = 24;
constexpr size_t kMaxEntry = 65'535;

Bytes encode_header(uint64_t first) {
  Bytes bytes;
  ByteWriter writer(bytes);
  writer.raw(kMagic);
  writer.u32le(kVersion);
  writer.u64le(first);
  writer.u64le(0);
  writer.u32le(crypto::crc32c(bytes));
  return bytes;
}

void encode_entry(uint64_t index, uint64_t durable, std::string_view entry, Bytes& out) {
  Bytes place;
  ByteWriter place_writer(place);
  place_writer.u64le(index);
  place_writer.u64le(durable);
  ByteWriter writer(out);
  writer.u32le(static_cast<uint32_t>(entry.size()));
  writer.u32le(crypto::crc32c(as_bytes(entry), crypto::crc32c(place)));
  writer.raw(place);
  writer.raw(entry);
}

struct Frame {
  uint64_t index, durable;
  std::string_view entry;
};

std::optional<Frame> read_frame(ByteView bytes) {
  ByteReader reader(bytes);
  const uint32_t length = reader.u32le(), sum = reader.u32le();
  if (length > kMaxEntry || reader.remaining() < 16 + size_t{length}) return std::nullopt;
  const ByteView checked = reader.rest().first(16 + length);
  Frame frame{reader.u64le(), reader.u64le(), as_text(reader.rest().first(length))};
  // The cheap conditions first: the search below looks at every offset.
  if (crypto::crc32c(checked) != sum) return std::nullopt;
  return frame;
}

// Whether an entry behind `offset`, where reading stopped, says that this place was durable when it was
// written.
bool was_durable(ByteView bytes, uint64_t offset, uint64_t next_index) {
  constexpr int kMaxCandidates = 10'000;  // a bound for hostile files
  int candidates = 0;
  for (uint64_t at = offset + 1; at + kEntryHeader <= bytes.size() && candidates < kMaxCandidates; ++at) {
    ByteReader reader(bytes.subspan(at + 8));
    const uint64_t index = reader.u64le(), durable = reader.u64le();
    if (index <= next_index || index - next_index > bytes.size() || durable <= offset || durable > at)
      continue;
    ++candidates;
    if (read_frame(bytes.subspan(at))) return true;
  }
  return false;
}

}  // namespace

Result<PendingContent> parse_pending(ByteView bytes) {
  PendingContent content;
  ByteReader reader(bytes);
  reader.skip(kMagic.size() + 4);
  content.first = reader.u64le();
  if (bytes.size() < kHeaderSize ||
      !std::ranges::equal(bytes.first(kHeaderSize), encode_header(content.first)))
    return Error(ErrorCode::kCorrupt, "offset 0: the header does not fit");
  content.end = kHeaderSize;
  while (content.end < bytes.size()) {
    const uint64_t next_index = content.first + content.entries.size();
    auto frame = read_frame(bytes.subspan(content.end));
    if (!frame || frame->index != next_index) {
      if (was_durable(bytes, content.end, next_index))
        return Error(ErrorCode::kCorrupt, "offset " + std::to_string(content.end) + ": damaged entry " +
                                              std::to_string(next_index));
      content.torn = true;
      break;
    }
    content.entries.emplace_back(frame->entry);
    content.end += kEntryHeader + frame->entry.size();
  }
  return content;
}

Status PendingFile::start(uint64_t first, const std::vector<const std::string*>& entries) {
  file_.reset();
  Bytes bytes = encode_header(first);
  // write_file syncs before anything leads to the file, so all of it is durable together.
  for (size_t i = 0; i < entries.size(); ++i) encode_entry(first + i, kHeaderSize, *entries[i], bytes);
  TRY(io::write_file(env_, path_, bytes));
  file_ = TRY(env_.open(path_, io::OpenMode::kReadWrite));
  next_ = first + entries.size();
  durable_ = bytes.size();
  return {};
}

Status PendingFile::resume(const PendingContent& content) {
  file_ = TRY(env_.open(path_, io::OpenMode::kReadWrite));
  next_ = content.first + content.entries.size();
  durable_ = content.end;
  // What was read may lie in the page cache only, if the process was killed before its sync.
  return content.entries.empty() ? Status() : file_->sync();
}

Status PendingFile::append(const std::vector<const std::string*>& entries) {
  EW_CHECK(is_usable());
  Bytes bytes;
  for (size_t i = 0; i < entries.size(); ++i) encode_entry(next_ + i, durable_, *entries[i], bytes);
  Status written = file_->write_at(durable_, bytes);
  if (written.ok()) written = file_->sync();
  if (!written.ok()) {
    file_.reset();
    return written;
  }
  next_ += entries.size();
  durable_ += bytes.size();
  return {};
}

}  // namespace ew::evidence
