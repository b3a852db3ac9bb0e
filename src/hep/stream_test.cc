#include "hep/stream.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include "hep/test_packets_internal.h"

namespace ew::hep {
namespace {

using Verdict = Stream::Verdict;

struct Taken : Stream::Taker {
  bool on_packet(ByteView packet) override {
    packets.emplace_back(packet.begin(), packet.end());
    return packets.size() < wanted;
  }
  std::vector<Bytes> packets;
  size_t wanted = SIZE_MAX;
};

struct Sent {
  std::vector<Bytes> packets;
  Bytes stream;

  void add(Bytes packet) {
    stream.insert(stream.end(), packet.begin(), packet.end());
    packets.push_back(std::move(packet));
  }
};

Sent some_packets() {
  Sent sent;
  std::string longer(3'000, 'x');
  sent.add(bytes_of(sip_packet()));
  sent.add(packet_of({}));  // a header alone: for parse() to refuse
  sent.add(bytes_of(sip_packet(longer)));
  sent.add(bytes_of(sip_packet("")));
  return sent;
}

TEST(HepStream, GivesOutWhateverThePiecesAre) {
  Sent sent = some_packets();
  for (size_t piece : {1u, 2u, 3u, 5u, 6u, 7u, 100u, 1'500u, 100'000u}) {
    Taken taken;
    Stream stream;
    for (size_t at = 0; at < sent.stream.size(); at += piece) {
      size_t count = std::min(piece, sent.stream.size() - at);
      ASSERT_EQ(stream.add(ByteView(sent.stream).subspan(at, count), taken), Verdict::kGood);
    }
    EXPECT_EQ(taken.packets, sent.packets) << piece;
    EXPECT_TRUE(stream.is_empty());
  }
}

TEST(HepStream, GivesOutWhereverItIsCut) {
  Sent sent = some_packets();
  for (size_t cut = 0; cut <= sent.stream.size(); ++cut) {
    Bytes first(sent.stream.begin(), sent.stream.begin() + static_cast<ptrdiff_t>(cut));
    Bytes second(sent.stream.begin() + static_cast<ptrdiff_t>(cut), sent.stream.end());
    Taken taken;
    Stream stream;
    ASSERT_EQ(stream.add(first, taken), Verdict::kGood);
    size_t whole = 0, begun = cut;
    while (whole < sent.packets.size() && begun >= sent.packets[whole].size())
      begun -= sent.packets[whole++].size();
    EXPECT_EQ(taken.packets.size(), whole) << cut;  // as soon as its last byte is there
    EXPECT_EQ(stream.size(), begun) << cut;
    ASSERT_EQ(stream.add(second, taken), Verdict::kGood);
    EXPECT_EQ(taken.packets, sent.packets) << cut;
  }
}

TEST(HepStream, TakesTheLongestPacket) {
  Packet packet = sip_packet();
  std::string payload(kMaxPacket - (bytes_of(packet).size() - packet.payload.size()), 'x');
  Sent sent;
  sent.add(bytes_of(sip_packet(payload)));
  ASSERT_EQ(sent.stream.size(), kMaxPacket);
  Taken taken;
  Stream stream;
  ByteView rest = sent.stream;
  for (; rest.size() > 1; rest = rest.subspan(1)) ASSERT_EQ(stream.add(rest.first(1), taken), Verdict::kGood);
  EXPECT_TRUE(taken.packets.empty());
  EXPECT_EQ(stream.size(), kMaxPacket - 1);
  ASSERT_EQ(stream.add(rest, taken), Verdict::kGood);
  EXPECT_EQ(taken.packets, sent.packets);
}

TEST(HepStream, SaysWhatIsNone) {
  Bytes old(100);
  old[0] = 2;
  old[1] = 16;
  for (ByteView other :
       {as_bytes("GET / HTTP/1.1\r\n\r\n"), as_bytes("HEP4"), as_bytes("\r\n"), ByteView(old)}) {
    Taken taken;
    Stream stream;
    EXPECT_EQ(stream.add(other, taken), Verdict::kNotHep);
    EXPECT_TRUE(stream.is_empty());
  }
  Taken taken;
  Stream stream;
  EXPECT_EQ(stream.add(as_bytes("HE"), taken), Verdict::kGood);
  EXPECT_EQ(stream.add(as_bytes("Q"), taken), Verdict::kNotHep);
  for (uint8_t length = 0; length < kHeaderSize; ++length) {
    Stream shorter;
    Bytes bytes = packet_of({});
    bytes[5] = length;
    EXPECT_EQ(shorter.add(bytes, taken), Verdict::kLength);
  }
  EXPECT_TRUE(taken.packets.empty());
}

TEST(HepStream, StaysBroken) {
  Sent sent;
  sent.add(bytes_of(sip_packet()));
  Taken taken;
  Stream stream;
  Bytes broken = sent.stream;
  broken.push_back('X');
  broken.insert(broken.end(), sent.stream.begin(), sent.stream.end());
  EXPECT_EQ(stream.add(broken, taken), Verdict::kNotHep);
  EXPECT_EQ(taken.packets, sent.packets);  // what came before counts
  EXPECT_EQ(stream.add(sent.stream, taken), Verdict::kNotHep);
  EXPECT_EQ(stream.add({}, taken), Verdict::kNotHep);
  EXPECT_EQ(taken.packets.size(), 1u);
  EXPECT_TRUE(stream.is_empty());
}

TEST(HepStream, StopsWhenNoMoreIsWanted) {
  Sent sent = some_packets();
  for (size_t cut : {0u, 10u}) {
    Taken taken;
    taken.wanted = 1;
    Stream stream;
    stream.add(ByteView(sent.stream).first(cut), taken);
    EXPECT_EQ(stream.add(ByteView(sent.stream).subspan(cut), taken), Verdict::kGood);
    EXPECT_EQ(taken.packets.size(), 1u);
    EXPECT_TRUE(stream.is_empty());
  }
}

TEST(HepStream, AnyByteMayBeWrong) {
  std::mt19937 random(2);
  Sent sent = some_packets();
  for (int i = 0; i < 2'000; ++i) {
    Bytes bytes = sent.stream;
    bytes[random() % bytes.size()] = static_cast<uint8_t>(random());
    Taken whole, pieces;
    Stream one, many;
    Verdict verdict = one.add(bytes, whole), last = Verdict::kGood;
    size_t piece = 1 + random() % 300;
    for (size_t at = 0; at < bytes.size(); at += piece)
      last = many.add(ByteView(bytes).subspan(at, std::min(piece, bytes.size() - at)), pieces);
    EXPECT_EQ(verdict, last);
    EXPECT_EQ(whole.packets, pieces.packets);
    EXPECT_EQ(one.size(), many.size());
  }
}

}  // namespace
}  // namespace ew::hep
