#include "call/losses.h"

#include <gtest/gtest.h>

#include <random>

namespace ew::call {
namespace {

WallTime at(double seconds) { return WallTime{static_cast<int64_t>(seconds * 1e9)}; }

class LossesTest : public testing::Test {
 protected:
  // A stream of 50 packets a second of which these numbers are missing.
  void miss(uint64_t first, uint32_t count) {
    losses_.skip(first + count, count, time_of(first - 1), time_of(first + count));
  }
  static WallTime time_of(uint64_t number) { return at(static_cast<double>(number) * 0.02); }
  Loss judge(WallTime until = WallTime{INT64_MAX}) { return losses_.judge(until, drops_, record_); }

  Drops drops_;
  Losses losses_;
  MediaStream record_;
};

TEST_F(LossesTest, WhatNobodyDroppedWasLostBeforeUs) {
  miss(100, 3);
  drops_.note(LossPlace::kCapture, time_of(500), time_of(505), 10);
  judge();
  EXPECT_EQ(record_.losses, (std::vector<Loss>{{time_of(99), time_of(103), 3, 0, 0}}));
  EXPECT_EQ(record_.lost_at_capture + record_.lost_in_recorder, 0u);
}

TEST_F(LossesTest, DropsInThatTimeTakeAsManyAsTheyWere) {
  miss(100, 10);
  drops_.note(LossPlace::kCapture, time_of(98), time_of(103), 4);
  drops_.note(LossPlace::kRecorder, time_of(104), time_of(105), 5);
  const Loss all = judge();
  EXPECT_EQ((std::tuple{all.before, all.at_capture, all.in_recorder}), (std::tuple{1, 4, 5}));
  EXPECT_EQ(record_.losses, (std::vector<Loss>{{time_of(99), time_of(110), 1, 4, 5}}));
  EXPECT_EQ(record_.lost_at_capture, 4u);
  EXPECT_EQ(record_.lost_in_recorder, 5u);
}

TEST_F(LossesTest, ADropIsClaimedOnce) {
  MediaStream other;
  Losses of_other;
  miss(100, 6);
  of_other.skip(106, 6, time_of(99), time_of(106));
  drops_.note(LossPlace::kCapture, time_of(99), time_of(106), 8);
  judge();
  of_other.judge(WallTime{INT64_MAX}, drops_, other);
  EXPECT_EQ(record_.lost_at_capture, 6u);
  EXPECT_EQ(other.lost_at_capture, 2u);
  EXPECT_EQ(other.losses[0].before, 4u);
}

TEST_F(LossesTest, AGapIsJudgedWhenItsDropsCanBeKnown) {
  miss(100, 1);
  judge(time_of(50));
  EXPECT_TRUE(record_.losses.empty());
  drops_.note(LossPlace::kRecorder, time_of(100), time_of(100), 1);
  judge(time_of(102));
  EXPECT_EQ(record_.lost_in_recorder, 1u);
}

TEST_F(LossesTest, WhatComesLateIsNotLost) {
  miss(100, 2);
  losses_.fill(101, record_);
  judge();
  ASSERT_EQ(record_.losses.size(), 1u);
  EXPECT_EQ(record_.losses[0].before, 1u);
  losses_.fill(100, record_);  // also when it was judged
  EXPECT_EQ(record_.losses[0].before, 0u);
  miss(200, 1);
  losses_.fill(200, record_);
  judge();
  EXPECT_EQ(record_.losses.size(), 1u);
}

// The list stays short, and no packet of it is forgotten, however long a call loses packets.
TEST_F(LossesTest, NeighboursAreJoined) {
  std::mt19937_64 random(1);
  uint64_t missing = 0, number = 10;
  for (int i = 0; i < 200'000; ++i) {
    const auto count = static_cast<uint32_t>(1 + random() % 3);
    miss(number, count);
    missing += count;
    number += count + 1 + random() % 40;
    judge(time_of(number) + -Losses::kJudgedAfterNs);
  }
  judge();
  EXPECT_LE(record_.losses.size(), MediaStream::kMaxLosses);
  EXPECT_GT(record_.losses.size(), MediaStream::kMaxLosses / 4);
  uint64_t listed = 0;
  WallTime last = record_.losses[0].from;
  for (const Loss& loss : record_.losses) {
    listed += loss.before;
    EXPECT_GE(loss.from, last);
    EXPECT_GT(loss.to, loss.from);
    last = loss.from;
  }
  EXPECT_EQ(listed, missing);
}

TEST_F(LossesTest, OldDropsAndClocksThatGoBack) {
  for (int i = 0; i < 100'000; ++i)
    drops_.note(LossPlace::kCapture, at(i), at(i + 0.01), 1);
  drops_.note(LossPlace::kCapture, at(5), at(6), 7);  // the clock was set back
  EXPECT_EQ(drops_.claim(LossPlace::kCapture, at(5), at(6), 10), 0u);
  EXPECT_EQ(drops_.claim(LossPlace::kCapture, at(99'998.5), at(100'000), 10), 8u);
  EXPECT_EQ(drops_.claim(LossPlace::kCapture, at(99'998.5), at(100'000), 10), 0u);
}

}  // namespace
}  // namespace ew::call
