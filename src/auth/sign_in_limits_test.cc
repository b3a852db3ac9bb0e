#include "auth/sign_in_limits.h"

#include <gtest/gtest.h>

namespace ew::auth {
namespace {

IpAddress address(const std::string& text) { return *IpAddress::parse(text); }
IpAddress numbered(uint8_t a, uint8_t b) { return IpAddress::v4(std::array<uint8_t, 4>{10, 0, a, b}); }

class SignInLimitsTest : public ::testing::Test {
 protected:
  // How many of `count` attempts may be made at once.
  int allowed(const std::string& name, const IpAddress& source, int count) {
    int made = 0;
    for (int i = 0; i < count; ++i) made += limits_.attempt(name, source) == 0;
    return made;
  }
  FakeClock clock_{{1'000 * kNsPerSec}};
  SignInLimits limits_{clock_};
};

TEST_F(SignInLimitsTest, ANameFromOneSourceIsHeldUpAndLetGoAgain) {
  EXPECT_EQ(allowed("anna", address("192.0.2.1"), 100), 6);
  int64_t wait = limits_.attempt("anna", address("192.0.2.1"));
  EXPECT_GT(wait, 0);
  clock_.advance((wait - 1) * kNsPerSec);
  EXPECT_GT(limits_.attempt("anna", address("192.0.2.1")), 0);
  clock_.advance(kNsPerSec);
  EXPECT_EQ(allowed("anna", address("192.0.2.1"), 100), 1);
  clock_.advance(3'600 * kNsPerSec);
  EXPECT_EQ(allowed("anna", address("192.0.2.1"), 100), 6);
}

TEST_F(SignInLimitsTest, ASourceIsHeldUpOverAllNames) {
  int made = 0;
  for (int i = 0; i < 100; ++i)
    made += limits_.attempt("name" + std::to_string(i), address("192.0.2.1")) == 0;
  EXPECT_EQ(made, 30);
  EXPECT_GT(limits_.attempt("boris", address("192.0.2.1")), 0);
  EXPECT_EQ(limits_.attempt("boris", address("192.0.2.2")), 0);
}

TEST_F(SignInLimitsTest, OneAddressCannotLockSomebodyOutElsewhere) {
  for (int minute = 0; minute < 600; ++minute) {
    (void)allowed("anna", address("198.51.100.7"), 20);
    clock_.advance(60 * kNsPerSec);
  }
  EXPECT_EQ(limits_.attempt("anna", address("192.0.2.1")), 0);
}

TEST_F(SignInLimitsTest, ManyAddressesCannotLockOutWhoSignedInBefore) {
  ASSERT_EQ(limits_.attempt("anna", address("192.0.2.1")), 0);
  limits_.succeeded("anna", address("192.0.2.1"));
  int made = 0;
  for (uint8_t i = 0; i < 200; ++i) made += allowed("anna", numbered(0, i), 6);
  EXPECT_LT(made, 70);  // the name is held up for everybody else
  EXPECT_GT(limits_.attempt("anna", address("192.0.2.9")), 0);
  EXPECT_EQ(limits_.attempt("anna", address("192.0.2.1")), 0);
}

TEST_F(SignInLimitsTest, SuccessGivesTheAttemptsBack) {
  for (int i = 0; i < 20; ++i) {
    EXPECT_EQ(limits_.attempt("anna", address("192.0.2.1")), 0) << i;
    limits_.succeeded("anna", address("192.0.2.1"));
  }
}

TEST_F(SignInLimitsTest, ANetworkOfIpv6IsOneSource) {
  EXPECT_EQ(allowed("anna", address("2001:db8::1"), 6), 6);
  EXPECT_GT(limits_.attempt("anna", address("2001:db8::2")), 0);
  EXPECT_EQ(limits_.attempt("anna", address("2001:db8:0:1::2")), 0);
}

TEST(TokenBuckets, ForgetsTheOneUnusedForLongest) {
  TokenBuckets buckets({2, kNsPerSec}, 3);
  for (const char* key : {"a", "b", "c", "a", "d"}) buckets.take(key, 0);
  EXPECT_EQ(buckets.size(), 3u);
  EXPECT_GT(buckets.wait_ns("a", 0), 0);  // taken twice
  EXPECT_EQ(buckets.wait_ns("b", 0), 0);
  buckets.take("b", 0);
  EXPECT_EQ(buckets.wait_ns("b", 0), 0);  // its first was forgotten
  for (int i = 0; i < 10'000; ++i) buckets.take(std::to_string(i), 0);
  EXPECT_EQ(buckets.size(), 3u);
}

}  // namespace
}  // namespace ew::auth
