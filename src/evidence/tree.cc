#include "evidence/tree_internal.h"

#include <algorithm>
#include <cstdio>

#include "evidence/audit_log.h"

namespace ew::evidence {
namespace {

ByteView bytes_of(const std::vector<crypto::Digest>& hashes) {
  return {reinterpret_cast<const uint8_t*>(hashes.data()), hashes.size() * sizeof(crypto::Digest)};
}

std::string number_path(uint64_t number) {
  std::string path;
  for (bool is_last = true; is_last || number > 0; is_last = false, number /= 1000) {
    char digits[8];
    std::snprintf(digits, sizeof digits, "%03u", static_cast<unsigned>(number % 1000));
    path = (is_last ? digits : "x" + std::string(digits) + "/") + path;
  }
  return path;
}

}  // namespace

crypto::Digest leaf_hash(ByteView entry) {
  const uint8_t prefix = 0;
  thread_local crypto::Sha256 hash;
  hash.add({&prefix, 1});
  hash.add(entry);
  return hash.finish();
}

crypto::Digest node_hash(const crypto::Digest& left, const crypto::Digest& right) {
  std::array<uint8_t, 65> bytes;
  bytes[0] = 1;
  std::ranges::copy(left, bytes.begin() + 1);
  std::ranges::copy(right, bytes.begin() + 33);
  return crypto::sha256(bytes);
}

crypto::Digest fold(std::vector<crypto::Digest> hashes) {
  while (hashes.size() > 1) {
    for (size_t i = 0; i < hashes.size() / 2; ++i) hashes[i] = node_hash(hashes[2 * i], hashes[2 * i + 1]);
    hashes.resize(hashes.size() / 2);
  }
  return hashes.front();
}

void Frontier::append(const crypto::Digest& leaf) {
  crypto::Digest hash = leaf;
  for (uint64_t bits = size_; bits & 1; bits >>= 1) {
    hash = node_hash(subtrees_.back(), hash);
    subtrees_.pop_back();
  }
  subtrees_.push_back(hash);
  ++size_;
}

crypto::Digest Frontier::root() const {
  if (subtrees_.empty()) return crypto::sha256({});
  crypto::Digest root = subtrees_.back();
  for (size_t i = subtrees_.size() - 1; i-- > 0;) root = node_hash(subtrees_[i], root);
  return root;
}

std::string TileName::path() const {
  std::string path =
      "tile/" + (level == kEntries ? "entries" : std::to_string(level)) + "/" + number_path(number);
  return width == kTileWidth ? path : path + ".p/" + std::to_string(width);
}

uint64_t count_at(int level, uint64_t tree_size) {
  if (level == TileName::kEntries) return tree_size;
  return level >= 64 / kTileHeight ? 0 : tree_size >> (kTileHeight * level);
}

TileName tile_of(int level, uint64_t number, uint64_t tree_size) {
  const uint64_t count = count_at(level, tree_size);
  if (number < count / kTileWidth) return {level, number, kTileWidth};
  return {level, number, number == count / kTileWidth ? static_cast<uint32_t>(count % kTileWidth) : 0};
}

std::vector<TileName> partial_tiles(uint64_t tree_size) {
  std::vector<TileName> tiles;
  for (int level = TileName::kEntries; count_at(level, tree_size) > 0; ++level) {
    TileName tile = tile_of(level, count_at(level, tree_size) / kTileWidth, tree_size);
    if (tile.width > 0) tiles.push_back(tile);
  }
  return tiles;
}

Status TreeBuilder::append(ByteView entry, const crypto::Digest& leaf, const Emit& emit) {
  ByteWriter bundle(bundle_);
  bundle.u16be(static_cast<uint16_t>(entry.size()));
  bundle.raw(entry);
  frontier_.append(leaf);
  ++size_;
  if (size_ % kTileWidth == 0) {
    TRY(emit({TileName::kEntries, size_ / kTileWidth - 1, kTileWidth}, bundle_));
    bundle_.clear();
  }
  return push(0, leaf, emit);
}

Status TreeBuilder::push(size_t level, const crypto::Digest& hash, const Emit& emit) {
  if (levels_.size() <= level) levels_.resize(level + 1);
  std::vector<crypto::Digest>& hashes = levels_[level];
  hashes.push_back(hash);
  if (hashes.size() < kTileWidth) return {};
  const int tile_level = static_cast<int>(level);
  TRY(emit({tile_level, count_at(tile_level, size_) / kTileWidth - 1, kTileWidth}, bytes_of(hashes)));
  const crypto::Digest parent = fold(std::move(hashes));
  levels_[level].clear();
  return push(level + 1, parent, emit);
}

Status TreeBuilder::emit_partial(const Emit& emit) const {
  for (const TileName& tile : partial_tiles(size_))
    TRY(emit(tile, tile.level == TileName::kEntries ? ByteView(bundle_)
                                                    : bytes_of(levels_[static_cast<size_t>(tile.level)])));
  return {};
}

// RFC 9162 section 2.1.3.2, which states the walk that RFC 6962 leaves to the reader.
bool verify_inclusion(const crypto::Digest& leaf, uint64_t index, uint64_t size,
                      const std::vector<crypto::Digest>& proof, const crypto::Digest& root) {
  if (index >= size) return false;
  uint64_t node = index, last = size - 1;
  crypto::Digest hash = leaf;
  for (const crypto::Digest& sibling : proof) {
    if (last == 0) return false;
    if ((node & 1) || node == last) {
      hash = node_hash(sibling, hash);
      while (!(node & 1) && node != 0) {
        node >>= 1;
        last >>= 1;
      }
    } else {
      hash = node_hash(hash, sibling);
    }
    node >>= 1;
    last >>= 1;
  }
  return last == 0 && hash == root;
}

}  // namespace ew::evidence
