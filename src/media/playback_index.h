// The playback index of one media part (docs/formats/derived.md): where each of its packets lies in the
// rendering and in the part, and what a picture of its sound needs. Pure: structs to bytes and back; the
// reader treats the bytes as hostile.
#pragma once

#include <cstdint>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "crypto/crypto.h"
#include "media/render.h"

namespace ew::media {

constexpr uint32_t kSlotsPerSecond = 100;
constexpr uint32_t kMaxIndexedPackets = 1'000'000;  // of one part

struct IndexHead {
  crypto::Digest state{};  // of the recording that it was made from
  uint32_t part = 0, parts = 1;
  RenderPlan plan;             // of the whole recording
  int64_t begin = 0, end = 0;  // the part's packets lie in here
  uint64_t first_slot = 0, slots = 0;
  uint32_t packet_frames = 0;  // of the packets section
};

struct IndexedPacket {
  int64_t position = 0;       // of the first sample that is kept
  uint32_t frame = 0;         // in the media part
  uint32_t record = 0;        // in the frame
  uint32_t duration = 0;      // samples, with those that are cut off
  uint32_t skipped : 31 = 0;  // samples cut from its start
  uint32_t starts_run : 1 = 0;
  uint16_t stream = 0, format = 0;  // places in the lists below
  int64_t end() const { return position + duration - skipped; }
  bool operator==(const IndexedPacket&) const = default;
};

struct PacketIndex {
  std::vector<DecoderSpec> formats;    // codec and clock rate count
  std::vector<uint32_t> streams;       // numbers
  std::vector<IndexedPacket> packets;  // by position
};

struct QualitySecond {
  uint32_t second = 0;  // after the start of the rendering
  uint32_t stream = 0;
  uint32_t expected = 0, lost = 0;  // packets
  uint32_t jitter = 0;              // 0.1 ms
  bool operator==(const QualitySecond&) const = default;
};

struct Picture {
  std::vector<int8_t> peaks;           // per slot and channel: least, greatest
  std::vector<QualitySecond> quality;  // by second
};

Bytes encode(const IndexHead& head);
Bytes encode(const PacketIndex& index);
Bytes encode(const Picture& picture);
// kUnsupported: of another version; kCorrupt: broken.
Result<IndexHead> decode_index_head(ByteView bytes);
// Positions lie within the head's part.
Result<PacketIndex> decode_packet_index(const IndexHead& head, ByteView bytes);
Result<Picture> decode_picture(const IndexHead& head, ByteView bytes);

}  // namespace ew::media
