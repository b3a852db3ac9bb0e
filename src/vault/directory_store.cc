#include "vault/object_store.h"

#include <algorithm>
#include <cstring>
#include <mutex>
#include <set>
#include <span>

#include "crypto/crypto.h"

namespace ew::vault {
namespace {

// In capitals, which no name has, so that a file never stands where a folder must.
constexpr std::string_view kSuffix = ".OBJ";
constexpr std::string_view kLockMagic = "EWLOCK1\n";
constexpr size_t kLockSize = 20;
// Open files at once; a bigger batch is put in groups.
constexpr size_t kGroup = 128;
// More files or folders than these are synced with all their file system: each sync of its own would make the
// disk turn to the same inodes and folders again. It waits for what others wrote too, so a few do without.
constexpr size_t kFew = 8;
constexpr size_t kCompareSize = 128 * 1024;

Bytes encode_lock(WallTime until) {
  Bytes bytes;
  ByteWriter writer(bytes);
  writer.raw(kLockMagic);
  writer.u64le(static_cast<uint64_t>(until.ns));
  writer.u32le(crypto::crc32c(bytes));
  return bytes;
}

// An object on its way in: a file of a temporary name, which is removed with it.
class Incoming {
 public:
  static Result<Incoming> write(io::Env& env, std::string path, const NewObject& object) {
    auto file = TRY(env.open(path, io::OpenMode::kCreateNew));
    Incoming incoming(env, std::move(path), std::move(file), object);
    uint64_t offset = 0;
    for (ByteView piece : object.pieces) {
      TRY(incoming.file_->write_at(offset, piece));
      offset += piece.size();
    }
    return incoming;
  }
  Incoming(Incoming&&) = default;
  Incoming& operator=(Incoming&&) = delete;
  ~Incoming() {
    // Best effort: what stays is removed at the next start.
    if (file_) (void)env_->remove(path_);
  }

  Status sync() { return file_->sync(); }
  const std::string& path() const { return path_; }
  const NewObject& object() const { return *object_; }
  io::File& file() { return *file_; }

 private:
  Incoming(io::Env& env, std::string path, std::unique_ptr<io::File> file, const NewObject& object)
      : env_(&env), path_(std::move(path)), file_(std::move(file)), object_(&object) {}

  io::Env* env_;
  std::string path_;
  std::unique_ptr<io::File> file_;
  const NewObject* object_;
};

Result<bool> holds_exactly(io::File& file, const NewObject& object, Bytes& buffer) {
  uint64_t offset = 0;
  for (ByteView piece : object.pieces) offset += piece.size();
  if (TRY(file.size()) != offset) return false;
  offset = 0;
  for (ByteView piece : object.pieces) {
    while (!piece.empty()) {
      const size_t count = std::min(piece.size(), kCompareSize);
      buffer.resize(std::max(buffer.size(), count));
      TRY(file.read_at(offset, ByteSpan(buffer).first(count)));
      if (std::memcmp(buffer.data(), piece.data(), count) != 0) return false;
      piece = piece.subspan(count);
      offset += count;
    }
  }
  return true;
}

class DirectoryStore : public ObjectStore {
 public:
  DirectoryStore(io::Env& env, const std::string& directory, const Clock& clock)
      : env_(env),
        clock_(clock),
        objects_(io::join(directory, "objects")),
        locks_(io::join(directory, "locks")),
        temporary_(io::join(directory, "tmp")) {}

  Status put(const std::vector<NewObject>& objects) override;
  Result<Bytes> get(const std::string& name) override;
  Result<Bytes> get_range(const std::string& name, uint64_t offset, uint64_t length) override;
  Result<ObjectInfo> stat(const std::string& name) override;
  Result<ObjectEnds> get_ends(const std::string& name, uint64_t head, uint64_t tail) override;
  Status remove(const std::string& name) override;
  Result<std::vector<ObjectInfo>> list(const std::string& prefix, const std::string& after,
                                       size_t limit) override;
  Status lock_until(const std::string& name, WallTime until) override;

 private:
  struct Listing {
    const std::string &prefix, &after;
    size_t limit;
    std::vector<ObjectInfo> found;
  };

  std::string object_path(const std::string& name) const {
    return io::join(objects_, name + std::string(kSuffix));
  }
  std::string lock_path(const std::string& name) const {
    return io::join(locks_, name + std::string(kSuffix));
  }
  Status sync(std::span<Incoming> incoming);
  Status sync_folders(const std::set<std::string>& folders);
  Status start();
  Status make_folder(const std::string& path);
  Result<std::string> temporary_path();
  Status put_group(std::span<const NewObject> group, std::set<std::string>& touched);
  Status link(Incoming& incoming, std::set<std::string>& touched, Bytes& buffer);
  Result<std::unique_ptr<io::File>> open(const std::string& name);
  Result<WallTime> locked_until(const std::string& name);
  Status list_folder(const std::string& name_of_folder, Listing& listing);

  io::Env& env_;
  const Clock& clock_;
  const std::string objects_, locks_, temporary_;

  std::mutex mutex_;  // guards everything below, and makes changes of locks one after the other
  bool started_ = false;
  std::set<std::string> folders_;  // known to be there
  uint64_t next_temporary_ = 0;
  std::string run_;  // random, so that two runs' temporary names differ
};

// Deferred to the first change: making the object cannot fail, and a store that is only read needs no write
// access.
Status DirectoryStore::start() {
  if (started_) return {};
  for (const std::string* folder : {&objects_, &temporary_}) TRY(env_.make_directories(*folder));
  for (const std::string& left_over : TRY(env_.list(temporary_)))
    TRY(env_.remove(io::join(temporary_, left_over)));
  std::array<uint8_t, 8> random;
  crypto::random_bytes(random);
  run_ = to_hex(random);
  started_ = true;
  return {};
}

Result<std::string> DirectoryStore::temporary_path() {
  std::lock_guard lock(mutex_);
  TRY(start());
  return io::join(temporary_, run_ + "-" + std::to_string(next_temporary_++));
}

Status DirectoryStore::make_folder(const std::string& path) {
  {
    std::lock_guard lock(mutex_);
    if (folders_.count(path)) return {};
  }
  TRY(env_.make_directories(path));
  std::lock_guard lock(mutex_);
  folders_.insert(path);
  return {};
}

Status DirectoryStore::put(const std::vector<NewObject>& objects) {
  for (const NewObject& object : objects)
    if (!is_valid_name(object.name))
      return Error(ErrorCode::kInvalid, "no name of an object: " + object.name);
  Status outcome;
  std::set<std::string> touched;  // folders
  std::span<const NewObject> left(objects);
  while (!left.empty()) {
    auto group = left.first(std::min(left.size(), kGroup));
    left = left.subspan(group.size());
    Status put = put_group(group, touched);
    if (!put.ok() && put.error().code() != ErrorCode::kExists) return put;
    if (outcome.ok()) outcome = std::move(put);
  }
  TRY(sync_folders(touched));
  return outcome;
}

// Where the file system as a whole fails, it may be somebody else's file: each of ours is asked.
Status DirectoryStore::sync(std::span<Incoming> incoming) {
  if (incoming.size() > kFew && env_.sync_file_system(temporary_)) return {};
  for (Incoming& one : incoming) TRY(one.sync());
  return {};
}

// Each once, whichever groups brought something into it.
Status DirectoryStore::sync_folders(const std::set<std::string>& folders) {
  if (folders.size() > kFew && env_.sync_file_system(objects_)) return {};
  for (const std::string& folder : folders) TRY(env_.sync_directory(folder));
  return {};
}

Status DirectoryStore::put_group(std::span<const NewObject> group, std::set<std::string>& touched) {
  std::vector<Incoming> incoming;
  incoming.reserve(group.size());
  for (const NewObject& object : group) {
    auto written = Incoming::write(env_, TRY(temporary_path()), object);
    if (!written.ok()) return std::move(written).error().within("put " + object.name);
    incoming.push_back(std::move(written).value());
  }
  TRY(sync(incoming));
  Bytes buffer;
  for (Incoming& one : incoming)
    if (!TRY(holds_exactly(one.file(), one.object(), buffer)))
      return Error(ErrorCode::kCorrupt,
                   "put " + one.object().name + ": read back something else than was written");
  Status outcome;
  for (Incoming& one : incoming) {
    Status linked = link(one, touched, buffer);
    if (!linked.ok() && linked.error().code() != ErrorCode::kExists) return linked;
    if (outcome.ok()) outcome = std::move(linked);
  }
  return outcome;
}

Status DirectoryStore::link(Incoming& incoming, std::set<std::string>& touched, Bytes& buffer) {
  const std::string path = object_path(incoming.object().name), folder = io::parent_of(path);
  TRY(make_folder(folder));
  Status linked = env_.link_new(incoming.path(), path);
  if (!linked.ok()) {
    if (linked.error().code() != ErrorCode::kExists) return linked;
    auto there = TRY(env_.open(path, io::OpenMode::kRead));
    if (!TRY(holds_exactly(*there, incoming.object(), buffer)))
      return Error(ErrorCode::kExists, "another object is named " + incoming.object().name);
  }
  // Also where it was there already: the put before may have ended before its folder was synced.
  touched.insert(folder);
  return {};
}

Result<std::unique_ptr<io::File>> DirectoryStore::open(const std::string& name) {
  if (!is_valid_name(name)) return Error(ErrorCode::kInvalid, "no name of an object: " + name);
  return env_.open(object_path(name), io::OpenMode::kRead);
}

Result<Bytes> DirectoryStore::get(const std::string& name) {
  auto file = TRY(open(name));
  Bytes bytes(TRY(file->size()));
  TRY(file->read_at(0, bytes));
  return bytes;
}

Result<Bytes> DirectoryStore::get_range(const std::string& name, uint64_t offset, uint64_t length) {
  auto file = TRY(open(name));
  const uint64_t size = TRY(file->size());
  if (offset > size || length > size - offset)
    return Error(ErrorCode::kTruncated, "object " + name + " ends at " + std::to_string(size));
  Bytes bytes(length);
  TRY(file->read_at(offset, bytes));
  return bytes;
}

Result<ObjectInfo> DirectoryStore::stat(const std::string& name) {
  auto file = TRY(open(name));
  return ObjectInfo{name, TRY(file->size())};
}

Result<ObjectEnds> DirectoryStore::get_ends(const std::string& name, uint64_t head, uint64_t tail) {
  auto file = TRY(open(name));
  ObjectEnds ends{.size = TRY(file->size())};
  ends.head.resize(std::min(head, ends.size));
  ends.tail.resize(std::min(tail, ends.size));
  TRY(file->read_at(ends.size - ends.tail.size(), ends.tail));
  // A small object is read once and whole.
  if (ends.tail.size() == ends.size)
    std::copy_n(ends.tail.begin(), ends.head.size(), ends.head.begin());
  else
    TRY(file->read_at(0, ends.head));
  return ends;
}

Result<WallTime> DirectoryStore::locked_until(const std::string& name) {
  const std::string path = lock_path(name);
  if (!TRY(env_.exists(path))) return WallTime{INT64_MIN};
  const Bytes bytes = TRY(io::read_file(env_, path, kLockSize));
  ByteReader reader(bytes);
  reader.skip(kLockMagic.size());
  const WallTime until{static_cast<int64_t>(reader.u64le())};
  // A lock that cannot be read locks: nothing may be removed because its lock was damaged.
  if (bytes != encode_lock(until)) return Error(ErrorCode::kCorrupt, path + ": offset 0: not a lock");
  return until;
}

Status DirectoryStore::lock_until(const std::string& name, WallTime until) {
  TRY(stat(name));
  std::lock_guard lock(mutex_);
  if (until <= TRY(locked_until(name))) return {};
  const std::string path = lock_path(name);
  TRY(env_.make_directories(io::parent_of(path)));
  return io::write_file(env_, path, encode_lock(until));
}

Status DirectoryStore::remove(const std::string& name) {
  TRY(stat(name));
  std::lock_guard lock(mutex_);
  const WallTime until = TRY(locked_until(name));
  if (clock_.wall() < until)
    return Error(ErrorCode::kDenied, "object " + name + " is locked until " + to_rfc3339(until));
  const std::string path = object_path(name);
  TRY(env_.remove(path));
  TRY(env_.sync_directory(io::parent_of(path)));
  if (until.ns == INT64_MIN) return {};
  TRY(env_.remove(lock_path(name)));
  return env_.sync_directory(io::parent_of(lock_path(name)));
}

// Folders in order of the names in them: a folder `a` counts as `a/`, which sorts after `a-b` and `a.b`.
Status DirectoryStore::list_folder(const std::string& folder, Listing& listing) {
  std::vector<std::string> names;
  const std::string path = objects_ + (folder.empty() ? "" : "/" + folder.substr(0, folder.size() - 1));
  for (std::string& entry : TRY(env_.list(path))) {
    if (entry.ends_with(kSuffix))
      names.push_back(folder + entry.substr(0, entry.size() - kSuffix.size()));
    else
      names.push_back(folder + entry + "/");
  }
  std::ranges::sort(names);
  for (const std::string& name : names) {
    if (listing.found.size() >= listing.limit) return {};
    const bool is_folder = name.back() == '/';
    const size_t common = std::min(name.size(), listing.prefix.size());
    if (std::string_view(name).substr(0, common) != std::string_view(listing.prefix).substr(0, common))
      continue;
    if (is_folder) {
      if (name < listing.after && !listing.after.starts_with(name)) continue;
      TRY(list_folder(name, listing));
    } else if (name.size() >= listing.prefix.size() && name > listing.after) {
      auto info = stat(name);
      if (info.ok())
        listing.found.push_back(*info);
      else if (info.error().code() != ErrorCode::kNotFound)  // removed since the folder was read
        return std::move(info).error();
    }
  }
  return {};
}

Result<std::vector<ObjectInfo>> DirectoryStore::list(const std::string& prefix, const std::string& after,
                                                     size_t limit) {
  Listing listing{prefix, after, limit, {}};
  if (TRY(env_.exists(objects_))) TRY(list_folder("", listing));
  return std::move(listing.found);
}

}  // namespace

std::unique_ptr<ObjectStore> make_directory_store(io::Env& env, std::string directory, const Clock& clock) {
  return std::make_unique<DirectoryStore>(env, directory, clock);
}

}  // namespace ew::vault
