#include "journal/part_index_internal.h"

namespace ew::journal {

void PartIndex::add(const Entry& entry, uint32_t file) {
  PartId id = entry.part();
  if (entry.type == EntryType::kStored) return remove_part(id);
  Part& part = parts_[id];
  if (part.files.empty() || part.files.back() != file) {
    part.files.push_back(file);
    ++files_.at(file).parts;
  }
  if (entry.type == EntryType::kEnd)
    part.end = static_cast<part::End>(entry.content()[0]);
  else
    part.pieces.push_back({file, static_cast<uint32_t>(entry.offset), static_cast<uint32_t>(entry.size)});
}

PartIndex::Part* PartIndex::find(const PartId& id) {
  auto found = parts_.find(id);
  return found == parts_.end() ? nullptr : &found->second;
}

void PartIndex::remove_part(const PartId& id) {
  auto found = parts_.find(id);
  if (found == parts_.end()) return;
  for (uint32_t file : found->second.files) --files_.at(file).parts;
  parts_.erase(found);
}

std::vector<PartId> PartIndex::open_parts_in_oldest() const {
  std::vector<PartId> open;
  if (files_.empty()) return open;
  for (const auto& [id, part] : parts_)
    if (!part.end && part.files.front() == files_.begin()->first) open.push_back(id);
  return open;
}

}  // namespace ew::journal
