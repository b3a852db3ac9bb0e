#include "node/known_sessions.h"

#include <gtest/gtest.h>

#include "crypto/crypto.h"
#include "io/fault_env.h"
#include "io/memory_env.h"

namespace ew::node {
namespace {

class KnownSessionsTest : public testing::Test {
 protected:
  KnownSessionsTest() { EXPECT_TRUE(env_.make_directories("/data").ok()); }
  KnownSessions open() { return KnownSessions(env_, "/data/sessions", now_); }
  CallId call() { return CallId(crypto::random_uuid(now_)); }
  std::string file() { return std::string(as_text(io::read_file(env_, "/data/sessions", 8 << 20).value())); }

  io::MemoryEnv env_;
  WallTime now_{1'772'442'000 * kNsPerSec};
};

TEST_F(KnownSessionsTest, ACallThatWentOnIsFoundOnceByAnyOfItsIds) {
  const CallId one = call(), other = call();
  {
    KnownSessions before = open();
    before.add({"session 1", "leg 1"}, one);
    before.add({"session 2"}, other);
    EXPECT_FALSE(before.take({"session 1"})) << "what goes on in this run the engine knows";
  }
  EXPECT_EQ(file().find("session"), std::string::npos) << "hashes";
  KnownSessions after = open();
  EXPECT_FALSE(after.take({"session 3"}));
  EXPECT_EQ(after.take({"no id", "leg 1"}), one);
  EXPECT_FALSE(after.take({"session 1"})) << "from now on it is a call of this run";
  EXPECT_EQ(after.take({"session 2"}), other);
}

TEST_F(KnownSessionsTest, WhatIsOverIsForgotten) {
  const CallId over = call(), old = call();
  {
    KnownSessions before = open();
    before.add({"over"}, over);
    before.add({"old"}, old);
    before.remove(over);
  }
  now_.ns += KnownSessions::kRemembered - kNsPerSec;
  {
    KnownSessions after = open();
    EXPECT_FALSE(after.take({"over"}));
    EXPECT_EQ(after.take({"old"}), old) << "and a second crash leaves it in the file";
  }
  now_.ns += 2 * kNsPerSec;
  EXPECT_FALSE(open().take({"old"}));
}

TEST_F(KnownSessionsTest, TheFileStaysInProportionToWhatGoesOn) {
  KnownSessions sessions = open();
  const CallId stays = call();
  sessions.add({"stays"}, stays);
  for (int i = 0; i < 30'000; ++i) {
    const CallId passes = call();
    sessions.add({std::to_string(i)}, passes);
    sessions.remove(passes);
  }
  sessions.settle();
  EXPECT_LT(file().size(), 2u << 20);
  EXPECT_TRUE(sessions.status().ok());
  EXPECT_EQ(open().take({"stays"}), stays);
}

TEST_F(KnownSessionsTest, DamagedLinesArePassedOver) {
  const CallId good = call();
  { open().add({"good"}, good); }
  std::string text = file();
  for (const std::string& damage : {std::string("+ x y\n"), std::string("\n\n- \n"), std::string("+ 00"),
                                    std::string(5, '\0') + "\n", "- " + good.text()}) {
    auto written = io::write_file(env_, "/data/sessions", as_bytes(text + damage));
    ASSERT_TRUE(written.ok());
    EXPECT_EQ(open().take({"good"}), good) << damage;
  }
}

TEST(KnownSessions, ADiskThatFailsCostsTheJoiningOnly) {
  io::MemoryEnv env;
  KnownSessions sessions(env, "/nonexistent/sessions", WallTime{});
  const CallId call(crypto::random_uuid(WallTime{}));
  sessions.add({"x"}, call);
  sessions.remove(call);
  EXPECT_FALSE(sessions.take({"x"}));
}

}  // namespace
}  // namespace ew::node
