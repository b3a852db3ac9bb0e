#include <gtest/gtest.h>

#include <random>

#include "hep/test_packets_internal.h"

namespace ew::hep {
namespace {

constexpr std::string_view kPlain = "BYE sip:bob@example.org SIP/2.0\r\n\r\n";

struct Outcome {
  ParseError error;
  Packet packet;
};

Outcome decompressed(ByteView payload, Bytes& room) {
  Packet packet = sip_packet();
  packet.payload = payload;
  packet.is_compressed = true;
  return {decompress(packet, room), packet};
}

TEST(HepDecompress, ReadsZlibAndGzip) {
  for (Wrapping wrapping : {Wrapping::kZlib, Wrapping::kGzip}) {
    for (std::string_view plain : {std::string_view(), kPlain}) {
      Bytes small = compressed(as_bytes(plain), wrapping);
      Packet sent = sip_packet();
      sent.payload = small;
      sent.is_compressed = true;
      Bytes bytes = bytes_of(sent), room;
      Packet packet;
      ASSERT_EQ(parse(bytes, packet), ParseError::kNone);
      EXPECT_TRUE(packet.is_compressed);
      EXPECT_EQ(to_hex(packet.payload), to_hex(small));
      ASSERT_EQ(decompress(packet, room), ParseError::kNone);
      EXPECT_FALSE(packet.is_compressed);
      EXPECT_EQ(as_text(packet.payload), plain);
      EXPECT_EQ(decompress(packet, room), ParseError::kNone);  // once is enough
      EXPECT_EQ(as_text(packet.payload), plain);
    }
  }
}

TEST(HepDecompress, APlainPayloadCountsFirst) {
  Bytes bytes = packet_of({chunk(kCompressedPayloadChunk, as_bytes("squeezed")),
                           chunk(kFamilyChunk, Bytes{2}), chunk(kSourceIpv4Chunk, Bytes(4)),
                           chunk(kDestinationIpv4Chunk, Bytes(4)), chunk(kPayloadChunk, as_bytes("plain"))});
  Packet packet;
  ASSERT_EQ(parse(bytes, packet), ParseError::kNone);
  EXPECT_FALSE(packet.is_compressed);
  EXPECT_EQ(as_text(packet.payload), "plain");
}

TEST(HepDecompress, HasABound) {
  Bytes room;
  for (Wrapping wrapping : {Wrapping::kZlib, Wrapping::kGzip}) {
    Bytes most(kMaxPayload, 'x');
    Outcome outcome = decompressed(compressed(most, wrapping), room);
    EXPECT_EQ(outcome.error, ParseError::kNone);
    EXPECT_EQ(outcome.packet.payload.size(), kMaxPayload);
    for (size_t size : {kMaxPayload + 1, 100 * kMaxPayload}) {
      Bytes more(size, 'x');
      Bytes small = compressed(more, wrapping);
      outcome = decompressed(small, room);
      EXPECT_EQ(outcome.error, ParseError::kTooLong);
      EXPECT_TRUE(outcome.packet.is_compressed);
      EXPECT_EQ(outcome.packet.payload.data(), small.data());
      EXPECT_LE(room.size(), kMaxPayload);
    }
  }
}

TEST(HepDecompress, RefusesDamage) {
  Bytes room, small = compressed(as_bytes(kPlain), Wrapping::kGzip);
  for (size_t size = 0; size < small.size(); ++size)
    EXPECT_EQ(decompressed(Bytes(small.begin(), small.begin() + static_cast<ptrdiff_t>(size)), room).error,
              ParseError::kCompression);
  Bytes longer = small;
  longer.push_back(0);
  EXPECT_EQ(decompressed(longer, room).error, ParseError::kCompression);
  EXPECT_EQ(decompressed(as_bytes(kPlain), room).error, ParseError::kCompression);
  EXPECT_EQ(decompressed(compressed(as_bytes("no header"), Wrapping::kNone), room).error,
            ParseError::kCompression);
}

TEST(HepDecompress, AnyByteMayBeWrong) {
  std::mt19937 random(3);
  Bytes room;
  const Bytes good = compressed(as_bytes(kPlain), Wrapping::kZlib);
  for (int i = 0; i < 2'000; ++i) {
    Bytes bytes = good;
    bytes[random() % bytes.size()] ^= static_cast<uint8_t>(1 + random() % 255);
    Outcome outcome = decompressed(bytes, room);
    // A few bits mean nothing, such as the level of compression.
    if (outcome.error == ParseError::kNone) EXPECT_EQ(as_text(outcome.packet.payload), kPlain);
  }
}

}  // namespace
}  // namespace ew::hep
