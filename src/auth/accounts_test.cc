#include "auth/accounts.h"

#include "auth/auth_testing.h"
#include "io/memory_env.h"

namespace ew::auth {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class SetupTest : public ServiceTest {
 protected:
  Outcome<OpenedSession> finish(const std::string& secret, const std::string& password = kPassword) {
    return accounts().finish_setup(
        {.secret = secret,
         .account =
             {.name = "eva", .display_name = "Eva", .password = password, .roles = {}, .language = "sk"},
         .listens = true,
         .source = home_});
  }
};

TEST_F(SetupTest, StartsWithoutAnyAccount) {
  EXPECT_THAT(*accounts().list(Identity::local("cli")), IsEmpty());
  EXPECT_TRUE(*accounts().needs_setup());
  for (const char* name : {"admin", "root", "administrator", "earwitness"})
    for (const char* password : {"", "admin", "password", "earwitness"})
      EXPECT_FALSE(sessions().sign_in({name, password, {}, elsewhere_}).ok());
}

TEST_F(SetupTest, NoSecretNoSetup) {
  // Before any was made, an empty or made-up one opens nothing.
  EXPECT_EQ(problem_of(finish("")), "wrong_credentials");
  auto secret = accounts().begin_setup();
  ASSERT_TRUE(secret.ok() && *secret);
  EXPECT_EQ((*secret)->size(), 22u);  // 128 bits
  for (const std::string& wrong :
       {std::string(), std::string("changeme"), **secret + "x", (*secret)->substr(1)})
    EXPECT_EQ(problem_of(finish(wrong)), "wrong_credentials");
  // What is stored does not open it either.
  std::string stored = **workspace_->settings().get("auth.setup_secret");
  EXPECT_EQ(stored.find(**secret), std::string::npos);
  pass(3'600);
  EXPECT_EQ(problem_of(finish(stored)), "wrong_credentials");
  EXPECT_EQ(problem_of(finish(stored.substr(1, stored.size() - 2))), "wrong_credentials");
}

TEST_F(SetupTest, TheSecretMakesOneAdministratorAndIsGone) {
  auto former = **accounts().begin_setup();
  start();
  auto secret = **accounts().begin_setup();
  EXPECT_EQ(problem_of(finish(former)), "wrong_credentials");  // the link of an earlier start
  EXPECT_EQ(problem_of(finish(secret, "short")), "password_too_short");
  acts_.take();
  auto session = finish(secret);
  ASSERT_TRUE(session.ok());
  EXPECT_THAT(acts_.take(), ElementsAre("account.added ok", "session.opened ok"));
  EXPECT_THAT(session->identity.roles, ElementsAre(Role::kAdministrator, Role::kListener));
  EXPECT_TRUE(identity(session->token).ok());
  EXPECT_EQ(problem_of(finish(secret)), "setup_done");
  EXPECT_FALSE(*workspace_->settings().get("auth.setup_secret"));
  EXPECT_FALSE(*accounts().needs_setup());
  EXPECT_FALSE(*accounts().begin_setup());
}

TEST_F(SetupTest, AnAccountOfTheCommandLineEndsTheSetup) {
  auto secret = **accounts().begin_setup();
  add("adam", {Role::kAdministrator});
  EXPECT_EQ(problem_of(finish(secret)), "setup_done");
  EXPECT_FALSE(*accounts().begin_setup());
  EXPECT_FALSE(*workspace_->settings().get("auth.setup_secret"));
}

TEST_F(SetupTest, GuessingTheSecretIsHeldUp) {
  ASSERT_TRUE(accounts().begin_setup().ok());
  int tried = 0;
  for (int i = 0; i < 100; ++i) tried += problem_of(finish("guess")) == "wrong_credentials";
  EXPECT_LE(tried, 10);
}

class AccountsTest : public ServiceTest {
 protected:
  void SetUp() override {
    ServiceTest::SetUp();
    boss_ = add("boss", {Role::kAdministrator});
    anna_ = add("anna", {Role::kListener});
    acts_.take();
  }
  AccountId boss_, anna_;
};

TEST_F(AccountsTest, AreAddedByConfirmedAdministratorsOnly) {
  NewAccount account{
      .name = "ivan", .display_name = "", .password = kPassword, .roles = {Role::kAuditor}, .language = "ru"};
  EXPECT_EQ(problem_of(accounts().add({}, account)), "permission_denied");
  EXPECT_EQ(problem_of(accounts().list({})), "permission_denied");
  Identity listener = opened("anna").identity;
  EXPECT_EQ(problem_of(accounts().add(listener, account)), "permission_denied");
  EXPECT_EQ(problem_of(accounts().change(listener, anna_, {.roles = {{Role::kAdministrator}}})),
            "permission_denied");
  EXPECT_EQ(problem_of(accounts().list(listener)), "permission_denied");
  auto session = opened("boss");
  pass(301);
  EXPECT_EQ(problem_of(accounts().add(*identity(session.token), account)), "confirmation_required");
  EXPECT_EQ(problem_of(accounts().change(*identity(session.token), anna_, {})), "confirmation_required");
  EXPECT_EQ(problem_of(accounts().list(*identity(session.token))), "ok");
  acts_.take();
  auto added = accounts().add(opened("boss").identity, account);
  ASSERT_TRUE(added.ok());
  EXPECT_EQ(added->display_name, "ivan");
  EXPECT_THAT(acts_.take(), ElementsAre("session.opened ok", "account.added ok account"));
  EXPECT_EQ(acts_.all.back().actor, boss_.text());
  EXPECT_EQ(problem_of(accounts().add(opened("boss").identity, account)), "name_taken");
  EXPECT_EQ(accounts().list(opened("boss").identity)->size(), 3u);
}

TEST_F(AccountsTest, NamesAndPasswordsFollowTheRules) {
  auto add = [&](const std::string& name, const std::string& password) {
    return problem_of(accounts().add(Identity::local("cli"), {.name = name,
                                                              .display_name = {},
                                                              .password = password,
                                                              .roles = {Role::kListener},
                                                              .language = "en"}));
  };
  for (const char* name : {"", "Anna", "a b", ".a", "-a", "ä", "a'b", "<script>"})
    EXPECT_EQ(add(name, kPassword), "invalid_name") << name;
  EXPECT_EQ(add(std::string(65, 'a'), kPassword), "invalid_name");
  EXPECT_EQ(add(std::string(64, 'a'), kPassword), "ok");
  EXPECT_EQ(add("a.b_c-d@e.f", kPassword), "ok");
  EXPECT_EQ(add("short", "tooshort"), "password_too_short");
  EXPECT_EQ(add("longenoughname", "LongEnoughName"), "password_is_name");
  EXPECT_EQ(problem_of(accounts().add(
                Identity::local("cli"),
                {.name = "none", .display_name = {}, .password = kPassword, .roles = {}, .language = "en"})),
            "invalid_request");
}

TEST_F(AccountsTest, TheLastAdministratorStays) {
  Identity cli = Identity::local("cli");
  EXPECT_EQ(problem_of(accounts().change(cli, boss_, {.disabled = true})), "last_administrator");
  EXPECT_EQ(problem_of(accounts().change(cli, boss_, {.roles = {{Role::kAuditor}}})), "last_administrator");
  EXPECT_EQ(acts_.take(), (std::vector<std::string>{"account.changed ok account changed=disabled",
                                                    "account.changed failed account changed=disabled",
                                                    "account.changed ok account changed=roles",
                                                    "account.changed failed account changed=roles"}));
  EXPECT_EQ(problem_of(accounts().change(cli, anna_, {.roles = {{Role::kAdministrator}}, .disabled = true})),
            "ok");
  EXPECT_EQ(problem_of(accounts().change(cli, boss_, {.disabled = true})), "last_administrator");
  EXPECT_EQ(problem_of(accounts().change(cli, anna_, {.disabled = false})), "ok");
  EXPECT_EQ(problem_of(accounts().change(cli, boss_, {.disabled = true})), "ok");
  EXPECT_EQ(problem_of(accounts().change(cli, anna_, {.roles = {{Role::kListener}}})), "last_administrator");
  EXPECT_EQ(problem_of(accounts().change(cli, boss_, {.display_name = "Boss"})), "ok");
}

TEST_F(AccountsTest, NewRolesHoldAtOnce) {
  auto session = opened("anna");
  ASSERT_TRUE(accounts().change(opened("boss").identity, anna_, {.roles = {{Role::kAuditor}}}).ok());
  EXPECT_EQ(identity(session.token)->permissions, permissions_of(Role::kAuditor));
}

TEST_F(AccountsTest, AnotherPasswordEndsSessions) {
  auto one = opened("anna"), two = opened("anna");
  EXPECT_EQ(
      problem_of(accounts().change_own_password(one.identity, "wrong password!", "another password", home_)),
      "wrong_credentials");
  EXPECT_EQ(problem_of(accounts().change_own_password(one.identity, kPassword, "short", home_)),
            "password_too_short");
  EXPECT_TRUE(identity(two.token).ok());
  auto changed = accounts().change_own_password(one.identity, kPassword, "another password", home_);
  ASSERT_TRUE(changed.ok());
  EXPECT_EQ(problem_of(identity(one.token)), "not_signed_in");  // it has a new token
  EXPECT_EQ(problem_of(identity(two.token)), "not_signed_in");
  EXPECT_EQ(problem_of(identity(changed->token)), "ok");
  EXPECT_EQ(problem_of(sign_in("anna")), "wrong_credentials");
  EXPECT_EQ(problem_of(sign_in("anna", "another password")), "ok");

  ASSERT_TRUE(accounts().change(opened("boss").identity, anna_, {.password = "a third password"}).ok());
  EXPECT_EQ(problem_of(identity(changed->token)), "not_signed_in");
  EXPECT_EQ(problem_of(sign_in("anna", "a third password")), "ok");
}

TEST_F(AccountsTest, OnesOwnLanguageAndName) {
  auto who = opened("anna").identity;
  auto changed = accounts().change_own(who, "es", "Ana");
  ASSERT_TRUE(changed.ok());
  EXPECT_EQ(changed->language, "es");
  EXPECT_EQ(changed->display_name, "Ana");
  EXPECT_EQ(accounts().change_own(who, std::nullopt, "")->display_name, "anna");
  EXPECT_EQ(problem_of(accounts().change_own(who, "xx", std::nullopt)), "invalid_request");
  EXPECT_EQ(problem_of(accounts().change_own({}, "es", std::nullopt)), "permission_denied");
}

TEST_F(AccountsTest, OtherTenantsAreNotThere) {
  Identity stranger = opened("boss").identity;
  stranger.tenant = "other";
  EXPECT_THAT(*accounts().list(stranger), IsEmpty());
  EXPECT_EQ(problem_of(accounts().change(stranger, anna_, {.disabled = true})), "not_found");
  EXPECT_EQ(problem_of(accounts().remove_totp(stranger, anna_)), "not_found");
}

TEST_F(AccountsTest, NothingChangesThatTheAuditLogDoesNotTell) {
  auto boss = opened("boss").identity;
  acts_.broken = true;
  EXPECT_EQ(problem_of(accounts().change(boss, anna_, {.roles = {{Role::kAdministrator}}})), "unavailable");
  EXPECT_EQ(problem_of(accounts().change(boss, anna_, {.disabled = true})), "unavailable");
  acts_.broken = false;
  auto anna = identity(opened("anna").token);
  EXPECT_EQ(anna->permissions, permissions_of(Role::kListener));
}

TEST(ServerSecret, IsMadeOnceAndRefusedWhenItIsNone) {
  io::MemoryEnv env;
  auto made = open_server_secret(env, "/keys/server.secret");
  ASSERT_TRUE(made.ok()) << made.error().message();
  auto again = open_server_secret(env, "/keys/server.secret");
  ASSERT_TRUE(again.ok());
  EXPECT_TRUE(crypto::equal_constant_time(made->view(), again->view()));
  EXPECT_FALSE(crypto::equal_constant_time(made->view(), open_server_secret(env, "/keys/other")->view()));
  for (const Bytes& bad : {Bytes(), Bytes(31, 1), Bytes(33, 1), Bytes(32, 0), Bytes(32, 'x')}) {
    ASSERT_TRUE(io::write_file(env, "/keys/bad", bad).ok());
    EXPECT_EQ(open_server_secret(env, "/keys/bad").ok(), false) << bad.size();
  }
}

}  // namespace
}  // namespace ew::auth
