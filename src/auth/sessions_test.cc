#include "auth/sessions.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <random>

#include "auth/auth_testing.h"
#include "auth/totp.h"

namespace ew::auth {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

class SessionsTest : public ServiceTest {
 protected:
  void SetUp() override {
    ServiceTest::SetUp();
    anna_ = add("anna", {Role::kListener});
    add("boris", {Role::kAdministrator});
    acts_.take();
  }
  AccountId anna_;
};

TEST_F(SessionsTest, SigningInOpensASession) {
  auto session = opened("anna");
  EXPECT_EQ(session.token.size(), 43u);
  auto who = identity(session.token);
  ASSERT_TRUE(who.ok());
  EXPECT_EQ(who->account, anna_);
  EXPECT_EQ(who->permissions, permissions_of(Role::kListener));
  EXPECT_EQ(who->tenant, "default");
  EXPECT_EQ(who->expires_at, clock_.wall() + 12 * 3600 * kNsPerSec);
  EXPECT_TRUE(who->confirmed);
  EXPECT_THAT(acts_.take(), ElementsAre("session.opened ok"));
  EXPECT_EQ(acts_.all.back().actor, anna_.text());
  EXPECT_EQ((*workspace_->accounts().find(anna_))->last_sign_in_at, clock_.wall());
  EXPECT_TRUE(opened("ANNA").identity.session.has_value());  // names are in lower case
}

TEST_F(SessionsTest, WhoIsNotKnownGetsTheSameAnswerAfterTheSameWork) {
  ASSERT_TRUE(
      accounts().change(Identity::local("cli"), add("ivan", {Role::kListener}), {.disabled = true}).ok());
  acts_.take();
  for (const char* name : {"anna", "nobody", "ivan", "Not A Name!", ""}) {
    uint64_t before = service_->hasher().hashings();
    EXPECT_EQ(problem_of(sign_in(name, "wrong password!")), "wrong_credentials");
    EXPECT_EQ(service_->hasher().hashings(), before + 1) << name;
    EXPECT_THAT(acts_.take(), ElementsAre("session.refused denied reason=credentials"));
  }
  EXPECT_EQ(problem_of(sign_in("ivan")), "wrong_credentials");  // disabled, with the right password
}

double median(std::vector<double> values) {
  std::nth_element(values.begin(), values.begin() + static_cast<ptrdiff_t>(values.size() / 2), values.end());
  return values[values.size() / 2];
}

// Welch's t of two samples, without the slowest twentieth of each: what else the machine did then.
double welch_t(std::vector<double> a, std::vector<double> b) {
  double mean[2], variance_of_mean[2];
  for (auto* values : {&a, &b}) {
    std::sort(values->begin(), values->end());
    values->resize(values->size() * 19 / 20);
    const double count = static_cast<double>(values->size());
    const size_t i = values == &b;
    mean[i] = std::accumulate(values->begin(), values->end(), 0.0) / count;
    double squares = 0;
    for (double value : *values) squares += (value - mean[i]) * (value - mean[i]);
    variance_of_mean[i] = squares / (count - 1) / count;
  }
  return (mean[0] - mean[1]) / std::sqrt(variance_of_mean[0] + variance_of_mean[1]);
}

// REQUIREMENTS G14. With the cheapest hashing, so that it hides nothing of what differs otherwise.
TEST_F(SessionsTest, NobodyLearnsFromTheTimeWhoHasAnAccount) {
  constexpr int kTries = 10'000;
  const SystemClock real;
  std::vector<double> known, unknown;  // microseconds
  std::mt19937 random(1);
  while (known.size() < kTries || unknown.size() < kTries) {
    const bool is_known = random() % 2 == 0;
    pass(30);  // neither is held up for trying too often
    const int64_t began = real.monotonic_ns();
    auto refused = sign_in(is_known ? "anna" : "nobody", "wrong password!");
    (is_known ? known : unknown).push_back(static_cast<double>(real.monotonic_ns() - began) / 1000);
    ASSERT_EQ(problem_of(refused), "wrong_credentials");
    acts_.lines.clear();
    acts_.all.clear();
  }
  const double difference = median(known) - median(unknown);
  std::printf("medians %.1f and %.1f us, Welch's t %.1f\n", median(known), median(unknown),
              welch_t(known, unknown));
  EXPECT_LT(std::abs(difference), 1000);
}

TEST_F(SessionsTest, ActsNameNobody) {
  (void)sign_in("anna", "wrong password!");
  (void)sign_in("secretname", "wrong password!");
  (void)opened("anna");
  for (const Act& act : acts_.all) {
    std::string all = act.kind + act.actor;
    for (const auto& [key, value] : act.details) all += key + value;
    for (const char* word : {"anna", "secretname", "wrong password!", kPassword})
      EXPECT_THAT(all, Not(HasSubstr(word)));
  }
}

TEST_F(SessionsTest, NothingIsOpenedThatTheAuditLogDoesNotTell) {
  acts_.broken = true;
  EXPECT_EQ(problem_of(sign_in("anna")), "unavailable");
  EXPECT_EQ(problem_of(sign_in("anna", "wrong password!")), "unavailable");
  EXPECT_FALSE((*workspace_->accounts().find(anna_))->last_sign_in_at);
}

TEST_F(SessionsTest, OnlyTheHashOfATokenIsStored) {
  auto session = opened("anna");
  auto found = workspace_->sessions().find(session.identity.token_hash);
  ASSERT_TRUE(*found);
  EXPECT_NE((*found)->session.token_hash, session.token);
  EXPECT_EQ(problem_of(identity(session.identity.token_hash)), "not_signed_in");
  EXPECT_FALSE(*workspace_->sessions().find(session.token));
}

TEST_F(SessionsTest, WhatIsNoTokenIsNobody) {
  (void)opened("anna");
  for (const std::string& token :
       {std::string(), std::string("x"), std::string(43, 'A'), std::string(100'000, 'x'),
        std::string("' OR 1=1 --                                ")})
    EXPECT_EQ(problem_of(identity(token)), "not_signed_in");
  EXPECT_EQ(problem_of(sessions().authenticate({}, {})), "not_signed_in");
}

TEST_F(SessionsTest, ASessionGivenBeforehandIsNotTaken) {  // fixation
  std::string given(43, 'a');
  ASSERT_EQ(problem_of(identity(given)), "not_signed_in");
  auto session = opened("anna");
  EXPECT_NE(session.token, given);
  EXPECT_EQ(problem_of(identity(given)), "not_signed_in");
  EXPECT_NE(opened("anna").token, session.token);
}

TEST_F(SessionsTest, SigningOutEndsItForEver) {
  auto session = opened("anna"), other = opened("anna");
  auto who = identity(session.token);
  acts_.take();
  ASSERT_TRUE(sessions().sign_out(*who).ok());
  EXPECT_THAT(acts_.take(), ElementsAre("session.closed ok"));
  EXPECT_EQ(problem_of(identity(session.token)), "not_signed_in");  // replayed
  EXPECT_EQ(problem_of(sessions().confirm(*who, kPassword, {}, home_)), "not_signed_in");
  start();
  EXPECT_EQ(problem_of(identity(session.token)), "not_signed_in");
  EXPECT_EQ(problem_of(identity(other.token)), "ok");
}

TEST_F(SessionsTest, EndsWhenIdleAndAtLastWhateverHappens) {
  auto idle = opened("anna"), busy = opened("anna");
  for (int minutes = 0; minutes < 12 * 60; minutes += 10) {
    ASSERT_EQ(problem_of(identity(busy.token)), "ok") << minutes;
    ASSERT_TRUE(service_->tend().ok());
    pass(600);
    EXPECT_EQ(problem_of(sessions().authenticate(idle.token, {}, Sessions::Activity::kNone)),
              minutes == 0 ? "ok" : "not_signed_in");
  }
  EXPECT_EQ(problem_of(identity(busy.token)), "not_signed_in");
}

TEST_F(SessionsTest, IdleForAQuarterOfAnHourToTheSecond) {
  auto session = opened("anna");
  pass(15 * 60 - 1);
  EXPECT_EQ(problem_of(sessions().authenticate(session.token, {}, Sessions::Activity::kNone)), "ok");
  pass(1);
  EXPECT_EQ(problem_of(identity(session.token)), "not_signed_in");
}

TEST_F(SessionsTest, LivesOnThroughARestartWithItsActivity) {
  auto session = opened("anna");
  pass(14 * 60);
  ASSERT_TRUE(identity(session.token).ok());
  ASSERT_TRUE(service_->tend().ok());
  start();
  pass(14 * 60);
  EXPECT_EQ(problem_of(identity(session.token)), "ok");
}

TEST_F(SessionsTest, WritesActivityAtMostEveryHalfMinute) {
  auto session = opened("anna");
  auto written = [&] {
    return (*workspace_->sessions().find(session.identity.token_hash))->session.active_at;
  };
  const WallTime start = clock_.wall();
  for (int second = 0; second < 29; ++second) {
    pass(1);
    ASSERT_TRUE(identity(session.token).ok());
    ASSERT_TRUE(service_->tend().ok());
    EXPECT_EQ(written(), start);
  }
  pass(1);
  ASSERT_TRUE(identity(session.token).ok());
  ASSERT_TRUE(service_->tend().ok());
  EXPECT_EQ(written(), start + 30 * kNsPerSec);
}

TEST_F(SessionsTest, ConfirmingGivesANewTokenAndFiveMinutes) {
  auto session = opened("anna");
  pass(5 * 60);
  auto who = identity(session.token);
  EXPECT_FALSE(who->confirmed);
  EXPECT_EQ(problem_of(who->require_confirmed()), "confirmation_required");
  acts_.take();
  EXPECT_EQ(problem_of(sessions().confirm(*who, "wrong password!", {}, home_)), "wrong_credentials");
  EXPECT_EQ(problem_of(sessions().confirm(*who, {}, "123456", home_)), "wrong_credentials");
  EXPECT_EQ(problem_of(sessions().confirm(*who, {}, {}, home_)), "invalid_request");
  EXPECT_THAT(acts_.take(), ElementsAre("session.confirmed denied", "session.confirmed denied"));
  auto confirmed = sessions().confirm(*who, kPassword, {}, home_);
  ASSERT_TRUE(confirmed.ok());
  EXPECT_THAT(acts_.take(), ElementsAre("session.confirmed ok"));
  EXPECT_TRUE(confirmed->identity.confirmed);
  EXPECT_EQ(confirmed->identity.session, who->session);
  EXPECT_EQ(problem_of(identity(session.token)), "not_signed_in");
  EXPECT_TRUE(identity(confirmed->token)->confirmed);
  pass(5 * 60);
  EXPECT_FALSE(identity(confirmed->token)->confirmed);
}

TEST_F(SessionsTest, ConfirmingIsLimitedToo) {
  auto who = opened("anna").identity;
  int refused = 0;
  for (int i = 0; i < 20; ++i)
    refused += problem_of(sessions().confirm(who, "wrong password!", {}, home_)) == "too_many_attempts";
  EXPECT_EQ(refused, 14);
}

TEST_F(SessionsTest, CsrfTokensBelongToTheirSession) {
  auto one = opened("anna"), two = opened("anna");
  EXPECT_TRUE(sessions().check_csrf(one.identity, one.identity.csrf_token).ok());
  EXPECT_EQ(problem_of(sessions().check_csrf(one.identity, two.identity.csrf_token)), "wrong_csrf_token");
  EXPECT_EQ(problem_of(sessions().check_csrf(one.identity, "")), "wrong_csrf_token");
  EXPECT_EQ(problem_of(sessions().check_csrf({}, "")), "wrong_csrf_token");
  start();
  EXPECT_TRUE(sessions().check_csrf(*identity(one.token), one.identity.csrf_token).ok());
}

TEST_F(SessionsTest, GuessingIsHeldUpHereAndNotElsewhere) {
  int tried = 0;
  for (int i = 0; i < 50; ++i) tried += problem_of(sign_in("anna", "wrong password!")) == "wrong_credentials";
  EXPECT_EQ(tried, 6);
  auto held = sign_in("anna");
  EXPECT_EQ(problem_of(held), "too_many_attempts");
  EXPECT_GT(held.error().retry_after_sec, 0);
  EXPECT_TRUE(sessions().sign_in({"anna", kPassword, {}, elsewhere_}).ok());
  pass(held.error().retry_after_sec);
  EXPECT_TRUE(sign_in("anna").ok());
}

TEST_F(SessionsTest, RenewsAHashOfOlderParameters) {
  auto before = (*workspace_->accounts().find(anna_))->password_hash;
  auto stronger = quick_options();
  stronger.password.passes = 2;
  start(stronger);
  ASSERT_TRUE(sign_in("anna").ok());
  auto after = (*workspace_->accounts().find(anna_))->password_hash;
  EXPECT_NE(after, before);
  EXPECT_THAT(after, HasSubstr("t=2"));
  ASSERT_TRUE(sign_in("anna").ok());
  EXPECT_EQ((*workspace_->accounts().find(anna_))->password_hash, after);
}

TEST_F(SessionsTest, ADisabledAccountIsOutAtOnceAndStaysOut) {
  auto session = opened("anna");
  ASSERT_TRUE(accounts().change(Identity::local("cli"), anna_, {.disabled = true}).ok());
  EXPECT_EQ(problem_of(identity(session.token)), "not_signed_in");
  EXPECT_EQ(problem_of(sign_in("anna")), "wrong_credentials");
  ASSERT_TRUE(accounts().change(Identity::local("cli"), anna_, {.disabled = false}).ok());
  EXPECT_EQ(problem_of(identity(session.token)), "not_signed_in");
  EXPECT_EQ(problem_of(sign_in("anna")), "ok");
}

TEST_F(SessionsTest, EndedSessionsGoAway) {
  auto session = opened("anna");
  pass(17 * 60);
  ASSERT_TRUE(service_->tend().ok());
  EXPECT_FALSE(*workspace_->sessions().find(session.identity.token_hash));
}

// With a second factor.
class TotpSignIn : public SessionsTest {
 protected:
  void SetUp() override {
    SessionsTest::SetUp();
    auto who = opened("anna").identity;
    auto begun = accounts().begin_totp(who);
    ASSERT_TRUE(begun.ok());
    ASSERT_EQ(problem_of(accounts().begin_totp(who)), "ok");  // the first is void
    begun = accounts().begin_totp(who);
    secret_ = begun->secret;
    EXPECT_THAT(begun->uri, HasSubstr(secret_));
    acts_.take();
    EXPECT_EQ(problem_of(accounts().confirm_totp(who, "000000x")), "wrong_credentials");
    EXPECT_FALSE((*workspace_->accounts().find(anna_))->totp_secret);
    ASSERT_EQ(problem_of(accounts().confirm_totp(who, code())), "ok");
    EXPECT_THAT(acts_.take(), ElementsAre("account.totp_on ok"));
  }
  std::string code(int64_t step_from_now = 0) {
    constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    Bytes secret;
    uint64_t bits = 0;
    int count = 0;
    for (char c : secret_) {
      bits = bits << 5 | kAlphabet.find(c);
      count += 5;
      if (count >= 8) secret.push_back(static_cast<uint8_t>(bits >> (count -= 8)));
    }
    return totp_code(secret, totp_step(clock_.wall()) + step_from_now);
  }
  std::string secret_;
};

TEST_F(TotpSignIn, AsksForTheCodeOnceThePasswordIsRight) {
  EXPECT_EQ(problem_of(sign_in("anna", "wrong password!")), "wrong_credentials");
  EXPECT_EQ(problem_of(sign_in("anna", "wrong password!", code(1))), "wrong_credentials");
  EXPECT_EQ(problem_of(sign_in("anna")), "totp_required");
  EXPECT_EQ(problem_of(sign_in("anna", kPassword, "123")), "wrong_credentials");
  EXPECT_THAT(
      acts_.take(),
      ElementsAre("session.refused denied reason=credentials", "session.refused denied reason=credentials",
                  "session.refused denied reason=totp_required", "session.refused denied reason=totp"));
  pass(30);
  EXPECT_TRUE(opened("anna", code()).identity.totp);
}

TEST_F(TotpSignIn, TakesEachCodeOnce) {
  EXPECT_EQ(problem_of(sign_in("anna", kPassword, code())),
            "wrong_credentials");  // it switched the factor on
  pass(30);
  std::string used = code();
  EXPECT_EQ(problem_of(sign_in("anna", kPassword, used)), "ok");
  EXPECT_EQ(problem_of(sign_in("anna", kPassword, used)), "wrong_credentials");
  EXPECT_EQ(problem_of(sign_in("anna", kPassword, code(-1))), "wrong_credentials");
  start();
  EXPECT_EQ(problem_of(sign_in("anna", kPassword, used)), "wrong_credentials");
  pass(30);
  EXPECT_EQ(problem_of(sign_in("anna", kPassword, code())), "ok");
}

TEST_F(TotpSignIn, ACodeConfirmsAndIsThenUsed) {
  pass(30);
  auto session = opened("anna", code());
  pass(300);
  auto who = *identity(session.token);
  auto confirmed = sessions().confirm(who, {}, code(), home_);
  ASSERT_TRUE(confirmed.ok());
  EXPECT_EQ(problem_of(sessions().confirm(confirmed->identity, {}, code(), home_)), "wrong_credentials");
}

TEST_F(TotpSignIn, TheSecretIsSealedForItsAccount) {
  auto row = **workspace_->accounts().find(anna_);
  EXPECT_THAT(*row.totp_secret, Not(HasSubstr(secret_)));
  auto moved = workspace_->accounts().change((*workspace_->accounts().find_by_name("boris"))->account_id,
                                             [&](db::AccountRow& other, const auto&) {
                                               other.totp_secret = row.totp_secret;
                                               return Status();
                                             });
  ASSERT_TRUE(moved.ok());
  pass(30);
  EXPECT_EQ(problem_of(sign_in("boris", kPassword, code())), "unavailable");
}

TEST_F(TotpSignIn, IsSwitchedOffByAConfirmedSessionOrAnAdministrator) {
  pass(30);
  auto who = opened("anna", code()).identity;
  EXPECT_EQ(problem_of(accounts().begin_totp(who)), "totp_on");
  EXPECT_EQ(problem_of(accounts().confirm_totp(who, code(1))), "totp_on");
  who.confirmed = false;
  EXPECT_EQ(problem_of(accounts().remove_own_totp(who)), "confirmation_required");
  EXPECT_EQ(problem_of(accounts().remove_totp(who, anna_)), "permission_denied");
  acts_.take();
  EXPECT_EQ(problem_of(accounts().remove_totp(opened("boris").identity, anna_)), "ok");
  EXPECT_THAT(acts_.take(), ElementsAre("session.opened ok", "account.totp_off ok account"));
  EXPECT_EQ(problem_of(sign_in("anna")), "ok");
  EXPECT_EQ(problem_of(accounts().confirm_totp(who, code())), "totp_not_begun");
}

}  // namespace
}  // namespace ew::auth
