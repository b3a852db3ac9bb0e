#include "sipua/timers.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>

using namespace ew;
using namespace ew::sipua;

namespace {

struct TimersTest : ::testing::Test {
  FakeClock clock;
  Timers timers{clock};
  std::string log;
};

TEST_F(TimersTest, RunInOrderOfTime) {
  Timer a(timers), b(timers), c(timers);
  a.start(30, [&] { log += "a"; });
  b.start(10, [&] { log += "b"; });
  c.start(10, [&] { log += "c"; });
  timers.run_due();
  EXPECT_EQ(log, "");
  clock.advance(10);
  timers.run_due();
  EXPECT_EQ(log, "bc");
  EXPECT_FALSE(b.is_running());
  EXPECT_TRUE(a.is_running());
  clock.advance(100);
  timers.run_due();
  timers.run_due();
  EXPECT_EQ(log, "bca");
  EXPECT_EQ(timers.size(), 0u);
}

TEST_F(TimersTest, StopAndStartAgain) {
  Timer a(timers);
  a.start(10, [&] { log += "x"; });
  a.start(20, [&] { log += "y"; });
  auto b = std::make_unique<Timer>(timers);
  b->start(5, [&] { log += "z"; });
  b.reset();
  clock.advance(20);
  timers.run_due();
  EXPECT_EQ(log, "y");
}

TEST_F(TimersTest, AnActionMayStopStartAndEndItsOwner) {
  Timer other(timers);
  other.start(10, [&] { log += "never"; });
  auto owner = std::make_unique<Timer>(timers);
  Timer again(timers);
  owner->start(5, [&] {
    other.stop();
    owner.reset();
    log += "1";
    again.start(0, [&] { log += "2"; });
  });
  clock.advance(10);
  timers.run_due();
  EXPECT_EQ(log, "1") << "what an action starts waits for its turn";
  timers.run_due();
  EXPECT_EQ(log, "12");
}

}  // namespace
