#include "evidence/entry_internal.h"

#include <algorithm>
#include <map>

#include "base/text.h"

namespace ew::evidence {
namespace {

bool is_printable_ascii(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return c >= 0x20 && c <= 0x7e; });
}

std::string quoted(std::string_view text) {
  std::string out = "\"";
  for (char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + '"';
}

// Reads the one form that encode() writes, so that an entry has no second spelling.
class EntryReader {
 public:
  explicit EntryReader(std::string_view text) : left_(text) {}

  bool literal(char c) {
    if (left_.empty() || left_.front() != c) return false;
    left_.remove_prefix(1);
    return true;
  }
  std::optional<std::string> string() {
    if (!literal('"')) return std::nullopt;
    std::string value;
    for (; !left_.empty() && left_.front() != '"'; left_.remove_prefix(1)) {
      if (left_.front() == '\\') {
        left_.remove_prefix(1);
        if (left_.empty() || (left_.front() != '"' && left_.front() != '\\')) return std::nullopt;
      }
      value += left_.front();
    }
    return literal('"') && is_printable_ascii(value) ? std::optional(std::move(value)) : std::nullopt;
  }
  std::optional<std::string> number() {
    const size_t length = std::min(left_.find_first_not_of("0123456789"), left_.size());
    std::string digits(left_.substr(0, length));
    left_.remove_prefix(length);
    const bool has_leading_zero = digits.size() > 1 && digits[0] == '0';
    return !has_leading_zero && parse_number(digits, INT64_MAX) ? std::optional(digits) : std::nullopt;
  }
  bool at_number() const { return !left_.empty() && left_.front() != '"'; }
  bool at_end() const { return left_.empty(); }

 private:
  std::string_view left_;
};

struct Value {
  std::string text;
  bool is_number = false;
};

std::optional<std::map<std::string, Value>> read_object(std::string_view text) {
  EntryReader reader(text);
  std::map<std::string, Value> members;
  if (!reader.literal('{')) return std::nullopt;
  do {
    auto key = reader.string();
    if (!key || !reader.literal(':')) return std::nullopt;
    // Sorted, none twice.
    if (!members.empty() && *key <= members.rbegin()->first) return std::nullopt;
    const bool is_number = reader.at_number();
    auto value = is_number ? reader.number() : reader.string();
    if (!value) return std::nullopt;
    members[*key] = {std::move(*value), is_number};
  } while (reader.literal(','));
  if (!reader.literal('}') || !reader.at_end()) return std::nullopt;
  return members;
}

// In the form that encode() writes, within the years that WallTime can say.
bool is_time(const std::string& text) {
  WallTime at;
  return text >= "1970" && text < "2262" && parse_rfc3339(text, at) && to_rfc3339(at) == text;
}

Error no_entry(std::string_view what) { return {ErrorCode::kCorrupt, "not an entry: " + std::string(what)}; }

}  // namespace

std::string commitment(ByteView salt, std::string_view value) {
  return to_hex(crypto::hmac_sha256(salt, as_bytes(value)));
}

Result<std::string> encode(const Event& event, const std::optional<Link>& link) {
  std::map<std::string, std::string> members;
  auto add = [&](const std::string& key, const std::string& value) -> Status {
    if (!is_printable_ascii(key) || !is_printable_ascii(value))
      return Error(ErrorCode::kInvalid, "audit event " + printable(event.kind) + ": member " +
                                            printable(key) + " is not printable ASCII");
    if (!members.emplace(key, quoted(value)).second)
      return Error(ErrorCode::kInvalid,
                   "audit event " + printable(event.kind) + ": member " + key + " twice");
    return {};
  };
  TRY(add("at", to_rfc3339(event.at)));
  TRY(add("kind", event.kind));
  TRY(add("actor", event.actor));
  TRY(add("result", event.result));
  if (link) {
    TRY(add("recording", link->recording.text()));
    members["rseq"] = std::to_string(link->rseq);
    if (link->previous) TRY(add("prev", to_hex(*link->previous)));
  }
  for (const auto& [key, value] : event.details) {
    if (key == "recording" || key == "rseq" || key == "prev")
      return Error(ErrorCode::kInvalid,
                   "audit event " + printable(event.kind) + ": " + key + " is not a detail");
    TRY(add(key, value));
  }
  std::string text = "{";
  for (const auto& [key, value] : members) text += (text.size() > 1 ? "," : "") + quoted(key) + ":" + value;
  text += '}';
  if (text.size() > kMaxEntry)
    return Error(ErrorCode::kLimit,
                 "audit event " + event.kind + ": " + std::to_string(text.size()) + " bytes");
  return text;
}

Result<std::optional<Link>> parse_entry(std::string_view text) {
  auto members = read_object(text);
  if (!members) return no_entry("not canonical JSON");
  auto text_of = [&](const char* key) -> const std::string* {
    auto found = members->find(key);
    return found != members->end() && !found->second.is_number ? &found->second.text : nullptr;
  };
  for (const char* required : {"at", "kind", "actor", "result"})
    if (!text_of(required)) return no_entry("no member " + std::string(required));
  if (!is_time(*text_of("at"))) return no_entry("bad time");
  auto rseq = members->find("rseq");
  const std::string *recording = text_of("recording"), *previous = text_of("prev");
  if (!recording && rseq == members->end() && !previous) return std::optional<Link>();
  auto id = recording ? RecordingId::parse(*recording) : std::nullopt;
  if (!id || rseq == members->end() || !rseq->second.is_number) return no_entry("bad chain");
  Link link{*id, *parse_number(rseq->second.text, INT64_MAX), std::nullopt};
  if (previous && !from_hex(*previous, link.previous.emplace())) return no_entry("bad chain");
  return std::optional(link);
}

Link Chains::next(RecordingId recording) const {
  auto found = last_.find(recording);
  if (found == last_.end()) return {recording, 0, std::nullopt};
  return {recording, found->second.rseq + 1, found->second.leaf};
}

void Chains::add(const Link& link, const crypto::Digest& leaf) { last_[link.recording] = {link.rseq, leaf}; }

}  // namespace ew::evidence
