#include "capture/defragmenter.h"

#include <algorithm>

namespace ew::capture {

size_t Defragmenter::KeyHash::operator()(const Key& key) const {
  size_t hash = EndpointHash{}({key.source, static_cast<uint16_t>(key.id)});
  return hash * 31 + EndpointHash{}({key.destination, static_cast<uint16_t>(key.id >> 16 ^ key.vlan)});
}

Defragmenter::Verdict Defragmenter::add(const pcap::Dissected& packet, WallTime at) {
  forget_old(at);
  const pcap::Fragment& fragment = packet.fragment;
  size_t begin = fragment.offset, end = begin + packet.payload.size();
  // A piece that the capture cut leaves a hole which nothing fills: the datagram will age away.
  if (packet.cut_short) return Verdict::kHeld;
  if (packet.payload.empty() || end > kMaxDatagramSize) return Verdict::kMalformed;
  if (fragment.more && packet.payload.size() % 8 != 0) return Verdict::kMalformed;

  Iterator datagram = find_or_begin(
      {packet.source.ip, packet.destination.ip, fragment.id, packet.vlan, fragment.protocol}, at);
  if (contradicts(*datagram, end, fragment.more)) return Verdict::kMalformed;
  if (!fragment.more) datagram->total = end;
  store(*datagram, begin, packet.payload);

  const std::vector<Range>& ranges = datagram->ranges;
  if (datagram->total && ranges.size() == 1 && ranges[0].begin == 0 && ranges[0].end == *datagram->total) {
    complete_.swap(datagram->bytes);
    datagram->bytes.clear();
    held_bytes_ -= complete_.size();
    forget(datagram);
    return Verdict::kComplete;
  }
  if (ranges.size() > kMaxRanges) {
    ++counters_.fragments_abandoned;
    forget(datagram);
  }
  while (held_bytes_ > kMaxBytes) {
    ++counters_.fragments_abandoned;
    forget(datagrams_.begin());
  }
  return Verdict::kHeld;
}

Defragmenter::Iterator Defragmenter::find_or_begin(const Key& key, WallTime at) {
  auto found = by_key_.find(key);
  if (found != by_key_.end()) return found->second;
  if (datagrams_.size() >= kMaxDatagrams) {
    ++counters_.fragments_abandoned;
    forget(datagrams_.begin());
  }
  Iterator datagram = datagrams_.insert(datagrams_.end(), Datagram{key, at, {}, {}, {}});
  by_key_.emplace(key, datagram);
  return datagram;
}

// The end of a datagram stands once: nothing lies behind it, and no second one is believed.
bool Defragmenter::contradicts(const Datagram& datagram, size_t end, bool more) const {
  if (datagram.total) return end > *datagram.total || (!more && end != *datagram.total);
  return !more && !datagram.ranges.empty() && end < datagram.ranges.back().end;
}

// Writes only where nothing was written before, then makes [begin, end) one range with all that it touches.
void Defragmenter::store(Datagram& datagram, size_t begin, ByteView piece) {
  size_t end = begin + piece.size();
  if (datagram.bytes.size() < end) {
    held_bytes_ += end - datagram.bytes.size();
    datagram.bytes.resize(end);
  }
  std::vector<Range>& ranges = datagram.ranges;
  auto first =
      std::find_if(ranges.begin(), ranges.end(), [&](const Range& range) { return range.end >= begin; });
  Range merged{begin, end};
  size_t written = begin;
  bool overlaps = false;
  auto copy_until = [&](size_t until) {
    if (until <= written) return;
    std::copy(piece.begin() + static_cast<ptrdiff_t>(written - begin),
              piece.begin() + static_cast<ptrdiff_t>(until - begin),
              datagram.bytes.begin() + static_cast<ptrdiff_t>(written));
  };
  auto last = first;
  for (; last != ranges.end() && last->begin <= end; ++last) {
    copy_until(last->begin);
    overlaps |= last->begin < end && last->end > begin;
    written = std::max(written, last->end);
    merged = {std::min(merged.begin, last->begin), std::max(merged.end, last->end)};
  }
  copy_until(end);
  counters_.fragments_overlapping += overlaps;
  ranges.insert(ranges.erase(first, last), merged);
}

void Defragmenter::forget(Iterator datagram) {
  held_bytes_ -= datagram->bytes.size();
  by_key_.erase(datagram->key);
  datagrams_.erase(datagram);
}

void Defragmenter::forget_old(WallTime now) {
  while (!datagrams_.empty() && now - datagrams_.front().first_at > kMaxAge) {
    ++counters_.fragments_abandoned;
    forget(datagrams_.begin());
  }
}

}  // namespace ew::capture
