#include "base/log.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <algorithm>
#include <cstring>

namespace ew {
namespace {

class LogTest : public testing::Test {
 protected:
  LogTest() {
    int ends[2];
    EXPECT_EQ(::pipe2(ends, O_CLOEXEC | O_NONBLOCK), 0);
    out_ = Descriptor(ends[0]);
    in_ = Descriptor(ends[1]);
  }
  Log::Options options(LogFormat format, LogLevel level = LogLevel::kInfo) {
    return {format, level, "keeper", in_.get(), ""};
  }
  std::string written() {
    char buffer[8192];
    ssize_t got = ::read(out_.get(), buffer, sizeof buffer);
    return got > 0 ? std::string(buffer, static_cast<size_t>(got)) : "";
  }

  FakeClock clock_{WallTime{1'700'000'000 * kNsPerSec}};
  Descriptor out_, in_;
};

TEST_F(LogTest, TextIsOneLineWithFields) {
  Log log(clock_, options(LogFormat::kText));
  log.warning("The disk is filling", {{"path", "/data"}, {"percent", "91"}});
  EXPECT_EQ(written(),
            "2023-11-14T22:13:20.000000Z warning keeper: The disk is filling; path=/data percent=91\n");
}

TEST_F(LogTest, NobodyForgesALine) {
  for (LogFormat format : {LogFormat::kText, LogFormat::kJson}) {
    Log log(clock_, options(format));
    log.info("User-Agent", {{"value", "x\r\n2026 error keeper: forged\x1b[31m\xc2\x9bred\xff\0"}});
    std::string line = written();
    EXPECT_EQ(std::count(line.begin(), line.end(), '\n'), 1);
    EXPECT_EQ(line.back(), '\n');
    for (char bad : {'\r', '\x1b', '\xff', '\x9b'}) EXPECT_EQ(line.find(bad), std::string::npos);
  }
}

TEST_F(LogTest, JsonEscapesQuotes) {
  Log log(clock_, options(LogFormat::kJson));
  log.error("say \"no\"", {{"path", "C:\\x"}});
  EXPECT_EQ(written(),
            "{\"time\":\"2023-11-14T22:13:20.000000Z\",\"level\":\"error\",\"process\":\"keeper\","
            "\"message\":\"say \\\"no\\\"\",\"path\":\"C:\\\\x\"}\n");
}

TEST_F(LogTest, WhatIsBelowTheLevelIsNotWritten) {
  Log log(clock_, options(LogFormat::kText, LogLevel::kWarning));
  log.notice("no");
  EXPECT_EQ(written(), "");
  log.set_level(LogLevel::kNotice);
  log.notice("yes");
  EXPECT_NE(written(), "");
}

TEST_F(LogTest, JournaldGetsItsOwnProtocol) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::string path = testing::TempDir() + "/journal-" + std::to_string(::getpid());
  std::strncpy(address.sun_path, path.c_str(), sizeof address.sun_path - 1);
  Descriptor socket(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  ::unlink(path.c_str());
  ASSERT_EQ(::bind(socket.get(), reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  Log log(clock_, {LogFormat::kJournald, LogLevel::kInfo, "keeper", in_.get(), path});
  log.notice("Started", {{"pid", "7\nPRIORITY=0"}});
  char buffer[1024];
  ssize_t got = ::recv(socket.get(), buffer, sizeof buffer, MSG_DONTWAIT);
  ::unlink(path.c_str());
  ASSERT_GT(got, 0);
  EXPECT_EQ(std::string(buffer, static_cast<size_t>(got)),
            "PRIORITY=5\nSYSLOG_IDENTIFIER=earwitness-keeper\nMESSAGE=Started; pid=7\\x0aPRIORITY=0\n"
            "EARWITNESS_PID=7\\x0aPRIORITY=0\n");
  EXPECT_EQ(written(), "");
}

TEST_F(LogTest, WithoutJournaldItIsText) {
  Log log(clock_, {LogFormat::kJournald, LogLevel::kInfo, "", in_.get(), "/nonexistent"});
  log.info("hello");
  EXPECT_EQ(written(), "2023-11-14T22:13:20.000000Z info hello\n");
}

TEST(LogLevel, HasNames) {
  EXPECT_EQ(log_level("notice"), LogLevel::kNotice);
  EXPECT_EQ(log_level("loud"), std::nullopt);
  EXPECT_EQ(name_of(LogLevel::kDebug), "debug");
}

}  // namespace
}  // namespace ew
