#include "evidence/audit_log.h"

#include <algorithm>
#include <bit>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <set>

#include "evidence/pending_internal.h"
#include "evidence/reader_internal.h"

namespace ew::evidence {
namespace {

// Files that become durable together: each is synced and renamed, and then each folder that got a name is
// synced once.
class FileBatch {
 public:
  FileBatch(io::Env& env, std::set<std::string>& known_folders) : env_(env), known_folders_(known_folders) {}

  Status write(const std::string& path, ByteView bytes) {
    const std::string folder = io::parent_of(path), temporary = path + ".tmp";
    if (!known_folders_.count(folder)) {
      TRY(env_.make_directories(folder));
      known_folders_.insert(folder);
    }
    // A new file each time: one whose sync failed must not be written again.
    if (TRY(env_.exists(temporary))) TRY(env_.remove(temporary));
    auto file = TRY(env_.open(temporary, io::OpenMode::kCreateNew));
    TRY(file->write_at(0, bytes));
    TRY(file->sync());
    TRY(env_.rename(temporary, path));
    touched_.insert(folder);
    return {};
  }
  Status sync_folders() {
    for (const std::string& folder : touched_) TRY(env_.sync_directory(folder));
    return {};
  }

 private:
  io::Env& env_;
  std::set<std::string>& known_folders_;
  std::set<std::string> touched_;
};

class FileAuditLog : public AuditLog {
 public:
  FileAuditLog(io::Env& env, const std::string& directory, const crypto::SigningKey& key, const Clock& clock,
               Options options)
      : env_(env),
        directory_(directory),
        key_{key.public_key, crypto::Secret::copy_of(key.seed.view())},
        clock_(clock),
        options_(std::move(options)),
        pending_(env, pending_path(directory)) {}
  // An orderly stop leaves nothing pending. If that fails, the next start goes on from what is durable. A log
  // that was refused is not touched.
  ~FileAuditLog() override {
    if (is_open_) (void)checkpoint();
  }

  Status create();
  Status load();

  Result<uint64_t> append(const Event& event) override;
  Status flush() override;
  Status checkpoint() override;
  uint64_t size() const override;
  Result<std::string> entry(uint64_t index) override;
  Result<std::vector<crypto::Digest>> inclusion_proof(uint64_t index, uint64_t size) override;

 private:
  struct Recent {
    std::string entry;
    crypto::Digest leaf;
  };

  Status join_pending(const PendingContent& content, LogState& state,
                      const std::vector<crypto::Digest>& leaves);
  Status remove_left_overs();
  Status write_files(std::unique_lock<std::mutex>& lock, const std::function<Status()>& write);
  bool is_due() const;
  Status write_pending();
  Status write_checkpoint();
  Status put_checkpoint(const TreeBuilder& tree);
  std::vector<const Recent*> recent_from(uint64_t index) const;
  Result<crypto::Digest> node(int level, uint64_t index);
  Result<crypto::Digest> subtree(uint64_t begin, uint64_t end);

  io::Env& env_;
  const std::string directory_;
  const crypto::SigningKey key_;
  const Clock& clock_;
  const Options options_;

  bool is_open_ = false;  // load() has ended well

  // For the one thread that writes files:
  PendingFile pending_;
  TreeBuilder tree_;  // of the settled entries
  std::set<std::string> folders_;

  mutable std::mutex mutex_;  // never held while a file is written. Guards everything below:
  std::condition_variable turn_;
  bool is_writing_ = false;
  int64_t checkpoint_at_ns_ = 0;
  Chains chains_;
  std::deque<Recent> recent_;  // entries from settled_ on
  uint64_t settled_ = 0;       // entries that the checkpoint covers
  uint64_t flushed_ = 0;       // entries that are durable
};

Status FileAuditLog::create() {
  if (TRY(env_.exists(io::join(directory_, "tile"))))
    return Error(ErrorCode::kCorrupt,
                 checkpoint_path(directory_) + ": offset 0: missing, but there are tiles");
  const std::string path = pending_path(directory_);
  if (TRY(env_.exists(path))) {
    // A crash may have come between the making of the two files; then nothing was ever recorded.
    const Bytes bytes = TRY(io::read_file(env_, path, kMaxPending));
    auto content = parse_pending(bytes);
    if (!content.ok() || content->first != 0 || content->end != bytes.size() || !content->entries.empty())
      return Error(ErrorCode::kCorrupt,
                   checkpoint_path(directory_) + ": offset 0: missing, but " + path + " is not empty");
  }
  TRY(pending_.start(0, {}));
  return put_checkpoint(tree_);
}

Status FileAuditLog::load() {
  TRY(env_.make_directories(directory_));
  if (!TRY(env_.exists(checkpoint_path(directory_)))) TRY(create());
  const Checkpoint checkpoint = TRY(read_checkpoint(env_, directory_, options_.origin, key_.public_key));
  const std::string path = pending_path(directory_);
  const Bytes bytes = TRY(io::read_file(env_, path, kMaxPending));
  auto content = parse_pending(bytes);
  if (!content.ok()) return std::move(content).error().within(path);
  std::vector<crypto::Digest> overlap;  // leaves that are both settled and pending
  LogState state =
      TRY(read_log(env_, directory_, checkpoint, [&](uint64_t index, auto, const crypto::Digest& leaf) {
        if (index >= content->first) overlap.push_back(leaf);
      }));
  if (!state.findings.empty()) return Error(ErrorCode::kCorrupt, state.findings.front());
  settled_ = checkpoint.size;
  TRY(join_pending(*content, state, overlap));
  tree_ = std::move(state.tree);
  chains_ = std::move(state.chains);
  if (content->first != settled_ || content->torn) {
    std::vector<const std::string*> entries;
    for (const Recent& recent : recent_) entries.push_back(&recent.entry);
    TRY(pending_.start(settled_, entries));
  } else {
    TRY(pending_.resume(*content));
  }
  flushed_ = settled_ + recent_.size();
  checkpoint_at_ns_ = clock_.monotonic_ns();
  TRY(remove_left_overs());
  is_open_ = true;
  return {};
}

// Takes over the entries behind the checkpoint; those before it must be the ones that it covers.
Status FileAuditLog::join_pending(const PendingContent& content, LogState& state,
                                  const std::vector<crypto::Digest>& overlap) {
  const std::string path = pending_path(directory_);
  if (content.first > settled_ || content.first + content.entries.size() < settled_)
    return Error(ErrorCode::kCorrupt, path + ": offset 0: does not join on to the checkpoint of " +
                                          std::to_string(settled_) + " entries");
  for (uint64_t i = 0; i < content.entries.size(); ++i) {
    const std::string& entry = content.entries[i];
    const crypto::Digest leaf = leaf_hash(as_bytes(entry));
    std::optional<std::string> wrong;
    if (i < overlap.size()) {
      if (leaf != overlap[i]) wrong = "is not what the log holds";
    } else {
      wrong = join_chain(state.chains, entry, leaf);
      recent_.push_back({entry, leaf});
    }
    if (wrong)
      return Error(ErrorCode::kCorrupt,
                   path + ": entry " + std::to_string(content.first + i) + ": " + *wrong);
  }
  return {};
}

// What an interrupted checkpoint leaves: temporary files, tiles beyond the checkpoint, superseded partial
// tiles. A file of no name of ours stays, and check() finds it.
Status FileAuditLog::remove_left_overs() {
  for (const std::string& path : TRY(list_files(env_, directory_))) {
    const auto tile = parse_tile_path(path);
    const bool is_current = tile && *tile == tile_of(tile->level, tile->number, settled_);
    if ((tile && !is_current) || path.ends_with(".tmp")) TRY(env_.remove(io::join(directory_, path)));
  }
  return {};
}

Result<uint64_t> FileAuditLog::append(const Event& event) {
  std::lock_guard lock(mutex_);
  std::optional<Link> link;
  if (!event.recording.is_nil()) link = chains_.next(event.recording);
  std::string entry = TRY(encode(event, link));
  const crypto::Digest leaf = leaf_hash(as_bytes(entry));
  if (link) chains_.add(*link, leaf);
  recent_.push_back({std::move(entry), leaf});
  return settled_ + recent_.size() - 1;
}

// The pointers stay good: entries are removed under io_mutex_ only, which callers hold, and a deque moves
// none.
std::vector<const FileAuditLog::Recent*> FileAuditLog::recent_from(uint64_t index) const {
  std::lock_guard lock(mutex_);
  std::vector<const Recent*> recent;
  for (size_t i = index - settled_; i < recent_.size(); ++i) recent.push_back(&recent_[i]);
  return recent;
}

// Callers that come while files are written wait for it, and the first of them writes the next batch for all.
Status FileAuditLog::flush() {
  std::unique_lock lock(mutex_);
  const uint64_t wanted = settled_ + recent_.size();
  turn_.wait(lock, [&] { return !is_writing_ || flushed_ >= wanted; });
  if (is_writing_) return {};
  if (flushed_ >= wanted && !is_due()) return {};
  return write_files(lock, [this]() -> Status {
    TRY(write_pending());
    return is_due() ? write_checkpoint() : Status();
  });
}

Status FileAuditLog::checkpoint() {
  std::unique_lock lock(mutex_);
  turn_.wait(lock, [&] { return !is_writing_; });
  return write_files(lock, [this] { return write_checkpoint(); });
}

// One thread at a time, and without the lock, so that appending never waits for a disk.
Status FileAuditLog::write_files(std::unique_lock<std::mutex>& lock, const std::function<Status()>& write) {
  is_writing_ = true;
  lock.unlock();
  Status written = write();
  lock.lock();
  is_writing_ = false;
  turn_.notify_all();
  return written;
}

// Settled and flushed entries change only in write_files(), so the one that writes reads them without the
// lock.
bool FileAuditLog::is_due() const {
  return flushed_ - settled_ >= options_.checkpoint_every_events ||
         clock_.monotonic_ns() - checkpoint_at_ns_ >= options_.checkpoint_every_ns;
}

Status FileAuditLog::write_pending() {
  // A file that failed is replaced by one with everything since the checkpoint.
  const uint64_t from = pending_.is_usable() ? flushed_ : settled_;
  std::vector<const std::string*> entries;
  for (const Recent* recent : recent_from(from)) entries.push_back(&recent->entry);
  const uint64_t end = from + entries.size();
  if (!pending_.is_usable())
    TRY(pending_.start(settled_, entries));
  else if (!entries.empty())
    TRY(pending_.append(entries));
  std::lock_guard lock(mutex_);
  flushed_ = end;
  return {};
}

Status FileAuditLog::put_checkpoint(const TreeBuilder& tree) {
  const std::string note = sign_checkpoint({options_.origin, tree.size(), tree.root()}, key_);
  return io::write_file(env_, checkpoint_path(directory_), as_bytes(note));
}

Status FileAuditLog::write_checkpoint() {
  TRY(write_pending());
  {
    std::lock_guard lock(mutex_);
    checkpoint_at_ns_ = clock_.monotonic_ns();
  }
  if (flushed_ == settled_) return {};
  // On a copy, so that a failure leaves the tree at the checkpoint that stands.
  TreeBuilder tree = tree_;
  FileBatch files(env_, folders_);
  auto write = [&](const TileName& tile, ByteView content) {
    return files.write(io::join(directory_, tile.path()), content);
  };
  std::vector<const Recent*> recent = recent_from(settled_);
  recent.resize(flushed_ - settled_);  // what was appended meanwhile is not durable yet
  for (const Recent* one : recent) TRY(tree.append(as_bytes(one->entry), one->leaf, write));
  TRY(tree.emit_partial(write));
  TRY(files.sync_folders());
  TRY(put_checkpoint(tree));
  const uint64_t before = settled_;
  {
    std::lock_guard lock(mutex_);
    recent_.erase(recent_.begin(), recent_.begin() + static_cast<long>(recent.size()));
    settled_ = tree.size();
  }
  tree_ = std::move(tree);
  for (const TileName& tile : partial_tiles(before))
    if (tile != tile_of(tile.level, tile.number, settled_)) {
      // Best effort: check() lets a superseded partial tile pass, and the next start removes it.
      (void)env_.remove(io::join(directory_, tile.path()));
    }
  return pending_.start(settled_, {});
}

uint64_t FileAuditLog::size() const {
  std::lock_guard lock(mutex_);
  return settled_ + recent_.size();
}

Result<std::string> FileAuditLog::entry(uint64_t index) {
  std::lock_guard lock(mutex_);
  if (index >= settled_ + recent_.size())
    return Error(ErrorCode::kNotFound, "the audit log has no entry " + std::to_string(index));
  if (index >= settled_) return recent_[index - settled_].entry;
  const TileName tile = tile_of(TileName::kEntries, index / kTileWidth, settled_);
  const std::string path = io::join(directory_, tile.path());
  const Bytes bundle = TRY(io::read_file(env_, path, kMaxBundle));
  auto entries = split_bundle(bundle, tile.width);
  if (!entries.ok()) return std::move(entries).error().within(path);
  return std::string((*entries)[index % kTileWidth]);
}

// The root of the complete subtree of 2^level leaves: out of a tile where one holds it.
Result<crypto::Digest> FileAuditLog::node(int level, uint64_t index) {
  const int tile_level = level / kTileHeight;
  const uint64_t count = uint64_t{1} << (level % kTileHeight), first = index * count;
  if (first + count <= count_at(tile_level, settled_)) {
    const TileName tile = tile_of(tile_level, first / kTileWidth, settled_);
    auto file = TRY(env_.open(io::join(directory_, tile.path()), io::OpenMode::kRead));
    std::vector<crypto::Digest> hashes(count);
    TRY(file->read_at(first % kTileWidth * sizeof(crypto::Digest),
                      ByteSpan(hashes.front().data(), count * sizeof(crypto::Digest))));
    return fold(std::move(hashes));
  }
  if (level == 0) return recent_[index - settled_].leaf;
  const crypto::Digest left = TRY(node(level - 1, index * 2));
  return node_hash(left, TRY(node(level - 1, index * 2 + 1)));
}

// RFC 6962 section 2.1, MTH of the leaves [begin, end).
Result<crypto::Digest> FileAuditLog::subtree(uint64_t begin, uint64_t end) {
  const uint64_t size = end - begin, half = std::bit_floor(size - 1);
  if (std::has_single_bit(size)) return node(std::countr_zero(size), begin / size);
  const crypto::Digest left = TRY(subtree(begin, begin + half));
  return node_hash(left, TRY(subtree(begin + half, end)));
}

Result<std::vector<crypto::Digest>> FileAuditLog::inclusion_proof(uint64_t index, uint64_t size) {
  std::lock_guard lock(mutex_);
  if (index >= size || size > settled_ + recent_.size())
    return Error(ErrorCode::kNotFound,
                 "the audit log has no entry " + std::to_string(index) + " of " + std::to_string(size));
  // RFC 6962 section 2.1.1, from the root down: the sibling of each subtree on the way to the leaf.
  std::vector<crypto::Digest> path;
  for (uint64_t begin = 0, end = size; end - begin > 1;) {
    const uint64_t middle = begin + std::bit_floor(end - begin - 1);
    if (index < middle) {
      path.push_back(TRY(subtree(middle, end)));
      end = middle;
    } else {
      path.push_back(TRY(subtree(begin, middle)));
      begin = middle;
    }
  }
  std::ranges::reverse(path);
  return path;
}

}  // namespace

Status AuditLog::record(const Event& event) {
  TRY(append(event));
  return flush();
}

Result<std::unique_ptr<AuditLog>> AuditLog::open(io::Env& env, const std::string& directory,
                                                 const crypto::SigningKey& key, const Clock& clock,
                                                 Options options) {
  auto log = std::make_unique<FileAuditLog>(env, directory, key, clock, std::move(options));
  TRY(log->load());
  return std::unique_ptr<AuditLog>(std::move(log));
}

}  // namespace ew::evidence
