#include "server/offered_parts.h"

#include <algorithm>

namespace ew::server {

void OfferedParts::add(journal::Journal& journal, PartId part) {
  std::lock_guard lock(mutex_);
  offers_[part] = {++last_serial_, &journal};
  in_order_[last_serial_] = part;
  ++per_journal_[&journal];
}

std::vector<EndedPart> OfferedParts::after(uint64_t serial) const {
  std::lock_guard lock(mutex_);
  std::vector<EndedPart> parts;
  for (auto at = in_order_.upper_bound(serial); at != in_order_.end() && parts.size() < kMaxAtOnce; ++at)
    parts.push_back({at->first, at->second});
  return parts;
}

Result<journal::PartPlaces> OfferedParts::places_of(PartId part) const {
  std::lock_guard lock(mutex_);
  auto found = offers_.find(part);
  if (found == offers_.end()) return Error(ErrorCode::kNotFound, "no part " + part.text() + " waits");
  return found->second.journal->places_of(part);
}

void OfferedParts::stored(const std::vector<PartId>& parts) {
  std::lock_guard lock(mutex_);
  for (const PartId& part : parts) {
    auto found = offers_.find(part);
    if (found == offers_.end()) continue;  // said twice
    journal::Journal* journal = found->second.journal;
    journal->mark_stored(part);
    in_order_.erase(found->second.serial);
    offers_.erase(found);
    if (--per_journal_[journal] == 0) per_journal_.erase(journal);
  }
  drop_retired();
}

void OfferedParts::retire(std::unique_ptr<recorder::LaneThread> lane) {
  std::lock_guard lock(mutex_);
  retired_.push_back(std::move(lane));
  drop_retired();
}

void OfferedParts::drop_retired() {
  std::erase_if(retired_, [this](const auto& lane) { return !per_journal_.contains(&lane->lane().journal()); });
}

size_t OfferedParts::waiting() const {
  std::lock_guard lock(mutex_);
  return offers_.size();
}

}  // namespace ew::server
