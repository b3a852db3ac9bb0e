#include "media/playback_index.h"

#include <algorithm>
#include <span>
#include <string_view>

#include "media/stream_table.h"

namespace ew::media {
namespace {

constexpr std::string_view kMagic = "EWPLAY1\n";
constexpr size_t kMagicFamily = 6;  // bytes that all versions share
constexpr uint64_t kMaxText = 200, kMaxNotes = 500, kMaxFormats = 64;
constexpr uint32_t kMaxRate = 48'000;
constexpr uint64_t kMaxSamples =
    uint64_t{8} * 24 * 3600 * kMaxRate;  // a recording ends a bit after seven days
constexpr uint64_t kMaxDuration = kMaxPayload * 2 * 8;
constexpr uint8_t kOtherFrame = 1, kOffTheLine = 2, kOtherForm = 4;

Error corrupt(const char* what) { return Error(ErrorCode::kCorrupt, std::string("playback index: ") + what); }

uint64_t zig_zag(int64_t value) {
  return static_cast<uint64_t>(value) << 1 ^ static_cast<uint64_t>(value >> 63);
}
int64_t from_zig_zag(uint64_t value) { return static_cast<int64_t>(value >> 1 ^ (~(value & 1) + 1)); }

void write_text(std::string_view text, ByteWriter& writer) {
  text = text.substr(0, kMaxText);
  writer.varint(text.size());
  writer.raw(text);
}

// Reads numbers within bounds; the first that is not makes all that follows fail.
class BoundedReader {
 public:
  explicit BoundedReader(ByteView bytes) : reader_(bytes) {}

  uint64_t number(uint64_t most) { return checked(reader_.varint(), most); }
  int64_t signed_number() { return from_zig_zag(reader_.varint()); }
  // Of things of which each takes at least so many bytes.
  size_t count(uint64_t most, size_t size_each) {
    return number(std::min<uint64_t>(most, reader_.remaining() / size_each));
  }
  std::string text() { return std::string(as_text(reader_.take(number(kMaxText)))); }
  ByteReader& raw() { return reader_; }
  void fail() { failed_ = true; }
  bool failed() const { return failed_ || reader_.failed(); }
  bool at_end() const { return !failed() && reader_.at_end(); }

 private:
  uint64_t checked(uint64_t value, uint64_t most) {
    if (value <= most && !failed()) return value;
    failed_ = true;
    return 0;
  }

  ByteReader reader_;
  bool failed_ = false;
};

void write_plan(const RenderPlan& plan, ByteWriter& writer) {
  writer.u64le(static_cast<uint64_t>(plan.start_at.ns));
  writer.varint(plan.sample_rate);
  writer.varint(plan.samples);
  writer.varint(plan.dropped);
  writer.varint(plan.channels.size());
  for (const std::string& participant : plan.channels) write_text(participant, writer);
  writer.varint(plan.channel_of.size());
  for (const auto& [stream, channel] : plan.channel_of) {
    writer.varint(stream);
    writer.varint(channel);
  }
  size_t notes = std::min<size_t>(plan.notes.size(), kMaxNotes);
  writer.varint(notes);
  for (const RenderNote& note : std::span(plan.notes).first(notes)) {
    writer.varint(note.stream);
    write_text(note.participant, writer);
    write_text(note.text, writer);
  }
}

RenderPlan read_plan(BoundedReader& reader) {
  RenderPlan plan;
  plan.start_at.ns = static_cast<int64_t>(reader.raw().u64le());
  plan.sample_rate = static_cast<uint32_t>(reader.number(kMaxRate));
  if (plan.sample_rate < kSlotsPerSecond || plan.sample_rate % kSlotsPerSecond != 0) reader.fail();
  plan.samples = reader.number(kMaxSamples);
  plan.dropped = reader.number(UINT64_MAX);
  plan.channels.resize(reader.count(RenderPlan::kMaxChannels, 1));
  if (plan.channels.size() < 2) reader.fail();
  for (std::string& participant : plan.channels) participant = reader.text();
  for (size_t left = reader.count(StreamTable::kMaxStreams, 2); left > 0 && !reader.failed(); --left) {
    auto stream = static_cast<uint32_t>(reader.number(UINT32_MAX));
    auto channel = static_cast<uint32_t>(reader.number(plan.channels.size() - 1));
    if (!plan.channel_of.empty() && stream <= plan.channel_of.rbegin()->first) reader.fail();
    plan.channel_of[stream] = channel;
  }
  plan.notes.resize(reader.count(kMaxNotes, 3));
  for (RenderNote& note : plan.notes) {
    note.stream = static_cast<uint32_t>(reader.number(UINT32_MAX));
    note.participant = reader.text();
    note.text = reader.text();
  }
  return plan;
}

uint64_t slots_of(const RenderPlan& plan) {
  uint64_t per_slot = plan.sample_rate / kSlotsPerSecond;
  return (plan.samples + per_slot - 1) / per_slot;
}

// What a packet's entry leaves out is taken from here.
struct Before {
  struct OfStream {
    int64_t end = 0;
    uint16_t format = 0;
    uint32_t duration = 0;
  };
  explicit Before(size_t streams) : of_stream(streams) {}

  void take(const IndexedPacket& packet) {
    frame = packet.frame;
    record = packet.record;
    of_stream[packet.stream] = {packet.end(), packet.format, packet.duration};
  }

  int64_t frame = 0, record = -1;
  std::vector<OfStream> of_stream;
};

void write_packet(const IndexedPacket& packet, const Before& before, ByteWriter& writer) {
  const Before::OfStream& stream = before.of_stream[packet.stream];
  uint8_t flags = 0;
  if (packet.frame != before.frame) flags |= kOtherFrame;
  if (packet.position != stream.end || packet.skipped != 0 || packet.starts_run) flags |= kOffTheLine;
  if (packet.format != stream.format || packet.duration != stream.duration) flags |= kOtherForm;
  writer.varint(uint64_t{packet.stream} * 8 + flags);
  if (flags & kOtherFrame) {
    writer.varint(zig_zag(packet.frame - before.frame));
    writer.varint(packet.record);
  } else {
    writer.varint(zig_zag(packet.record - before.record - 1));
  }
  if (flags & kOffTheLine) {
    writer.varint(zig_zag(packet.position - stream.end));
    writer.varint(uint64_t{packet.skipped} * 2 + packet.starts_run);
  }
  if (flags & kOtherForm) {
    writer.varint(packet.format);
    writer.varint(packet.duration);
  }
}

// `base` + a difference, if it lies in [least, most].
int64_t moved(int64_t base, BoundedReader& reader, int64_t least, int64_t most) {
  int64_t difference = reader.signed_number();
  int64_t value = 0;
  bool fits = !__builtin_add_overflow(base, difference, &value) && value >= least && value <= most;
  if (!fits) reader.fail();
  return fits ? value : least;
}

IndexedPacket read_packet(const IndexHead& head, const PacketIndex& index, const Before& before,
                          BoundedReader& reader) {
  uint64_t mark = reader.number(uint64_t{index.streams.size()} * 8 - 1);
  auto flags = static_cast<uint8_t>(mark & 7);
  IndexedPacket packet;
  packet.stream = static_cast<uint16_t>(mark / 8);
  const Before::OfStream& stream = before.of_stream[packet.stream];
  if (flags & kOtherFrame) {
    packet.frame = static_cast<uint32_t>(moved(before.frame, reader, 0, UINT32_MAX));
    packet.record = static_cast<uint32_t>(reader.number(UINT32_MAX));
  } else {
    packet.frame = static_cast<uint32_t>(before.frame);
    packet.record = static_cast<uint32_t>(moved(before.record + 1, reader, 0, UINT32_MAX));
  }
  packet.position = stream.end;
  if (flags & kOffTheLine) {
    packet.position = moved(stream.end, reader, stream.end, head.end);
    uint64_t cut = reader.number(kMaxDuration * 2 + 1);
    packet.skipped = static_cast<uint32_t>(cut / 2);
    packet.starts_run = cut % 2;
  }
  packet.format = stream.format;
  packet.duration = stream.duration;
  if (flags & kOtherForm) {
    packet.format = static_cast<uint16_t>(reader.number(index.formats.size() - 1));
    packet.duration = static_cast<uint32_t>(reader.number(kMaxDuration));
  }
  bool is_heard = packet.duration > packet.skipped;
  if (!is_heard || packet.position < head.begin || packet.end() > head.end) reader.fail();
  return packet;
}

void read_formats(PacketIndex& index, BoundedReader& reader) {
  index.formats.resize(reader.count(kMaxFormats, 2));
  for (DecoderSpec& format : index.formats) {
    format.codec = reader.text();
    format.clock_rate = static_cast<uint32_t>(reader.number(UINT32_MAX));
    if (!facts_of(format)) reader.fail();
  }
}

}  // namespace

Bytes encode(const IndexHead& head) {
  Bytes bytes;
  ByteWriter writer(bytes);
  writer.raw(kMagic);
  writer.raw(head.state);
  writer.u32le(head.part);
  writer.u32le(head.parts);
  write_plan(head.plan, writer);
  writer.varint(static_cast<uint64_t>(head.begin));
  writer.varint(static_cast<uint64_t>(head.end));
  writer.varint(head.first_slot);
  writer.varint(head.slots);
  writer.varint(head.packet_frames);
  return bytes;
}

Result<IndexHead> decode_index_head(ByteView bytes) {
  BoundedReader reader(bytes);
  ByteView magic = reader.raw().take(kMagic.size());
  if (as_text(magic).substr(0, kMagicFamily) != kMagic.substr(0, kMagicFamily))
    return corrupt("this is none");
  if (as_text(magic) != kMagic) return Error(ErrorCode::kUnsupported, "playback index of another version");
  IndexHead head;
  ByteView state = reader.raw().take(head.state.size());
  std::copy(state.begin(), state.end(), head.state.begin());
  head.part = reader.raw().u32le();
  head.parts = reader.raw().u32le();
  head.plan = read_plan(reader);
  // A plan that is none has no sample rate to count slots by.
  if (reader.failed()) return corrupt("its plan is broken");
  head.begin = static_cast<int64_t>(reader.number(head.plan.samples));
  head.end = static_cast<int64_t>(reader.number(head.plan.samples));
  uint64_t all_slots = slots_of(head.plan);
  head.first_slot = reader.number(all_slots);
  head.slots = reader.number(all_slots - std::min(all_slots, head.first_slot));
  head.packet_frames = static_cast<uint32_t>(reader.number(UINT32_MAX));
  if (!reader.at_end() || head.part >= head.parts || head.begin > head.end)
    return corrupt("its head is broken");
  return head;
}

Bytes encode(const PacketIndex& index) {
  Bytes bytes;
  ByteWriter writer(bytes);
  writer.varint(index.formats.size());
  for (const DecoderSpec& format : index.formats) {
    write_text(format.codec, writer);
    writer.varint(format.clock_rate);
  }
  writer.varint(index.streams.size());
  for (uint32_t stream : index.streams) writer.varint(stream);
  writer.varint(index.packets.size());
  Before before(index.streams.size());
  for (const IndexedPacket& packet : index.packets) {
    write_packet(packet, before, writer);
    before.take(packet);
  }
  return bytes;
}

Result<PacketIndex> decode_packet_index(const IndexHead& head, ByteView bytes) {
  BoundedReader reader(bytes);
  PacketIndex index;
  read_formats(index, reader);
  index.streams.resize(reader.count(StreamTable::kMaxStreams, 1));
  for (uint32_t& stream : index.streams) {
    stream = static_cast<uint32_t>(reader.number(UINT32_MAX));
    if (!head.plan.channel_of.contains(stream)) reader.fail();
  }
  size_t count = reader.count(kMaxIndexedPackets, 2);
  if (count > 0 && (index.streams.empty() || index.formats.empty())) reader.fail();
  Before before(index.streams.size());
  index.packets.reserve(reader.failed() ? 0 : count);
  while (index.packets.size() < count && !reader.failed()) {
    IndexedPacket packet = read_packet(head, index, before, reader);
    if (!index.packets.empty() && packet.position < index.packets.back().position) reader.fail();
    before.take(packet);
    index.packets.push_back(packet);
  }
  if (!reader.at_end()) return corrupt("its list of packets is broken");
  return index;
}

Bytes encode(const Picture& picture) {
  Bytes bytes(picture.peaks.begin(), picture.peaks.end());
  ByteWriter writer(bytes);
  writer.varint(picture.quality.size());
  for (const QualitySecond& second : picture.quality) {
    writer.varint(second.second);
    writer.varint(second.stream);
    writer.varint(second.expected);
    writer.varint(second.lost);
    writer.varint(second.jitter);
  }
  return bytes;
}

Result<Picture> decode_picture(const IndexHead& head, ByteView bytes) {
  BoundedReader reader(bytes);
  Picture picture;
  ByteView peaks = reader.raw().take(head.slots * head.plan.channels.size() * 2);
  picture.peaks.assign(peaks.begin(), peaks.end());
  picture.quality.resize(reader.count(UINT32_MAX, 5));
  uint32_t newest = 0;
  for (QualitySecond& second : picture.quality) {
    second.second = static_cast<uint32_t>(reader.number(UINT32_MAX));
    second.stream = static_cast<uint32_t>(reader.number(UINT32_MAX));
    second.expected = static_cast<uint32_t>(reader.number(UINT32_MAX));
    second.lost = static_cast<uint32_t>(reader.number(second.expected));
    second.jitter = static_cast<uint32_t>(reader.number(UINT32_MAX));
    if (second.second < newest) reader.fail();
    newest = second.second;
  }
  if (!reader.at_end()) return corrupt("its picture is broken");
  return picture;
}

}  // namespace ew::media
