#include "node/known_sessions.h"

#include <pthread.h>

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <utility>

#include "base/text.h"
#include "crypto/crypto.h"

namespace ew::node {
namespace {

constexpr uint64_t kMaxSessionsFile = 256 * 1024 * 1024;
constexpr size_t kHashBytes = 16;
constexpr size_t kSlackLines = 20'000;  // lines about calls that are over, before the file is written anew
constexpr size_t kMaxWaiting = 8 * 1024 * 1024;  // bytes for the disk

size_t count_lines(const std::string& text) {
  return static_cast<size_t>(std::count(text.begin(), text.end(), '\n'));
}

std::string added_line(const std::string& hash, CallId call) {
  return "+ " + hash + " " + call.text() + "\n";
}

// The moment in a UUIDv7.
WallTime begin_of(CallId call) {
  int64_t milliseconds = 0;
  for (size_t i = 0; i < 6; ++i) milliseconds = milliseconds << 8 | call.bytes[i];
  return WallTime{milliseconds * kNsPerMs};
}

}  // namespace

// Durable is not asked for: a recorder that is killed leaves what it has written.
class KnownSessions::Writer {
 public:
  Writer(io::Env& env, std::string path) : env_(env), path_(std::move(path)) {
    thread_ = std::thread([this] { run(); });
  }
  ~Writer() {
    {
      std::lock_guard lock(mutex_);
      is_over_ = true;
    }
    changed_.notify_all();
    thread_.join();
  }

  // False, and they are not taken, if too much waits: the file must be written anew.
  bool append(std::string lines) {
    {
      std::lock_guard lock(mutex_);
      if (lines_.size() + lines.size() > kMaxWaiting) return false;
      lines_ += lines;
    }
    changed_.notify_all();
    return true;
  }
  void replace(std::string text) {
    {
      std::lock_guard lock(mutex_);
      text_ = std::move(text);
      lines_.clear();
    }
    changed_.notify_all();
  }
  void settle() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return !is_writing_ && !has_work(); });
  }
  Status status() const {
    std::lock_guard lock(mutex_);
    return status_;
  }

 private:
  bool has_work() const { return text_ || !lines_.empty(); }

  void run() {
    pthread_setname_np(pthread_self(), "sessions");
    std::unique_lock lock(mutex_);
    for (;;) {
      changed_.wait(lock, [this] { return is_over_ || has_work(); });
      if (!has_work()) return;
      is_writing_ = true;
      const std::optional<std::string> text = std::exchange(text_, std::nullopt);
      const std::string lines = std::exchange(lines_, {});
      lock.unlock();
      Status written = text ? begin(*text + lines) : add(lines);
      lock.lock();
      is_writing_ = false;
      if (!written.ok()) {
        file_.reset();
        if (status_.ok()) status_ = std::move(written);
      }
      changed_.notify_all();
    }
  }

  // After trouble nothing is written until the file is begun anew.
  Status add(const std::string& lines) {
    if (!file_) return {};
    TRY(file_->write_at(size_, as_bytes(lines)));
    size_ += lines.size();
    return {};
  }
  Status begin(const std::string& text) {
    const std::string fresh = path_ + ".new";
    auto file = TRY(env_.open(fresh, io::OpenMode::kCreate));
    TRY(file->truncate(0));
    TRY(file->write_at(0, as_bytes(text)));
    TRY(env_.rename(fresh, path_));
    file_ = std::move(file);
    size_ = text.size();
    return {};
  }

  io::Env& env_;
  const std::string path_;
  std::unique_ptr<io::File> file_;  // the thread's, as size_
  uint64_t size_ = 0;
  mutable std::mutex mutex_;  // guards all below
  std::condition_variable changed_;
  std::optional<std::string> text_;  // the file from its beginning
  std::string lines_;                // and what follows
  bool is_writing_ = false, is_over_ = false;
  Status status_;
  std::thread thread_;
};

KnownSessions::KnownSessions(io::Env& env, std::string path, WallTime now) {
  load(env, path, now);
  writer_ = std::make_unique<Writer>(env, std::move(path));
  rewrite();
  settle();
}

KnownSessions::~KnownSessions() = default;

KnownSessions::Hash KnownSessions::hash_of(std::string_view id) {
  return to_hex(ByteView(crypto::sha256(as_bytes(id))).first(kHashBytes));
}

void KnownSessions::load(io::Env& env, const std::string& path, WallTime now) {
  auto bytes = io::read_file(env, path, kMaxSessionsFile);
  if (!bytes.ok()) return;  // nothing is known
  std::string_view text = as_text(*bytes);
  for (size_t end; (end = text.find('\n')) != text.npos; text.remove_prefix(end + 1)) {
    std::string_view line = text.substr(0, end);
    const bool is_over = line.starts_with("- ");
    const size_t space = line.rfind(' ');
    auto call = CallId::parse(line.substr(space == line.npos ? 0 : space + 1));
    if (!call) continue;
    if (is_over) {
      calls_.erase(*call);
    } else if (line.starts_with("+ ") && space == 2 + 2 * kHashBytes && calls_.size() < kMaxCalls &&
               now - begin_of(*call) < kRemembered) {
      auto& ids = calls_[*call];
      if (ids.size() < kMaxIds) ids.emplace_back(line.substr(2, 2 * kHashBytes));
    }
  }
  for (const auto& [call, ids] : calls_)
    for (const Hash& id : ids) before_[id] = call;
}

void KnownSessions::write(std::string lines) {
  lines_ += count_lines(lines);
  if (lines_ > 2 * calls_.size() * kMaxIds + kSlackLines || !writer_->append(std::move(lines))) rewrite();
}

void KnownSessions::rewrite() {
  std::string text;
  for (const auto& [call, ids] : calls_)
    for (const Hash& id : ids) text += added_line(id, call);
  lines_ = count_lines(text);
  writer_->replace(std::move(text));
}

Status KnownSessions::status() const { return writer_->status(); }
void KnownSessions::settle() { writer_->settle(); }

std::optional<CallId> KnownSessions::take(const std::vector<std::string>& ids) {
  for (const std::string& id : ids) {
    auto found = before_.find(hash_of(id));
    if (found == before_.end()) continue;
    const CallId call = found->second;
    for (const Hash& hash : calls_[call]) before_.erase(hash);
    return call;
  }
  return std::nullopt;
}

void KnownSessions::add(const std::vector<std::string>& ids, CallId call) {
  auto& known = calls_[call];
  std::string lines;
  for (const std::string& id : ids) {
    Hash hash = hash_of(id);
    if (known.size() >= kMaxIds || std::find(known.begin(), known.end(), hash) != known.end()) continue;
    lines += added_line(hash, call);
    known.push_back(std::move(hash));
  }
  if (!lines.empty()) write(lines);
}

void KnownSessions::remove(CallId call) {
  auto found = calls_.find(call);
  if (found == calls_.end()) return;
  for (const Hash& hash : found->second)
    if (auto before = before_.find(hash); before != before_.end() && before->second == call)
      before_.erase(before);
  calls_.erase(found);
  write("- " + call.text() + "\n");
}

}  // namespace ew::node
