#include "evidence/reader_internal.h"

#include <algorithm>

#include "base/text.h"

namespace ew::evidence {
namespace {

constexpr size_t kMaxCheckpoint = 4'096;

bool is_digits(std::string_view text) {
  return text.size() == 3 && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}
// In a tile's folder names tell folders from files.
bool is_folder(std::string_view name) {
  return (name.size() == 4 && name[0] == 'x' && is_digits(name.substr(1))) || name.ends_with(".p");
}

Status list_folder(io::Env& env, const std::string& directory, const std::string& folder, int depth,
                   std::vector<std::string>& files) {
  for (const std::string& name : TRY(env.list(io::join(directory, folder)))) {
    const std::string path = io::join(folder, name);
    const bool descend = folder == "tile" ? (name == "entries" || parse_number(name, 7)) : is_folder(name);
    if (descend && depth > 0)
      TRY(list_folder(env, directory, path, depth - 1, files));
    else
      files.push_back(path);
  }
  return {};
}

// Compares each tile that the entries give with the file of its name.
class TileComparer {
 public:
  TileComparer(io::Env& env, const std::string& directory, std::vector<std::string>& findings)
      : env_(env), directory_(directory), findings_(findings) {}

  Status operator()(const TileName& tile, ByteView expected) {
    // Entries are what the tiles are compared with; their own files were read to get here.
    if (tile.level == TileName::kEntries) return {};
    const std::string path = io::join(directory_, tile.path());
    auto content = io::read_file(env_, path, kMaxBundle);
    if (!content.ok()) {
      findings_.push_back(path + ": offset 0: " + content.error().message());
    } else if (!std::ranges::equal(*content, expected)) {
      const auto difference = std::ranges::mismatch(*content, expected).in1 - content->begin();
      findings_.push_back(path + ": offset " + std::to_string(difference) + ": not what the entries give");
    }
    return {};
  }

 private:
  io::Env& env_;
  const std::string& directory_;
  std::vector<std::string>& findings_;
};

}  // namespace

std::string checkpoint_path(const std::string& directory) { return io::join(directory, "checkpoint"); }
std::string pending_path(const std::string& directory) { return io::join(directory, "pending"); }

Result<Checkpoint> read_checkpoint(io::Env& env, const std::string& directory, const std::string& origin,
                                   const crypto::PublicKey& key) {
  const std::string path = checkpoint_path(directory);
  const Bytes note = TRY(io::read_file(env, path, kMaxCheckpoint));
  auto checkpoint = open_checkpoint(as_text(note), origin, key);
  if (!checkpoint.ok()) return std::move(checkpoint).error().within(path + ": offset 0");
  return checkpoint;
}

Result<std::vector<std::string_view>> split_bundle(ByteView bundle, uint32_t width) {
  std::vector<std::string_view> entries;
  ByteReader reader(bundle);
  for (uint32_t i = 0; i < width; ++i) {
    const size_t begin = reader.position();
    const ByteView entry = reader.take(reader.u16be());
    if (reader.failed())
      return Error(ErrorCode::kCorrupt, "offset " + std::to_string(begin) + ": the entries end too early");
    entries.push_back(as_text(entry));
  }
  if (!reader.at_end())
    return Error(ErrorCode::kCorrupt,
                 "offset " + std::to_string(reader.position()) + ": more than the entries");
  return entries;
}

std::optional<std::string> join_chain(Chains& chains, std::string_view entry, const crypto::Digest& leaf) {
  auto link = parse_entry(entry);
  if (!link.ok()) return link.error().message();
  if (!*link) return std::nullopt;
  const bool joins = **link == chains.next((*link)->recording);
  chains.add(**link, leaf);
  if (!joins) return "breaks the chain of recording " + (*link)->recording.text();
  return std::nullopt;
}

Result<LogState> read_log(io::Env& env, const std::string& directory, const Checkpoint& checkpoint,
                          const EachEntry& each) {
  LogState state;
  TileComparer compare(env, directory, state.findings);
  const uint64_t bundles = (checkpoint.size + kTileWidth - 1) / kTileWidth;
  for (uint64_t number = 0; number < bundles; ++number) {
    const TileName name = tile_of(TileName::kEntries, number, checkpoint.size);
    const std::string path = io::join(directory, name.path());
    auto bundle = io::read_file(env, path, kMaxBundle);
    auto entries =
        bundle.ok() ? split_bundle(*bundle, name.width) : std::move(bundle).error().within("offset 0");
    if (!entries.ok()) {
      // What follows cannot be counted, so nothing more can be said of it.
      state.findings.push_back(path + ": " + entries.error().message());
      return state;
    }
    for (std::string_view entry : *entries) {
      const crypto::Digest leaf = leaf_hash(as_bytes(entry));
      const uint64_t index = state.tree.size();
      if (auto wrong = join_chain(state.chains, entry, leaf)) {
        const size_t offset = static_cast<size_t>(as_bytes(entry).data() - bundle->data());
        state.findings.push_back(path + ": offset " + std::to_string(offset) + ": entry " +
                                 std::to_string(index) + ": " + *wrong);
      }
      TRY(state.tree.append(as_bytes(entry), leaf, std::ref(compare)));
      each(index, entry, leaf);
    }
  }
  TRY(state.tree.emit_partial(std::ref(compare)));
  if (state.tree.root() != checkpoint.root)
    state.findings.push_back(checkpoint_path(directory) + ": offset 0: the entries give another root");
  return state;
}

Result<std::vector<std::string>> list_files(io::Env& env, const std::string& directory) {
  std::vector<std::string> files;
  for (const std::string& name : TRY(env.list(directory))) {
    if (name == "tile")
      TRY(list_folder(env, directory, name, 10, files));
    else
      files.push_back(name);
  }
  return files;
}

std::optional<TileName> parse_tile_path(std::string_view path) {
  TileName tile;
  std::vector<std::string_view> segments;
  for (size_t begin = 0; begin <= path.size();) {
    const size_t end = std::min(path.find('/', begin), path.size());
    segments.push_back(path.substr(begin, end - begin));
    begin = end + 1;
  }
  if (segments.size() < 3 || segments.size() > 9 || segments[0] != "tile") return std::nullopt;
  auto level = parse_number(segments[1], 7);
  if (!level && segments[1] != "entries") return std::nullopt;
  tile.level = level ? static_cast<int>(*level) : TileName::kEntries;
  if (segments[segments.size() - 2].ends_with(".p")) {
    auto width = parse_number(segments.back(), kTileWidth - 1);
    if (!width || *width == 0) return std::nullopt;
    tile.width = static_cast<uint32_t>(*width);
    segments.pop_back();
    segments.back().remove_suffix(2);
  }
  for (size_t i = 2; i < segments.size(); ++i) {
    std::string_view digits = segments[i];
    const bool is_last = i + 1 == segments.size();
    if (!is_last && !digits.empty()) digits.remove_prefix(1);
    if (!is_digits(digits)) return std::nullopt;
    tile.number = tile.number * 1000 + *parse_number(digits, 999);
  }
  // Other spellings of the same tile are no tiles.
  return tile.path() == path ? std::optional(tile) : std::nullopt;
}

}  // namespace ew::evidence
