// What a workspace must do, whichever database is behind it.
#include "db/workspace.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "db/call_log.h"
#include "db/connect.h"
#include "db/schema.h"
#include "db/test_backends_internal.h"
#include "db/workspace_rows.h"

namespace ew::db {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

WallTime at(int64_t seconds) { return {seconds * kNsPerSec}; }

template <typename AnyId>
AnyId numbered(uint8_t number) {
  AnyId id;
  id.bytes[0] = 1;
  id.bytes[15] = number;
  return id;
}

AccountRow account(uint8_t number) {
  return {.account_id = numbered<AccountId>(number),
          .name = "name" + std::to_string(number),
          .display_name = "Žofia Ďuríčková",
          .roles = {"administrator", "listener"},
          .language = "sk",
          .password_hash = "$argon2id$v=19$x",
          .created_at = at(number)};
}

SessionRow session(uint8_t number, AccountId account) {
  return {.session_id = numbered<SessionId>(number),
          .token_hash = "hash" + std::to_string(number),
          .account_id = account,
          .created_at = at(10),
          .active_at = at(10),
          .expires_at = at(1'000)};
}

class WorkspaceContract : public ::testing::TestWithParam<Backend> {
 protected:
  void SetUp() override {
    auto url = GetParam().fresh_url();
    if (!url) GTEST_SKIP() << "EW_TEST_POSTGRES names no server";
    url_ = *url;
    workspace_ = open();
  }
  std::unique_ptr<Workspace> open() {
    auto opened = Workspace::open(url_);
    EXPECT_TRUE(opened.ok()) << (opened.ok() ? "" : opened.error().message());
    return opened.ok() ? std::move(*opened) : nullptr;
  }
  JobRow job(uint8_t number, const std::string& kind = "import") {
    return {.job_id = numbered<JobId>(number),
            .kind = kind,
            .title = "a.pcap",
            .owner = "cli",
            .parameters = R"({"name":"a.pcap"})",
            .created_at = at(number)};
  }

  std::string url_;
  std::unique_ptr<Workspace> workspace_;
};

INSTANTIATE_TEST_SUITE_P(All, WorkspaceContract, ::testing::ValuesIn(backends()),
                         [](const auto& test) { return test.param.name; });

TEST_P(WorkspaceContract, KeepsAccounts) {
  Accounts& accounts = workspace_->accounts();
  EXPECT_FALSE(*accounts.any());
  ASSERT_TRUE(accounts.add_first(account(2)).ok());
  EXPECT_TRUE(*accounts.any());
  EXPECT_EQ(accounts.add_first(account(1)).error().code(), ErrorCode::kExists);
  AccountRow same_name = account(3);
  same_name.name = "name2";
  EXPECT_EQ(accounts.add(same_name).error().code(), ErrorCode::kExists);
  AccountRow full = account(1);
  full.totp_secret = "secret";
  full.totp_pending = "pending";
  full.totp_step = 7;
  full.disabled = true;
  full.last_sign_in_at = at(9);
  full.tenant = "other";
  ASSERT_TRUE(accounts.add(full).ok());
  EXPECT_THAT(*accounts.list(), ElementsAre(full, account(2)));
  EXPECT_EQ(**accounts.find(full.account_id), full);
  EXPECT_EQ(**accounts.find_by_name("name2"), account(2));
  EXPECT_FALSE(accounts.find_by_name("NAME2")->has_value());
  EXPECT_FALSE(accounts.find_by_name("name2' OR '1'='1")->has_value());
  EXPECT_FALSE(accounts.find(numbered<AccountId>(9))->has_value());
}

TEST_P(WorkspaceContract, ChangesAnAccountOrNothing) {
  Accounts& accounts = workspace_->accounts();
  ASSERT_TRUE(accounts.add(account(1)).ok());
  ASSERT_TRUE(accounts.add(account(2)).ok());
  auto changed = accounts.change(numbered<AccountId>(1), [](AccountRow& row, const auto& others) -> Status {
    EXPECT_THAT(others, ElementsAre(account(2)));
    row.display_name = "Other";
    row.roles = {"auditor"};
    row.language = "es";
    row.password_hash = "new";
    row.totp_secret = "secret";
    row.totp_step = 3;
    row.disabled = true;
    return {};
  });
  ASSERT_TRUE(changed.ok());
  EXPECT_EQ(changed->display_name, "Other");
  EXPECT_EQ(**accounts.find(numbered<AccountId>(1)), *changed);
  auto refused = accounts.change(numbered<AccountId>(1), [](AccountRow& row, const auto&) -> Status {
    row.display_name = "Third";
    return Error(ErrorCode::kDenied, "no");
  });
  EXPECT_EQ(refused.error().code(), ErrorCode::kDenied);
  EXPECT_EQ((*accounts.find(numbered<AccountId>(1)))->display_name, "Other");
  auto none = accounts.change(numbered<AccountId>(9), [](auto&, const auto&) { return Status(); });
  EXPECT_EQ(none.error().code(), ErrorCode::kNotFound);
  EXPECT_EQ(**accounts.find(numbered<AccountId>(2)), account(2));
}

TEST_P(WorkspaceContract, UsesEachTotpStepOnce) {
  Accounts& accounts = workspace_->accounts();
  ASSERT_TRUE(accounts.add(account(1)).ok());
  EXPECT_TRUE(*accounts.use_totp_step(numbered<AccountId>(1), 5));
  EXPECT_FALSE(*accounts.use_totp_step(numbered<AccountId>(1), 5));
  EXPECT_FALSE(*accounts.use_totp_step(numbered<AccountId>(1), 4));
  EXPECT_TRUE(*accounts.use_totp_step(numbered<AccountId>(1), 6));
  EXPECT_FALSE(*accounts.use_totp_step(numbered<AccountId>(2), 6));
}

TEST_P(WorkspaceContract, NotesSignInAndReplacesTheHashItKnows) {
  Accounts& accounts = workspace_->accounts();
  ASSERT_TRUE(accounts.add(account(1)).ok());
  ASSERT_TRUE(accounts.note_sign_in(numbered<AccountId>(1), at(77)).ok());
  ASSERT_TRUE(accounts.replace_password_hash(numbered<AccountId>(1), "another", "lost").ok());
  AccountRow row = **accounts.find(numbered<AccountId>(1));
  EXPECT_EQ(row.last_sign_in_at, at(77));
  EXPECT_EQ(row.password_hash, account(1).password_hash);
  ASSERT_TRUE(accounts.replace_password_hash(numbered<AccountId>(1), row.password_hash, "new").ok());
  EXPECT_EQ((*accounts.find(numbered<AccountId>(1)))->password_hash, "new");
}

TEST_P(WorkspaceContract, FindsSessionsByTokenWithTheirAccount) {
  Sessions& sessions = workspace_->sessions();
  ASSERT_TRUE(workspace_->accounts().add(account(1)).ok());
  ASSERT_TRUE(sessions.add(session(1, numbered<AccountId>(1))).ok());
  ASSERT_TRUE(sessions.add(session(2, numbered<AccountId>(7))).ok());  // of nobody
  auto found = *sessions.find("hash1");
  ASSERT_TRUE(found);
  EXPECT_EQ(found->session, session(1, numbered<AccountId>(1)));
  EXPECT_EQ(found->account, account(1));
  EXPECT_FALSE(sessions.find("hash2")->has_value());
  EXPECT_FALSE(sessions.find("")->has_value());
  EXPECT_FALSE(sessions.add(session(1, numbered<AccountId>(1))).ok());

  EXPECT_TRUE(*sessions.replace_token("hash1", "hash9", at(300)));
  EXPECT_FALSE(*sessions.replace_token("hash1", "hash8", at(300)));
  EXPECT_FALSE(sessions.find("hash1")->has_value());
  EXPECT_EQ((*sessions.find("hash9"))->session.confirmed_until, at(300));
}

TEST_P(WorkspaceContract, EndsSessions) {
  Sessions& sessions = workspace_->sessions();
  AccountId one = numbered<AccountId>(1), two = numbered<AccountId>(2);
  for (uint8_t i : {1, 2}) ASSERT_TRUE(workspace_->accounts().add(account(i)).ok());
  for (uint8_t i : {1, 2, 3}) ASSERT_TRUE(sessions.add(session(i, one)).ok());
  ASSERT_TRUE(sessions.add(session(4, two)).ok());
  auto there = [&] {
    std::string all;
    for (const char* number : {"1", "2", "3", "4"})
      if (sessions.find(std::string("hash") + number)->has_value()) all += number;
    return all;
  };
  ASSERT_TRUE(sessions.remove(numbered<SessionId>(1)).ok());
  EXPECT_EQ(there(), "234");
  Accounts& accounts = workspace_->accounts();
  auto rename = [](AccountRow& row, const auto&) { return row.display_name = "New", Status(); };
  ASSERT_TRUE(accounts.change(one, rename).ok());
  EXPECT_EQ(there(), "234");
  auto new_password = [](AccountRow& row, const auto&) { return row.password_hash = "new", Status(); };
  ASSERT_TRUE(accounts.change(one, new_password, numbered<SessionId>(3)).ok());
  EXPECT_EQ(there(), "34");
  ASSERT_TRUE(sessions.add(session(5, numbered<AccountId>(3))).ok());
  ASSERT_TRUE(accounts.add(account(3)).ok());
  auto disable = [](AccountRow& row, const auto&) { return row.disabled = true, Status(); };
  ASSERT_TRUE(accounts.change(numbered<AccountId>(3), disable).ok());
  EXPECT_FALSE(sessions.find("hash5")->has_value());
  ASSERT_TRUE(
      sessions.note_activity({{numbered<SessionId>(3), at(50)}, {numbered<SessionId>(4), at(40)}}).ok());
  ASSERT_TRUE(sessions.note_activity({{numbered<SessionId>(3), at(20)}}).ok());
  EXPECT_EQ((*sessions.find("hash3"))->session.active_at, at(50));
  ASSERT_TRUE(sessions.remove_ended(at(100), at(40)).ok());
  EXPECT_EQ(there(), "34");
  ASSERT_TRUE(sessions.remove_ended(at(100), at(41)).ok());
  EXPECT_EQ(there(), "3");
  ASSERT_TRUE(sessions.remove_ended(at(999), at(41)).ok());
  EXPECT_EQ(there(), "3");
  ASSERT_TRUE(sessions.remove_ended(at(1'000), at(41)).ok());
  EXPECT_EQ(there(), "");
}

TEST_P(WorkspaceContract, KeepsApiKeysOfTheirOwner) {
  ApiKeys& keys = workspace_->api_keys();
  ASSERT_TRUE(workspace_->accounts().add(account(1)).ok());
  ApiKeyRow key{.key_id = numbered<ApiKeyId>(1),
                .account_id = numbered<AccountId>(1),
                .title = "script",
                .token_hash = "k1",
                .permissions = {"calls.read"},
                .created_at = at(1),
                .expires_at = at(2)};
  ApiKeyRow later = key;
  later.key_id = numbered<ApiKeyId>(2);
  later.token_hash = "k2";
  later.created_at = at(5);
  ASSERT_TRUE(keys.add(key).ok());
  ASSERT_TRUE(keys.add(later).ok());
  EXPECT_THAT(*keys.list(key.account_id), ElementsAre(later, key));
  EXPECT_THAT(*keys.list(numbered<AccountId>(2)), IsEmpty());
  EXPECT_EQ((*keys.find("k1"))->key, key);
  EXPECT_EQ((*keys.find("k1"))->account, account(1));
  ASSERT_TRUE(keys.note_use({{key.key_id, at(9)}}).ok());
  ASSERT_TRUE(keys.note_use({{key.key_id, at(8)}}).ok());
  EXPECT_EQ((*keys.find("k1"))->key.last_used_at, at(9));
  EXPECT_FALSE(*keys.remove(numbered<AccountId>(2), key.key_id));
  EXPECT_TRUE(*keys.remove(key.account_id, key.key_id));
  EXPECT_FALSE(*keys.remove(key.account_id, key.key_id));
  EXPECT_FALSE(keys.find("k1")->has_value());
}

TEST_P(WorkspaceContract, KeepsPlaybackGrants) {
  Playbacks& playbacks = workspace_->playbacks();
  PlaybackRow grant{.token_hash = "p1",
                    .holder = "session",
                    .call_id = numbered<CallId>(1),
                    .recording_id = numbered<RecordingId>(2),
                    .granted_at = at(1),
                    .used_at = at(1)};
  ASSERT_TRUE(playbacks.put({grant}).ok());
  grant.used_at = at(4);
  ASSERT_TRUE(playbacks.put({grant}).ok());
  EXPECT_EQ(**playbacks.find("p1"), grant);
  ASSERT_TRUE(playbacks.remove_unused(at(4)).ok());
  EXPECT_TRUE(playbacks.find("p1")->has_value());
  ASSERT_TRUE(playbacks.remove_unused(at(5)).ok());
  EXPECT_FALSE(playbacks.find("p1")->has_value());
  ASSERT_TRUE(playbacks.put({grant}).ok());
  ASSERT_TRUE(playbacks.remove("p1").ok());
  EXPECT_FALSE(playbacks.find("p1")->has_value());
}

TEST_P(WorkspaceContract, KeepsNotesOfTheirAuthors) {
  Annotations& notes = workspace_->annotations();
  ASSERT_TRUE(workspace_->accounts().add(account(1)).ok());
  AnnotationRow note{
      .call_id = numbered<CallId>(1),
      .annotation_id = numbered<AnnotationId>(1),
      .content = {.from_us = 92'000'000, .to_us = std::nullopt, .kind = "note", .text = "Цена?"},
      .author = numbered<AccountId>(1),
      .created_at = at(1),
      .updated_at = at(1)};
  AnnotationRow whole = note;
  whole.annotation_id = numbered<AnnotationId>(2);
  whole.content = {
      .from_us = std::nullopt, .to_us = std::nullopt, .kind = "mark", .text = std::string(3'000, 'x')};
  whole.author = numbered<AccountId>(2);  // one who is gone
  whole.created_at = at(2);
  ASSERT_TRUE(notes.add(note).ok());
  ASSERT_TRUE(notes.add(whole).ok());
  note.author_name = account(1).display_name;
  EXPECT_THAT(*notes.list("default", note.call_id), ElementsAre(whole, note));
  EXPECT_THAT(*notes.list("other", note.call_id), IsEmpty());
  EXPECT_EQ(*notes.count("default", note.call_id), 2);

  Annotations::Key own{"default", note.call_id, note.annotation_id, note.author};
  Annotations::Key others{"default", note.call_id, note.annotation_id, numbered<AccountId>(2)};
  Annotations::Key elsewhere{"other", note.call_id, note.annotation_id, note.author};
  AnnotationContent content{.from_us = 5, .to_us = 6, .kind = "mark", .text = "new"};
  for (const auto& key : {others, elsewhere}) {
    EXPECT_FALSE(notes.change(key, content, at(9))->has_value());
    EXPECT_FALSE(*notes.remove(key, at(9)));
    EXPECT_FALSE(*notes.restore(key, at(9)));
  }
  EXPECT_EQ(**notes.find("default", note.call_id, note.annotation_id), note);
  auto changed = *notes.change(own, content, at(9));
  ASSERT_TRUE(changed);
  EXPECT_EQ(changed->content, content);
  EXPECT_EQ(changed->updated_at, at(9));
  EXPECT_EQ(changed->created_at, at(1));

  EXPECT_TRUE(*notes.remove(own, at(10)));
  EXPECT_FALSE(*notes.remove(own, at(11)));
  EXPECT_FALSE(notes.change(own, content, at(11))->has_value());
  EXPECT_THAT(*notes.list("default", note.call_id), ElementsAre(whole));
  EXPECT_EQ((*notes.find("default", note.call_id, note.annotation_id))->deleted_at, at(10));
  EXPECT_TRUE(*notes.restore(own, at(12)));
  EXPECT_FALSE(*notes.restore(own, at(12)));
  EXPECT_EQ(*notes.count("default", note.call_id), 2);
}

TEST_P(WorkspaceContract, BoundsNotesAndViews) {
  AnnotationRow note{.call_id = numbered<CallId>(1), .annotation_id = numbered<AnnotationId>(1)};
  note.content.text = std::string(Annotations::kTextMax + 1, 'x');
  EXPECT_EQ(workspace_->annotations().add(note).error().code(), ErrorCode::kLimit);
  EXPECT_EQ(workspace_->annotations().change({}, note.content, at(1)).error().code(), ErrorCode::kLimit);
  Views& views = workspace_->views();
  ViewRow view{
      .account_id = numbered<AccountId>(1), .name = "n", .query = std::string(Views::kQueryMax, 'q')};
  for (int64_t i = 0; i < Views::kPerAccountMax; ++i) {
    view.view_id.bytes[0] = static_cast<uint8_t>(i);
    ASSERT_TRUE(views.add(view).ok());
  }
  view.view_id.bytes[1] = 1;
  EXPECT_EQ(views.add(view).error().code(), ErrorCode::kLimit);
  view.account_id = numbered<AccountId>(2);
  EXPECT_TRUE(views.add(view).ok());
  view.query += 'q';
  EXPECT_EQ(views.add(view).error().code(), ErrorCode::kLimit);
}

TEST_P(WorkspaceContract, KeepsViewsOfTheirOwner) {
  Views& views = workspace_->views();
  ViewRow view{.view_id = numbered<ViewId>(1),
               .account_id = numbered<AccountId>(1),
               .name = "today",
               .query = "?from=today",
               .created_at = at(1)};
  ViewRow first = view;
  first.view_id = numbered<ViewId>(2);
  first.name = "abandoned";
  ASSERT_TRUE(views.add(view).ok());
  ASSERT_TRUE(views.add(first).ok());
  EXPECT_THAT(*views.list(view.account_id), ElementsAre(first, view));
  EXPECT_THAT(*views.list(numbered<AccountId>(2)), IsEmpty());
  EXPECT_FALSE(*views.remove(numbered<AccountId>(2), view.view_id));
  EXPECT_TRUE(*views.remove(view.account_id, view.view_id));
  EXPECT_FALSE(*views.remove(view.account_id, view.view_id));
}

TEST_P(WorkspaceContract, JobsRunInOrderAndEndOnce) {
  Jobs& jobs = workspace_->jobs();
  ASSERT_TRUE(jobs.add(job(2)).ok());
  ASSERT_TRUE(jobs.add(job(1, "verify")).ok());
  EXPECT_THAT(*jobs.list(std::nullopt, 10), ElementsAre(job(2), job(1, "verify")));
  EXPECT_THAT(*jobs.list("import", 10), ElementsAre(job(2)));
  EXPECT_THAT(*jobs.list(std::nullopt, 1), ElementsAre(job(2)));

  auto taken = *jobs.take("node", at(20));
  ASSERT_TRUE(taken);
  EXPECT_EQ(taken->job_id, numbered<JobId>(1));
  EXPECT_EQ(taken->attempts, 1);
  EXPECT_EQ(**jobs.find(taken->job_id), *taken);
  EXPECT_TRUE(*jobs.report(taken->job_id, 0.25, R"({"calls":1})"));
  EXPECT_FALSE(*jobs.report(numbered<JobId>(2), 0.5, "{}"));  // it does not run
  EXPECT_EQ((*jobs.find(taken->job_id))->progress, 0.25);

  EXPECT_TRUE(*jobs.finish(
      taken->job_id, {.state = JobState::kFailed, .result = "{}", .problem = R"({"code":"x"})"}, at(30)));
  EXPECT_FALSE(*jobs.finish(taken->job_id, {}, at(31)));
  EXPECT_FALSE(*jobs.cancel(taken->job_id, at(31)));
  JobRow ended = **jobs.find(taken->job_id);
  EXPECT_EQ(ended.state, JobState::kFailed);
  EXPECT_EQ(ended.problem, R"({"code":"x"})");
  EXPECT_EQ(ended.ended_at, at(30));
  EXPECT_EQ(ended.progress, 0.25);
  EXPECT_EQ(ended.worker, "");

  EXPECT_EQ((*jobs.take("node", at(40)))->job_id, numbered<JobId>(2));
  EXPECT_FALSE(jobs.take("node", at(41))->has_value());
  EXPECT_TRUE(*jobs.finish(numbered<JobId>(2), {.result = R"({"calls":3})"}, at(42)));
  EXPECT_EQ((*jobs.find(numbered<JobId>(2)))->progress, 1.0);
}

TEST_P(WorkspaceContract, GivesAWorkerTheKindsItAsksFor) {
  Jobs& jobs = workspace_->jobs();
  ASSERT_TRUE(jobs.add(job(1, "verify")).ok());
  ASSERT_TRUE(jobs.add(job(2, "reindex")).ok());
  ASSERT_TRUE(jobs.add(job(3, "import")).ok());
  EXPECT_FALSE(jobs.take("node", at(9), {"key_rotation"})->has_value());
  EXPECT_EQ((*jobs.take("node", at(9), {"import", "reindex"}))->job_id, numbered<JobId>(2));
  EXPECT_EQ((*jobs.take("node", at(9), {"import", "reindex"}))->job_id, numbered<JobId>(3));
  EXPECT_FALSE(jobs.take("node", at(9), {"import", "reindex"})->has_value());
}

TEST_P(WorkspaceContract, CancelsJobs) {
  Jobs& jobs = workspace_->jobs();
  for (uint8_t i : {1, 2, 3}) ASSERT_TRUE(jobs.add(job(i)).ok());
  EXPECT_TRUE(*jobs.cancel(numbered<JobId>(1), at(5)));
  EXPECT_EQ((*jobs.find(numbered<JobId>(1)))->state, JobState::kCancelled);
  EXPECT_FALSE(*jobs.cancel(numbered<JobId>(1), at(5)));
  EXPECT_FALSE(*jobs.cancel(numbered<JobId>(9), at(5)));
  ASSERT_EQ((*jobs.take("node", at(6)))->job_id, numbered<JobId>(2));
  EXPECT_TRUE(*jobs.report(numbered<JobId>(2), std::nullopt, "{}"));
  EXPECT_TRUE(*jobs.cancel(numbered<JobId>(2), at(7)));
  EXPECT_FALSE(*jobs.report(numbered<JobId>(2), std::nullopt, "{}"));
  EXPECT_TRUE(*jobs.finish(numbered<JobId>(2), {.state = JobState::kCancelled}, at(8)));
}

TEST_P(WorkspaceContract, TakesBackWhatARestartInterrupted) {
  Jobs& jobs = workspace_->jobs();
  for (uint8_t i : {1, 2, 3}) ASSERT_TRUE(jobs.add(job(i)).ok());
  for (uint8_t i : {1, 2}) ASSERT_EQ((*jobs.take("node", at(4)))->job_id, numbered<JobId>(i));
  ASSERT_EQ((*jobs.take("other", at(4)))->job_id, numbered<JobId>(3));
  ASSERT_TRUE(*jobs.cancel(numbered<JobId>(2), at(5)));
  ASSERT_TRUE(jobs.take_back("node", at(9)).ok());
  EXPECT_EQ((*jobs.find(numbered<JobId>(2)))->state, JobState::kCancelled);
  EXPECT_EQ((*jobs.find(numbered<JobId>(2)))->ended_at, at(9));
  EXPECT_EQ((*jobs.find(numbered<JobId>(3)))->state, JobState::kRunning);
  auto again = *jobs.take("node", at(10));
  ASSERT_TRUE(again);
  EXPECT_EQ(again->job_id, numbered<JobId>(1));
  EXPECT_EQ(again->attempts, 2);
}

TEST_P(WorkspaceContract, GivesNoJobToTwoWorkers) {
  if (!GetParam().shared) GTEST_SKIP() << "no second worker can see it";
  constexpr int kJobs = 40;
  for (uint8_t i = 1; i <= kJobs; ++i) ASSERT_TRUE(workspace_->jobs().add(job(i)).ok());
  std::atomic<int> taken = 0;
  auto work = [&](const std::string& name) {
    auto own = open();
    while (own) {
      auto job = own->jobs().take(name, at(1));
      ASSERT_TRUE(job.ok()) << job.error().message();
      if (!*job) return;
      EXPECT_EQ((*job)->attempts, 1);
      ++taken;
    }
  };
  std::thread one(work, "one"), two(work, "two");
  one.join();
  two.join();
  EXPECT_EQ(taken, kJobs);
}

TEST_P(WorkspaceContract, KeepsSettings) {
  Settings& settings = workspace_->settings();
  EXPECT_FALSE(settings.get("a")->has_value());
  EXPECT_EQ(*settings.put_if_absent("a", "1", at(1)), "1");
  EXPECT_EQ(*settings.put_if_absent("a", "2", at(1)), "1");
  std::string large(Settings::kValueMax, 'x');
  ASSERT_TRUE(settings.put("a", large, at(2)).ok());
  EXPECT_EQ(*settings.get("a"), large);
  EXPECT_EQ(settings.put("a", large + "x", at(2)).error().code(), ErrorCode::kLimit);
  EXPECT_TRUE(*settings.remove("a"));
  EXPECT_FALSE(*settings.remove("a"));
}

TEST_P(WorkspaceContract, HostileTextsAreOnlyText) {
  for (const std::string& text :
       {std::string("'; DROP TABLE account--"), std::string("$1 ? {text}"), std::string("nul\0inside", 10),
        std::string("\xff\xfe\xc3\x28"), std::string(50'000, '\xff')}) {
    ASSERT_TRUE(workspace_->settings().put(text, text.substr(0, 1'000), at(1)).ok());
    EXPECT_EQ(*workspace_->settings().get(text), to_utf8(text.substr(0, 1'000)));
    EXPECT_FALSE(workspace_->accounts().find_by_name(text)->has_value());
    EXPECT_FALSE(workspace_->sessions().find(text)->has_value());
    EXPECT_TRUE(workspace_->jobs().list(text, 1).ok());
    EXPECT_TRUE(workspace_->annotations().list(text, {}).ok());
    EXPECT_TRUE(*workspace_->settings().remove(text));
  }
}

TEST_P(WorkspaceContract, ARebuildOfTheCallLogTouchesNothingHere) {
  if (!GetParam().shared) GTEST_SKIP() << "the call log would be another database";
  ASSERT_TRUE(workspace_->accounts().add(account(1)).ok());
  ASSERT_TRUE(workspace_->sessions().add(session(1, numbered<AccountId>(1))).ok());
  ASSERT_TRUE(workspace_->settings().put("a", "1", at(1)).ok());
  ASSERT_TRUE(workspace_->jobs().add(job(1)).ok());
  AnnotationRow note{.call_id = numbered<CallId>(1), .annotation_id = numbered<AnnotationId>(1)};
  ASSERT_TRUE(workspace_->annotations().add(note).ok());
  auto log = CallLog::open(url_);
  ASSERT_TRUE(log.ok());
  ASSERT_TRUE((*log)->clear_machine_rows().ok());
  EXPECT_TRUE(workspace_->sessions().find("hash1")->has_value());
  EXPECT_EQ(*workspace_->settings().get("a"), "1");
  EXPECT_TRUE(workspace_->jobs().find(numbered<JobId>(1))->has_value());
  EXPECT_EQ(*workspace_->annotations().count("default", numbered<CallId>(1)), 1);
}

TEST_P(WorkspaceContract, ReadersDoNotWaitForAWriter) {
  if (!GetParam().shared) GTEST_SKIP() << "a database in memory has one connection";
  ASSERT_TRUE(workspace_->accounts().add(account(1)).ok());
  auto writer = GetParam().connect(url_);
  ASSERT_TRUE(writer.ok());
  auto open_write = Transaction::write(**writer);
  ASSERT_TRUE(open_write.ok());
  ASSERT_TRUE((*writer)->execute(Sql("DELETE FROM account")).ok());
  EXPECT_TRUE(workspace_->accounts().find_by_name("name1")->has_value());
}

TEST_P(WorkspaceContract, ComesToADatabaseOfVersionOne) {
  if (!GetParam().shared) GTEST_SKIP() << "gone when closed";
  std::string url = *GetParam().fresh_url();
  {
    auto connection = GetParam().connect(url);
    ASSERT_TRUE(migrate(**connection, std::span(migrations()).first(1)).ok());
    ASSERT_FALSE((*connection)->execute(Sql("SELECT 1 FROM account")).ok());
    ASSERT_TRUE((*connection)->execute(Sql("INSERT INTO cursor (name, position) VALUES ('a', '7')")).ok());
  }
  auto workspace = Workspace::open(url);
  ASSERT_TRUE(workspace.ok()) << workspace.error().message();
  EXPECT_TRUE((*workspace)->accounts().add(account(1)).ok());
  EXPECT_EQ(*(*CallLog::open(url))->cursor("a"), "7");
}

// The literals of workspace_rows.h against the fields.
struct NameCollector {
  std::string names;
  void field(std::string_view name, const auto&) { names += (names.empty() ? "" : ", ") + std::string(name); }
  void long_text(std::string_view name, const auto&) { field(name, 0); }
};
template <typename Row>
class WorkspaceRows : public ::testing::Test {};
using AllRows =
    ::testing::Types<AccountRow, SessionRow, ApiKeyRow, PlaybackRow, AnnotationRow, ViewRow, JobRow>;
TYPED_TEST_SUITE(WorkspaceRows, AllRows);
TYPED_TEST(WorkspaceRows, ColumnsAreTheFieldsInTheirOrder) {
  NameCollector collector;
  TypeParam row;
  visit_fields(collector, row);
  EXPECT_EQ(collector.names, TableOf<TypeParam>::kColumns.text());
}

}  // namespace
}  // namespace ew::db
