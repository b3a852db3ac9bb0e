#include "call/losses.h"

#include <algorithm>

#include "base/result.h"

namespace ew::call {
namespace {

constexpr int64_t kOneDropNs = 50 * kNsPerMs;  // what is dropped within it is noted as one
constexpr int64_t kKeptNs = 60 * kNsPerSec;
constexpr std::array kPlaces = {LossPlace::kCapture, LossPlace::kRecorder};

size_t index_of(LossPlace place) {
  EW_CHECK(place != LossPlace::kBefore);
  return place == LossPlace::kRecorder;
}

}  // namespace

void Drops::note(LossPlace place, WallTime from, WallTime to, uint64_t packets) {
  List& list = dropped_[index_of(place)];
  if (!list.empty()) {
    // The clock may be set back.
    from = std::max(from, list.back().from);
    to = std::max(to, list.back().to);
    if (to - list.back().from <= kOneDropNs) {
      list.back().to = to;
      list.back().unclaimed += packets;
      return;
    }
  }
  list.push_back({from, to, packets});
  while (list.size() > kMax || to - list.front().to > kKeptNs) list.pop_front();
}

uint64_t Drops::claim(LossPlace place, WallTime from, WallTime to, uint64_t missing) {
  List& list = dropped_[index_of(place)];
  uint64_t claimed = 0;
  auto at = std::lower_bound(list.begin(), list.end(), from,
                             [](const Drop& drop, WallTime time) { return drop.to < time; });
  for (; at != list.end() && at->from <= to && claimed < missing; ++at) {
    const uint64_t taken = std::min(at->unclaimed, missing - claimed);
    at->unclaimed -= taken;
    claimed += taken;
  }
  return claimed;
}

void Losses::skip(uint64_t next, uint32_t skipped, WallTime from, WallTime to) {
  open_.push_back({next - skipped, next, skipped, from, to});
}

void Losses::fill(uint64_t extended, MediaStream& record) {
  for (Gap& gap : open_) {
    if (extended < gap.first || extended >= gap.next || gap.missing == 0) continue;
    --gap.missing;
    return;
  }
  // It was judged already: only what never came to us can come so late.
  for (auto loss = record.losses.rbegin(); loss != record.losses.rend(); ++loss) {
    if (loss->before == 0) continue;
    --loss->before;
    return;
  }
}

Loss Losses::judge(WallTime until, Drops& drops, MediaStream& record) {
  Loss all;
  size_t judged = 0;
  for (; judged < open_.size() && (open_[judged].to < until || open_.size() - judged > kMaxOpen); ++judged) {
    const Gap& gap = open_[judged];
    if (gap.missing == 0) continue;
    Loss loss{gap.from, gap.to, gap.missing};
    for (LossPlace place : kPlaces) {
      const uint64_t dropped = drops.claim(place, gap.from, gap.to, loss.before);
      loss.at(place) = dropped;
      loss.before -= dropped;
      all.at(place) += dropped;
    }
    all.before += loss.before;
    add(loss, record);
  }
  open_.erase(open_.begin(), open_.begin() + static_cast<ptrdiff_t>(judged));
  return all;
}

void Losses::add(const Loss& loss, MediaStream& record) {
  record.lost_at_capture += loss.at_capture;
  record.lost_in_recorder += loss.in_recorder;
  record.losses.push_back(loss);
  join(record);
  while (record.losses.size() > MediaStream::kMaxLosses) {
    close_ns_ *= 2;
    join(record);
  }
}

// Those that are close together become one.
void Losses::join(MediaStream& record) const {
  std::vector<Loss>& losses = record.losses;
  // Only the last can be new, unless what is close has become wider.
  size_t kept = losses.size() > MediaStream::kMaxLosses ? 0 : std::max<size_t>(losses.size(), 2) - 2;
  for (size_t at = kept + 1; at < losses.size(); ++at) {
    Loss& last = losses[kept];
    const Loss& next = losses[at];
    if (next.to - last.from > close_ns_) {
      losses[++kept] = next;
      continue;
    }
    last.to = std::max(last.to, next.to);
    last.before += next.before;
    last.at_capture += next.at_capture;
    last.in_recorder += next.in_recorder;
  }
  losses.resize(std::min(losses.size(), kept + 1));
}

}  // namespace ew::call
