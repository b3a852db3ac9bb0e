#include "node/known_sessions.h"

#include <algorithm>

#include "base/text.h"
#include "crypto/crypto.h"

namespace ew::node {
namespace {

constexpr uint64_t kMaxSessionsFile = 256 * 1024 * 1024;
constexpr size_t kHashBytes = 16;
constexpr size_t kSlackLines = 20'000;  // lines about calls that are over, before the file is written anew

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

KnownSessions::KnownSessions(io::Env& env, std::string path, WallTime now)
    : env_(env), path_(std::move(path)) {
  load(now);
  rewrite();
}

KnownSessions::Hash KnownSessions::hash_of(std::string_view id) {
  return to_hex(ByteView(crypto::sha256(as_bytes(id))).first(kHashBytes));
}

void KnownSessions::load(WallTime now) {
  auto bytes = io::read_file(env_, path_, kMaxSessionsFile);
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

// Durable is not asked for: a recorder that is killed leaves what it has written.
void KnownSessions::write(const std::string& lines) {
  if (!file_) return;
  if (Status written = file_->write_at(size_, as_bytes(lines)); !written.ok()) {
    if (status_.ok()) status_ = std::move(written);
    file_.reset();
    return;
  }
  size_ += lines.size();
  lines_ += static_cast<size_t>(std::count(lines.begin(), lines.end(), '\n'));
  if (lines_ > 2 * calls_.size() * kMaxIds + kSlackLines) rewrite();
}

void KnownSessions::rewrite() {
  std::string text;
  for (const auto& [call, ids] : calls_)
    for (const Hash& id : ids) text += added_line(id, call);
  lines_ = 0;
  const std::string fresh = path_ + ".new";
  auto file = env_.open(fresh, io::OpenMode::kCreate);
  Status begun = file.ok() ? (*file)->truncate(0) : Status(file.error());
  if (begun.ok()) begun = (*file)->write_at(0, as_bytes(text));
  if (begun.ok()) begun = env_.rename(fresh, path_);
  if (!begun.ok()) {
    if (status_.ok()) status_ = std::move(begun);
    file_.reset();
    return;
  }
  file_ = std::move(*file);
  size_ = text.size();
  lines_ = static_cast<size_t>(std::count(text.begin(), text.end(), '\n'));
}

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
