#include "auth/password_hasher.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>
#include <vector>

namespace ew::auth {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

PasswordHasher::Parameters quick() {
  return {.passes = 1, .memory_bytes = 8192, .at_once = 2, .waiting_max = 32};
}

TEST(PasswordHasher, HashesWithArgon2idAndSaysHow) {
  PasswordHasher hasher(quick());
  ASSERT_TRUE(hasher.prepare().ok());
  auto hash = hasher.hash("secret words here");
  ASSERT_TRUE(hash.ok());
  EXPECT_THAT(*hash, StartsWith("$argon2id$v=19$m=8,t=1,p=1$"));
  EXPECT_NE(*hash, *hasher.hash("secret words here"));  // salted
  EXPECT_TRUE(*hasher.verify(*hash, "secret words here"));
  EXPECT_FALSE(*hasher.verify(*hash, "secret words her"));
  EXPECT_FALSE(*hasher.verify(*hash, ""));
  EXPECT_FALSE(*hasher.verify(std::nullopt, "secret words here"));
  EXPECT_FALSE(*hasher.verify("no hash", "secret words here"));
}

TEST(PasswordHasher, WithoutAHashTheWorkIsTheSame) {
  PasswordHasher hasher(quick());
  ASSERT_TRUE(hasher.prepare().ok());
  auto hash = hasher.hash("secret words here");
  uint64_t before = hasher.hashings();
  (void)*hasher.verify(*hash, "wrong");
  EXPECT_EQ(hasher.hashings(), before + 1);
  (void)*hasher.verify(std::nullopt, "wrong");
  EXPECT_EQ(hasher.hashings(), before + 2);

  // Not only counted: with parameters that take long, it takes as long.
  auto slow = quick();
  slow.passes = 200;
  slow.memory_bytes = 1024 * 1024;
  PasswordHasher strong(slow);
  ASSERT_TRUE(strong.prepare().ok());
  auto strong_hash = strong.hash("secret words here");
  auto seconds_of = [&](const std::optional<std::string>& compared) {
    double least = 1e9;
    for (int i = 0; i < 5; ++i) {
      timespec began{}, ended{};
      clock_gettime(CLOCK_THREAD_CPUTIME_ID, &began);
      (void)*strong.verify(compared, "wrong");
      clock_gettime(CLOCK_THREAD_CPUTIME_ID, &ended);
      least = std::min(least, static_cast<double>(ended.tv_sec - began.tv_sec) +
                                  static_cast<double>(ended.tv_nsec - began.tv_nsec) * 1e-9);
    }
    return least;
  };
  const double known = seconds_of(*strong_hash), unknown = seconds_of(std::nullopt);
  EXPECT_GT(unknown, known * 0.5);
  EXPECT_LT(unknown, known * 2);
}

TEST(PasswordHasher, KnowsHashesOfOtherParameters) {
  PasswordHasher hasher(quick());
  auto stronger = quick();
  stronger.passes = 2;
  PasswordHasher next(stronger);
  ASSERT_TRUE(hasher.prepare().ok() && next.prepare().ok());
  auto hash = hasher.hash("secret words here");
  EXPECT_FALSE(hasher.is_outdated(*hash));
  EXPECT_TRUE(next.is_outdated(*hash));
  EXPECT_TRUE(*next.verify(*hash, "secret words here"));
}

TEST(PasswordHasher, NeverRunsMoreThanItsPlaces) {
  auto parameters = quick();
  parameters.passes = 60;
  parameters.memory_bytes = 1024 * 1024;
  parameters.at_once = 1;
  parameters.waiting_max = 0;
  PasswordHasher hasher(parameters);
  ASSERT_TRUE(hasher.prepare().ok());
  std::atomic<int> done = 0, busy = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&] {
      auto hash = hasher.hash("secret words here");
      ++(hash.ok() ? done : busy);
      EXPECT_TRUE(hash.ok() || hash.error().problem == Problem::kBusy);
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_GE(done, 1);
  EXPECT_GE(busy, 1);
  EXPECT_EQ(done + busy, 8);
  EXPECT_TRUE(hasher.hash("secret words here").ok());  // the place is free again
}

TEST(PasswordRules, SayWhatIsWrong) {
  auto weakness = [](std::string_view password) {
    auto problem = weakness_of(password, "administrator-of-it");
    return problem ? std::string(name_of(*problem)) : "fine";
  };
  EXPECT_EQ(weakness(""), "password_too_short");
  EXPECT_EQ(weakness("elevenchars"), "password_too_short");
  EXPECT_EQ(weakness("twelve chars"), "fine");
  EXPECT_EQ(weakness("ďščřžýáíéňťó"), "fine");  // characters, not bytes
  EXPECT_EQ(weakness("ďščřžýáíéňť"), "password_too_short");
  EXPECT_EQ(weakness(std::string(998, 'x') + "yz"), "fine");
  EXPECT_EQ(weakness(std::string(999, 'x') + "yz"), "password_too_long");
  EXPECT_EQ(weakness("Administrator-Of-IT"), "password_is_name");
  EXPECT_EQ(weakness("Password1234"), "password_too_common");
  EXPECT_EQ(weakness("aaaaaaaaaaaaaaaa"), "password_too_common");
}

}  // namespace
}  // namespace ew::auth
