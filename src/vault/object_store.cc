#include "vault/object_store.h"

#include <algorithm>

namespace ew::vault {

Result<ObjectEnds> ObjectStore::get_ends(const std::string& name, uint64_t head, uint64_t tail) {
  ObjectEnds ends{.size = TRY(stat(name)).size};
  head = std::min(head, ends.size);
  tail = std::min(tail, ends.size);
  ends.head = TRY(get_range(name, 0, head));
  ends.tail = TRY(get_range(name, ends.size - tail, tail));
  return ends;
}

}  // namespace ew::vault
