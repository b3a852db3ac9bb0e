// Which part's key lies in which place: 24 bytes per place and an open hash table of place numbers, because a
// store of some years holds millions and is opened in a second.
#pragma once

#include <vector>

#include "vault/key_slot_internal.h"

namespace ew::vault {

class KeyIndex {
 public:
  struct Entry {
    PartId part;
    uint32_t generation = 0;
    SlotState state = SlotState::kFree;
  };

  uint32_t find(PartId part, uint32_t generation) const;  // 0: none
  bool insert(uint32_t place, const Entry& entry);        // false if there is one of this part and generation
  void reserve(uint32_t place);                           // end() becomes greater than `place`
  Entry& at(uint32_t place) { return entries_[place]; }
  const Entry& at(uint32_t place) const { return entries_[place]; }
  // One beyond the highest place that was inserted or reserved.
  uint32_t end() const { return static_cast<uint32_t>(entries_.size()); }

 private:
  size_t bucket_of(PartId part, uint32_t generation) const;
  void rehash(size_t buckets);

  std::vector<Entry> entries_{1};                            // by place; the header's is never used
  std::vector<uint32_t> table_ = std::vector<uint32_t>(16);  // places; 0 is empty; size is a power of two
  size_t used_ = 0;
};

}  // namespace ew::vault
