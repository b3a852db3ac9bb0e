#include "call/witnesses.h"

#include <gtest/gtest.h>

#include <deque>

#include "call/call.h"
#include "call/roster.h"

namespace ew::call {
namespace {

constexpr WallTime kNow{1'000'000 * kNsPerSec};

class WitnessesTest : public ::testing::Test {
 protected:
  Call& call(bool by_session, const Witnesses::Names& names, WallTime since = kNow) {
    Call& made = calls_.emplace_back();
    made.record.call_id = CallId(Uuid::v7(since, Bytes(16, static_cast<uint8_t>(calls_.size()))));
    made.record.start_at = since;
    if (by_session) made.roster = std::make_unique<Roster>();
    witnesses.note(made, names);
    return made;
  }
  Call& captured(const std::string& from, const std::string& to) { return call(false, {{}, {from, to}}); }
  Call* found(const std::string& one, const std::string& other) {
    return witnesses.find(true, {{}, {one, other}}, kNow);
  }

  Witnesses witnesses;

 private:
  std::deque<Call> calls_;
};

TEST_F(WitnessesTest, ByTheTwoParties) {
  Call& one = captured("4100", "+44 20 7183 8750");
  captured("4200", "+44 20 7183 8750");
  EXPECT_EQ(found("4100", "442071838750"), &one);
  EXPECT_EQ(found("02071838750", "4100"), &one) << "in national notation, and the other way round";
  EXPECT_EQ(found("4100", "442071838751"), nullptr);
  EXPECT_EQ(found("4101", "442071838750"), nullptr);
  EXPECT_EQ(found("4100", ""), nullptr);
}

TEST_F(WitnessesTest, NamesAreComparedWhole) {
  Call& one = captured("emma.miller", "Jon");
  EXPECT_EQ(found("Emma.Miller", "jon"), &one);
  EXPECT_EQ(found("miller", "jon"), nullptr);
}

TEST_F(WitnessesTest, WhoIsNobodyProvesNothing) {
  captured("anonymous", "4100");
  EXPECT_EQ(found("anonymous", "4100"), nullptr);
  captured("4100", "4100");
  EXPECT_EQ(found("4100", "4100"), nullptr);
}

TEST_F(WitnessesTest, TwoCallsOfTheSamePartiesAreNeither) {
  Call& one = captured("4100", "4200");
  Call& other = captured("4200", "4100");
  EXPECT_EQ(found("4100", "4200"), nullptr);
  other.ended = true;
  EXPECT_EQ(found("4100", "4200"), &one);
  one.ended = true;
  EXPECT_EQ(found("4100", "4200"), nullptr) << "what is over is witnessed by nobody";
}

TEST_F(WitnessesTest, ByAnIdBeforeAllElse) {
  Call& one = call(false, {{"call-id@pbx", "ab30317f1a784dc48ff824d0d3715d86"}, {"4100", "4200"}});
  captured("4100", "4200");
  EXPECT_EQ(witnesses.find(true, {{"other", "call-id@pbx"}, {"4100", "4200"}}, kNow), &one);
  EXPECT_EQ(witnesses.find(true, {{"ab30317f1a784dc48ff824d0d3715d86"}, {}}, kNow), &one);
  EXPECT_EQ(witnesses.find(true, {{"", "other"}, {}}, kNow), nullptr);
}

TEST_F(WitnessesTest, OnlyWhatCameTheOtherWay) {
  Call& one = captured("4100", "4200");
  Call& session = call(true, {{}, {"4100", "4200"}});
  EXPECT_EQ(witnesses.find(true, {{}, {"4100", "4200"}}, kNow), &one);
  EXPECT_EQ(witnesses.find(false, {{}, {"4100", "4200"}}, kNow), &session);
  EXPECT_EQ(witnesses.find(false, {{}, {"4100", "4200"}}, kNow + (Witnesses::kAheadNs + 1)), nullptr)
      << "a session of an earlier call of theirs";
}

TEST_F(WitnessesTest, WhatIsForgottenIsNotFound) {
  Call& one = captured("4100", "4200");
  witnesses.forget(one);
  witnesses.forget(one);
  EXPECT_EQ(found("4100", "4200"), nullptr);
}

}  // namespace
}  // namespace ew::call
