#include "capture/defragmenter.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

namespace ew::capture {
namespace {

using Verdict = Defragmenter::Verdict;

struct Defragmentation : testing::Test {
  Verdict add(uint32_t id, size_t offset, bool more, ByteView piece, int64_t at_s = 0) {
    pcap::Dissected packet;
    packet.payload = piece;
    packet.fragment = {id, static_cast<uint16_t>(offset), more, 17};
    return defragmenter.add(packet, {at_s * kNsPerSec});
  }
  SourceCounters counters;
  Defragmenter defragmenter{counters};
};

TEST_F(Defragmentation, AnyFragmentsInAnyOrderGiveTheDatagram) {
  std::mt19937_64 random(3);
  for (int round = 0; round < 500; ++round) {
    Bytes datagram(1 + random() % (random() % 10 == 0 ? 65535 : 3000));
    for (uint8_t& byte : datagram) byte = static_cast<uint8_t>(random());
    struct Piece {
      size_t begin, end;
    };
    std::vector<Piece> pieces;
    for (size_t begin = 0; begin < datagram.size();) {
      size_t end =
          std::min(datagram.size(), begin + 8 * (1 + random() % std::max<size_t>(1, datagram.size() / 64)));
      // Sometimes the next piece repeats a part of this one.
      pieces.push_back({begin - std::min(begin, random() % 3 * 8), end});
      begin = end;
    }
    std::shuffle(pieces.begin(), pieces.end(), random);
    size_t completed = 0;
    for (const Piece& piece : pieces) {
      Bytes exact(datagram.begin() + static_cast<ptrdiff_t>(piece.begin),
                  datagram.begin() + static_cast<ptrdiff_t>(piece.end));
      Verdict verdict = add(static_cast<uint32_t>(round), piece.begin, piece.end != datagram.size(), exact);
      ASSERT_NE(verdict, Verdict::kMalformed);
      if (verdict != Verdict::kComplete) continue;
      ++completed;
      ASSERT_TRUE(std::equal(datagram.begin(), datagram.end(), defragmenter.datagram().begin(),
                             defragmenter.datagram().end()));
      break;  // what came after this would begin it anew
    }
    ASSERT_EQ(completed, 1u);
  }
  EXPECT_EQ(defragmenter.held_datagrams(), 0u);
  EXPECT_EQ(defragmenter.held_bytes(), 0u);
}

TEST_F(Defragmentation, WhereFragmentsOverlapTheFirstBytesStay) {
  EXPECT_EQ(add(1, 8, true, Bytes(8, 'b')), Verdict::kHeld);
  EXPECT_EQ(counters.fragments_overlapping, 0u);
  EXPECT_EQ(add(1, 0, true, Bytes(24, 'x')), Verdict::kHeld);
  EXPECT_EQ(counters.fragments_overlapping, 1u);
  EXPECT_EQ(add(1, 16, false, Bytes(16, 'y')), Verdict::kComplete);
  EXPECT_EQ(counters.fragments_overlapping, 2u);
  EXPECT_EQ(as_text(defragmenter.datagram()), "xxxxxxxxbbbbbbbbxxxxxxxxyyyyyyyy");
}

TEST_F(Defragmentation, ContradictionsAreMalformed) {
  EXPECT_EQ(add(1, 0, true, Bytes(7)), Verdict::kMalformed);       // no multiple of eight
  EXPECT_EQ(add(1, 8, true, {}), Verdict::kMalformed);             // nothing
  EXPECT_EQ(add(1, 65528, false, Bytes(8)), Verdict::kMalformed);  // the ping of death
  EXPECT_EQ(add(2, 16, false, Bytes(8)), Verdict::kHeld);
  EXPECT_EQ(add(2, 24, true, Bytes(8)), Verdict::kMalformed);  // behind the end
  EXPECT_EQ(add(2, 8, false, Bytes(8)), Verdict::kMalformed);  // a second end
  EXPECT_EQ(add(3, 16, true, Bytes(8)), Verdict::kHeld);
  EXPECT_EQ(add(3, 0, false, Bytes(8)), Verdict::kMalformed);  // the end before what was seen
}

TEST_F(Defragmentation, IsBoundedInNumber) {
  for (uint32_t id = 0; id < 10000; ++id) add(id, 0, true, Bytes(8));
  EXPECT_EQ(defragmenter.held_datagrams(), Defragmenter::kMaxDatagrams);
  EXPECT_EQ(counters.fragments_abandoned, 10000 - Defragmenter::kMaxDatagrams);
}

TEST_F(Defragmentation, IsBoundedInBytes) {
  for (uint32_t id = 0; id < 1000; ++id) {
    add(id, 65504, true, Bytes(24));
    ASSERT_LE(defragmenter.held_bytes(), Defragmenter::kMaxBytes);
  }
  EXPECT_GT(defragmenter.held_datagrams(), 250u);
}

TEST_F(Defragmentation, IsBoundedInPieces) {
  for (size_t offset = 0; offset < 65000; offset += 16) add(1, offset, true, Bytes(8));
  EXPECT_GT(counters.fragments_abandoned, 10u);
  EXPECT_LE(defragmenter.held_datagrams(), 1u);
}

TEST_F(Defragmentation, IsBoundedInAge) {
  add(1, 0, true, Bytes(8), 0);
  add(2, 0, true, Bytes(8), 29);
  EXPECT_EQ(defragmenter.held_datagrams(), 2u);
  add(2, 8, true, Bytes(8), 31);
  EXPECT_EQ(defragmenter.held_datagrams(), 1u);
  EXPECT_EQ(counters.fragments_abandoned, 1u);
  EXPECT_EQ(add(1, 8, false, Bytes(8), 32), Verdict::kHeld);
}

}  // namespace
}  // namespace ew::capture
