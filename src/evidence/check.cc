#include "evidence/audit_log.h"

#include <algorithm>

#include "evidence/pending_internal.h"
#include "evidence/reader_internal.h"

namespace ew::evidence {
namespace {

// What a log consists of, as far as check() has read it.
struct Extent {
  uint64_t settled = 0;  // entries that the checkpoint covers
  uint64_t end = 0;      // and with the pending ones
  bool has_pending = false;
};

// Whether a superseded partial tile is a true beginning of the file that holds its hashes or entries now.
Result<bool> is_beginning(io::Env& env, const std::string& directory, const TileName& old,
                          const TileName& now) {
  const Bytes part = TRY(io::read_file(env, io::join(directory, old.path()), kMaxBundle));
  const Bytes whole = TRY(io::read_file(env, io::join(directory, now.path()), kMaxBundle));
  if (part.size() > whole.size() || !std::equal(part.begin(), part.end(), whole.begin())) return false;
  if (old.level == TileName::kEntries) return split_bundle(part, old.width).ok();
  return part.size() == old.width * sizeof(crypto::Digest);
}

Result<bool> belongs(io::Env& env, const std::string& directory, const std::string& path,
                     const Extent& extent) {
  if (path == "checkpoint" || path == "pending") return true;
  if (path.ends_with(".tmp")) return extent.has_pending;
  const auto tile = parse_tile_path(path);
  if (!tile) return false;
  const TileName now = tile_of(tile->level, tile->number, extent.settled);
  if (*tile == now) return true;
  if (tile->width < now.width) return is_beginning(env, directory, *tile, now);
  return extent.has_pending && tile->number * kTileWidth + tile->width <= count_at(tile->level, extent.end);
}

// Joins the pending entries on to the settled ones and hands them over.
void check_pending(const std::string& path, const PendingContent& content,
                   const std::vector<crypto::Digest>& overlap, LogState& state, Extent& extent,
                   const EachEntry& each) {
  if (content.first > extent.settled || content.first + content.entries.size() < extent.settled) {
    state.findings.push_back(path + ": offset 0: does not join on to the checkpoint");
    return;
  }
  extent.has_pending = !content.entries.empty() || content.torn;
  for (uint64_t i = 0; i < content.entries.size(); ++i) {
    const uint64_t index = content.first + i;
    const crypto::Digest leaf = leaf_hash(as_bytes(content.entries[i]));
    std::optional<std::string> wrong;
    if (i >= overlap.size()) {
      wrong = join_chain(state.chains, content.entries[i], leaf);
      each(index, content.entries[i], leaf);
      extent.end = index + 1;
    } else if (leaf != overlap[i]) {
      wrong = "is not what the log holds";
    }
    if (wrong) state.findings.push_back(path + ": entry " + std::to_string(index) + ": " + *wrong);
  }
}

Result<std::string> origin_of(io::Env& env, const std::string& directory) {
  const Bytes note = TRY(io::read_file(env, checkpoint_path(directory), 4'096));
  const std::string_view text = as_text(note);
  return std::string(text.substr(0, text.find('\n')));
}

}  // namespace

Result<CheckResult> check(io::Env& env, const std::string& directory, const crypto::PublicKey& key,
                          const std::function<void(uint64_t index, std::string_view entry)>& each) {
  CheckResult result;
  auto found = [&](const Error& error, const std::string& path) {
    const std::string& message = error.message();
    result.findings.push_back(message.starts_with(path) ? message : path + ": offset 0: " + message);
    return result;
  };
  // The origin is whatever the note says: its signature covers it.
  auto origin = origin_of(env, directory);
  if (!origin.ok()) return found(origin.error(), checkpoint_path(directory));
  auto checkpoint = read_checkpoint(env, directory, *origin, key);
  if (!checkpoint.ok()) return found(checkpoint.error(), checkpoint_path(directory));

  const std::string path = pending_path(directory);
  auto pending_bytes = io::read_file(env, path, kMaxPending);
  auto pending = pending_bytes.ok() ? parse_pending(*pending_bytes)
                                    : std::move(pending_bytes).error().within("offset 0");
  const uint64_t first_pending = pending.ok() ? pending->first : UINT64_MAX;

  auto hand_over = [&](uint64_t index, std::string_view entry, const crypto::Digest&) {
    if (each) each(index, entry);
  };
  std::vector<crypto::Digest> overlap;
  LogState state =
      TRY(read_log(env, directory, *checkpoint, [&](uint64_t index, std::string_view entry, auto& leaf) {
        if (index >= first_pending) overlap.push_back(leaf);
        hand_over(index, entry, leaf);
      }));
  Extent extent{checkpoint->size, checkpoint->size};
  if (!pending.ok())
    state.findings.push_back(path + ": " + pending.error().message());
  else if (state.findings.empty())
    check_pending(path, *pending, overlap, state, extent, hand_over);
  for (const std::string& file : TRY(list_files(env, directory))) {
    auto is_ours = belongs(env, directory, file, extent);
    if (!is_ours.ok() || !*is_ours)
      state.findings.push_back(io::join(directory, file) + ": offset 0: does not belong to the log");
  }
  result.entries = extent.end;
  result.findings = std::move(state.findings);
  return result;
}

}  // namespace ew::evidence
