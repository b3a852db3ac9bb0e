// The Merkle tree of RFC 6962 and its tiles (C2SP tlog-tiles).
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "crypto/crypto.h"

namespace ew::evidence {

constexpr uint32_t kTileWidth = 256;
constexpr int kTileHeight = 8;

crypto::Digest leaf_hash(ByteView entry);
crypto::Digest node_hash(const crypto::Digest& left, const crypto::Digest& right);
// Of 2^n hashes.
crypto::Digest fold(std::vector<crypto::Digest> hashes);

// The root of a growing tree, out of the roots of its complete subtrees.
class Frontier {
 public:
  void append(const crypto::Digest& leaf);
  crypto::Digest root() const;

 private:
  uint64_t size_ = 0;
  std::vector<crypto::Digest> subtrees_;  // from large to small: one per bit of size_
};

struct TileName {
  static constexpr int kEntries = -1;
  int level = 0;
  uint64_t number = 0;
  uint32_t width = kTileWidth;  // less: a partial tile

  std::string path() const;  // "tile/0/x001/234", "tile/entries/000.p/17"
  auto operator<=>(const TileName&) const = default;
};
// How many hashes of a tree's level 8 × level there are; of the entries for kEntries.
uint64_t count_at(int level, uint64_t tree_size);
// The file that holds tile `number` in a tree of this size; width 0 if there is none.
TileName tile_of(int level, uint64_t number, uint64_t tree_size);
// All partial tiles of a tree of this size.
std::vector<TileName> partial_tiles(uint64_t tree_size);

// Makes the tiles of a growing tree: full ones while appending, partial ones at the end.
class TreeBuilder {
 public:
  using Emit = std::function<Status(const TileName&, ByteView content)>;
  Status append(ByteView entry, const crypto::Digest& leaf, const Emit& emit);
  Status emit_partial(const Emit& emit) const;
  uint64_t size() const { return size_; }
  crypto::Digest root() const { return frontier_.root(); }

 private:
  Status push(size_t level, const crypto::Digest& hash, const Emit& emit);

  uint64_t size_ = 0;
  Frontier frontier_;
  Bytes bundle_;                                     // the entries of the tile that is growing
  std::vector<std::vector<crypto::Digest>> levels_;  // the hashes of the tile that grows on each level
};

}  // namespace ew::evidence
