#include "hep/packet.h"

#include <gtest/gtest.h>

#include <random>
#include <set>

#include "hep/test_packets_internal.h"

namespace ew::hep {
namespace {

const Bytes kIpv4 = chunk(kFamilyChunk, Bytes{2}), kIpv6 = chunk(kFamilyChunk, Bytes{10});
const Bytes kSource = chunk(kSourceIpv4Chunk, Bytes{192, 0, 2, 1});
const Bytes kDestination = chunk(kDestinationIpv4Chunk, Bytes{192, 0, 2, 2});
const Bytes kPayload = chunk(kPayloadChunk, as_bytes("payload"));

ParseError error_of(ByteView bytes) {
  Packet packet;
  return parse(bytes, packet);
}

// A packet that is good but for the further chunk.
ParseError error_with(const Bytes& further) {
  return error_of(packet_of({further, kIpv4, kSource, kDestination, kPayload}));
}

bool lies_within(ByteView inner, ByteView outer) {
  return inner.data() >= outer.data() && inner.data() + inner.size() <= outer.data() + outer.size();
}

void expect_views_within(const Packet& packet, ByteView bytes) {
  EXPECT_TRUE(lies_within(packet.payload, bytes));
  for (std::string_view text : {packet.key, packet.correlation_id, packet.node_name})
    EXPECT_TRUE(text.empty() || lies_within(as_bytes(text), bytes));
}

// The example of the specification: a SIP INVITE over UDP and IPv4.
TEST(HepPacket, ReadsTheExampleOfTheSpecification) {
  Bytes bytes(113);
  ASSERT_TRUE(
      from_hex("484550330071"
               "00000001000702"                             // IPv4
               "00000002000711"                             // UDP
               "00000003000ad4ca0001"                       // 212.202.0.1
               "00000004000a527400d3"                       // 82.116.0.211
               "0000000700082eea"                           // 12010
               "00000008000813c4"                           // 5060
               "00000009000a4e4982cb"                       // 2011-08-15 20:34:19 UTC
               "0000000a000a0001d4c0"                       // 120 ms
               "0000000b000701"                             // SIP
               "0000000c000a000000e4"                       // agent 228
               "0000000f0014494e56495445207369703a626f62",  // INVITE sip:bob
               bytes));
  Packet packet;
  ASSERT_EQ(parse(bytes, packet), ParseError::kNone);
  EXPECT_EQ(packet.ip_protocol, 17);
  EXPECT_EQ(packet.source.text(), "212.202.0.1:12010");
  EXPECT_EQ(packet.destination.text(), "82.116.0.211:5060");
  ASSERT_TRUE(packet.at);
  EXPECT_EQ(to_rfc3339(*packet.at), "2011-08-15T20:34:19.120000Z");
  EXPECT_EQ(packet.payload_type, PayloadType::kSip);
  EXPECT_EQ(packet.agent_id, 228u);
  EXPECT_EQ(as_text(packet.payload), "INVITE sip:bob");
  EXPECT_FALSE(packet.is_compressed);
  EXPECT_EQ(packet.vlan, 0);
  EXPECT_TRUE(packet.key.empty() && packet.correlation_id.empty() && packet.node_name.empty());
}

TEST(HepPacket, ReadsIpv6AndTexts) {
  Bytes bytes = packet_of({
      kIpv6,
      chunk(kSourceIpv6Chunk, IpAddress::parse("2001:db8::1")->bytes),
      chunk(kDestinationIpv6Chunk, IpAddress::parse("2001:db8::2")->bytes),
      chunk(kKeyChunk, as_bytes("secret")),
      chunk(kCorrelationIdChunk, as_bytes("call-1")),
      chunk(kNodeNameChunk, as_bytes("edge")),
      chunk(kVlanChunk, Bytes{0x01, 0x02}),
      chunk(kPayloadTypeChunk, Bytes{99}),
      chunk(kPayloadChunk, {}),
  });
  Packet packet;
  ASSERT_EQ(parse(bytes, packet), ParseError::kNone);
  EXPECT_EQ(packet.source.text(), "[2001:db8::1]:0");
  EXPECT_EQ(packet.destination.text(), "[2001:db8::2]:0");
  EXPECT_EQ(packet.key, "secret");
  EXPECT_EQ(packet.correlation_id, "call-1");
  EXPECT_EQ(packet.node_name, "edge");
  EXPECT_EQ(packet.vlan, 0x102);
  EXPECT_EQ(packet.payload_type, static_cast<PayloadType>(99));
  EXPECT_TRUE(packet.payload.empty());
  EXPECT_FALSE(packet.at);
}

TEST(HepPacket, ReadsEachPacketAnew) {
  Packet packet = sip_packet();
  Bytes least = packet_of({kIpv4, kSource, kDestination, kPayload});
  ASSERT_EQ(parse(least, packet), ParseError::kNone);
  EXPECT_EQ(packet.ip_protocol, 0);
  EXPECT_EQ(packet.source.port, 0);
  EXPECT_FALSE(packet.at);
  EXPECT_EQ(packet.payload_type, PayloadType::kUnknown);
  EXPECT_EQ(packet.agent_id, 0u);
  EXPECT_EQ(packet.vlan, 0);
  EXPECT_TRUE(packet.key.empty() && packet.correlation_id.empty() && packet.node_name.empty());
}

TEST(HepPacket, SaysWhatIsMissing) {
  EXPECT_EQ(error_of(packet_of({})), ParseError::kMissingFamily);
  EXPECT_EQ(error_of(packet_of({kSource, kDestination, kPayload})), ParseError::kMissingFamily);
  EXPECT_EQ(error_of(packet_of({kIpv4, kDestination, kPayload})), ParseError::kMissingSource);
  EXPECT_EQ(error_of(packet_of({kIpv4, kSource, kPayload})), ParseError::kMissingDestination);
  EXPECT_EQ(error_of(packet_of({kIpv4, kSource, kDestination})), ParseError::kMissingPayload);
  EXPECT_EQ(error_of(packet_of({kIpv6, kSource, kDestination, kPayload})), ParseError::kMissingSource);
  for (uint8_t family : {0, 1, 3, 23, 28, 30, 255})
    EXPECT_EQ(error_of(packet_of({chunk(kFamilyChunk, Bytes{family}), kSource, kDestination, kPayload})),
              ParseError::kFamily);
}

TEST(HepPacket, TellsOtherProtocolsAndVersions) {
  EXPECT_EQ(error_of({}), ParseError::kTooShort);
  EXPECT_EQ(error_of(as_bytes("HEP3.")), ParseError::kTooShort);
  EXPECT_EQ(error_of(as_bytes("HEP4..")), ParseError::kNotHep);
  EXPECT_EQ(error_of(as_bytes("INVITE sip:bob@example.org SIP/2.0")), ParseError::kNotHep);
  Bytes old(40);  // as Kamailio sends: version, size of header, family, protocol, ports, addresses
  old[1] = 16;
  old[2] = 2;
  for (uint8_t size : {16, 28, 40, 52}) {
    old[1] = size;
    old[0] = 1;
    EXPECT_EQ(error_of(old), ParseError::kVersion1);
    old[0] = 2;
    EXPECT_EQ(error_of(old), ParseError::kVersion2);
  }
  old[1] = 15;
  EXPECT_EQ(error_of(old), ParseError::kNotHep);
  old[1] = 53;
  EXPECT_EQ(error_of(old), ParseError::kNotHep);
}

TEST(HepPacket, ALengthIsThatOfTheDatagram) {
  Bytes bytes = bytes_of(sip_packet());
  bytes.push_back(0);
  EXPECT_EQ(error_of(bytes), ParseError::kLength);
  bytes.pop_back();
  bytes.pop_back();
  EXPECT_EQ(error_of(bytes), ParseError::kLength);
  Bytes huge(kMaxPacket + 1 + bytes.size());  // the same length modulo 65,536
  std::copy(bytes.begin(), bytes.end(), huge.begin());
  EXPECT_EQ(error_of(huge), ParseError::kLength);
}

TEST(HepPacket, AChunkLiesInsideOfThePacket) {
  for (uint16_t length : {0, 1, 5, 8, 255, 65535}) {
    Bytes wrong = chunk(0x77, Bytes{1});
    wrong[4] = static_cast<uint8_t>(length >> 8);
    wrong[5] = static_cast<uint8_t>(length);
    EXPECT_EQ(error_of(packet_of({kIpv4, kSource, kDestination, kPayload, wrong})), ParseError::kChunkLength)
        << length;
  }
  for (size_t size = 1; size < kChunkHeaderSize; ++size)
    EXPECT_EQ(error_of(packet_of({kIpv4, kSource, kDestination, kPayload, Bytes(size)})),
              ParseError::kChunkLength);
}

TEST(HepPacket, ANumberHasItsSize) {
  struct Case {
    ChunkType type;
    size_t size;
  };
  for (Case each : {Case{kFamilyChunk, 1},
                    {kIpProtocolChunk, 1},
                    {kSourceIpv4Chunk, 4},
                    {kDestinationIpv4Chunk, 4},
                    {kSourceIpv6Chunk, 16},
                    {kDestinationIpv6Chunk, 16},
                    {kSourcePortChunk, 2},
                    {kDestinationPortChunk, 2},
                    {kSecondsChunk, 4},
                    {kMicrosecondsChunk, 4},
                    {kPayloadTypeChunk, 1},
                    {kAgentIdChunk, 4},
                    {kKeepAliveChunk, 2},
                    {kVlanChunk, 2}}) {
    for (size_t size = 0; size < 20; ++size) {
      if (size == each.size) continue;
      EXPECT_EQ(error_with(chunk(each.type, Bytes(size))), ParseError::kChunkSize) << each.type;
    }
    // Only where it is ours, and even where an earlier one counts.
    EXPECT_EQ(error_with(chunk(each.type, Bytes(20), 4)), ParseError::kNone);
    EXPECT_EQ(error_of(packet_of({kIpv4, kSource, kDestination, kPayload, chunk(each.type, Bytes(20))})),
              ParseError::kChunkSize);
  }
  for (ChunkType type : {kKeyChunk, kPayloadChunk, kCorrelationIdChunk, kNodeNameChunk})
    for (size_t size = 0; size < 20; ++size)
      EXPECT_EQ(error_with(chunk(type, Bytes(size))), ParseError::kNone);
}

TEST(HepPacket, SkipsWhatItDoesNotKnow) {
  for (uint16_t vendor : {1, 2, 3, 4, 5, 0x100, 65535})
    for (uint16_t type = 0; type < 0x30; ++type)
      EXPECT_EQ(error_with(chunk(type, as_bytes("foreign"), vendor)), ParseError::kNone);
  for (uint16_t type : {0, 0x14, 0x20, 0x29, 0x100, 65535})
    EXPECT_EQ(error_with(chunk(type, as_bytes("unknown"))), ParseError::kNone);
}

TEST(HepPacket, TheFirstOfTwoCounts) {
  Bytes bytes = packet_of({kIpv4, kIpv6, kSource, chunk(kSourceIpv4Chunk, Bytes{9, 9, 9, 9}), kDestination,
                           chunk(kKeyChunk, {}), chunk(kKeyChunk, as_bytes("later")), kPayload,
                           chunk(kPayloadChunk, as_bytes("other"))});
  Packet packet;
  ASSERT_EQ(parse(bytes, packet), ParseError::kNone);
  EXPECT_EQ(packet.source.ip.text(), "192.0.2.1");
  EXPECT_EQ(packet.key, "");
  EXPECT_EQ(as_text(packet.payload), "payload");
}

TEST(HepPacket, ATimeIsOne) {
  Bytes second = chunk(kSecondsChunk, Bytes{0xff, 0xff, 0xff, 0xff});
  Bytes last = chunk(kMicrosecondsChunk, Bytes{0x00, 0x0f, 0x42, 0x3f});
  Bytes bytes = packet_of({second, last, kIpv4, kSource, kDestination, kPayload});
  Packet packet;
  ASSERT_EQ(parse(bytes, packet), ParseError::kNone);
  EXPECT_EQ(packet.at->ns, 4'294'967'295'999'999'000);
  EXPECT_EQ(error_with(chunk(kMicrosecondsChunk, Bytes{0x00, 0x0f, 0x42, 0x40})), ParseError::kTime);
  EXPECT_EQ(error_with(chunk(kMicrosecondsChunk, Bytes{0xff, 0xff, 0xff, 0xff})), ParseError::kTime);
  Bytes without = packet_of({last, kIpv4, kSource, kDestination, kPayload});
  ASSERT_EQ(parse(without, packet), ParseError::kNone);
  EXPECT_FALSE(packet.at);
}

TEST(HepPacket, EveryTruncationIsRefused) {
  Bytes bytes = bytes_of(sip_packet());
  for (size_t size = 0; size < bytes.size(); ++size) {
    Bytes cut(bytes.begin(),
              bytes.begin() + static_cast<ptrdiff_t>(size));  // so that a sanitizer sees an overrun
    EXPECT_NE(error_of(cut), ParseError::kNone) << size;
    if (size < kHeaderSize) continue;
    // With the length of what is left, it is good only where its last chunk's end is, and that is the
    // payload.
    cut[4] = static_cast<uint8_t>(size >> 8);
    cut[5] = static_cast<uint8_t>(size);
    EXPECT_NE(error_of(cut), ParseError::kNone) << size;
  }
}

TEST(HepPacket, EveryChunkIsRefusedWhereverItIsCut) {
  for (uint16_t type = 1; type < kChunkTypes; ++type) {
    Bytes whole = chunk(type, Bytes(20));
    for (size_t size = 1; size < whole.size(); ++size) {
      Bytes cut(whole.begin(), whole.begin() + static_cast<ptrdiff_t>(size));
      EXPECT_EQ(error_of(packet_of({kIpv4, kSource, kDestination, kPayload, cut})), ParseError::kChunkLength);
    }
  }
}

TEST(HepPacket, AnyByteMayBeWrong) {
  std::mt19937 random(1);
  const Bytes good = bytes_of(sip_packet());
  for (int i = 0; i < 100'000; ++i) {
    Bytes bytes = good;
    for (size_t count = 1 + random() % 4; count > 0; --count)
      bytes[random() % bytes.size()] = static_cast<uint8_t>(random());
    Packet packet;
    if (parse(bytes, packet) == ParseError::kNone) expect_views_within(packet, bytes);
  }
}

TEST(HepPacket, KnowsTransports) {
  Packet packet;
  auto of = [&](uint8_t protocol) {
    packet.ip_protocol = protocol;
    return transport_of(packet);
  };
  EXPECT_EQ(of(6), Transport::kTcp);
  EXPECT_EQ(of(17), Transport::kUdp);
  EXPECT_EQ(of(22), Transport::kTls);
  EXPECT_EQ(of(0), std::nullopt);
  EXPECT_EQ(of(132), std::nullopt);
}

TEST(HepKey, IsThatOrNot) {
  Packet packet;
  packet.key = "secret";
  EXPECT_TRUE(key_matches(packet, "secret"));
  for (std::string_view other : {"", "secre", "secret2", "Secret", "secreT"})
    EXPECT_FALSE(key_matches(packet, other)) << other;
  packet.key = {};
  EXPECT_TRUE(key_matches(packet, ""));
  EXPECT_FALSE(key_matches(packet, "secret"));
}

TEST(HepParseError, EachHasItsName) {
  std::set<std::string_view> names;
  for (uint8_t i = 0; i <= static_cast<uint8_t>(ParseError::kTooLong); ++i)
    names.insert(name_of(static_cast<ParseError>(i)));
  EXPECT_EQ(names.size(), static_cast<size_t>(ParseError::kTooLong) + 1);
}

}  // namespace
}  // namespace ew::hep
