#include "journal/journal.h"

#include <pthread.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <future>
#include <mutex>
#include <thread>

#include "journal/writer_internal.h"

namespace ew::journal {
namespace {

constexpr uint64_t kMaxReserve = uint64_t{1} << 30;
constexpr int kCloseAttempts = 10;
constexpr size_t kSpareBuffers = 4;

class JournalImpl : public Journal {
 public:
  JournalImpl(io::Env& env, GroupWriter::Setup setup, Options options, Listener& listener)
      : env_(env),
        options_(std::move(options)),
        listener_(listener),
        writer_(std::move(setup), mutex_, index_, [this](const Error& error) { report(error); }),
        thread_([this] { run(); }) {}

  ~JournalImpl() override {
    {
      std::lock_guard lock(mutex_);
      is_stopping_ = true;
    }
    wake_.notify_all();
    if (thread_.joinable()) thread_.join();
  }

  uint64_t open_part(PartId part, ByteView header) override {
    EW_CHECK(!part.is_nil());
    pending_.opens_parts = true;
    return append(EntryType::kOpen, {}, header);
  }
  uint64_t append_frame(PartId part, ByteView frame) override {
    return append(EntryType::kFrame, part.view(), frame);
  }
  uint64_t end_part(PartId part, part::End end) override {
    const uint8_t reason = static_cast<uint8_t>(end);
    return append(EntryType::kEnd, part.view(), {&reason, 1});
  }
  void commit() override;
  bool would_block() const override { return unacknowledged_bytes_ >= options_.max_pending_bytes; }
  uint64_t pending_bytes() const override { return unacknowledged_bytes_; }

  Result<PartBytes> read_part(PartId part) override;
  Result<PartPlaces> places_of(PartId part) override;
  Result<FramePlaces> frames_of(PartId part, uint64_t first, size_t most) override;
  void mark_stored(PartId part) override;
  uint64_t acknowledged() const override { return acknowledged_; }
  Status status() const override;
  Status wait_acknowledged(uint64_t sequence) override;
  Status close() override;
  Figures figures() const override;

 private:
  // The lane's thread.
  uint64_t append(EntryType type, ByteView part, ByteView content);
  void hand_over();  // mutex_ is held

  // The writer's thread.
  void run();
  struct Undone;
  bool write_until_durable(Group& group);
  Status attempt(Group& group, Undone& undone);
  bool pause_before_attempt();
  void acknowledge(Group& group);
  void finish();
  void report(const Error& error);

  // mutex_ is held.
  Result<const PartIndex::Part*> find(PartId part);
  std::vector<PartPlaces::File> files_of(const PartIndex::Part& part) const;

  void release_files();  // any thread

  io::Env& env_;
  const Options options_;
  Listener& listener_;

  // The lane's thread alone.
  Batch pending_;
  uint64_t next_sequence_ = 1;

  std::atomic<uint64_t> unacknowledged_bytes_ = 0, acknowledged_ = 0, errors_ = 0;

  mutable std::mutex mutex_;          // guards all below but the writer and the thread
  std::condition_variable wake_;      // the writer: something to do
  std::condition_variable progress_;  // the others: something is acknowledged, or never will be
  Group queue_;
  std::vector<Bytes> spare_buffers_;
  std::vector<PartId> to_store_;  // wait for their `stored` entries
  PartIndex index_;
  bool is_closing_ = false, is_stopping_ = false, is_over_ = false;
  Status close_status_;
  std::optional<Error> last_error_;

  std::mutex release_mutex_;  // after close() files are released by whoever stores the last part in them
  GroupWriter writer_;        // the writer's thread alone, but for releasing
  std::thread thread_;
};

uint64_t JournalImpl::append(EntryType type, ByteView part, ByteView content) {
  size_t before = pending_.bytes.size();
  if (before == 0) pending_.first_sequence = next_sequence_;
  append_entry(pending_.bytes, type, next_sequence_, part, content);
  unacknowledged_bytes_ += pending_.bytes.size() - before;
  return next_sequence_++;
}

void JournalImpl::hand_over() {
  for (const PartId& part : to_store_) append(EntryType::kStored, part.view(), {});
  to_store_.clear();
  if (pending_.bytes.empty()) return;
  queue_.push_back(std::move(pending_));
  pending_ = {};
  if (!spare_buffers_.empty()) {
    pending_.bytes = std::move(spare_buffers_.back());
    spare_buffers_.pop_back();
  }
  wake_.notify_one();
}

void JournalImpl::commit() {
  std::unique_lock lock(mutex_);
  hand_over();
  progress_.wait(lock, [this] { return unacknowledged_bytes_ <= options_.max_pending_bytes || is_over_; });
}

Status JournalImpl::status() const {
  std::lock_guard lock(mutex_);
  return is_over_ ? close_status_ : Status();
}

Status JournalImpl::wait_acknowledged(uint64_t sequence) {
  std::unique_lock lock(mutex_);
  progress_.wait(lock, [&] { return acknowledged_ >= sequence || is_over_; });
  if (acknowledged_ >= sequence) return {};
  return last_error_.value_or(Error(ErrorCode::kIo, "the journal is closed"));
}

Status JournalImpl::close() {
  {
    std::lock_guard lock(mutex_);
    hand_over();
    is_closing_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
  std::lock_guard lock(mutex_);
  return close_status_;
}

Result<PartPlaces> JournalImpl::places_of(PartId id) {
  std::lock_guard lock(mutex_);
  const PartIndex::Part* part = TRY(find(id));
  if (!part->end) return Error(ErrorCode::kNotFound, "part " + id.text() + " has not ended");
  return PartPlaces{files_of(*part), part->pieces, *part->end};
}

Result<FramePlaces> JournalImpl::frames_of(PartId id, uint64_t first, size_t most) {
  std::lock_guard lock(mutex_);
  const PartIndex::Part* part = TRY(find(id));
  const auto& pieces = part->pieces;
  if (pieces.empty()) return Error(ErrorCode::kNotFound, "part " + id.text() + " has no header yet");
  FramePlaces frames{{files_of(*part), {pieces.front()}, {}}, 0, pieces.size() - 1, part->end.has_value()};
  frames.first = std::min(first, frames.total);
  const auto begin = pieces.begin() + 1 + static_cast<ptrdiff_t>(frames.first);
  const auto count = static_cast<ptrdiff_t>(std::min<uint64_t>(most, frames.total - frames.first));
  frames.places.pieces.insert(frames.places.pieces.end(), begin, begin + count);
  return frames;
}

Result<const PartIndex::Part*> JournalImpl::find(PartId id) {
  const PartIndex::Part* part = index_.find(id);
  if (!part) return Error(ErrorCode::kNotFound, "the journal has no part " + id.text());
  return part;
}

std::vector<PartPlaces::File> JournalImpl::files_of(const PartIndex::Part& part) const {
  std::vector<PartPlaces::File> files;
  for (uint32_t file : part.files) {
    const FilePlace& place = index_.files().at(file).place;
    files.push_back({file, place.path, place.id});
  }
  return files;
}

Result<PartBytes> JournalImpl::read_part(PartId id) { return journal::read_part(env_, TRY(places_of(id))); }

void JournalImpl::mark_stored(PartId id) {
  std::unique_lock lock(mutex_);
  PartIndex::Part* part = index_.find(id);
  if (!part || part->is_being_stored) return;
  EW_CHECK(part->end.has_value());
  if (!is_over_) {
    part->is_being_stored = true;
    to_store_.push_back(id);
    return;
  }
  // The files are closed, so nothing can be noted in them; but they go when they hold nothing else.
  index_.remove_part(id);
  lock.unlock();
  release_files();
}

void JournalImpl::release_files() {
  std::lock_guard lock(release_mutex_);
  writer_.release_files();
}

Journal::Figures JournalImpl::figures() const {
  GroupWriter::Figures written = writer_.figures();
  Figures figures;
  figures.pending_bytes = unacknowledged_bytes_;
  figures.errors = errors_;
  figures.syncs = written.syncs;
  figures.sync_ns_max = written.sync_ns_max;
  std::lock_guard lock(mutex_);
  figures.files = index_.files().size();
  for (const auto& [number, file] : index_.files()) figures.bytes += file.bytes;
  if (figures.files > 1) figures.pinning = index_.open_parts_in_oldest();
  return figures;
}

void JournalImpl::run() {
  pthread_setname_np(pthread_self(), "journal");
  for (;;) {
    Group group;
    {
      std::unique_lock lock(mutex_);
      wake_.wait(lock, [this] { return !queue_.empty() || is_closing_ || is_stopping_; });
      if (is_stopping_ || queue_.empty()) break;
      group.swap(queue_);
    }
    if (!write_until_durable(group)) break;
    acknowledge(group);
  }
  finish();
}

// What a group still lacks to be acknowledged.
struct JournalImpl::Undone {
  bool keys, entries;
};

bool JournalImpl::write_until_durable(Group& group) {
  const bool opens_parts =
      std::any_of(group.begin(), group.end(), [](const Batch& batch) { return batch.opens_parts; });
  Undone undone{opens_parts && options_.before_acknowledge, true};
  for (int attempts = 1, attempts_while_closing = 0;; ++attempts) {
    Status status = attempt(group, undone);
    if (status.ok()) return true;
    report(status.error());
    if (attempts == options_.max_attempts) return false;
    if (!pause_before_attempt()) return false;
    std::lock_guard lock(mutex_);
    if (is_closing_ && ++attempts_while_closing >= kCloseAttempts) return false;
  }
}

// Keys and entries side by side, since who waits for both waits for the slower of two disks' syncs then, not
// for one after the other. A crash may leave parts without their keys, none of them acknowledged: recover()
// ends before the first of them.
Status JournalImpl::attempt(Group& group, Undone& undone) {
  std::future<Status> keys;
  // Deferred where no thread is to be had.
  if (undone.keys)
    keys = std::async(std::launch::async | std::launch::deferred, options_.before_acknowledge);
  Status written = undone.entries ? writer_.write(group) : Status();
  undone.entries = !written.ok();
  if (!keys.valid()) return written;
  Status durable = keys.get();
  undone.keys = !durable.ok();
  TRY(std::move(written));
  return durable;
}

bool JournalImpl::pause_before_attempt() {
  std::unique_lock lock(mutex_);
  return !wake_.wait_for(lock, std::chrono::nanoseconds(options_.retry_ns), [this] { return is_stopping_; });
}

void JournalImpl::acknowledge(Group& group) {
  uint64_t last = 0, bytes = 0;
  std::vector<PartId> ended;
  {
    std::lock_guard lock(mutex_);
    for (Batch& batch : group) {
      uint64_t offset = batch.offset;
      for_each_own_entry(batch.bytes, [&](Entry& entry) {
        entry.offset = offset;
        offset += entry.size;
        index_.add(entry, batch.file);
        last = entry.sequence;
        if (entry.type == EntryType::kEnd) ended.push_back(entry.part());
      });
      bytes += batch.bytes.size();
      batch.bytes.clear();
      if (spare_buffers_.size() < kSpareBuffers) spare_buffers_.push_back(std::move(batch.bytes));
    }
    acknowledged_ = last;
    unacknowledged_bytes_ -= bytes;
  }
  progress_.notify_all();
  listener_.on_acknowledged(last);
  for (const PartId& part : ended) listener_.on_part_ended(part);
  release_files();
}

void JournalImpl::finish() {
  bool is_complete;
  {
    std::lock_guard lock(mutex_);
    is_complete = !is_stopping_ && unacknowledged_bytes_ == 0;
  }
  Status status;
  if (is_complete) status = writer_.finish();
  std::unique_lock lock(mutex_);
  if (!is_complete) status = last_error_.value_or(Error(ErrorCode::kIo, "the journal was stopped"));
  close_status_ = status;
  is_over_ = true;
  for (const PartId& part : to_store_) index_.remove_part(part);  // said while the last entries were written
  to_store_.clear();
  lock.unlock();
  progress_.notify_all();
  if (is_complete) release_files();
}

void JournalImpl::report(const Error& error) {
  ++errors_;
  {
    std::lock_guard lock(mutex_);
    last_error_ = error;
  }
  listener_.on_error(error);
}

}  // namespace

Result<std::unique_ptr<Journal>> Journal::open(io::Env& env, const std::string& directory, uint16_t lane,
                                               NodeId node, Options options, Listener& listener) {
  if (options.file_size > kMaxReserve) return Error(ErrorCode::kUsage, "journal files of more than 1 GiB");
  TRY(env.make_directories(directory));
  GroupWriter::Setup setup{env, directory, lane, node, options.file_size, 1};
  for (const std::string& path : TRY(list_files(env, directory)))
    setup.next_number = *file_number(std::string_view(path).substr(path.rfind('/') + 1)) + 1;
  if (setup.next_number >= UINT32_MAX / 2)
    return Error(ErrorCode::kLimit, "journal " + directory + ": file numbers are used up");
  return std::unique_ptr<Journal>(
      std::make_unique<JournalImpl>(env, std::move(setup), std::move(options), listener));
}

}  // namespace ew::journal
