#include "selftest/capacity.h"

#include <gtest/gtest.h>

namespace ew::selftest {
namespace {

// A machine that holds `limit` calls, and now and then does not.
struct Machine {
  uint32_t limit;
  int stumbles_at = -1;  // the trial that something else disturbs
  std::vector<uint32_t> asked;

  Result<Trial> operator()(uint32_t calls) {
    Trial trial;
    trial.calls = calls;
    const bool stumbles = static_cast<int>(asked.size()) == stumbles_at;
    if (calls > limit || stumbles) trial.outcome = Outcome::kLost;
    asked.push_back(calls);
    return trial;
  }
};

TEST(Capacity, IsFoundWithinItsExactness) {
  for (uint32_t limit : {1u, 7u, 199u, 200u, 201u, 999u, 3'456u, 11'999u}) {
    Machine machine{limit, -1, {}};
    auto capacity = find_capacity({}, std::ref(machine));
    ASSERT_TRUE(capacity.ok());
    ASSERT_TRUE(capacity->held()) << limit;
    ASSERT_TRUE(capacity->not_held()) << limit;
    EXPECT_LE(capacity->held()->calls, limit);
    EXPECT_GT(capacity->not_held()->calls, limit);
    EXPECT_LE(capacity->not_held()->calls,
              std::max(1.1 * capacity->held()->calls, capacity->held()->calls + 10.0))
        << limit;
    EXPECT_LE(machine.asked.size(), 24u) << limit;
  }
}

TEST(Capacity, AMachineThatHoldsMoreThanIsAsked) {
  Machine machine{100'000, -1, {}};
  auto capacity = find_capacity({200, 1'000, 1.1}, std::ref(machine));
  ASSERT_TRUE(capacity.ok());
  EXPECT_EQ(capacity->held()->calls, 1'000u);
  EXPECT_EQ(capacity->not_held(), nullptr);
  EXPECT_EQ(machine.asked, (std::vector<uint32_t>{200, 400, 800, 1'000}));
}

TEST(Capacity, AMachineThatHoldsNothing) {
  Machine machine{0, -1, {}};
  auto capacity = find_capacity({}, std::ref(machine));
  ASSERT_TRUE(capacity.ok());
  EXPECT_EQ(capacity->held(), nullptr);
  EXPECT_EQ(capacity->not_held()->calls, 1u);
}

TEST(Capacity, OneDisturbanceDecidesNothing) {
  for (int disturbed = 0; disturbed < 6; ++disturbed) {
    Machine machine{3'000, disturbed, {}};
    auto capacity = find_capacity({}, std::ref(machine));
    ASSERT_TRUE(capacity.ok());
    EXPECT_GT(capacity->held()->calls, 2'700u) << disturbed;
  }
}

TEST(Capacity, AnErrorEndsIt) {
  auto capacity =
      find_capacity({}, [](uint32_t) -> Result<Trial> { return Error(ErrorCode::kIo, "no disk"); });
  ASSERT_FALSE(capacity.ok());
  EXPECT_EQ(capacity.error().message(), "no disk");
}

}  // namespace
}  // namespace ew::selftest
