#include "node/alarms.h"

#include <fcntl.h>
#include <gtest/gtest.h>

#include <array>

#include "io/memory_env.h"
#include "node/disk_forecast.h"

namespace ew::node {
namespace {

// Both clocks at will: the wall clock can be stepped.
class TwoClocks : public Clock {
 public:
  WallTime wall() const override { return {now_ + offset_}; }
  int64_t monotonic_ns() const override { return now_; }
  void pass(int64_t ns) { now_ += ns; }
  void step(int64_t ns) { offset_ += ns; }

 private:
  int64_t now_ = 1'000 * kNsPerSec, offset_ = 1'700'000'000 * kNsPerSec;
};

std::array<Descriptor, 2> open_pipe() {
  int ends[2];
  EXPECT_EQ(::pipe2(ends, O_CLOEXEC | O_NONBLOCK), 0);
  return {Descriptor(ends[0]), Descriptor(ends[1])};
}

class AlarmsTest : public testing::Test {
 protected:
  AlarmsTest() {
    state_.disk_total = 1000 * Alarms::kFullBytes;
    state_.disk_free = state_.disk_total / 2;
  }
  // "disk:warning port_occupied:warning"
  std::string alarms() {
    alarms_.update(state_);
    std::string text;
    for (const Alarm& alarm : alarms_.list())
      text += (text.empty() ? "" : " ") + std::string(name_of(alarm.code)) + ":" +
              std::string(name_of(alarm.severity));
    return text;
  }
  std::string logged() {
    char buffer[4096];
    ssize_t got = ::read(pipe_[0].get(), buffer, sizeof buffer);
    return got > 0 ? std::string(buffer, static_cast<size_t>(got)) : "";
  }

  TwoClocks clock_;
  std::array<Descriptor, 2> pipe_ = open_pipe();
  Log log_{clock_, {LogFormat::kText, LogLevel::kInfo, "", pipe_[1].get(), ""}};
  int changes_ = 0;
  Alarms alarms_{clock_, log_, [this] { ++changes_; }};
  NodeState state_;
};

TEST_F(AlarmsTest, NothingIsWrong) {
  EXPECT_EQ(alarms(), "");
  EXPECT_EQ(changes_, 0);
}

TEST_F(AlarmsTest, DiskGetsWorseAndBetter) {
  auto used = [&](double share) {
    state_.disk_free = static_cast<uint64_t>(static_cast<double>(state_.disk_total) * (1 - share));
    return alarms();
  };
  EXPECT_EQ(used(0.79), "");
  EXPECT_EQ(used(0.81), "disk:notice");
  EXPECT_EQ(used(0.91), "disk:warning");
  EXPECT_EQ(used(0.96), "disk:critical");
  state_.disk_free = Alarms::kFullBytes - 1;
  EXPECT_EQ(alarms(), "disk:critical disk_full:critical");
  EXPECT_EQ(used(0.5), "");
  EXPECT_EQ(changes_, 5);
}

TEST_F(AlarmsTest, SaysSinceWhenAndLogsOnce) {
  state_.runs_as_root = true;
  EXPECT_EQ(alarms(), "running_as_root:warning");
  WallTime raised = clock_.wall();
  EXPECT_NE(logged().find("code=running_as_root"), std::string::npos);
  clock_.pass(kNsPerSec);
  alarms();
  EXPECT_EQ(alarms_.list()[0].since, raised);
  EXPECT_EQ(logged(), "");
  EXPECT_EQ(changes_, 1);
  state_.runs_as_root = false;
  EXPECT_EQ(alarms(), "");
  EXPECT_NE(logged().find("Alarm is over; code=running_as_root"), std::string::npos);
}

TEST_F(AlarmsTest, ClockSteps) {
  EXPECT_EQ(alarms(), "");
  clock_.pass(60 * kNsPerSec);
  clock_.step(kNsPerSec);  // as a gentle correction may be
  EXPECT_EQ(alarms(), "");
  clock_.pass(60 * kNsPerSec);
  clock_.step(-3600 * kNsPerSec);
  EXPECT_EQ(alarms(), "clock:warning");
  EXPECT_EQ(alarms_.list()[0].values[0].second, "-3600");
  clock_.pass(Alarms::kStepShownNs + 1);
  EXPECT_EQ(alarms(), "");
}

TEST_F(AlarmsTest, ARestartOfTheRecorderIsNone) {
  state_.recorder_is_up = false;
  EXPECT_EQ(alarms(), "");
  clock_.pass(Alarms::kDownNs + 1);
  EXPECT_EQ(alarms(), "recorder_down:critical");
  state_.recorder_is_up = true;
  EXPECT_EQ(alarms(), "");
}

TEST_F(AlarmsTest, JournalErrorsStayAWhile) {
  state_.journal_error = "no space";
  EXPECT_EQ(alarms(), "journal_error:critical");
  state_.journal_error = "";
  clock_.pass(kNsPerSec);
  EXPECT_EQ(alarms(), "journal_error:critical");
  clock_.pass(Alarms::kErrorNs);
  EXPECT_EQ(alarms(), "");
}

TEST_F(AlarmsTest, AllOthers) {
  state_.keys_saved = false;
  state_.occupied = {"127.0.0.1:80", "[::1]:80"};
  state_.sealing_wait_ns = Alarms::kLateNs + 1;
  EXPECT_EQ(alarms(), "keys_not_saved:warning port_occupied:warning sealing_late:warning");
  EXPECT_EQ(alarms_.list()[1].detail, "127.0.0.1:80, [::1]:80");
}

TEST(DiskForecast, FollowsTheGrowth) {
  io::MemoryEnv env;
  ASSERT_TRUE(env.make_directories("/data").ok());
  WallTime at{1'700'000'000 * kNsPerSec};
  DiskForecast forecast(env, "/data/growth");
  ASSERT_TRUE(forecast.note(at, 1'000'000).ok());
  EXPECT_EQ(forecast.days_until_full(1'000'000), std::nullopt);
  for (int i = 1; i <= 24; ++i)
    ASSERT_TRUE(forecast.note(at + i * 3600 * kNsPerSec, 1'000'000 + i * 1000u).ok());
  EXPECT_NEAR(*forecast.days_until_full(240'000), 10, 0.01);
  DiskForecast after_restart(env, "/data/growth");
  EXPECT_NEAR(*after_restart.days_until_full(240'000), 10, 0.01);
}

TEST(DiskForecast, SaysNothingOfADiskThatDoesNotGrow) {
  io::MemoryEnv env;
  ASSERT_TRUE(env.make_directories("/data").ok());
  DiskForecast forecast(env, "/data/growth");
  WallTime at{1'700'000'000 * kNsPerSec};
  for (int i = 0; i < 10; ++i)
    ASSERT_TRUE(forecast.note(at + i * DiskForecast::kEveryNs, 1'000'000 - static_cast<uint64_t>(i)).ok());
  EXPECT_EQ(forecast.days_until_full(1), std::nullopt);
}

TEST(DiskForecast, ForgetsWhatIsOldOrToCome) {
  io::MemoryEnv env;
  ASSERT_TRUE(env.make_directories("/data").ok());
  WallTime at{1'700'000'000 * kNsPerSec};
  DiskForecast forecast(env, "/data/growth");
  ASSERT_TRUE(forecast.note(at, 0).ok());
  // A month later the old sample says nothing about these days.
  WallTime later = at + 4 * DiskForecast::kKeptNs;
  ASSERT_TRUE(forecast.note(later, 1'000'000'000).ok());
  EXPECT_EQ(forecast.days_until_full(1), std::nullopt);
  ASSERT_TRUE(forecast.note(later + 2 * DiskForecast::kLeastNs, 1'000'001'000).ok());
  EXPECT_TRUE(forecast.days_until_full(1).has_value());
  ASSERT_TRUE(forecast.note(at, 5).ok());  // the clock went back
  EXPECT_EQ(forecast.days_until_full(1), std::nullopt);
}

}  // namespace
}  // namespace ew::node
