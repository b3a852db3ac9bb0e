#include "io/env.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <functional>

#include "io/fault_env.h"
#include "io/memory_env.h"

namespace ew::io {
namespace {

using testing::Test;

class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string name = std::filesystem::temp_directory_path() / "ew_io_XXXXXX";
    EW_CHECK(mkdtemp(name.data()));
    path_ = name;
  }
  ~TemporaryFolder() { std::filesystem::remove_all(path_); }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

// One contract, run on every Env.
class Contract : public testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    std::string kind = GetParam();
    if (kind == "posix") {
      env_ = &posix_env();
    } else if (kind == "memory") {
      env_ = &memory_;
    } else {
      env_ = &fault_;
    }
    root_ = folder_.path();
    ASSERT_TRUE(memory_.make_directories(root_).ok());
  }
  Env& env() { return *env_; }
  std::string path(std::string_view name) const { return join(root_, name); }

  TemporaryFolder folder_;
  MemoryEnv memory_;
  FaultEnv fault_{memory_};
  Env* env_ = nullptr;
  std::string root_;
};
INSTANTIATE_TEST_SUITE_P(, Contract, testing::Values("posix", "memory", "fault"),
                         [](const auto& parameter) { return std::string(parameter.param); });

template <typename T>
ErrorCode code_of(const Result<T>& result) {
  EXPECT_FALSE(result.ok());
  return result.ok() ? ErrorCode::kInternal : result.error().code();
}

TEST_P(Contract, ReadsWhatWasWritten) {
  auto file = env().open(path("a"), OpenMode::kCreateNew);
  ASSERT_TRUE(file.ok()) << file.error().message();
  ASSERT_TRUE((*file)->write_at(5, as_bytes("hello")).ok());
  ASSERT_TRUE((*file)->write_at(0, as_bytes("12345")).ok());
  ASSERT_TRUE((*file)->sync().ok());
  EXPECT_EQ(*(*file)->size(), 10u);
  Bytes bytes(7);
  ASSERT_TRUE((*file)->read_at(2, bytes).ok());
  EXPECT_EQ(as_text(bytes), "345hell");
  EXPECT_EQ(code_of((*file)->read_at(4, bytes)), ErrorCode::kTruncated);
  ASSERT_TRUE((*file)->allocate(20).ok());
  EXPECT_EQ(*(*file)->size(), 20u);
  ASSERT_TRUE((*file)->allocate(3).ok());
  EXPECT_EQ(*(*file)->size(), 20u);
  ASSERT_TRUE((*file)->truncate(6).ok());
  ASSERT_TRUE((*file)->truncate(8).ok());
  EXPECT_EQ(*read_file(env(), path("a"), 8), Bytes({'1', '2', '3', '4', '5', 'h', 0, 0}));
  EXPECT_EQ(code_of(read_file(env(), path("a"), 7)), ErrorCode::kLimit);
}

TEST_P(Contract, OpenModesMeanWhatTheySay) {
  EXPECT_EQ(code_of(env().open(path("a"), OpenMode::kRead)), ErrorCode::kNotFound);
  EXPECT_EQ(code_of(env().open(path("a"), OpenMode::kReadWrite)), ErrorCode::kNotFound);
  EXPECT_EQ(code_of(env().open(path("no/a"), OpenMode::kCreate)), ErrorCode::kNotFound);
  EXPECT_TRUE(env().open(path("a"), OpenMode::kCreateNew).ok());
  EXPECT_EQ(code_of(env().open(path("a"), OpenMode::kCreateNew)), ErrorCode::kExists);
  EXPECT_TRUE(env().open(path("a"), OpenMode::kCreate).ok());
  auto read_only = env().open(path("a"), OpenMode::kRead);
  ASSERT_TRUE(read_only.ok());
  EXPECT_EQ(code_of((*read_only)->write_at(0, as_bytes("x"))), ErrorCode::kIo);
}

TEST_P(Contract, NamesComeAndGo) {
  ASSERT_TRUE(env().make_directories(path("x/y")).ok());
  ASSERT_TRUE(env().make_directories(path("x/y")).ok());
  ASSERT_TRUE(write_file(env(), path("x/b"), as_bytes("b")).ok());
  ASSERT_TRUE(write_file(env(), path("x/a"), as_bytes("a")).ok());
  EXPECT_EQ(*env().list(path("x")), (std::vector<std::string>{"a", "b", "y"}));
  EXPECT_EQ(code_of(env().link_new(path("x/a"), path("x/b"))), ErrorCode::kExists);
  ASSERT_TRUE(env().link_new(path("x/a"), path("x/c")).ok());
  ASSERT_TRUE(env().rename(path("x/a"), path("x/b")).ok());
  EXPECT_EQ(*env().list(path("x")), (std::vector<std::string>{"b", "c", "y"}));
  EXPECT_EQ(as_text(*read_file(env(), path("x/b"), 10)), "a");
  ASSERT_TRUE(env().remove(path("x/c")).ok());
  EXPECT_EQ(code_of(env().remove(path("x/c"))), ErrorCode::kNotFound);
  EXPECT_EQ(code_of(env().rename(path("x/c"), path("x/d"))), ErrorCode::kNotFound);
  EXPECT_TRUE(*env().exists(path("x/b")));
  EXPECT_FALSE(*env().exists(path("x/c")));
  EXPECT_EQ(code_of(env().list(path("z"))), ErrorCode::kNotFound);
  EXPECT_EQ(code_of(env().sync_directory(path("z"))), ErrorCode::kNotFound);
  EXPECT_TRUE(env().sync_file_system(root_).ok());
  EXPECT_EQ(code_of(env().sync_file_system(path("z"))), ErrorCode::kNotFound);
  EXPECT_GT(*env().free_bytes(root_), 0u);
}

TEST_P(Contract, WriteFileReplacesWhole) {
  ASSERT_TRUE(write_file(env(), path("a"), Bytes(1000, 1)).ok());
  ASSERT_TRUE(write_file(env(), path("a"), Bytes(10, 2)).ok());
  EXPECT_EQ(*read_file(env(), path("a"), 1000), Bytes(10, 2));
  EXPECT_EQ(*env().list(root_), std::vector<std::string>{"a"});
}

TEST_P(Contract, LockIsExclusive) {
  auto lock = env().lock(path("lock"));
  ASSERT_TRUE(lock.ok());
  EXPECT_EQ(code_of(env().lock(path("lock"))), ErrorCode::kBusy);
  lock->reset();
  EXPECT_TRUE(env().lock(path("lock")).ok());
}

TEST(Paths, JoinAndParent) {
  EXPECT_EQ(join("a", "b"), "a/b");
  EXPECT_EQ(join("a/", "b"), "a/b");
  EXPECT_EQ(join("", "b"), "b");
  EXPECT_EQ(parent_of("/a/b"), "/a");
  EXPECT_EQ(parent_of("/a/b//"), "/a");
  EXPECT_EQ(parent_of("/a"), "/");
  EXPECT_EQ(parent_of("/"), "/");
  EXPECT_EQ(parent_of("a"), ".");
}

TEST(PosixEnv, NewFilesAreForTheOwnerOnly) {
  TemporaryFolder folder;
  mode_t before = umask(0);
  ASSERT_TRUE(posix_env().make_directories(folder.path() + "/x").ok());
  ASSERT_TRUE(write_file(posix_env(), folder.path() + "/x/a", as_bytes("a")).ok());
  umask(before);
  struct stat status;
  ASSERT_EQ(stat((folder.path() + "/x/a").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600u);
  ASSERT_EQ(stat((folder.path() + "/x").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0700u);
}

// Otherwise a command of root would leave files that the server cannot open.
TEST(PosixEnv, WhatRootMakesBelongsToWhomTheFolderBelongs) {
  if (geteuid() != 0) GTEST_SKIP() << "only root makes files for others";
  constexpr uid_t kSomebody = 12'345;
  TemporaryFolder folder;
  ASSERT_EQ(chown(folder.path().c_str(), kSomebody, kSomebody), 0);
  ASSERT_TRUE(posix_env().make_directories(folder.path() + "/x/y").ok());
  ASSERT_TRUE(write_file(posix_env(), folder.path() + "/x/y/a", as_bytes("a")).ok());
  ASSERT_TRUE(posix_env().lock(folder.path() + "/lock").ok());
  for (const char* name : {"/x", "/x/y", "/x/y/a", "/lock"}) {
    struct stat status;
    ASSERT_EQ(stat((folder.path() + name).c_str(), &status), 0) << name;
    EXPECT_EQ(status.st_uid, kSomebody) << name;
    EXPECT_EQ(status.st_gid, kSomebody) << name;
  }
}

TEST(PosixEnv, SaysWhereAndWhy) {
  auto missing = posix_env().open("/nowhere/a", OpenMode::kRead);
  EXPECT_EQ(missing.error().message(), "open /nowhere/a: No such file or directory");
  if (!std::filesystem::exists("/dev/full")) GTEST_SKIP() << "/dev/full is absent";
  auto full = posix_env().open("/dev/full", OpenMode::kReadWrite);
  ASSERT_TRUE(full.ok());
  Status written = (*full)->write_at(0, as_bytes("x"));
  EXPECT_EQ(code_of(written), ErrorCode::kNoSpace);
  EXPECT_EQ(written.error().message(), "write /dev/full: No space left on device");
}

TEST(FaultEnv, FailsEachCallOnceAndForEver) {
  auto run = [](Env& env) { return write_file(env, "a", as_bytes("abcd")); };
  MemoryEnv counted;
  FaultEnv counter(counted);
  ASSERT_TRUE(run(counter).ok());
  ASSERT_EQ(counter.calls(), 6u);  // open, truncate, write, sync, rename, sync directory
  for (uint64_t site = 0; site < counter.calls(); ++site) {
    for (Disorder disorder : {Disorder::kEio, Disorder::kEnospc, Disorder::kErofs}) {
      MemoryEnv memory;
      FaultEnv once(memory, fail_call(site, disorder, Persistence::kOnce));
      Status status = run(once);
      ErrorCode expected = disorder == Disorder::kEnospc ? ErrorCode::kNoSpace : ErrorCode::kIo;
      EXPECT_EQ(code_of(status), expected) << site;
      EXPECT_EQ(once.faults(), 1u);
      EXPECT_EQ(*memory.exists("a"), site == 5) << site;
      EXPECT_FALSE(*memory.exists("a.tmp"));
      EXPECT_TRUE(run(once).ok());
      MemoryEnv other;
      FaultEnv for_ever(other, fail_call(site, disorder, Persistence::kForEver));
      EXPECT_FALSE(run(for_ever).ok());
      EXPECT_FALSE(run(for_ever).ok());
    }
  }
}

TEST(FaultEnv, ShortWriteLeavesAPart) {
  MemoryEnv memory;
  FaultEnv env(memory, fail_kind(Operation::kWriteAt, 0, Disorder::kShortWrite, Persistence::kOnce));
  auto file = env.open("a", OpenMode::kCreateNew);
  EXPECT_EQ(code_of((*file)->write_at(0, as_bytes("abcd"))), ErrorCode::kNoSpace);
  EXPECT_EQ(as_text(*read_file(memory, "a", 10)), "ab");
}

TEST(FaultEnv, DelaysSyncsAndSeesWhoTouchesAFileAfterAFailedOne) {
  MemoryEnv memory;
  int pauses = 0;
  FaultEnv env(memory, delay_syncs([&] { ++pauses; }));
  auto file = env.open("a", OpenMode::kCreateNew);
  ASSERT_TRUE((*file)->sync().ok());
  EXPECT_EQ(pauses, 1);
  env.set_policy(fail_kind(Operation::kSync, 0, Disorder::kEio, Persistence::kForEver));
  EXPECT_FALSE((*file)->sync().ok());
  EXPECT_EQ(env.touched_after_failed_sync(), 0u);
  EXPECT_TRUE((*file)->write_at(0, as_bytes("x")).ok());
  EXPECT_EQ(env.touched_after_failed_sync(), 1u);
}

// The states that `count` seeds leave, as text, each with how often it came.
std::map<std::string, int> states(const MemoryEnv& env, int count,
                                  const std::function<std::string(Env&)>& describe) {
  std::map<std::string, int> found;
  for (int seed = 0; seed < count; ++seed) ++found[describe(*env.crash_state(static_cast<uint64_t>(seed)))];
  return found;
}

std::string content(Env& env, const std::string& path) {
  auto bytes = read_file(env, path, 1 << 20);
  return bytes.ok() ? std::string(as_text(*bytes)) : "absent";
}

TEST(MemoryEnv, KeepsWhatWasSyncedAndNoMoreForSure) {
  MemoryEnv env;
  auto file = env.open("a", OpenMode::kCreateNew);
  ASSERT_TRUE((*file)->write_at(0, as_bytes("old")).ok());
  ASSERT_TRUE((*file)->sync().ok());
  auto describe = [](Env& after) { return content(after, "a"); };
  EXPECT_EQ(states(env, 100, describe).size(), 2u);  // "old", or no name yet
  ASSERT_TRUE(env.sync_directory(".").ok());
  EXPECT_EQ(states(env, 100, describe), (std::map<std::string, int>{{"old", 100}}));
  ASSERT_TRUE((*file)->write_at(0, as_bytes("new and longer")).ok());
  auto unsynced = states(env, 300, describe);
  EXPECT_EQ(unsynced.size(), 4u);  // old, new, new cut at the old size, old with zeros behind
  EXPECT_TRUE(unsynced.count("old") && unsynced.count("new") && unsynced.count("new and longer"));
  EXPECT_EQ(content(*env.crash_kill(), "a"), "new and longer");
  EXPECT_EQ(states(*env.crash_kill(), 300, describe), unsynced);
  EXPECT_EQ(content(*env.crash_state(7), "a"), content(*env.crash_state(7), "a"));
}

TEST(MemoryEnv, TearsAtSectorsAndBlocks) {
  MemoryEnv env;
  ASSERT_TRUE(write_file(env, "a", Bytes(3 * 4096, 'o')).ok());
  auto file = env.open("a", OpenMode::kReadWrite);
  ASSERT_TRUE((*file)->write_at(0, Bytes(3 * 4096, 'n')).ok());
  std::set<std::string> patterns;
  for (uint64_t seed = 0; seed < 500; ++seed) {
    std::string text = content(*env.crash_state(seed), "a"), pattern;
    ASSERT_EQ(text.size(), 3u * 4096);
    for (size_t sector = 0; sector < text.size(); sector += 512) {
      EXPECT_EQ(text.substr(sector, 512), std::string(512, text[sector]));
      pattern.push_back(text[sector]);
    }
    patterns.insert(pattern);
  }
  EXPECT_TRUE(patterns.count(std::string(24, 'o')));
  EXPECT_TRUE(patterns.count(std::string(24, 'n')));
  EXPECT_TRUE(patterns.count(std::string(8, 'o') + std::string(8, 'n') + std::string(8, 'o')));
  EXPECT_GT(patterns.size(), 50u);
}

TEST(MemoryEnv, NamesFollowTheirOrder) {
  MemoryEnv env;
  ASSERT_TRUE(write_file(env, "a", as_bytes("1")).ok());
  ASSERT_TRUE(env.rename("a", "b").ok());
  ASSERT_TRUE(env.remove("b").ok());
  auto found = states(env, 300, [](Env& after) { return content(after, "a") + content(after, "b"); });
  EXPECT_EQ(found.size(), 3u);
  EXPECT_TRUE(found.count("1absent") && found.count("absent1") && found.count("absentabsent"));
}

TEST(MemoryEnv, RenameBetweenDirectoriesIsAtomic) {
  MemoryEnv env;
  ASSERT_TRUE(env.make_directories("x").ok());
  ASSERT_TRUE(env.make_directories("y").ok());
  ASSERT_TRUE(write_file(env, "x/a", as_bytes("1")).ok());
  ASSERT_TRUE(write_file(env, "y/a", as_bytes("2")).ok());
  ASSERT_TRUE(env.remove("y/a").ok());
  ASSERT_TRUE(env.rename("x/a", "y/a").ok());
  auto describe = [](Env& after) { return content(after, "x/a") + " " + content(after, "y/a"); };
  auto found = states(env, 300, describe);
  EXPECT_EQ(found.size(), 3u);
  EXPECT_TRUE(found.count("1 2") && found.count("1 absent") && found.count("absent 1"));
  ASSERT_TRUE(env.sync_directory("x").ok());  // and so what came before the rename in y
  EXPECT_EQ(states(env, 100, describe), (std::map<std::string, int>{{"absent 1", 100}}));
}

TEST(MemoryEnv, RenameWithoutSyncExposesAnEmptyFile) {
  MemoryEnv env;
  auto file = env.open("a.tmp", OpenMode::kCreateNew);
  ASSERT_TRUE((*file)->write_at(0, as_bytes("data")).ok());
  ASSERT_TRUE(env.rename("a.tmp", "a").ok());
  ASSERT_TRUE(env.sync_directory(".").ok());
  auto found = states(env, 300, [](Env& after) { return content(after, "a"); });
  EXPECT_TRUE(found.count(""));
  EXPECT_TRUE(found.count(std::string(4, '\0')));
  EXPECT_TRUE(found.count("data"));
}

// write_file's promise: after any crash the file is the old or the new one, and the new one once it has
// returned.
TEST(MemoryEnv, WriteFileIsAtomicAtEveryCrashPoint) {
  for (uint64_t seed = 0; seed < 200; ++seed) {
    MemoryEnv env;
    ASSERT_TRUE(write_file(env, "a", Bytes(5000, 'o')).ok());
    std::vector<std::string> seen;
    FaultEnv watched(env, [&](const Call&) -> std::optional<Fault> {
      seen.push_back(content(*env.crash_state(seed), "a"));
      return std::nullopt;
    });
    ASSERT_TRUE(write_file(watched, "a", Bytes(6000, 'n')).ok());
    for (const std::string& text : seen)
      EXPECT_TRUE(text == std::string(5000, 'o') || text == std::string(6000, 'n'));
    EXPECT_EQ(content(*env.crash_state(seed), "a"), std::string(6000, 'n'));
  }
}

}  // namespace
}  // namespace ew::io
