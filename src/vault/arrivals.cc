#include "vault/arrivals.h"

#include <algorithm>

#include "base/bytes.h"
#include "crypto/crypto.h"

namespace ew::vault {
namespace {

constexpr size_t kMaxName = 200;
constexpr size_t kOverhead = 2 + 4;
constexpr size_t kNamesAtOnce = 1024;  // written before one sync
constexpr uint64_t kMaxTorn = kNamesAtOnce * (kMaxName + kOverhead);

}  // namespace

Result<std::unique_ptr<Arrivals>> Arrivals::open(io::Env& env, const std::string& path) {
  bool is_new = !TRY(env.exists(path));
  auto file = TRY(env.open(path, io::OpenMode::kCreate));
  if (is_new) TRY(env.sync_directory(io::parent_of(path)));
  std::unique_ptr<Arrivals> arrivals(new Arrivals(std::move(file), path));
  uint64_t size = TRY(arrivals->file_->size());
  arrivals->end_ = size;
  uint64_t offset = 0;
  while (offset < size) {
    uint64_t next = 0;
    auto entry = arrivals->read_entry(offset, &next);
    // Only the last append can be torn; anything before it is damage that nobody shall paper over.
    if (!entry && size - offset > kMaxTorn) return std::move(entry).error();
    if (!entry) break;
    offset = next;
  }
  if (offset != size) {
    TRY(arrivals->file_->truncate(offset));
    TRY(arrivals->file_->sync());
  }
  arrivals->end_ = offset;
  return arrivals;
}

Result<std::string> Arrivals::read_entry(uint64_t offset, uint64_t* next) {
  auto damaged = [&] {
    return Error(ErrorCode::kCorrupt, path_ + ": damaged entry at offset " + std::to_string(offset));
  };
  uint8_t length_bytes[2];
  if (offset + kOverhead > end_) return damaged();
  TRY(file_->read_at(offset, length_bytes));
  size_t length = ByteReader(length_bytes).u16le();
  if (length == 0 || length > kMaxName || offset + kOverhead + length > end_) return damaged();
  Bytes entry(kOverhead + length);
  TRY(file_->read_at(offset, entry));
  ByteView covered = ByteView(entry).first(2 + length);
  if (ByteReader(ByteView(entry).subspan(2 + length)).u32le() != crypto::crc32c(covered)) return damaged();
  *next = offset + entry.size();
  return std::string(as_text(covered.subspan(2)));
}

Status Arrivals::append(const std::vector<std::string>& names) {
  std::span<const std::string> left(names);
  while (!left.empty()) {
    auto now = left.first(std::min(left.size(), kNamesAtOnce));
    TRY(write(now));
    left = left.subspan(now.size());
  }
  return {};
}

Status Arrivals::write(std::span<const std::string> names) {
  Bytes bytes;
  for (const std::string& name : names) {
    EW_CHECK(!name.empty() && name.size() <= kMaxName);
    Bytes entry;
    ByteWriter writer(entry);
    writer.u16le(static_cast<uint16_t>(name.size()));
    writer.raw(name);
    writer.u32le(crypto::crc32c(entry));
    bytes.insert(bytes.end(), entry.begin(), entry.end());
  }
  std::lock_guard lock(mutex_);
  TRY(file_->write_at(end_, bytes));
  TRY(file_->sync());
  end_ += bytes.size();
  return {};
}

Result<Arrivals::Batch> Arrivals::read(uint64_t cursor, size_t limit) {
  std::lock_guard lock(mutex_);
  Batch batch;
  batch.next = cursor;
  while (batch.names.size() < limit && batch.next < end_)
    batch.names.push_back(TRY(read_entry(batch.next, &batch.next)));
  return batch;
}

uint64_t Arrivals::end() const {
  std::lock_guard lock(mutex_);
  return end_;
}

}  // namespace ew::vault
