#include "rtp/packet.h"

#include <algorithm>

namespace ew::rtp {
namespace {

constexpr size_t kFixedHeader = 12;
constexpr size_t kReportBlock = 24;
constexpr size_t kMaxCompound = 64;

enum RtcpType : uint8_t { kSenderReport = 200, kReceiverReport = 201, kSourceDescription = 202, kBye = 203 };

bool is_version_2(uint8_t first) { return (first & 0xc0) == 0x80; }

// RFC 5761 section 4: what shares a port with RTP keeps out of payload types 64 to 95, so that these values
// of the second byte mean RTCP.
bool is_rtcp_type(uint8_t second) { return second >= 192 && second <= 223; }

uint16_t u16_at(ByteView bytes, size_t offset) {
  return static_cast<uint16_t>(bytes[offset] << 8 | bytes[offset + 1]);
}

// The size of header, CSRC list and extension; 0 if they do not fit. `bytes` holds at least the fixed header.
size_t header_size(ByteView bytes) {
  size_t size = kFixedHeader + 4 * (bytes[0] & 0x0f);
  if (bytes[0] & 0x10) {
    if (bytes.size() < size + 4) return 0;
    size += 4 + 4 * u16_at(bytes, size + 2);
  }
  return size <= bytes.size() ? size : 0;
}

bool parse_reports(ByteReader& reader, RtcpPacket& packet) {
  if (reader.remaining() < packet.count * kReportBlock) return false;
  packet.reports.reserve(packet.count);
  for (int i = 0; i < packet.count; ++i) {
    ReportBlock block;
    block.ssrc = reader.u32be();
    block.fraction_lost = reader.u8();
    uint32_t lost = reader.u24be();
    block.cumulative_lost = static_cast<int32_t>(lost << 8) >> 8;  // 24 bits, signed
    block.highest_sequence = reader.u32be();
    block.jitter = reader.u32be();
    block.last_sr = reader.u32be();
    block.delay_since_last_sr = reader.u32be();
    packet.reports.push_back(block);
  }
  return true;
}

bool parse_sender_report(ByteReader& reader, RtcpPacket& packet) {
  packet.ntp = reader.u64be();
  packet.rtp_timestamp = reader.u32be();
  packet.packet_count = reader.u32be();
  packet.octet_count = reader.u32be();
  return !reader.failed() && parse_reports(reader, packet);
}

// RFC 3550 section 6.5: items up to a zero byte. Only the first chunk is read, as only a mixer sends more.
bool parse_source_description(ByteReader& reader, RtcpPacket& packet) {
  constexpr uint8_t kEnd = 0, kCname = 1;
  if (packet.count == 0) return true;
  while (true) {
    uint8_t type = reader.u8();
    if (reader.failed()) return false;
    if (type == kEnd) return true;
    ByteView value = reader.take(reader.u8());
    if (reader.failed()) return false;
    if (type == kCname && packet.cname.empty()) packet.cname = as_text(value);
  }
}

bool parse_bye(ByteReader& reader, RtcpPacket& packet) {
  if (packet.count == 0) return true;
  packet.sources.push_back(packet.ssrc);
  for (int i = 1; i < packet.count; ++i) packet.sources.push_back(reader.u32be());
  return !reader.failed();
}

bool parse_body(ByteReader& reader, RtcpPacket& packet) {
  switch (packet.type) {
    case kSenderReport:
      return parse_sender_report(reader, packet);
    case kReceiverReport:
      return parse_reports(reader, packet);
    case kSourceDescription:
      return parse_source_description(reader, packet);
    case kBye:
      return parse_bye(reader, packet);
    default:
      return true;  // kept as bytes
  }
}

// SDES and BYE may name no source at all; all other packets begin with one.
bool names_a_source(const RtcpPacket& packet) {
  return packet.count > 0 || (packet.type != kSourceDescription && packet.type != kBye);
}

// Parses the RTCP packet at the start of `bytes`; its size is packet.bytes.size().
bool parse_one(ByteView bytes, RtcpPacket& packet) {
  if (bytes.size() < 4 || !is_version_2(bytes[0]) || !is_rtcp_type(bytes[1])) return false;
  size_t size = 4 + 4 * size_t{u16_at(bytes, 2)};
  if (size > bytes.size()) return false;
  packet.bytes = bytes.first(size);
  packet.count = bytes[0] & 0x1f;
  packet.type = bytes[1];

  size_t padding = bytes[0] & 0x20 ? bytes[size - 1] : 0;
  if (padding > size - 4 || ((bytes[0] & 0x20) && padding == 0)) return false;
  ByteReader reader(packet.bytes.subspan(4, size - 4 - padding));
  if (names_a_source(packet)) {
    packet.ssrc = reader.u32be();
    if (reader.failed()) return false;
  }
  return parse_body(reader, packet);
}

}  // namespace

ParseError parse(ByteView bytes, Packet& out) {
  if (bytes.size() < 2) return ParseError::kTooShort;
  if (!is_version_2(bytes[0])) return ParseError::kVersion;
  if (is_rtcp_type(bytes[1])) return ParseError::kRtcp;
  if (bytes.size() < kFixedHeader) return ParseError::kTooShort;
  size_t header = header_size(bytes);
  if (header == 0) return ParseError::kHeaderLength;

  ByteReader reader(bytes.first(header));
  uint8_t first = reader.u8();
  uint8_t second = reader.u8();
  out.marker = second & 0x80;
  out.payload_type = second & 0x7f;
  out.sequence = reader.u16be();
  out.timestamp = reader.u32be();
  out.ssrc = reader.u32be();
  out.csrc_count = first & 0x0f;
  out.csrc = reader.take(4 * out.csrc_count);
  bool extended = first & 0x10;
  out.extension_profile = extended ? reader.u16be() : 0;
  out.extension = extended ? reader.take(4 * reader.u16be()) : ByteView{};
  out.header_size = header;

  out.payload = bytes.subspan(header);
  out.padding = 0;
  if (first & 0x20) {
    uint8_t padding = bytes.back();
    if (padding == 0 || padding > out.payload.size()) return ParseError::kPadding;
    out.padding = padding;
    out.payload = out.payload.first(out.payload.size() - padding);
  }
  return ParseError::kNone;
}

bool looks_like_rtp(ByteView bytes) {
  return bytes.size() >= kFixedHeader && is_version_2(bytes[0]) && !is_rtcp_type(bytes[1]) &&
         header_size(bytes) != 0;
}

bool looks_like_rtcp(ByteView bytes) {
  return bytes.size() >= 8 && is_version_2(bytes[0]) && is_rtcp_type(bytes[1]) &&
         4 + 4 * size_t{u16_at(bytes, 2)} <= bytes.size();
}

RtcpCompound parse_rtcp(ByteView bytes) {
  RtcpCompound compound;
  while (!bytes.empty() && compound.packets.size() < kMaxCompound) {
    RtcpPacket packet;
    if (!parse_one(bytes, packet)) break;
    bytes = bytes.subspan(packet.bytes.size());
    compound.packets.push_back(std::move(packet));
  }
  compound.malformed = !bytes.empty() || compound.packets.empty();
  return compound;
}

std::optional<TelephoneEvent> parse_telephone_event(ByteView payload) {
  if (payload.size() < 4) return std::nullopt;
  TelephoneEvent event;
  event.event = payload[0];
  event.end = payload[1] & 0x80;
  event.volume = payload[1] & 0x3f;
  event.duration = u16_at(payload, 2);
  return event;
}

char digit_of(uint8_t event) {
  constexpr std::string_view kDigits = "0123456789*#ABCD";
  return event < kDigits.size() ? kDigits[event] : '\0';
}

}  // namespace ew::rtp
