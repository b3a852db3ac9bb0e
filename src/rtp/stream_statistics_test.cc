#include "rtp/stream_statistics.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <random>
#include <set>
#include <vector>

namespace ew::rtp {
namespace {

using Verdict = StreamStatistics::Verdict;
constexpr uint32_t kClock = 8000;
constexpr int64_t kPacketTime = 20 * kNsPerMs;

// What StreamStatistics must count, told from the true extended sequence numbers without any window or guess.
class Reference {
 public:
  void add(uint64_t extended) {
    if (!seen_.insert(extended).second) {
      ++duplicated;
    } else {
      ++packets;
      reordered += extended < *seen_.rbegin();
    }
  }
  void end_run() {
    if (!seen_.empty()) lost += *seen_.rbegin() - *seen_.begin() + 1 - seen_.size();
    seen_.clear();
  }
  uint64_t packets = 0, lost = 0, duplicated = 0, reordered = 0;

 private:
  std::set<uint64_t> seen_;
};

// The arrival order of a run's true sequence numbers under loss, duplication and displacement by up to
// `reorder`.
std::vector<uint64_t> arrivals(std::mt19937_64& random, uint64_t first, size_t length, int reorder) {
  auto chance = [&](int percent) { return static_cast<int>(random() % 100) < percent; };
  int loss = static_cast<int>(random() % 20), duplication = static_cast<int>(random() % 10);
  std::vector<std::pair<uint64_t, uint64_t>> ordered;  // position of arrival, number
  for (uint64_t i = 0; i < length; ++i) {
    if (chance(loss)) continue;
    if (random() % 500 == 0) i += random() % 300;  // a burst is lost
    ordered.emplace_back(i + (chance(10) && reorder ? random() % reorder : 0), first + i);
    if (chance(duplication)) ordered.emplace_back(i + random() % 50, first + i);
  }
  std::stable_sort(ordered.begin(), ordered.end(), [](auto& a, auto& b) { return a.first < b.first; });
  std::vector<uint64_t> result;
  for (auto& [position, number] : ordered) result.push_back(number);
  return result;
}

TEST(StreamStatistics, CountsAsTheReferenceDoes) {
  const uint64_t seeds = std::getenv("EW_LONG") ? 1'000 : 40;
  for (uint64_t seed = 1; seed <= seeds; ++seed) {
    std::mt19937_64 random(seed);
    StreamStatistics statistics;
    Reference reference;
    uint64_t missing = 0;
    int reorder = static_cast<int>(random() % 51);
    uint64_t first = random() % 0x10000;
    for (int runs = 1 + static_cast<int>(random() % 4); runs > 0; --runs) {
      // Some runs are long enough to wrap.
      size_t length = 200 + random() % (random() % 8 == 0 ? 150000 : 3000);
      auto numbers = arrivals(random, first, length, reorder);
      for (uint64_t number : numbers) {
        reference.add(number);
        statistics.add(static_cast<uint16_t>(number), static_cast<uint32_t>(number * 160),
                       {static_cast<int64_t>(number) * kPacketTime}, kClock);
        ASSERT_EQ(statistics.extended() & 0xffff, number & 0xffff);
        missing += statistics.skipped();
        missing -= statistics.was_missing();
      }
      reference.end_run();
      uint64_t highest = *std::max_element(numbers.begin(), numbers.end());
      first = highest + 3400 + random() % (0x10000 - 6800);
    }
    ASSERT_EQ(statistics.packets(), reference.packets) << "seed " << seed;
    ASSERT_EQ(statistics.lost(), reference.lost) << "seed " << seed;
    ASSERT_EQ(missing, reference.lost) << "seed " << seed;
    ASSERT_EQ(statistics.duplicated(), reference.duplicated) << "seed " << seed;
    ASSERT_EQ(statistics.reordered(), reference.reordered) << "seed " << seed;
  }
}

struct StreamOfPackets : testing::Test {
  Verdict add(uint16_t sequence, int64_t at_ms = -1) {
    if (at_ms >= 0) now_ms = at_ms;
    Verdict verdict = statistics.add(sequence, sequence * 160u, {now_ms * kNsPerMs}, kClock);
    now_ms += 20;
    return verdict;
  }
  StreamStatistics statistics;
  int64_t now_ms = 0;
};

TEST_F(StreamOfPackets, NothingIsCountedOfNothing) {
  EXPECT_EQ(statistics.packets(), 0u);
  EXPECT_EQ(statistics.lost(), 0u);
}

TEST_F(StreamOfPackets, OneStrayPacketIsNotLoss) {
  for (uint16_t i = 0; i < 10; ++i) add(i);
  EXPECT_EQ(add(40000), Verdict::kNew);
  for (uint16_t i = 10; i < 20; ++i) add(i);
  EXPECT_EQ(statistics.packets(), 21u);
  EXPECT_EQ(statistics.lost(), 0u);
  EXPECT_EQ(statistics.reordered(), 0u);
}

TEST_F(StreamOfPackets, APacketBeforeTheFirstCountsOverTheWrapToo) {
  add(0);
  EXPECT_EQ(add(65535), Verdict::kNew);
  EXPECT_EQ(add(65533), Verdict::kNew);
  EXPECT_EQ(statistics.packets(), 3u);
  EXPECT_EQ(statistics.lost(), 1u);
  EXPECT_EQ(statistics.reordered(), 2u);
}

TEST_F(StreamOfPackets, ARestartAfterAGapIsNotLoss) {
  for (uint16_t i = 0; i < 10; ++i) add(i);
  add(1000, 60000);  // with a timestamp that did not advance by a minute
  add(1001);
  EXPECT_EQ(statistics.lost(), 0u);
}

TEST_F(StreamOfPackets, AnOutageIsLoss) {
  for (uint16_t i = 0; i < 10; ++i) add(i);
  add(510, 10200);  // ten seconds later, as sequence and timestamp say
  EXPECT_EQ(statistics.lost(), 500u);
}

TEST_F(StreamOfPackets, JitterFollowsRfc3550) {
  double expected = 0;
  std::mt19937 random(7);
  int64_t previous_delay = 0, at = 0;
  for (uint16_t i = 0; i < 500; ++i) {
    int64_t delay = random() % 15 * kNsPerMs;
    at = i * kPacketTime + delay;
    statistics.add(i, i * 160u, {at}, kClock);
    if (i > 0) expected += (std::abs(static_cast<double>(delay - previous_delay)) * 1e-6 - expected) / 16;
    previous_delay = delay;
  }
  EXPECT_NEAR(statistics.jitter_ms(), expected, 1e-6);
  EXPECT_GE(statistics.jitter_ms_max(), statistics.jitter_ms());
  EXPECT_EQ(statistics.last_at().ns, at);
}

TEST_F(StreamOfPackets, RepeatsOfOneTimestampAddNoJitter) {
  for (uint16_t i = 0; i < 50; ++i) statistics.add(i, 12345, {i * kPacketTime}, kClock);
  EXPECT_EQ(statistics.jitter_ms(), 0);
}

}  // namespace
}  // namespace ew::rtp
