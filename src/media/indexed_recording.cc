#include "media/indexed_recording.h"

#include <algorithm>
#include <map>
#include <tuple>

#include "rtp/packet.h"

namespace ew::media {
namespace {

// Which packet of those wanted lies at which place of the media part.
using Wanted = std::map<std::pair<uint32_t, uint32_t>, size_t>;

// What the index says of a packet, without its payload.
PlacedPacket described(const PacketIndex& index, const IndexedPacket& entry) {
  PlacedPacket placed;
  placed.stream = index.streams[entry.stream];
  placed.format = index.formats[entry.format];
  placed.packet.duration = entry.duration;
  placed.placement = {entry.position, entry.skipped, entry.starts_run != 0};
  return placed;
}

bool fits(const PlacedPacket& placed, uint32_t rate, const part::Record& record, const rtp::Packet& rtp) {
  auto facts = facts_of(placed.format);
  return record.stream == placed.stream && facts && rate % facts->sample_rate == 0 &&
         rtp.payload.size() * facts->samples_per_byte * (rate / facts->sample_rate) == placed.packet.duration;
}

}  // namespace

Result<std::vector<PlacedPacket>> IndexedRecording::read(int64_t from, int64_t to) {
  std::vector<PlacedPacket> packets;
  for (size_t part = 0; part < store_.parts(); ++part) {
    auto [begin, end] = store_.extent(part);
    if (begin < to && end > from) TRY(read_part(part, from, to, packets));
  }
  std::stable_sort(packets.begin(), packets.end(), [](const PlacedPacket& a, const PlacedPacket& b) {
    return std::pair(a.placement.position, a.stream) < std::pair(b.placement.position, b.stream);
  });
  return packets;
}

Status IndexedRecording::read_part(size_t part, int64_t from, int64_t to, std::vector<PlacedPacket>& out) {
  std::shared_ptr<const PacketIndex> index = TRY(store_.packets(part));
  auto before = [](const IndexedPacket& packet, int64_t position) { return packet.position < position; };
  auto first = std::lower_bound(index->packets.begin(), index->packets.end(), from, before);
  auto last = std::lower_bound(first, index->packets.end(), to, before);
  Wanted wanted;
  for (auto entry = first; entry != last; ++entry) {
    wanted.emplace(std::pair(entry->frame, entry->record), out.size());
    out.push_back(described(*index, *entry));
  }

  size_t found = 0, bytes = 0;
  bool is_sound = true;
  auto take = [&](const part::Record& record) {
    auto place = wanted.find({record.place.frame, record.place.number});
    if (place == wanted.end()) return;
    PlacedPacket& placed = out[place->second];
    rtp::Packet rtp;
    is_sound &= record.type == part::RecordType::kRtp &&
                rtp::parse(record.body, rtp) == rtp::ParseError::kNone &&
                fits(placed, store_.plan().sample_rate, record, rtp);
    bytes += rtp.payload.size();
    ++found;
    if (is_sound && bytes <= kMaxWindowBytes)
      placed.packet.payload.assign(rtp.payload.begin(), rtp.payload.end());
  };
  // Frames that follow each other are read together.
  for (auto place = wanted.begin(); place != wanted.end();) {
    uint32_t first_frame = place->first.first, last_frame = first_frame;
    for (; place != wanted.end() && place->first.first <= last_frame + 1; ++place)
      last_frame = place->first.first;
    TRY(store_.read(part, first_frame, last_frame, take));
  }
  if (bytes > kMaxWindowBytes) return Error(ErrorCode::kLimit, "too much audio at one place to be played");
  if (!is_sound || found != wanted.size())
    return Error(ErrorCode::kCorrupt, "a media part is not the one that was indexed");
  return {};
}

}  // namespace ew::media
