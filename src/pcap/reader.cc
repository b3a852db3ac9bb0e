#include "pcap/reader.h"

#include <algorithm>

#include "pcap/byte_order.h"

namespace ew::pcap {
namespace {

constexpr size_t kPcapHeader = 24;
constexpr size_t kPcapRecordHeader = 16;
constexpr size_t kBlockHeader = 8;     // type and length
constexpr size_t kBlockOverhead = 12;  // and the length again at the end

constexpr uint32_t kMagicMicroseconds = 0xa1b2c3d4;
constexpr uint32_t kMagicNanoseconds = 0xa1b23c4d;
constexpr uint32_t kByteOrderMagic = 0x1a2b3c4d;

enum BlockType : uint32_t {
  kSectionHeader = 0x0a0d0d0a,  // the same in both byte orders
  kInterfaceDescription = 1,
  kObsoletePacket = 2,
  kSimplePacket = 3,
  kEnhancedPacket = 6,
};

enum OptionCode : uint16_t {
  kEndOfOptions = 0,
  kComment = 1,
  kTimestampResolution = 9,
  kTimestampOffset = 14
};

bool is_pcap_magic(uint32_t magic) { return magic == kMagicMicroseconds || magic == kMagicNanoseconds; }

size_t padded(size_t length) { return (length + 3) & ~size_t{3}; }

// Calls visit(code, value) for each option until it returns false or the options end, well or badly.
template <typename Visit>
void for_each_option(ByteView options, bool big_endian, Visit visit) {
  while (options.size() >= 4) {
    uint16_t code = big_endian ? be16(options.data()) : le16(options.data());
    uint16_t length = big_endian ? be16(options.data() + 2) : le16(options.data() + 2);
    if (code == kEndOfOptions || length > options.size() - 4) return;
    if (!visit(code, options.subspan(4, length))) return;
    options = options.subspan(std::min(options.size(), 4 + padded(length)));
  }
}

int64_t clamped(__int128 ns) { return static_cast<int64_t>(std::clamp<__int128>(ns, 0, kMaxTimeNs)); }

// Ticks of 10^-resolution s, or of 2^-resolution s if the high bit is set, as nanoseconds.
__int128 ticks_to_ns(uint64_t ticks, uint8_t resolution) {
  constexpr __int128 kNsPerSecond = kNsPerSec;
  if (resolution & 0x80) {
    int shift = resolution & 0x7f;
    return shift >= 64 ? 0 : ticks * kNsPerSecond >> shift;
  }
  if (resolution > 28) return 0;  // every 64-bit count of such ticks is less than a nanosecond
  __int128 ns = ticks;
  for (int i = resolution; i < 9; ++i) ns *= 10;
  for (int i = resolution; i > 9; --i) ns /= 10;
  return ns;
}

}  // namespace

bool looks_like_capture(ByteView start) {
  if (start.size() < 4) return false;
  return is_pcap_magic(be32(start.data())) || is_pcap_magic(le32(start.data())) ||
         be32(start.data()) == kSectionHeader;
}

std::string_view comment_of(const Record& record) {
  std::string_view comment;
  for_each_option(record.options, record.big_endian, [&](uint16_t code, ByteView value) {
    if (code == kComment) comment = as_text(value);
    return code != kComment;
  });
  return comment;
}

Reader::Step Reader::next(ByteView window, Record& record) {
  switch (format_) {
    case Format::kPcap:
      return next_pcap(window, record);
    case Format::kPcapng:
      return next_block(window, record);
    case Format::kUnknown:
      break;
  }
  return begin(window, record);
}

Reader::Step Reader::begin(ByteView window, Record& record) {
  if (window.size() < 4) return need(4);
  if (!looks_like_capture(window)) return damaged("no pcap or pcapng file");
  if (be32(window.data()) != kSectionHeader) return begin_pcap(window);
  format_ = Format::kPcapng;
  return next_block(window, record);
}

Reader::Step Reader::begin_pcap(ByteView window) {
  if (window.size() < kPcapHeader) return need(kPcapHeader);
  big_endian_ = is_pcap_magic(be32(window.data()));
  nanoseconds_ = u32(window, 0) == kMagicNanoseconds;
  // The upper half of the word tells of a frame check sequence, which the length in the IP header cuts off.
  link_type_ = static_cast<uint16_t>(u32(window, 20));
  format_ = Format::kPcap;
  return other(kPcapHeader);
}

Reader::Step Reader::next_pcap(ByteView window, Record& record) {
  if (window.size() < kPcapRecordHeader) return need(kPcapRecordHeader);
  uint32_t captured = u32(window, 8);
  if (captured > kMaxPacket) return damaged("a record of an impossible length");
  if (window.size() - kPcapRecordHeader < captured) return need(kPcapRecordHeader + captured);
  int64_t fraction = u32(window, 4);
  record.at = {u32(window, 0) * kNsPerSec + (nanoseconds_ ? fraction : fraction * kNsPerUs)};
  record.link_type = link_type_;
  record.interface = 0;
  record.original_length = std::max(u32(window, 12), captured);
  record.bytes = window.subspan(kPcapRecordHeader, captured);
  record.options = {};
  consumed_ = kPcapRecordHeader + captured;
  return Step::kPacket;
}

Reader::Step Reader::next_block(ByteView window, Record& record) {
  if (window.size() < kBlockOverhead) return need(kBlockOverhead);
  if (be32(window.data()) == kSectionHeader) return section_header(window);
  uint32_t type = u32(window, 0);
  uint32_t length = u32(window, 4);
  if (length < kBlockOverhead) return damaged("a block of an impossible length");
  bool known = type == kInterfaceDescription || type == kEnhancedPacket || type == kSimplePacket ||
               type == kObsoletePacket;
  if (!known) return other(length);
  if (length > kMaxBlock) return damaged("a block of an impossible length");
  if (window.size() < length) return need(length);
  if (u32(window, length - 4) != length) return damaged("a block with two different lengths");

  consumed_ = length;
  ByteView body = window.subspan(kBlockHeader, length - kBlockOverhead);
  switch (type) {
    case kEnhancedPacket:
      return enhanced_packet(body, record);
    case kSimplePacket:
      return simple_packet(body, record);
    case kObsoletePacket:
      return obsolete_packet(body, record);
    default:
      return interface_description(body);
  }
}

Reader::Step Reader::section_header(ByteView window) {
  constexpr size_t kSmallest = 28;
  if (be32(window.data() + 8) == kByteOrderMagic) {
    big_endian_ = true;
  } else if (le32(window.data() + 8) == kByteOrderMagic) {
    big_endian_ = false;
  } else {
    return damaged("a section without its byte-order magic");
  }
  uint32_t length = u32(window, 4);
  if (length < kSmallest || length > kMaxBlock) return damaged("a section header of an impossible length");
  if (window.size() < length) return need(length);
  if (u32(window, length - 4) != length) return damaged("a block with two different lengths");
  if (u16(window, 12) != 1) return damaged("a pcapng version other than 1");
  interfaces_.clear();
  return other(length);
}

Reader::Step Reader::interface_description(ByteView body) {
  if (body.size() < 8) return damaged("an interface description that is too short");
  if (interfaces_.size() >= kMaxInterfaces) return damaged("more interfaces than one section may have");
  Interface interface;
  interface.link_type = u16(body, 0);
  interface.snap_length = u32(body, 4);
  for_each_option(body.subspan(8), big_endian_, [&](uint16_t code, ByteView value) {
    if (code == kTimestampResolution && value.size() == 1) interface.resolution = value[0];
    if (code == kTimestampOffset && value.size() == 8) {
      uint64_t first = u32(value, 0), second = u32(value, 4);
      interface.offset_s = static_cast<int64_t>(big_endian_ ? first << 32 | second : second << 32 | first);
    }
    return true;
  });
  interfaces_.push_back(interface);
  return Step::kOther;
}

Reader::Step Reader::enhanced_packet(ByteView body, Record& record) {
  if (body.size() < 20) return damaged("a packet block that is too short");
  record.original_length = u32(body, 16);
  uint64_t ticks = uint64_t{u32(body, 4)} << 32 | u32(body, 8);
  return packet_of(u32(body, 0), ticks, u32(body, 12), body.subspan(20), record);
}

Reader::Step Reader::obsolete_packet(ByteView body, Record& record) {
  if (body.size() < 20) return damaged("a packet block that is too short");
  record.original_length = u32(body, 16);
  uint64_t ticks = uint64_t{u32(body, 4)} << 32 | u32(body, 8);
  return packet_of(u16(body, 0), ticks, u32(body, 12), body.subspan(20), record);
}

Reader::Step Reader::simple_packet(ByteView body, Record& record) {
  if (body.size() < 4) return damaged("a packet block that is too short");
  if (interfaces_.empty()) return damaged("a packet of an interface that was not described");
  record.original_length = u32(body, 0);
  uint32_t captured = record.original_length;
  if (interfaces_[0].snap_length != 0) captured = std::min(captured, interfaces_[0].snap_length);
  WallTime before = last_at_;
  Step step = packet_of(0, 0, captured, body.subspan(4), record);
  record.at = last_at_ = before;
  record.options = {};
  return step;
}

Reader::Step Reader::packet_of(uint32_t interface, uint64_t ticks, uint32_t captured, ByteView rest,
                               Record& record) {
  if (interface >= interfaces_.size()) return damaged("a packet of an interface that was not described");
  if (captured > kMaxPacket || captured > rest.size()) return damaged("a packet longer than its block");
  const Interface& described = interfaces_[interface];
  record.at = {clamped(ticks_to_ns(ticks, described.resolution) + __int128{described.offset_s} * kNsPerSec)};
  record.link_type = described.link_type;
  record.interface = interface;
  record.original_length = std::max(record.original_length, captured);
  record.bytes = rest.first(captured);
  record.options = rest.subspan(std::min(rest.size(), padded(captured)));
  record.big_endian = big_endian_;
  last_at_ = record.at;
  return Step::kPacket;
}

Reader::Step Reader::need(size_t bytes) {
  needed_ = bytes;
  consumed_ = 0;
  return Step::kNeedMore;
}

Reader::Step Reader::damaged(const char* why) {
  error_ = why;
  consumed_ = 0;
  return Step::kDamaged;
}

Reader::Step Reader::other(size_t consumed) {
  consumed_ = consumed;
  return Step::kOther;
}

uint16_t Reader::u16(ByteView bytes, size_t offset) const {
  return big_endian_ ? be16(bytes.data() + offset) : le16(bytes.data() + offset);
}

uint32_t Reader::u32(ByteView bytes, size_t offset) const {
  return big_endian_ ? be32(bytes.data() + offset) : le32(bytes.data() + offset);
}

}  // namespace ew::pcap
