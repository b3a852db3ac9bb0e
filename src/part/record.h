// The records inside a frame (docs/formats/part.md, "Records").
#pragma once

#include <compare>
#include <functional>
#include <string_view>
#include <utility>

#include "base/bytes.h"
#include "base/prefetch.h"
#include "base/result.h"
#include "net/datagram.h"

namespace ew::part {

enum class RecordType : uint8_t {
  kSip = 1,
  kStream = 2,
  kRtp = 3,
  kRtcp = 4,
  kEvent = 5,
  kCall = 6,
  kCapture = 7
};
constexpr uint32_t kNoStream = 0xffffffff;

// Where a record was read: in which of the reader's parts, in which of its frames, as which of the frame's
// known records.
struct RecordPlace {
  uint32_t part = 0, frame = 0, number = 0;
  auto operator<=>(const RecordPlace&) const = default;
};

// One record as written or read. Which fields count depends on the type.
struct Record {
  RecordType type = RecordType::kEvent;
  WallTime at;
  bool has_ref = false;
  PacketRef ref;                 // sip, rtp, rtcp; capture: ref.capture only
  Endpoint source, destination;  // sip
  Transport transport = Transport::kUdp;
  uint16_t vlan = 0;
  uint8_t dscp = 0;
  uint32_t stream = 0;  // stream, rtp, rtcp
  uint8_t path = 0;     // rtp
  ByteView body;        // message, packet, JSON; capture: 32 bytes SHA-256 followed by JSON
  RecordPlace place;    // of one that was read; for_each_record() knows the number only
};

// Writes the records of one frame. Made for the way of every packet: its buffer grows to the size of a frame
// once and is then reused.
class RecordWriter {
 public:
  void append(const Record& record);
  bool empty() const { return size_ == 0; }
  size_t size() const { return size_; }
  WallTime first_at() const { return first_at_; }  // of the first record
  WallTime last_at() const { return last_at_; }    // the latest, records may go back in time
  ByteView bytes() const { return {buffer_.data(), size_}; }
  void clear() { size_ = 0; }  // keeps the buffer

  // Writers that are empty for long can do with the buffers of few: one that has written takes its buffer out
  // and is empty, an empty one is given a used one.
  void give_buffer(Bytes buffer) { buffer_ = std::move(buffer); }
  Bytes take_buffer() {
    clear();
    return std::exchange(buffer_, {});
  }
  // A packet will be appended soon.
  void prepare() {
    constexpr size_t kUsualRecord = 192;
    if (size_ + kUsualRecord <= buffer_.size())
      prefetch<Access::kWrite>(buffer_.data() + size_, kUsualRecord);
  }

 private:
  void reserve(size_t more);

  Bytes buffer_;  // the first size_ bytes count
  size_t size_ = 0;
  WallTime first_at_, last_at_, previous_;
};

// Calls `each` for every known record of a frame's plaintext, in order; kCorrupt if the bytes are none.
Status for_each_record(ByteView plaintext, WallTime frame_first_at,
                       const std::function<void(const Record&)>& each);

}  // namespace ew::part
