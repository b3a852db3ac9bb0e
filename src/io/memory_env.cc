#include "io/memory_env.h"

#include <algorithm>
#include <random>

namespace ew::io {
namespace {

constexpr size_t kSector = 512, kBlock = 4096;
constexpr uint64_t kMaxFileSize = uint64_t{1} << 32;  // so that a test's mistake does not eat the machine
using Random = std::mt19937_64;

// A change of a file that no sync covers yet.
struct Change {
  enum class Kind { kWrite, kTruncate, kAllocate } kind;
  uint64_t offset = 0;  // kTruncate, kAllocate: the new size
  Bytes bytes;
};

void put(Bytes& content, uint64_t offset, ByteView bytes) {
  if (content.size() < offset + bytes.size()) content.resize(offset + bytes.size());
  std::copy(bytes.begin(), bytes.end(), content.begin() + static_cast<ptrdiff_t>(offset));
}

void make_change(const Change& change, Bytes& content) {
  switch (change.kind) {
    case Change::Kind::kWrite:
      return put(content, change.offset, change.bytes);
    case Change::Kind::kTruncate:
      return content.resize(change.offset);
    case Change::Kind::kAllocate:
      return content.resize(std::max<uint64_t>(content.size(), change.offset));
  }
}

struct Node {
  Bytes content;  // as the process sees it
  Bytes durable;
  std::vector<Change> changes;  // from durable to content

  void change(Change next) {
    make_change(next, content);
    changes.push_back(std::move(next));
  }
  void sync() {
    for (const Change& pending : changes) make_change(pending, durable);
    changes.clear();
  }
};

// Writes some blocks of a write, some sectors of others. `likelihood` in percent that a block is there.
// `lost` are the sectors that never reached the disk again: a later write to the same one went through the
// same page, so it is lost too.
void tear(const Change& write, unsigned likelihood, Random& random, std::set<uint64_t>& lost,
          Bytes& content) {
  uint64_t end = write.offset + write.bytes.size();
  ByteView bytes = write.bytes;
  uint64_t block = UINT64_MAX;
  bool is_torn = false, is_there = false;
  for (uint64_t from = write.offset; from < end;) {
    if (from / kBlock != block) {
      block = from / kBlock;
      is_torn = random() % 8 == 0;
      is_there = random() % 100 < likelihood;
    }
    uint64_t sector = from / kSector, to = std::min(end, (sector + 1) * kSector);
    if (is_torn ? random() % 2 == 0 : !is_there) lost.insert(sector);
    if (!lost.count(sector)) put(content, from, bytes.subspan(from - write.offset, to - from));
    from = to;
  }
}

Bytes after_power_loss(const Node& node, Random& random) {
  Bytes content = node.durable;
  uint64_t size = content.size();
  size_t sizes_kept = random() % (node.changes.size() + 1);  // so many changes have their effect on the size
  unsigned likelihood = static_cast<unsigned>(random() % 5) * 25;
  std::set<uint64_t> lost;
  for (size_t i = 0; i < node.changes.size(); ++i) {
    const Change& change = node.changes[i];
    if (change.kind == Change::Kind::kWrite) {
      tear(change, likelihood, random, lost, content);
      if (i < sizes_kept) size = std::max(size, change.offset + change.bytes.size());
    } else if (i < sizes_kept) {
      make_change(change, content);
      size = change.kind == Change::Kind::kTruncate ? change.offset : std::max(size, change.offset);
    }
  }
  content.resize(size);
  return content;
}

using NodePointer = std::shared_ptr<Node>;
using Names = std::map<std::string, NodePointer>;

// A change of names that no sync_directory covers yet. A rename removes and adds.
struct NameChange {
  std::string removed, added;  // empty: none
  NodePointer node;

  bool touches(const std::string& directory) const {
    return (!removed.empty() && parent_of(removed) == directory) ||
           (!added.empty() && parent_of(added) == directory);
  }
  void apply_to(Names& names) const {
    if (!removed.empty()) names.erase(removed);
    if (!added.empty()) names[added] = node;
  }
};

Error failure(ErrorCode code, std::string_view operation, const std::string& path, std::string_view what) {
  return {code, std::string(operation) + " " + path + ": " + std::string(what)};
}
Error not_found(std::string_view operation, const std::string& path) {
  return failure(ErrorCode::kNotFound, operation, path, "No such file or directory");
}

}  // namespace

struct MemoryEnv::State {
  std::mutex mutex;  // guards everything below and the nodes
  Names names, durable_names;
  std::vector<NameChange> name_changes;  // from durable_names to names, in order
  std::set<std::string> directories{"/", "."};
  std::set<std::string> locks;

  Result<NodePointer> find(std::string_view operation, const std::string& path) const {
    auto found = names.find(path);
    if (found == names.end()) return not_found(operation, path);
    return found->second;
  }

  void change_names(NameChange change) {
    change.apply_to(names);
    name_changes.push_back(std::move(change));
  }

  // Makes the first `count` name changes durable as far as `directory` needs it. A rename between directories
  // ties them together, so that what came before it in the other one goes along.
  void sync_names(const std::string& directory, size_t count) {
    std::set<std::string> tied{directory};
    std::vector<bool> chosen(name_changes.size());
    for (size_t i = count; i-- > 0;) {
      const NameChange& change = name_changes[i];
      chosen[i] = std::any_of(tied.begin(), tied.end(),
                              [&](const std::string& name) { return change.touches(name); });
      if (!chosen[i]) continue;
      if (!change.removed.empty()) tied.insert(parent_of(change.removed));
      if (!change.added.empty()) tied.insert(parent_of(change.added));
    }
    std::vector<NameChange> rest;
    for (size_t i = 0; i < name_changes.size(); ++i) {
      if (chosen[i])
        name_changes[i].apply_to(durable_names);
      else
        rest.push_back(std::move(name_changes[i]));
    }
    name_changes = std::move(rest);
  }

  // A copy of names and name changes in which each node is replaced by its own copy.
  std::unique_ptr<State> clone() {
    std::lock_guard lock(mutex);
    auto copy = std::make_unique<State>();
    std::map<const Node*, NodePointer> copies;
    auto copy_of = [&](const NodePointer& node) -> NodePointer {
      if (!node) return nullptr;
      NodePointer& made = copies[node.get()];
      if (!made) made = std::make_shared<Node>(*node);
      return made;
    };
    for (const auto& [path, node] : names) copy->names[path] = copy_of(node);
    for (const auto& [path, node] : durable_names) copy->durable_names[path] = copy_of(node);
    for (const NameChange& change : name_changes)
      copy->name_changes.push_back({change.removed, change.added, copy_of(change.node)});
    copy->directories = directories;
    return copy;
  }

  void lose_power(Random& random) {
    for (const std::string& directory : directories)
      sync_names(directory, random() % (name_changes.size() + 1));
    name_changes.clear();
    names = durable_names;
    std::set<Node*> done;  // a node may have two names
    for (auto& [path, node] : names) {
      if (!done.insert(node.get()).second) continue;
      node->content = node->durable = after_power_loss(*node, random);
      node->changes.clear();
    }
  }
};

namespace {

// State is private to MemoryEnv; a template lets the classes below hold it all the same.
template <typename State>
class MemoryFile : public File {
 public:
  MemoryFile(std::shared_ptr<State> state, NodePointer node, std::string path, bool is_writable)
      : state_(std::move(state)), node_(std::move(node)), path_(std::move(path)), is_writable_(is_writable) {}

  Status write_at(uint64_t offset, ByteView bytes) override {
    return change("write", offset + bytes.size(),
                  {Change::Kind::kWrite, offset, Bytes(bytes.begin(), bytes.end())});
  }
  Status read_at(uint64_t offset, ByteSpan bytes) override {
    std::lock_guard lock(state_->mutex);
    const Bytes& content = node_->content;
    if (offset > content.size() || bytes.size() > content.size() - offset)
      return failure(ErrorCode::kTruncated, "read", path_,
                     "the file ends at " + std::to_string(content.size()));
    std::copy_n(content.begin() + static_cast<ptrdiff_t>(offset), bytes.size(), bytes.begin());
    return {};
  }
  Result<uint64_t> size() override {
    std::lock_guard lock(state_->mutex);
    return uint64_t{node_->content.size()};
  }
  Status truncate(uint64_t size) override {
    return change("truncate", size, {Change::Kind::kTruncate, size, {}});
  }
  Status allocate(uint64_t size) override {
    return change("allocate", size, {Change::Kind::kAllocate, size, {}});
  }
  Status sync() override {
    std::lock_guard lock(state_->mutex);
    node_->sync();
    return {};
  }

 private:
  Status change(std::string_view operation, uint64_t size, Change change) {
    if (!is_writable_) return failure(ErrorCode::kIo, operation, path_, "Bad file descriptor");
    if (size > kMaxFileSize) return failure(ErrorCode::kNoSpace, operation, path_, "File too large");
    std::lock_guard lock(state_->mutex);
    node_->change(std::move(change));
    return {};
  }

  std::shared_ptr<State> state_;
  NodePointer node_;
  std::string path_;
  bool is_writable_;
};

template <typename State>
class MemoryLock : public Lock {
 public:
  MemoryLock(std::shared_ptr<State> state, std::string path)
      : state_(std::move(state)), path_(std::move(path)) {}
  ~MemoryLock() override {
    std::lock_guard lock(state_->mutex);
    state_->locks.erase(path_);
  }

 private:
  std::shared_ptr<State> state_;
  std::string path_;
};

}  // namespace

MemoryEnv::MemoryEnv() : state_(std::make_shared<State>()) {}
MemoryEnv::~MemoryEnv() = default;

std::unique_ptr<MemoryEnv> MemoryEnv::crash_kill() const {
  auto after = std::make_unique<MemoryEnv>();
  after->state_ = state_->clone();
  return after;
}

std::unique_ptr<MemoryEnv> MemoryEnv::crash_state(uint64_t seed) const {
  auto after = crash_kill();
  Random random(seed);
  after->state_->lose_power(random);
  return after;
}

Result<std::unique_ptr<File>> MemoryEnv::open(const std::string& path, OpenMode mode) {
  std::lock_guard lock(state_->mutex);
  auto found = state_->names.find(path);
  bool is_there = found != state_->names.end();
  if (is_there && mode == OpenMode::kCreateNew)
    return failure(ErrorCode::kExists, "open", path, "File exists");
  bool may_create = mode == OpenMode::kCreate || mode == OpenMode::kCreateNew;
  if (!is_there && (!may_create || !state_->directories.count(parent_of(path))))
    return not_found("open", path);
  NodePointer node = is_there ? found->second : std::make_shared<Node>();
  if (!is_there) state_->change_names({"", path, node});
  return std::unique_ptr<File>(
      std::make_unique<MemoryFile<State>>(state_, std::move(node), path, mode != OpenMode::kRead));
}

Status MemoryEnv::rename(const std::string& from, const std::string& to) {
  std::lock_guard lock(state_->mutex);
  NodePointer node = TRY(state_->find("rename", from));
  if (!state_->directories.count(parent_of(to))) return not_found("rename", to);
  if (from != to) state_->change_names({from, to, std::move(node)});
  return {};
}

Status MemoryEnv::link_new(const std::string& from, const std::string& to) {
  std::lock_guard lock(state_->mutex);
  NodePointer node = TRY(state_->find("link", from));
  if (!state_->directories.count(parent_of(to))) return not_found("link", to);
  if (state_->names.count(to)) return failure(ErrorCode::kExists, "link", to, "File exists");
  state_->change_names({"", to, std::move(node)});
  return {};
}

Status MemoryEnv::remove(const std::string& path) {
  std::lock_guard lock(state_->mutex);
  TRY(state_->find("remove", path));
  state_->change_names({path, "", nullptr});
  return {};
}

Status MemoryEnv::remove_directory(const std::string& path) {
  if (!TRY(list(path)).empty()) return Error(ErrorCode::kIo, "remove directory " + path + ": not empty");
  std::lock_guard lock(state_->mutex);
  state_->directories.erase(path);
  return {};
}

Status MemoryEnv::make_directories(const std::string& path) {
  std::lock_guard lock(state_->mutex);
  std::string directory = path;
  while (directory.size() > 1 && directory.back() == '/') directory.pop_back();
  for (; state_->directories.insert(directory).second;) directory = parent_of(directory);
  return {};
}

Status MemoryEnv::sync_directory(const std::string& path) {
  std::lock_guard lock(state_->mutex);
  if (!state_->directories.count(path)) return not_found("sync directory", path);
  state_->sync_names(path, state_->name_changes.size());
  return {};
}

Status MemoryEnv::sync_file_system(const std::string& path) {
  std::lock_guard lock(state_->mutex);
  if (!state_->directories.count(path)) return not_found("sync file system of", path);
  for (auto& [name, node] : state_->names) node->sync();
  state_->durable_names = state_->names;
  state_->name_changes.clear();
  return {};
}

Result<std::vector<std::string>> MemoryEnv::list(const std::string& directory) {
  std::lock_guard lock(state_->mutex);
  if (!state_->directories.count(directory)) return not_found("list", directory);
  std::set<std::string> found;
  auto add = [&](const std::string& path) {
    if (path != directory && parent_of(path) == directory) found.insert(path.substr(path.rfind('/') + 1));
  };
  for (const auto& [path, node] : state_->names) add(path);
  for (const std::string& path : state_->directories) add(path);
  found.erase(".");
  return std::vector<std::string>(found.begin(), found.end());
}

Result<bool> MemoryEnv::exists(const std::string& path) {
  std::lock_guard lock(state_->mutex);
  return state_->names.count(path) > 0 || state_->directories.count(path) > 0;
}

Result<std::unique_ptr<Lock>> MemoryEnv::lock(const std::string& path) {
  std::lock_guard lock(state_->mutex);
  if (!state_->directories.count(parent_of(path))) return not_found("lock", path);
  if (!state_->locks.insert(path).second)
    return failure(ErrorCode::kBusy, "lock", path, "held by another process");
  if (!state_->names.count(path)) state_->change_names({"", path, std::make_shared<Node>()});
  return std::unique_ptr<Lock>(std::make_unique<MemoryLock<State>>(state_, path));
}

Result<uint64_t> MemoryEnv::free_bytes(const std::string& path) {
  std::lock_guard lock(state_->mutex);
  if (!state_->directories.count(path) && !state_->names.count(path)) return not_found("statvfs", path);
  return uint64_t{1} << 40;
}

}  // namespace ew::io
