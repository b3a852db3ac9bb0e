#include "server/refusals.h"

namespace ew::server {

void Refusals::add(const srs::Refusal& refusal) {
  std::lock_guard lock(mutex_);
  Kind kind{refusal.source.ip, refusal.status, refusal.reason};
  if (kinds_.size() >= kMaxKinds && !kinds_.contains(kind)) kind = {};
  Told& told = kinds_[kind].told;
  told.refusal = refusal;
  ++told.count;
}

std::vector<Refusals::Told> Refusals::take() {
  std::lock_guard lock(mutex_);
  const int64_t now = clock_.monotonic_ns();
  std::vector<Told> due;
  for (auto at = kinds_.begin(); at != kinds_.end();) {
    Entry& entry = at->second;
    const bool is_due = !entry.was_told || now - entry.told_at_ns >= kQuietNs;
    if (is_due && entry.told.count == 0) {
      at = kinds_.erase(at);
      continue;
    }
    if (is_due) {
      due.push_back(entry.told);
      entry.told.count = 0;
      entry.was_told = true;
      entry.told_at_ns = now;
    }
    ++at;
  }
  return due;
}

}  // namespace ew::server
