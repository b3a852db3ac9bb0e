// API keys and grants to listen.
#include "auth/auth_testing.h"

namespace ew::auth {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::StartsWith;

CallId call(uint8_t number) {
  CallId id;
  id.bytes[0] = number;
  return id;
}
RecordingId recording(uint8_t number) {
  RecordingId id;
  id.bytes[0] = number;
  return id;
}

class GrantsTest : public ServiceTest {
 protected:
  void SetUp() override {
    ServiceTest::SetUp();
    add("boss", {Role::kAdministrator});
    anna_ = add("anna", {Role::kListener});
    session_ = opened("anna");
    acts_.take();
  }
  ApiKeys& keys() { return service_->api_keys(); }
  PlaybackGrants& playback() { return service_->playback(); }
  Outcome<ApiKeys::MadeApiKey> make(PermissionSet permissions, int64_t days = 30) {
    return keys().make(session_.identity,
                       {.title = "script", .permissions = permissions, .expires_in_days = days});
  }
  Outcome<Identity> bearer(const std::string& key) { return sessions().authenticate({}, key); }
  AccountId anna_;
  OpenedSession session_;
};

TEST_F(GrantsTest, AKeyMayWhatItWasGiven) {
  auto made = make({Permission::kCallsRead});
  ASSERT_TRUE(made.ok());
  EXPECT_THAT(acts_.take(), ElementsAre("api_key.made ok key"));
  EXPECT_THAT(made->secret, StartsWith("ew_"));
  EXPECT_EQ(made->secret.size(), 46u);
  auto who = bearer(made->secret);
  ASSERT_TRUE(who.ok());
  EXPECT_EQ(who->permissions, PermissionSet({Permission::kCallsRead}));
  EXPECT_EQ(who->account, anna_);
  EXPECT_FALSE(who->session);
  EXPECT_FALSE(who->confirmed);
  EXPECT_TRUE(sessions().check_csrf(*who, "").ok());
  EXPECT_FALSE(*workspace_->api_keys().find(made->secret));  // only its hash is there
}

TEST_F(GrantsTest, AKeyNeverMayMoreThanItsOwner) {
  EXPECT_EQ(problem_of(make({Permission::kCallsRead, Permission::kAccountsManage})), "permission_denied");
  auto made = make({Permission::kCallsRead, Permission::kRecordingsListen});
  ASSERT_TRUE(accounts().change(Identity::local("cli"), anna_, {.roles = {{Role::kAuditor}}}).ok());
  EXPECT_EQ(bearer(made->secret)->permissions, PermissionSet({Permission::kCallsRead}));
  ASSERT_TRUE(accounts().change(Identity::local("cli"), anna_, {.disabled = true}).ok());
  EXPECT_EQ(problem_of(bearer(made->secret)), "not_signed_in");
}

TEST_F(GrantsTest, AKeyActsForItsOwnerOnlyWhereAPersonNeedNot) {
  auto who = *bearer(make({Permission::kCallsRead})->secret);
  EXPECT_EQ(problem_of(keys().make(who, {.title = "more", .permissions = {Permission::kCallsRead}})),
            "permission_denied");
  EXPECT_EQ(problem_of(keys().revoke(who, *who.key)), "permission_denied");
  EXPECT_EQ(problem_of(accounts().change_own(who, "es", {})), "permission_denied");
  EXPECT_EQ(problem_of(accounts().change_own_password(who, kPassword, "another password", home_)),
            "permission_denied");
  EXPECT_EQ(problem_of(accounts().begin_totp(who)), "permission_denied");
  EXPECT_EQ(problem_of(sessions().confirm(who, kPassword, {}, home_)), "permission_denied");
  EXPECT_EQ(problem_of(sessions().sign_out(who)), "permission_denied");
}

TEST_F(GrantsTest, KeysNeedAConfirmedSessionAndBounds) {
  EXPECT_EQ(problem_of(make({})), "invalid_request");
  EXPECT_EQ(problem_of(make({Permission::kCallsRead}, 0)), "invalid_request");
  EXPECT_EQ(problem_of(make({Permission::kCallsRead}, 367)), "invalid_request");
  session_.identity.confirmed = false;
  EXPECT_EQ(problem_of(make({Permission::kCallsRead})), "confirmation_required");
  EXPECT_EQ(problem_of(keys().make({}, {.title = "x", .permissions = {Permission::kCallsRead}})),
            "permission_denied");
  EXPECT_THAT(acts_.take(), IsEmpty());
}

TEST_F(GrantsTest, KeysEnd) {
  auto made = make({Permission::kCallsRead}, 1);
  auto revoked = make({Permission::kCallsRead}, 1);
  EXPECT_THAT(*keys().list(session_.identity), SizeIs(2));
  EXPECT_EQ(problem_of(keys().revoke(opened("boss").identity, revoked->key.key_id)), "not_found");
  EXPECT_EQ(problem_of(bearer(revoked->secret)), "ok");
  EXPECT_EQ(problem_of(keys().revoke(session_.identity, revoked->key.key_id)), "ok");
  EXPECT_EQ(problem_of(bearer(revoked->secret)), "not_signed_in");
  pass(24 * 3600 - 1);
  EXPECT_EQ(problem_of(bearer(made->secret)), "ok");
  pass(1);
  EXPECT_EQ(problem_of(bearer(made->secret)), "not_signed_in");
}

TEST_F(GrantsTest, ABearerIsLookedAtAlone) {
  EXPECT_TRUE(sessions().authenticate(session_.token, {}).ok());
  for (const std::string& wrong : {std::string("x"), "ew_" + std::string(43, 'A'), session_.token})
    EXPECT_EQ(problem_of(sessions().authenticate(session_.token, wrong)), "not_signed_in");
}

TEST_F(GrantsTest, AKeyTellsWhenItWasLastUsed) {
  auto made = make({Permission::kCallsRead});
  EXPECT_FALSE((*keys().list(session_.identity))[0].last_used_at);
  ASSERT_TRUE(bearer(made->secret).ok());
  EXPECT_EQ((*keys().list(session_.identity))[0].last_used_at, clock_.wall());
  ASSERT_TRUE(service_->tend().ok());
  start();
  EXPECT_EQ((*keys().list(session_.identity))[0].last_used_at, clock_.wall());
}

TEST_F(GrantsTest, AGrantIsGoodForItsPersonSessionAndRecording) {
  auto given = playback().give(session_.identity, call(1), recording(2));
  ASSERT_TRUE(given.ok());
  auto used = playback().use(session_.identity, given->token);
  ASSERT_TRUE(used.ok());
  EXPECT_EQ(used->call_id, call(1));
  EXPECT_EQ(used->recording_id, recording(2));
  EXPECT_EQ(used->expires_at, clock_.wall() + 300 * kNsPerSec);
  add("ivan", {Role::kListener});
  EXPECT_EQ(problem_of(playback().use(opened("ivan").identity, given->token)), "not_found");
  EXPECT_EQ(problem_of(playback().use(opened("anna").identity, given->token)),
            "not_found");  // another session
  EXPECT_EQ(problem_of(playback().use(opened("boss").identity, given->token)), "permission_denied");
  EXPECT_EQ(problem_of(playback().use({}, given->token)), "permission_denied");
  EXPECT_EQ(problem_of(playback().give(opened("boss").identity, call(1), recording(2))), "permission_denied");
  for (const std::string& wrong : {std::string(), std::string(43, 'A'), given->token + "A", session_.token})
    EXPECT_EQ(problem_of(playback().use(session_.identity, wrong)), "not_found");
}

TEST_F(GrantsTest, AGrantEndsUnusedAfterFiveMinutes) {
  auto given = playback().give(session_.identity, call(1), recording(2));
  for (int i = 0; i < 10; ++i) {
    pass(299);
    ASSERT_EQ(problem_of(playback().use(session_.identity, given->token)), "ok");
    ASSERT_TRUE(service_->tend().ok());
  }
  pass(300);
  EXPECT_EQ(problem_of(playback().use(session_.identity, given->token)), "not_found");
}

TEST_F(GrantsTest, AGrantEndsWithItsSessionOrPermission) {
  auto given = playback().give(session_.identity, call(1), recording(2));
  ASSERT_TRUE(accounts().change(Identity::local("cli"), anna_, {.roles = {{Role::kAuditor}}}).ok());
  EXPECT_EQ(problem_of(playback().use(*identity(session_.token), given->token)), "permission_denied");
  ASSERT_TRUE(accounts().change(Identity::local("cli"), anna_, {.roles = {{Role::kListener}}}).ok());
  EXPECT_EQ(problem_of(playback().use(*identity(session_.token), given->token)), "ok");
  ASSERT_TRUE(sessions().sign_out(session_.identity).ok());
  EXPECT_EQ(problem_of(identity(session_.token)), "not_signed_in");  // so nobody is there who could use it
  EXPECT_EQ(problem_of(playback().use(opened("anna").identity, given->token)), "not_found");
}

TEST_F(GrantsTest, ListeningGoesOnAfterARestartUntilItEnded) {
  auto given = playback().give(session_.identity, call(1), recording(2));
  auto ended = playback().give(session_.identity, call(1), recording(3));
  ASSERT_TRUE(service_->tend().ok());
  EXPECT_EQ(playback().end(session_.identity, ended->token)->recording_id, recording(3));
  EXPECT_EQ(problem_of(playback().use(session_.identity, ended->token)), "not_found");
  EXPECT_EQ(problem_of(playback().end(session_.identity, ended->token)), "not_found");
  start();
  pass(200);
  EXPECT_EQ(problem_of(playback().use(session_.identity, given->token)), "ok");
  EXPECT_EQ(problem_of(playback().use(session_.identity, ended->token)), "not_found");
  pass(200);
  EXPECT_EQ(problem_of(playback().use(session_.identity, given->token)), "ok");
  pass(300);
  start();
  EXPECT_EQ(problem_of(playback().use(session_.identity, given->token)), "not_found");
}

TEST_F(GrantsTest, AKeyCanListenToo) {
  auto who = *bearer(make({Permission::kRecordingsListen})->secret);
  auto given = playback().give(who, call(1), recording(2));
  ASSERT_TRUE(given.ok());
  EXPECT_EQ(problem_of(playback().use(who, given->token)), "ok");
  EXPECT_EQ(problem_of(playback().use(session_.identity, given->token)), "not_found");
}

}  // namespace
}  // namespace ew::auth
