// RTP and RTCP (RFC 3550), telephone events (RFC 4733). Pure and zero-copy.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/time.h"

namespace ew::rtp {

struct Packet {
  bool marker = false;
  uint8_t payload_type = 0;
  uint16_t sequence = 0;
  uint32_t timestamp = 0;
  uint32_t ssrc = 0;
  uint8_t csrc_count = 0;
  ByteView csrc;  // 4 bytes each
  uint16_t extension_profile = 0;
  ByteView extension;   // empty if none
  ByteView payload;     // without padding
  uint8_t padding = 0;  // bytes, including its length byte
  size_t header_size = 0;
};

enum class ParseError : uint8_t { kNone, kTooShort, kVersion, kHeaderLength, kPadding, kRtcp };

// kRtcp: the second byte says RTCP (RFC 5761 section 4), the caller should try parse_rtcp().
ParseError parse(ByteView bytes, Packet& out);

// The fixed 12-byte header alone could be RTP: version 2, not RTCP's payload types, CSRC and extension fit.
// Cheap.
bool looks_like_rtp(ByteView bytes);
bool looks_like_rtcp(ByteView bytes);

struct ReportBlock {
  uint32_t ssrc = 0;
  uint8_t fraction_lost = 0;
  int32_t cumulative_lost = 0;
  uint32_t highest_sequence = 0;
  uint32_t jitter = 0;
  uint32_t last_sr = 0, delay_since_last_sr = 0;
};
struct RtcpPacket {
  uint8_t type = 0;   // 200 SR, 201 RR, 202 SDES, 203 BYE, 204 APP, 205 RTPFB, 206 PSFB, 207 XR
  uint8_t count = 0;  // RC, SC or FMT
  uint32_t ssrc = 0;
  // SR only:
  uint64_t ntp = 0;
  uint32_t rtp_timestamp = 0, packet_count = 0, octet_count = 0;
  std::vector<ReportBlock> reports;  // SR, RR; at most 31
  std::string cname;                 // SDES, of the first chunk
  std::vector<uint32_t> sources;     // BYE
  ByteView bytes;                    // the whole packet
};
// All packets of a compound packet; stops at the first malformed one (`malformed` set), at most 64.
struct RtcpCompound {
  std::vector<RtcpPacket> packets;
  bool malformed = false;
};
RtcpCompound parse_rtcp(ByteView bytes);

struct TelephoneEvent {  // RFC 4733 section 2.3
  uint8_t event = 0;     // 0..9, 10 *, 11 #, 12..15 A..D, 16 flash
  bool end = false;
  uint8_t volume = 0;
  uint16_t duration = 0;  // timestamp units
};
std::optional<TelephoneEvent> parse_telephone_event(ByteView payload);
char digit_of(uint8_t event);  // '\0' if none

}  // namespace ew::rtp
