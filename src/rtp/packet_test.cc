#include "rtp/packet.h"

#include <gtest/gtest.h>

namespace ew::rtp {
namespace {

Bytes header(uint8_t first = 0x80, uint8_t second = 0) {
  Bytes bytes = {first, second, 0x12, 0x34, 0, 0, 0, 160, 0xde, 0xad, 0xbe, 0xef};
  return bytes;
}

TEST(RtpPacket, ReadsEveryField) {
  Bytes bytes = header(0xb2, 0x88);  // padding, extension, two CSRC; marker, payload type 8
  for (uint8_t byte : {0, 0, 0, 1, 0, 0, 0, 2, 0xbe, 0xde, 0, 1, 9, 9, 9, 9, 0x55, 0x66, 0, 2})
    bytes.push_back(byte);
  Packet packet;
  ASSERT_EQ(parse(bytes, packet), ParseError::kNone);
  EXPECT_TRUE(packet.marker);
  EXPECT_EQ(packet.payload_type, 8);
  EXPECT_EQ(packet.sequence, 0x1234);
  EXPECT_EQ(packet.timestamp, 160u);
  EXPECT_EQ(packet.ssrc, 0xdeadbeef);
  EXPECT_EQ(packet.csrc_count, 2);
  EXPECT_EQ(packet.csrc.size(), 8u);
  EXPECT_EQ(packet.extension_profile, 0xbede);
  EXPECT_EQ(to_hex(packet.extension), "09090909");
  EXPECT_EQ(to_hex(packet.payload), "5566");
  EXPECT_EQ(packet.padding, 2);
  EXPECT_EQ(packet.header_size, 28u);
}

TEST(RtpPacket, SaysWhatIsWrong) {
  Packet packet;
  EXPECT_EQ(parse({}, packet), ParseError::kTooShort);
  EXPECT_EQ(parse(Bytes(11, 0x80), packet), ParseError::kTooShort);
  EXPECT_EQ(parse(header(0x40), packet), ParseError::kVersion);
  EXPECT_EQ(parse(header(0x80, 200), packet), ParseError::kRtcp);
  EXPECT_EQ(parse(header(0x81), packet), ParseError::kHeaderLength);
  EXPECT_EQ(parse(header(0x90), packet), ParseError::kHeaderLength);
  EXPECT_EQ(parse(header(0xa0), packet), ParseError::kPadding);
  Bytes beyond = header(0xa0);
  beyond.insert(beyond.end(), {1, 2, 4});
  EXPECT_EQ(parse(beyond, packet), ParseError::kPadding);
  beyond.back() = 0;
  EXPECT_EQ(parse(beyond, packet), ParseError::kPadding);
}

TEST(RtpPacket, EveryTruncationIsSafe) {
  Bytes bytes = header(0xbf);
  bytes.resize(100, 1);
  for (size_t size = 0; size <= bytes.size(); ++size) {
    Bytes exact(bytes.begin(),
                bytes.begin() + static_cast<ptrdiff_t>(size));  // so that a sanitizer sees an overrun
    Packet packet;
    parse(exact, packet);
    looks_like_rtp(exact);
    looks_like_rtcp(exact);
    parse_rtcp(exact);
  }
}

TEST(LooksLikeRtp, TellsOtherProtocolsApart) {
  EXPECT_TRUE(looks_like_rtp(header()));
  EXPECT_TRUE(looks_like_rtp(header(0x80, 0x80 | 96)));
  EXPECT_FALSE(looks_like_rtp(header(0x80, 200)));  // RTCP
  EXPECT_FALSE(looks_like_rtp(header(0x8f)));       // CSRC beyond the end
  EXPECT_FALSE(looks_like_rtp(as_bytes("INVITE sip:bob@example.org SIP/2.0")));
  EXPECT_FALSE(looks_like_rtp(as_bytes("SIP/2.0 200 OK\r\nVia: ")));
  Bytes stun = {0, 1, 0, 0, 0x21, 0x12, 0xa4, 0x42, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};
  EXPECT_FALSE(looks_like_rtp(stun));
  Bytes dtls = {22, 0xfe, 0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4, 1, 2, 3, 4};
  EXPECT_FALSE(looks_like_rtp(dtls));
  Bytes t38 = {0x00, 0x2a, 0x06, 0xc0, 0x01, 0x80, 0x00, 0x00, 0xff, 0x00, 0x01, 0x01, 0x06};
  EXPECT_FALSE(looks_like_rtp(t38));
}

TEST(Rtcp, ReadsACompoundPacket) {
  Bytes bytes;
  ByteWriter writer(bytes);
  writer.u32be(0x81c8000c);  // SR with one report
  writer.u32be(0x11111111);
  writer.u64be(0x0123456789abcdef);
  writer.u32be(8000);
  writer.u32be(50);
  writer.u32be(8600);
  writer.u32be(0x22222222);
  writer.u32be(0x40ffffff);  // a quarter lost of late, cumulative -1
  writer.u32be(70000);
  writer.u32be(12);
  writer.u32be(3);
  writer.u32be(4);
  writer.u32be(0x81ca0003);  // SDES, one chunk
  writer.u32be(0x11111111);
  writer.u8(1);
  writer.u8(3);
  writer.raw("a@b");
  writer.u8(0);
  writer.u16be(0);
  writer.u32be(0x82cb0002);  // BYE of two sources
  writer.u32be(0x11111111);
  writer.u32be(0x33333333);
  RtcpCompound compound = parse_rtcp(bytes);
  ASSERT_FALSE(compound.malformed);
  ASSERT_EQ(compound.packets.size(), 3u);
  const RtcpPacket& report = compound.packets[0];
  EXPECT_EQ(report.type, 200);
  EXPECT_EQ(report.ssrc, 0x11111111u);
  EXPECT_EQ(report.ntp, 0x0123456789abcdefu);
  EXPECT_EQ(report.rtp_timestamp, 8000u);
  EXPECT_EQ(report.packet_count, 50u);
  EXPECT_EQ(report.octet_count, 8600u);
  ASSERT_EQ(report.reports.size(), 1u);
  EXPECT_EQ(report.reports[0].ssrc, 0x22222222u);
  EXPECT_EQ(report.reports[0].fraction_lost, 0x40);
  EXPECT_EQ(report.reports[0].cumulative_lost, -1);
  EXPECT_EQ(report.reports[0].highest_sequence, 70000u);
  EXPECT_EQ(compound.packets[1].cname, "a@b");
  EXPECT_EQ(compound.packets[2].sources, (std::vector<uint32_t>{0x11111111, 0x33333333}));
}

TEST(Rtcp, StopsAtTheFirstMalformedPacket) {
  Bytes bytes = {0x80, 201, 0, 1, 0, 0, 0, 1,
                 0x81, 201, 0, 1, 0, 0, 0, 1};  // the second claims a report block
  RtcpCompound compound = parse_rtcp(bytes);
  EXPECT_EQ(compound.packets.size(), 1u);
  EXPECT_TRUE(compound.malformed);
  EXPECT_TRUE(parse_rtcp({}).malformed);
  EXPECT_TRUE(parse_rtcp(Bytes{0x80, 201, 0, 200, 0, 0, 0, 1}).malformed);
}

TEST(Rtcp, TakesAtMost64Packets) {
  Bytes bytes;
  for (int i = 0; i < 65; ++i) bytes.insert(bytes.end(), {0x80, 201, 0, 1, 0, 0, 0, 1});
  RtcpCompound compound = parse_rtcp(bytes);
  EXPECT_EQ(compound.packets.size(), 64u);
  EXPECT_TRUE(compound.malformed);
}

TEST(TelephoneEvent, ReadsDigits) {
  auto event = parse_telephone_event(Bytes{11, 0x8a, 0x03, 0x20});
  ASSERT_TRUE(event);
  EXPECT_EQ(digit_of(event->event), '#');
  EXPECT_TRUE(event->end);
  EXPECT_EQ(event->volume, 10);
  EXPECT_EQ(event->duration, 800);
  EXPECT_FALSE(parse_telephone_event(Bytes{11, 0x8a, 0x03}));
  EXPECT_EQ(digit_of(0), '0');
  EXPECT_EQ(digit_of(15), 'D');
  EXPECT_EQ(digit_of(16), '\0');
}

}  // namespace
}  // namespace ew::rtp
