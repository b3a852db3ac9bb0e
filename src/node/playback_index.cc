#include "node/playback_index.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "node/recording_reader.h"

namespace ew::node {
namespace {

constexpr uint32_t kPlaybackIndex = 1;  // number of a derived part: what it is
constexpr size_t kRecent = 2;           // a place and the one that is played on to
constexpr std::string_view kVersion = "EWPLAY1\n";

std::string derived_name(const db::PartRow& media) {
  part::Header header;
  header.kind = part::Kind::kDerived;
  header.tenant = media.tenant;
  header.part = media.part_id;
  header.generation = media.generation;
  header.number = kPlaybackIndex;
  return vault::object_name(header);
}

crypto::Digest state_of(const std::vector<db::PartRow>& media) {
  Bytes text;
  ByteWriter writer(text);
  writer.raw(kVersion);
  for (const db::PartRow& part : media) {
    writer.raw(part.object + " " + std::to_string(part.size) + " " + part.root + "\n");
  }
  return crypto::sha256(text);
}

std::vector<ByteView> cut(ByteView section) {
  std::vector<ByteView> pieces;
  for (size_t at = 0; at < section.size(); at += part::kMaxFrameRecords)
    pieces.push_back(section.subspan(at, std::min(part::kMaxFrameRecords, section.size() - at)));
  return pieces;
}

// Puts an entry in front and forgets the oldest.
template <typename Value>
void remember(std::list<std::pair<size_t, Value>>& recent, size_t part, Value value) {
  recent.emplace_front(part, std::move(value));
  if (recent.size() > kRecent) recent.pop_back();
}

template <typename Value>
const Value* find_recent(std::list<std::pair<size_t, Value>>& recent, size_t part) {
  auto found =
      std::find_if(recent.begin(), recent.end(), [&](const auto& entry) { return entry.first == part; });
  if (found == recent.end()) return nullptr;
  recent.splice(recent.begin(), recent, found);
  return &recent.front().second;
}

}  // namespace

Result<std::unique_ptr<PlaybackIndex>> PlaybackIndex::open(DataDirectory& data,
                                                           std::vector<db::PartRow> media,
                                                           Recording recording, WorkerSource& workers) {
  // As RecordingReader orders them.
  std::sort(media.begin(), media.end(), [](const db::PartRow& a, const db::PartRow& b) {
    return std::tie(a.first_at, a.number, a.generation) < std::tie(b.first_at, b.number, b.generation);
  });
  std::unique_ptr<PlaybackIndex> index(new PlaybackIndex(data, recording, workers));
  index->state_ = state_of(media);
  for (db::PartRow& part : media) index->parts_.emplace_back().media = std::move(part);
  if (!index->load_heads()) TRY(index->make());
  return index;
}

Status PlaybackIndex::load_heads() {
  for (size_t number = 0; number < parts_.size(); ++number) {
    media::IndexHead head = TRY(stored_head(parts_[number], number));
    if (number == 0) plan_ = std::move(head.plan);
    head.plan = {};
    parts_[number].head = std::move(head);
  }
  return {};
}

Result<media::IndexHead> PlaybackIndex::stored_head(const Part& part, size_t number) {
  vault::StoredPart stored = TRY(vault_.describe(derived_name(part.media)));
  Bytes bytes;
  TRY(vault_.read(
      stored,
      [&](const part::FrameInfo&, ByteView plaintext) -> Status {
        bytes.assign(plaintext.begin(), plaintext.end());
        return {};
      },
      0, 0));
  media::IndexHead head = TRY(media::decode_index_head(bytes));
  if (head.state != state_ || head.part != number || head.parts != parts_.size())
    return Error(ErrorCode::kNotFound, "the playback index is not of these media parts");
  return head;
}

Status PlaybackIndex::make() {
  std::vector<vault::StoredPart> media;
  std::vector<media::PartTimes> times;
  for (const Part& part : parts_) {
    media.push_back(TRY(vault_.describe(part.media.object)));
    times.push_back({part.media.first_at, part.media.last_at});
  }
  RecordingReader reader(vault_, std::move(media));
  for (size_t i = 0; i < parts_.size(); ++i) {
    if (reader.parts()[i].name != parts_[i].media.object)
      return Error(ErrorCode::kCorrupt, "the call log has other times for the media parts than the vault");
  }
  held_bytes_ = 0;
  recent_packets_.clear();
  auto worker = TRY(workers_.connect());
  return media::build_index(reader, times, *worker,
                            [this](media::IndexPart&& made) { return take(std::move(made)); });
}

Status PlaybackIndex::take(media::IndexPart&& made) {
  Part& part = parts_[made.head.part];
  Bytes packets = encode(made.packets), picture = encode(made.picture);
  made.head.state = state_;
  made.head.packet_frames = static_cast<uint32_t>(cut(packets).size());
  part.is_held = false;
  // What cannot be stored (a full disk) can still be played.
  Status stored = recording_ == Recording::kEnded ? store(part, made.head, packets, picture)
                                                  : Error(ErrorCode::kBusy, "the recording goes on");
  if (!stored.ok()) {
    held_bytes_ += packets.size() + picture.size();
    if (held_bytes_ > kMaxHeldBytes)
      return std::move(stored).error().within("too long to be played without a stored index");
    part.packets = std::move(packets);
    part.picture = std::move(picture);
    part.is_held = true;
  }
  if (made.head.part == 0) plan_ = std::move(made.head.plan);
  made.head.plan = {};
  part.head = std::move(made.head);
  return {};
}

Status PlaybackIndex::store(const Part& part, const media::IndexHead& head, ByteView packets,
                            ByteView picture) {
  part::Header header = TRY(vault_.describe(part.media.object)).header;
  header.kind = part::Kind::kDerived;
  header.number = kPlaybackIndex;
  Bytes head_bytes = encode(head);
  std::vector<ByteView> pieces{head_bytes};
  for (ByteView section : {packets, picture})
    for (ByteView piece : cut(section)) pieces.push_back(piece);

  auto sealer = part::PartSealer::create(header, TRY(vault_.open_key(header)));
  Bytes object = sealer.header_bytes();
  std::vector<part::FrameInfo> frames;
  for (const ByteView& piece : pieces) {
    size_t start = object.size();
    sealer.seal(piece, part.media.first_at, part.media.last_at, &piece == &pieces.back(), object);
    frames.push_back(TRY(part::decode_frame_info(ByteView(object).subspan(start))));
  }
  Bytes footer = TRY(part::make_footer(sealer.header_bytes().size(), frames, part::End::kClosed));
  object.insert(object.end(), footer.begin(), footer.end());

  vault::NewObject made{vault::object_name(sealer.header()), {object}};
  Status put = objects_.put({made});
  if (put.ok() || put.error().code() != ErrorCode::kExists) return put;
  // Another listener was faster; or what is there is of no use any more.
  if (stored_head(part, head.part).ok()) return {};
  TRY(objects_.remove(made.name));
  return objects_.put({made});
}

std::pair<int64_t, int64_t> PlaybackIndex::extent(size_t part) const {
  return {parts_[part].head.begin, parts_[part].head.end};
}

media::IndexHead PlaybackIndex::with_plan(size_t part) const {
  media::IndexHead head = parts_[part].head;
  head.plan = plan_;
  return head;
}

Result<Bytes> PlaybackIndex::stored_section(size_t part, Section section) {
  vault::StoredPart stored = TRY(vault_.describe(derived_name(parts_[part].media)));
  uint64_t picture = uint64_t{1} + parts_[part].head.packet_frames;
  bool wants_packets = section == Section::kPackets;
  Bytes bytes;
  auto take = [&](const part::FrameInfo&, ByteView plaintext) -> Status {
    bytes.insert(bytes.end(), plaintext.begin(), plaintext.end());
    return {};
  };
  TRY(vault_.read(stored, take, wants_packets ? 1 : picture, wants_packets ? picture - 1 : UINT64_MAX));
  return bytes;
}

// What turns out to be damaged is made again.
Result<Bytes> PlaybackIndex::section(size_t part, Section section) {
  const Part& known = parts_[part];
  if (!known.is_held) {
    auto stored = stored_section(part, section);
    if (stored.ok()) return stored;
    (void)objects_.remove(derived_name(known.media));
    TRY(make());
    if (!known.is_held) return stored_section(part, section);
  }
  return section == Section::kPackets ? known.packets : known.picture;
}

Result<std::shared_ptr<const media::PacketIndex>> PlaybackIndex::packets(size_t part) {
  if (const auto* known = find_recent(recent_packets_, part)) return *known;
  Bytes bytes = TRY(section(part, Section::kPackets));
  auto index =
      std::make_shared<const media::PacketIndex>(TRY(media::decode_packet_index(with_plan(part), bytes)));
  if (index->packets.size() > media::kMaxIndexedPackets / 4) recent_packets_.clear();
  remember(recent_packets_, part, std::shared_ptr<const media::PacketIndex>(index));
  return std::shared_ptr<const media::PacketIndex>(index);
}

Result<media::Picture> PlaybackIndex::picture(size_t part) {
  Bytes bytes = TRY(section(part, Section::kPicture));
  return media::decode_picture(with_plan(part), bytes);
}

Status PlaybackIndex::read(size_t part, uint32_t first, uint32_t last,
                           const std::function<void(const part::Record&)>& each) {
  const vault::StoredPart* stored = find_recent(recent_media_, part);
  if (!stored) {
    remember(recent_media_, part, TRY(vault_.describe(parts_[part].media.object)));
    stored = &recent_media_.front().second;
  }
  auto take = [&](const part::FrameInfo& frame, ByteView plaintext) -> Status {
    return part::for_each_record(plaintext, frame.first_at, [&](const part::Record& record) {
      part::Record placed = record;
      placed.place.part = static_cast<uint32_t>(part);
      placed.place.frame = static_cast<uint32_t>(frame.number);
      each(placed);
    });
  };
  return vault_.read(*stored, take, first, last);
}

}  // namespace ew::node
