// What an earlier run left: its files, and the parts in them that are not stored.
#include <algorithm>
#include <map>
#include <unordered_map>

#include "journal/pieces_internal.h"
#include "journal/scanner_internal.h"

namespace ew::journal {
namespace {

struct FoundPart {
  std::vector<Piece> pieces;        // empty: no header was found
  std::vector<uint64_t> sequences;  // of the entries of the pieces
  std::optional<part::End> end;
  uint64_t end_sequence = 0;
  bool is_stored = false;

  void cut_before(uint64_t sequence) {
    if (end_sequence >= sequence) end.reset();
    auto kept = std::lower_bound(sequences.begin(), sequences.end(), sequence) - sequences.begin();
    pieces.resize(static_cast<size_t>(kept));
  }
};

// All parts of a folder. Entries that come twice (copied to a new file after an error) count once.
class Finder {
 public:
  explicit Finder(io::Env& env) : env_(env) {}

  Status read(const std::string& path) {
    Bytes bytes = TRY(read_journal_file(env_, path));
    uint32_t file = static_cast<uint32_t>(places_.size());
    FilePlace& place = places_.emplace_back();
    place.path = path;
    FileScanner scanner(bytes);
    place.id = scanner.id();
    is_behind_damage_ = false;
    while (auto entry = scanner.next()) {
      is_behind_damage_ |= scanner.skipped_from().has_value();
      add(*entry, file);
    }
    return {};
  }

  Status hand_over(const HasKey& has_key, const std::function<Status(Recovered&&)>& each) {
    const uint64_t cut = TRY(first_without_key(has_key));
    for (const PartId& id : order_) {
      FoundPart& found = parts_[id];
      if (found.is_stored) continue;
      found.cut_before(cut);
      if (found.pieces.empty()) continue;
      auto bytes = TRY(read(id, found.pieces, found.end));
      TRY(each({id, std::move(bytes)}));
    }
    return {};
  }

 private:
  Result<Journal::PartBytes> read(const PartId& id, const std::vector<Piece>& pieces,
                                  std::optional<part::End> end) {
    auto bytes = read_pieces(env_, pieces, end.value_or(part::End::kCrash),
                             [this](uint32_t file) { return places_[file]; });
    if (!bytes.ok()) return std::move(bytes).error().within("part " + id.text());
    return std::move(*bytes);
  }

  // The sequence number of the entry that opens it. What a later group shows to be acknowledged is not asked
  // for: its key was durable, and where it is missing now, `verify` is to say so.
  Result<uint64_t> first_without_key(const HasKey& has_key) {
    uint64_t first = UINT64_MAX;
    for (const PartId& id : order_) {
      const FoundPart& found = parts_[id];
      const uint64_t opened = found.sequences.front();
      if (found.is_stored || opened < shown_ || opened >= first) continue;
      const auto opening = TRY(read(id, {found.pieces.front()}, std::nullopt));
      const auto header = TRY(part::decode_header(opening.bytes));
      if (!has_key(header)) first = opened;
    }
    return first;
  }

  void add(const Entry& entry, uint32_t file) {
    PartId id = entry.part();
    shown_ = std::max(shown_, entry.sequence - std::min<uint64_t>(entry.position, entry.sequence));
    if (id.is_nil()) return;
    Piece piece{file, static_cast<uint32_t>(entry.offset), static_cast<uint32_t>(entry.size)};
    FoundPart& part = parts_[id];
    ByteView content = entry.content();
    switch (entry.type) {
      case EntryType::kOpen:
        if (!part.pieces.empty()) return;
        part.pieces.push_back(piece);
        part.sequences.push_back(entry.sequence);
        order_.push_back(id);
        return;
      case EntryType::kFrame: {
        auto info = part::decode_frame_info(content);
        bool is_next = info.ok() && info->length == content.size() && info->number + 1 == part.pieces.size();
        if (!is_next) return;
        part.pieces.push_back(piece);
        part.sequences.push_back(entry.sequence);
        return;
      }
      case EntryType::kEnd:
        // Behind a bad place frames may be missing before it, so the part did not end in order as far as we
        // have it.
        if (!is_end(content) || is_behind_damage_) return;
        part.end = static_cast<part::End>(content[0]);
        part.end_sequence = entry.sequence;
        return;
      case EntryType::kStored:
        part.is_stored = true;
    }
  }

  io::Env& env_;
  std::vector<FilePlace> places_;
  std::unordered_map<PartId, FoundPart, IdHash> parts_;
  std::vector<PartId> order_;
  uint64_t shown_ = 0;             // all entries with smaller sequence numbers were acknowledged
  bool is_behind_damage_ = false;  // in the file that is read
};

}  // namespace

Result<std::vector<std::string>> list_files(io::Env& env, const std::string& directory) {
  std::map<uint64_t, std::string> ordered;
  for (const std::string& name : TRY(env.list(directory)))
    if (auto number = file_number(name)) ordered[*number] = io::join(directory, name);
  std::vector<std::string> paths;
  for (auto& [number, path] : ordered) paths.push_back(std::move(path));
  return paths;
}

Status recover(io::Env& env, const std::string& directory, const HasKey& has_key,
               const std::function<Status(Recovered&&)>& each) {
  Finder finder(env);
  for (const std::string& path : TRY(list_files(env, directory))) TRY(finder.read(path));
  return finder.hand_over(has_key, each);
}

Status remove_files(io::Env& env, const std::string& directory) {
  // Oldest first, so that a crash in between leaves no `open` whose `stored` is gone.
  for (const std::string& path : TRY(list_files(env, directory))) TRY(env.remove(path));
  return env.sync_directory(directory);
}

Status move_files(io::Env& env, const std::string& directory, const std::string& to) {
  TRY(env.make_directories(to));
  for (const std::string& path : TRY(list_files(env, directory)))
    TRY(env.rename(path, io::join(to, path.substr(path.rfind('/') + 1))));
  TRY(env.sync_directory(to));
  return env.sync_directory(directory);
}

}  // namespace ew::journal
