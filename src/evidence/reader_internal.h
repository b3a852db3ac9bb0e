// Reads what lies behind a checkpoint and checks it: entries against tiles, tiles against the root, the
// chains of recordings. For opening, which stops at the first finding, and for check(), which lists them.
#pragma once

#include "evidence/entry_internal.h"
#include "evidence/tree_internal.h"

namespace ew::evidence {

constexpr uint64_t kMaxPending = uint64_t{1} << 30;
constexpr uint64_t kMaxBundle = uint64_t{kTileWidth} * (2 + kMaxEntry);

std::string checkpoint_path(const std::string& directory);
std::string pending_path(const std::string& directory);
Result<Checkpoint> read_checkpoint(io::Env& env, const std::string& directory, const std::string& origin,
                                   const crypto::PublicKey& key);

// The entries of a bundle, which must hold exactly so many.
Result<std::vector<std::string_view>> split_bundle(ByteView bundle, uint32_t width);

struct LogState {
  TreeBuilder tree;
  Chains chains;
  std::vector<std::string> findings;
};
// Calls `each` for every entry below the checkpoint. Only troubles of the file system that are no finding are
// errors.
using EachEntry = std::function<void(uint64_t index, std::string_view entry, const crypto::Digest& leaf)>;
Result<LogState> read_log(io::Env& env, const std::string& directory, const Checkpoint& checkpoint,
                          const EachEntry& each);

// Checks an entry's form and place in its recording's chain, and adds it there. Says what is wrong.
std::optional<std::string> join_chain(Chains& chains, std::string_view entry, const crypto::Digest& leaf);

// All files below the log's directory, as paths in it.
Result<std::vector<std::string>> list_files(io::Env& env, const std::string& directory);
// Nothing if the path is not that of a tile.
std::optional<TileName> parse_tile_path(std::string_view path);

}  // namespace ew::evidence
