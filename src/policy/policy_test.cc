#include "policy/policy.h"

#include <gtest/gtest.h>

#include <set>

namespace ew::policy {
namespace {

constexpr WallTime kStatutoryEnd{1'000}, kRetentionEnd{2'000};

Keeping keeping(unsigned facts) {
  Keeping k;
  k.holds = facts & 1 ? 2 : 0;
  if (facts & 2) k.statutory_until = kStatutoryEnd;
  k.restricted = facts & 4;
  k.erasure_requested = facts & 8;
  if (facts & 16) k.retention_until = kRetentionEnd;
  return k;
}

// The rules as a table, each with what it needs and what it says, in their order: the test's own statement of
// the law.
Removal expected(unsigned facts, WallTime now) {
  struct Rule {
    bool applies;
    Removal says;
  };
  const Rule rules[] = {
      {(facts & 1) != 0, Removal::kKeepHold},
      {(facts & 2) && now.ns < 1'000, Removal::kKeepStatutory},
      {(facts & 4) != 0, Removal::kKeepRestricted},
      {(facts & 8) != 0, Removal::kErase},
      {(facts & 16) && now.ns < 2'000, Removal::kKeepRetention},
      {(facts & 16) && now.ns >= 2'000, Removal::kExpired},
  };
  for (const Rule& rule : rules)
    if (rule.applies) return rule.says;
  return Removal::kKeepForever;
}

TEST(MayDestroy, AllCombinationsAtAllTimes) {
  std::set<Removal> seen;
  for (unsigned facts = 0; facts < 32; ++facts) {
    for (int64_t now : {0, 999, 1'000, 1'001, 1'999, 2'000, 2'001, 1'000'000}) {
      Removal removal = may_destroy(keeping(facts), WallTime{now});
      EXPECT_EQ(removal, expected(facts, WallTime{now})) << "facts " << facts << " at " << now;
      seen.insert(removal);
    }
  }
  EXPECT_EQ(seen.size(), 7u);
}

TEST(MayDestroy, AHoldBeatsEverything) {
  for (unsigned facts = 1; facts < 32; facts += 2)
    EXPECT_FALSE(is_removal(may_destroy(keeping(facts), WallTime{1'000'000})));
}

TEST(MayDestroy, NothingIsRemovedWithoutARequestOrAnEnd) {
  for (unsigned facts : {0u, 1u, 2u, 3u, 4u, 5u, 6u, 7u})
    EXPECT_FALSE(is_removal(may_destroy(keeping(facts), WallTime{INT64_MAX})));
}

TEST(MayDestroy, EachDecisionHasAName) {
  std::set<std::string_view> names;
  for (int i = 0; i <= static_cast<int>(Removal::kExpired); ++i)
    names.insert(name_of(static_cast<Removal>(i)));
  EXPECT_EQ(names.size(), 7u);
}

}  // namespace
}  // namespace ew::policy
