#include "part/part.h"

namespace ew::part {

// RFC 6962 section 2.1 splits n leaves at the largest power of two below n. Going up level by level, with an
// odd last node carried up as it is, gives the same tree.
crypto::Digest merkle_root(const std::vector<crypto::Digest>& leaves) {
  crypto::Sha256 hash;
  if (leaves.empty()) return hash.finish();
  std::vector<crypto::Digest> level;
  level.reserve(leaves.size());
  const uint8_t leaf_prefix = 0, node_prefix = 1;
  for (const crypto::Digest& leaf : leaves) {
    hash.add({&leaf_prefix, 1});
    hash.add(leaf);
    level.push_back(hash.finish());
  }
  while (level.size() > 1) {
    size_t pairs = level.size() / 2;
    for (size_t i = 0; i < pairs; ++i) {
      hash.add({&node_prefix, 1});
      hash.add(level[2 * i]);
      hash.add(level[2 * i + 1]);
      level[i] = hash.finish();
    }
    if (level.size() % 2) level[pairs++] = level.back();
    level.resize(pairs);
  }
  return level[0];
}

}  // namespace ew::part
