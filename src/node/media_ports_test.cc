#include "node/media_ports.h"

#include <gtest/gtest.h>

namespace ew::node {
namespace {

using State = srs::MediaPort::State;
using Verdict = MediaPorts::Verdict;

Endpoint at(const char* text) { return *Endpoint::parse(text); }

class MediaPortsTest : public testing::Test {
 protected:
  Verdict judge(const char* source, const char* destination = "10.0.0.1:20000") {
    Datagram datagram;
    datagram.source = at(source);
    datagram.destination = at(destination);
    return ports_.judge(datagram);
  }
  srs::MediaPort rule(State state, const char* source, uint64_t session = 1) {
    srs::MediaPort rule;
    rule.local = rule.advertised = at("10.0.0.1:20000");
    rule.state = state;
    rule.session = session;
    if (source) rule.source = at(source);
    return rule;
  }
  MediaPorts ports_;
};

TEST_F(MediaPortsTest, AdmitsTheNegotiatedSourceAlone) {
  EXPECT_EQ(judge("10.0.0.2:4000"), Verdict::kOther);
  ports_.set(rule(State::kOpen, "10.0.0.2:4000"));
  EXPECT_EQ(judge("10.0.0.2:4000"), Verdict::kAdmitted);
  EXPECT_EQ(judge("10.0.0.2:4002"), Verdict::kForeign);
  EXPECT_EQ(judge("10.0.0.3:4000"), Verdict::kForeign);
  EXPECT_EQ(judge("10.0.0.2:4000", "10.0.0.1:20002"), Verdict::kOther);
  EXPECT_EQ(judge("10.0.0.1:20000", "10.0.0.2:4000"), Verdict::kOurs);
  EXPECT_EQ(ports_.refused(at("10.0.0.1:20000"))->foreign, 2u);
}

TEST_F(MediaPortsTest, LocksAnUnsaidPortToTheFirst) {
  ports_.set(rule(State::kOpen, "10.0.0.2:0"));
  EXPECT_EQ(judge("10.0.0.3:4000"), Verdict::kForeign);
  EXPECT_EQ(judge("10.0.0.2:4000"), Verdict::kAdmitted);
  EXPECT_EQ(judge("10.0.0.2:4002"), Verdict::kForeign);
  // The same rule said again changes nothing, another source begins anew.
  ports_.set(rule(State::kOpen, "10.0.0.2:0"));
  EXPECT_EQ(judge("10.0.0.2:4002"), Verdict::kForeign);
  ports_.set(rule(State::kOpen, "10.0.0.4:0"));
  EXPECT_EQ(judge("10.0.0.4:4002"), Verdict::kAdmitted);
  EXPECT_EQ(judge("10.0.0.2:4000"), Verdict::kForeign);
}

TEST_F(MediaPortsTest, LearnsOnlyWhereItMay) {
  auto learning = rule(State::kOpen, "10.0.0.2:4000");
  learning.learn = true;
  ports_.set(learning);
  EXPECT_EQ(judge("192.0.2.9:777"), Verdict::kAdmitted);
  EXPECT_EQ(judge("10.0.0.2:4000"), Verdict::kForeign);
  ports_.set(rule(State::kOpen, nullptr, 2));
  EXPECT_EQ(judge("192.0.2.9:777"), Verdict::kForeign);
}

TEST_F(MediaPortsTest, CountsWhatComesWhileItIsPausedOrClosed) {
  ports_.set(rule(State::kOpen, "10.0.0.2:0"));
  EXPECT_EQ(judge("10.0.0.2:4000"), Verdict::kAdmitted);
  ports_.set(rule(State::kPaused, "10.0.0.2:0"));
  EXPECT_EQ(judge("10.0.0.2:4000"), Verdict::kPaused);
  EXPECT_EQ(judge("10.0.0.3:4000"), Verdict::kForeign);
  ports_.set(rule(State::kOpen, "10.0.0.2:0"));
  EXPECT_EQ(judge("10.0.0.2:4000"), Verdict::kAdmitted);
  ports_.set(rule(State::kClosed, "10.0.0.2:0"));
  EXPECT_EQ(judge("10.0.0.2:4000"), Verdict::kClosed);
  const MediaPorts::Refused* refused = ports_.refused(at("10.0.0.1:20000"));
  EXPECT_EQ(refused->foreign, 1u);
  EXPECT_EQ(refused->paused, 1u);
  EXPECT_EQ(refused->closed, 1u);
  // The next session of the port starts at nothing.
  ports_.set(rule(State::kOpen, "10.0.0.9:0", 2));
  EXPECT_EQ(refused->closed, 0u);
}

}  // namespace
}  // namespace ew::node
