#include "journal/writer_internal.h"

#include <algorithm>

#include "base/time.h"
#include "crypto/crypto.h"

namespace ew::journal {

Status GroupWriter::write(Group& group) {
  Status status = try_write(group);
  if (status.ok())
    is_acknowledged_in_current_ = true;
  else
    give_up_current();
  return status;
}

Status GroupWriter::try_write(Group& group) {
  for (Batch& batch : group) {
    if (current_ && !current_->has_room(batch.bytes.size())) TRY(close_full_file());
    if (!current_) TRY(begin_file(batch.bytes.size()));
    batch.file = static_cast<uint32_t>(current_->header().number);
    batch.offset = current_->length();
    finish_entries(batch.bytes, current_->header().id, batch.offset, group.front().first_sequence);
    TRY(current_->append(batch.bytes));
  }
  TRY(sync_current());
  std::lock_guard lock(mutex_);
  index_.set_bytes(static_cast<uint32_t>(current_->header().number), current_->length());
  return {};
}

Status GroupWriter::begin_file(size_t least_room) {
  FileHeader header;
  header.lane = setup_.lane;
  header.node = setup_.node;
  header.takes_over = takes_over_;
  header.number = setup_.next_number++;  // also after an error: a number is used once
  header.reserved_size =
      static_cast<uint32_t>(std::max<uint64_t>(setup_.file_size, kFileHeaderSize + least_room));
  crypto::random_bytes(header.id);
  std::string path = io::join(setup_.directory, file_name(header.number));
  auto made = LogFile::create(setup_.env, setup_.directory, header);
  if (!made.ok()) {
    (void)setup_.env.remove(path);  // may not be there; else its reserve would be lost with every attempt
    return std::move(made).error();
  }
  current_ = std::move(*made);
  is_acknowledged_in_current_ = false;
  std::lock_guard lock(mutex_);
  index_.add_file(static_cast<uint32_t>(header.number), {path, header.id});
  return {};
}

Status GroupWriter::close_full_file() {
  TRY(sync_current());
  auto full = std::move(current_);
  Status cut = full->cut();
  takes_over_ = !cut.ok();  // its reserve stays behind its entries
  if (!cut.ok()) report_(cut.error());
  std::lock_guard lock(mutex_);
  index_.set_bytes(static_cast<uint32_t>(full->header().number), full->length());
  return {};
}

Status GroupWriter::sync_current() {
  SystemClock clock;
  int64_t start = clock.monotonic_ns();
  TRY(current_->sync());
  takes_over_ = false;
  std::lock_guard lock(mutex_);
  ++figures_.syncs;
  figures_.sync_ns_max = std::max(figures_.sync_ns_max, clock.monotonic_ns() - start);
  return {};
}

// What is acknowledged in the file stays readable; a file without such entries goes, so that a disk that
// fails for hours is not filled with reserves.
void GroupWriter::give_up_current() {
  takes_over_ = true;
  if (!current_) return;
  auto given_up = std::move(current_);
  if (is_acknowledged_in_current_ || !setup_.env.remove(given_up->path()).ok()) return;
  std::lock_guard lock(mutex_);
  index_.remove_file(static_cast<uint32_t>(given_up->header().number));
}

Status GroupWriter::finish() {
  if (!current_) return {};
  auto last = std::move(current_);
  return last->cut();
}

void GroupWriter::release_files() {
  uint64_t current = current_ ? current_->header().number : 0;
  bool is_any_removed = false;
  for (;;) {
    uint32_t number;
    std::string path;
    {
      std::lock_guard lock(mutex_);
      if (!index_.may_remove_oldest() || index_.files().begin()->first == current) break;
      number = index_.files().begin()->first;
      path = index_.files().begin()->second.place.path;
    }
    Status removed = setup_.env.remove(path);
    if (!removed.ok() && removed.error().code() != ErrorCode::kNotFound) return report_(removed.error());
    is_any_removed = true;
    std::lock_guard lock(mutex_);
    index_.remove_file(number);
  }
  if (!is_any_removed) return;
  Status synced = setup_.env.sync_directory(setup_.directory);
  if (!synced.ok()) report_(synced.error());
}

GroupWriter::Figures GroupWriter::figures() const {
  std::lock_guard lock(mutex_);
  return figures_;
}

}  // namespace ew::journal
