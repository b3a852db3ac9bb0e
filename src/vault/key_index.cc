#include "vault/key_index_internal.h"

namespace ew::vault {

// The bucket that holds this key, or the empty one where it belongs.
size_t KeyIndex::bucket_of(PartId part, uint32_t generation) const {
  size_t hash = (IdHash{}(part) + generation) * 0x9e3779b97f4a7c15u;
  size_t mask = table_.size() - 1;
  for (size_t bucket = (hash >> 20) & mask;; bucket = (bucket + 1) & mask) {
    const uint32_t place = table_[bucket];
    if (place == 0 || (entries_[place].part == part && entries_[place].generation == generation))
      return bucket;
  }
}

uint32_t KeyIndex::find(PartId part, uint32_t generation) const {
  return table_[bucket_of(part, generation)];
}

bool KeyIndex::insert(uint32_t place, const Entry& entry) {
  if ((used_ + 1) * 2 > table_.size()) rehash(table_.size() * 2);
  const size_t bucket = bucket_of(entry.part, entry.generation);
  if (table_[bucket] != 0) return false;
  reserve(place);
  entries_[place] = entry;
  table_[bucket] = place;
  ++used_;
  return true;
}

void KeyIndex::reserve(uint32_t place) {
  if (entries_.size() <= place) entries_.resize(size_t{place} + 1);
}

void KeyIndex::rehash(size_t buckets) {
  std::vector<uint32_t> old(buckets);
  old.swap(table_);
  for (uint32_t place : old)
    if (place != 0) table_[bucket_of(entries_[place].part, entries_[place].generation)] = place;
}

}  // namespace ew::vault
