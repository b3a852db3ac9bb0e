#include "node/media_ports.h"

#include <gtest/gtest.h>

namespace ew::node {
namespace {

using State = srs::MediaPort::State;
using Verdict = MediaPorts::Verdict;

Endpoint at(const char* text) { return *Endpoint::parse(text); }

constexpr uint32_t kReader = 3;

class MediaPortsTest : public testing::Test {
 protected:
  Verdict judge(const char* source, const char* destination = "10.0.0.1:20000") {
    Datagram datagram;
    datagram.source = at(source);
    datagram.destination = at(destination);
    datagram.at = {now_ns_};
    datagram.ref.capture = kReader;
    return ports_.judge(datagram);
  }
  void set(const srs::MediaPort& rule, uint32_t reader = kReader) { ports_.set(rule, {now_ns_}, reader); }
  srs::MediaPort rule(State state, const char* source, uint64_t session = 1) {
    srs::MediaPort rule;
    rule.local = rule.advertised = at("10.0.0.1:20000");
    rule.state = state;
    rule.session = session;
    if (source) rule.source = at(source);
    return rule;
  }
  MediaPorts ports_;
  int64_t now_ns_ = 1'000;
};

TEST_F(MediaPortsTest, AdmitsTheNegotiatedSourceAlone) {
  EXPECT_EQ(judge("10.0.0.2:4000"), Verdict::kOther);
  set(rule(State::kOpen, "10.0.0.2:4000"));
  EXPECT_EQ(judge("10.0.0.2:4000"), Verdict::kAdmitted);
  EXPECT_EQ(judge("10.0.0.2:4002"), Verdict::kForeign);
  EXPECT_EQ(judge("10.0.0.3:4000"), Verdict::kForeign);
  EXPECT_EQ(judge("10.0.0.2:4000", "10.0.0.1:20002"), Verdict::kOther);
  EXPECT_EQ(judge("10.0.0.1:20000", "10.0.0.2:4000"), Verdict::kOurs);
  EXPECT_EQ(ports_.refused(at("10.0.0.1:20000"))->foreign, 2u);
}

TEST_F(MediaPortsTest, LocksAnUnsaidPortToTheFirst) {
  set(rule(State::kOpen, "10.0.0.2:0"));
  EXPECT_EQ(judge("10.0.0.3:4000"), Verdict::kForeign);
  EXPECT_EQ(judge("10.0.0.2:4000"), Verdict::kAdmitted);
  EXPECT_EQ(judge("10.0.0.2:4002"), Verdict::kForeign);
  // The same rule said again changes nothing, another source begins anew.
  set(rule(State::kOpen, "10.0.0.2:0"));
  EXPECT_EQ(judge("10.0.0.2:4002"), Verdict::kForeign);
  set(rule(State::kOpen, "10.0.0.4:0"));
  EXPECT_EQ(judge("10.0.0.4:4002"), Verdict::kAdmitted);
  EXPECT_EQ(judge("10.0.0.2:4000"), Verdict::kForeign);
}

TEST_F(MediaPortsTest, LearnsOnlyWhereItMay) {
  auto learning = rule(State::kOpen, "10.0.0.2:4000");
  learning.learn = true;
  set(learning);
  EXPECT_EQ(judge("192.0.2.9:777"), Verdict::kAdmitted);
  EXPECT_EQ(judge("10.0.0.2:4000"), Verdict::kForeign);
  set(rule(State::kOpen, nullptr, 2));
  EXPECT_EQ(judge("192.0.2.9:777"), Verdict::kForeign);
}

TEST_F(MediaPortsTest, CountsWhatComesWhileItIsPausedOrClosed) {
  set(rule(State::kOpen, "10.0.0.2:0"));
  EXPECT_EQ(judge("10.0.0.2:4000"), Verdict::kAdmitted);
  set(rule(State::kPaused, "10.0.0.2:0"));
  EXPECT_EQ(judge("10.0.0.2:4000"), Verdict::kPaused);
  EXPECT_EQ(judge("10.0.0.3:4000"), Verdict::kForeign);
  set(rule(State::kOpen, "10.0.0.2:0"));
  EXPECT_EQ(judge("10.0.0.2:4000"), Verdict::kAdmitted);
  set(rule(State::kClosed, "10.0.0.2:0"));
  EXPECT_EQ(judge("10.0.0.2:4000"), Verdict::kClosed);
  const MediaPorts::Refused* refused = ports_.refused(at("10.0.0.1:20000"));
  EXPECT_EQ(refused->foreign, 1u);
  EXPECT_EQ(refused->paused, 1u);
  EXPECT_EQ(refused->closed, 1u);
  // The next session of the port starts at nothing.
  set(rule(State::kOpen, "10.0.0.9:0", 2));
  EXPECT_EQ(refused->closed, 0u);
}

// A ring gives packets later than the SIP server its rules.
TEST_F(MediaPortsTest, WhatArrivedBeforeARuleIsJudgedByTheOneBefore) {
  set(rule(State::kOpen, "10.0.0.2:0"));
  now_ns_ = 2'000;
  set(rule(State::kPaused, "10.0.0.2:0"));
  now_ns_ = 1'999;
  EXPECT_EQ(judge("10.0.0.2:4000"), Verdict::kAdmitted);
  // It was the first that is read, and locks the port for what comes after, too.
  now_ns_ = 2'000;
  EXPECT_EQ(judge("10.0.0.2:4002"), Verdict::kForeign);
  EXPECT_EQ(judge("10.0.0.2:4000"), Verdict::kPaused);
  now_ns_ = 3'000;
  set(rule(State::kClosed, nullptr));
  EXPECT_EQ(judge("10.0.0.2:4000"), Verdict::kClosed);
  now_ns_ = 2'999;
  EXPECT_EQ(judge("10.0.0.2:4000"), Verdict::kPaused);
  EXPECT_EQ(judge("10.0.0.2:4002"), Verdict::kForeign);
  // What came before a session began is not its own.
  now_ns_ = 4'000;
  set(rule(State::kOpen, "10.0.0.2:0", 2));
  now_ns_ = 3'999;
  EXPECT_EQ(judge("10.0.0.2:4000"), Verdict::kClosed);
}

TEST_F(MediaPortsTest, TakesEachPortFromOneSource) {
  set(rule(State::kOpen, "10.0.0.2:0"), kReader + 1);
  EXPECT_EQ(judge("10.0.0.2:4000"), Verdict::kElsewhere);
  set(rule(State::kOpen, "10.0.0.2:0"), kReader);
  EXPECT_EQ(judge("10.0.0.2:4000"), Verdict::kAdmitted);
}

TEST_F(MediaPortsTest, KnowsTheSameNumberOnSeveralAddresses) {
  auto other = rule(State::kOpen, "10.0.0.3:0", 2);
  other.local = at("[::1]:20000");
  set(rule(State::kOpen, "10.0.0.2:0"));
  set(other);
  EXPECT_EQ(judge("10.0.0.2:4000"), Verdict::kAdmitted);
  EXPECT_EQ(judge("10.0.0.2:4000", "[::1]:20000"), Verdict::kForeign);
  EXPECT_EQ(judge("10.0.0.3:4000", "[::1]:20000"), Verdict::kAdmitted);
  EXPECT_EQ(judge("10.0.0.3:4000", "10.0.0.9:20000"), Verdict::kOther);
}

}  // namespace
}  // namespace ew::node
