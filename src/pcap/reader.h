// Capture files: pcap (microseconds and nanoseconds) and pcapng, both byte orders. A pull parser over a
// window of bytes, so that a mapped file and a decompressed stream are read by the same code:
//
//   switch (reader.next(window, record)) {
//     case Step::kPacket:   use(record); [[fallthrough]];
//     case Step::kOther:    drop reader.consumed() bytes; break;
//     case Step::kNeedMore: widen the window to reader.needed() bytes; at the end of the file: it is
//     truncated; break; case Step::kDamaged:  reader.error() says why; nothing more can be read; break;
//   }
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/time.h"

namespace ew::pcap {

constexpr size_t kMaxPacket = 256 * 1024;  // libpcap's own limit; a longer record is damage
constexpr size_t kMaxBlock =
    1024 * 1024;  // pcapng blocks that are understood; others may be longer and are skipped
constexpr size_t kMaxInterfaces = 4096;  // per pcapng section
// All times lie from 0 to this (the year 2116), so that differences of times cannot overflow.
constexpr int64_t kMaxTimeNs = int64_t{1} << 62;

// True if a capture file can begin so; needs 4 bytes.
bool looks_like_capture(ByteView start);

struct Record {
  WallTime at;
  uint16_t link_type = 0;
  uint32_t interface = 0;        // pcapng: within its section
  uint32_t original_length = 0;  // on the wire; at least bytes.size()
  ByteView bytes;                // inside the window
  ByteView options;              // pcapng, raw: see comment_of()
  bool big_endian = false;
};
// The first comment of a pcapng packet; empty if none.
std::string_view comment_of(const Record& record);

class Reader {
 public:
  enum class Step : uint8_t { kPacket, kOther, kNeedMore, kDamaged };

  Step next(ByteView window, Record& record);
  size_t consumed() const {
    return consumed_;
  }                                          // may lie beyond the window, where a foreign block is skipped
  size_t needed() const { return needed_; }  // at most kMaxBlock
  std::string_view error() const { return error_; }

 private:
  enum class Format : uint8_t { kUnknown, kPcap, kPcapng };
  struct Interface {
    uint16_t link_type = 0;
    uint32_t snap_length = 0;
    uint8_t resolution = 6;  // if_tsresol as it stands in the file
    int64_t offset_s = 0;
  };

  Step begin(ByteView window, Record& record);
  Step begin_pcap(ByteView window);
  Step next_pcap(ByteView window, Record& record);
  Step next_block(ByteView window, Record& record);
  Step section_header(ByteView window);
  Step interface_description(ByteView body);
  Step enhanced_packet(ByteView body, Record& record);
  Step simple_packet(ByteView body, Record& record);
  Step obsolete_packet(ByteView body, Record& record);
  Step packet_of(uint32_t interface, uint64_t ticks, uint32_t captured, ByteView rest, Record& record);
  Step need(size_t bytes);
  Step damaged(const char* why);
  Step other(size_t consumed);

  uint16_t u16(ByteView bytes, size_t offset) const;
  uint32_t u32(ByteView bytes, size_t offset) const;

  Format format_ = Format::kUnknown;
  bool big_endian_ = false;
  bool nanoseconds_ = false;  // pcap
  uint16_t link_type_ = 0;    // pcap
  std::vector<Interface> interfaces_;
  WallTime last_at_;  // a simple packet block has no time: it takes that of the packet before
  size_t consumed_ = 0, needed_ = 0;
  const char* error_ = "";
};

}  // namespace ew::pcap
