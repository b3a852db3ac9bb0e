#include "journal/journal.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <future>
#include <map>
#include <set>
#include <thread>

#include "io/fault_env.h"
#include "io/memory_env.h"
#include "journal/journal_test_lane.h"

namespace ew::journal {
namespace {

using io::Disorder;
using io::FaultEnv;
using io::MemoryEnv;
using io::Operation;
using io::Persistence;

Options small(uint64_t file_size = 8192) {
  Options options;
  options.file_size = file_size;
  options.retry_ns = 50 * kNsPerUs;
  return options;
}

std::vector<std::string> findings_of(io::Env& env, bool closed_cleanly) {
  auto result = check(env, kFolder, closed_cleanly);
  if (!result.ok()) return {result.error().message()};
  return result->findings;
}

// The long run is asked for by EW_LONG=1.
int runs(int quick) { return std::getenv("EW_LONG") ? 60 * quick : quick; }

TEST(Journal, PartsComeBackAndFilesGo) {
  MemoryEnv env;
  TestLane lane(1);
  ASSERT_TRUE(lane.open(env, small()).ok());
  for (int i = 0; i < 500; ++i) lane.step();
  lane.end_and_store_all();
  EXPECT_EQ(lane.journal().figures().pending_bytes, 0u);
  ASSERT_TRUE(lane.journal().close().ok());
  EXPECT_EQ(list_files(env, kFolder)->size(), 0u);
  EXPECT_EQ(lane.errors(), 0u);
}

TEST(Journal, FilesAreBoundedWhilePartsComeAndGo) {
  MemoryEnv env;
  TestLane lane(2);
  ASSERT_TRUE(lane.open(env, small()).ok());
  for (int round = 0; round < 30; ++round) {
    for (int i = 0; i < 20; ++i) {
      PartId part = lane.open_part();
      lane.append_frame(part, 500);
    }
    lane.end_and_store_all();
    lane.journal().commit();  // the `stored` entries
    EXPECT_LE(lane.journal().figures().files, 8u);
  }
}

TEST(Journal, FramesAreReadWhileTheirPartIsWritten) {
  MemoryEnv env;
  TestLane lane(22);
  ASSERT_TRUE(lane.open(env, small(1024)).ok());
  auto& journal = lane.journal();
  PartId part = lane.open_part(), other = lane.open_part();
  EXPECT_EQ(journal.frames_of(part, 0, 9).error().code(), ErrorCode::kNotFound);
  auto acknowledge = [&] {
    journal.commit();
    ASSERT_TRUE(journal.wait_acknowledged(lane.appended()).ok());
  };
  for (size_t i = 0; i < 20; ++i) {  // over several files
    lane.append_frame(part, 100 + i);
    lane.append_frame(other, 50);
    acknowledge();
  }
  lane.append_frame(part, 300);  // not acknowledged
  for (uint64_t first : {uint64_t{0}, uint64_t{7}, uint64_t{20}, UINT64_MAX}) {
    auto places = journal.frames_of(part, first, 5);
    ASSERT_TRUE(places.ok());
    EXPECT_EQ(places->total, 20u);
    EXPECT_FALSE(places->has_ended);
    auto read = read_frames(env, *places);
    ASSERT_TRUE(read.ok()) << read.error().message();
    EXPECT_FALSE(read->header.empty());
    const uint64_t begin = std::min<uint64_t>(first, 20), count = std::min<uint64_t>(5, 20 - begin);
    ASSERT_EQ(read->frames.size(), count);
    for (uint64_t i = 0; i < count; ++i)
      EXPECT_EQ(part::decode_frame_info(read->frames[i])->number, begin + i);
  }
  auto wrong = *journal.frames_of(part, 3, 5);
  wrong.first = 4;
  EXPECT_EQ(read_frames(env, wrong).error().code(), ErrorCode::kCorrupt);
  wrong.places.files.clear();
  EXPECT_EQ(read_frames(env, wrong).error().code(), ErrorCode::kInvalid);
  lane.end_part(part, part::End::kClosed);
  acknowledge();
  EXPECT_TRUE(journal.frames_of(part, 0, 5)->has_ended);
  EXPECT_EQ(journal.frames_of(part, 0, 5)->total, 21u);
  lane.end_and_store_all();
  lane.open_part();
  acknowledge();  // with it goes that the others are stored
  auto stored = journal.frames_of(part, 0, 5);
  ASSERT_FALSE(stored.ok());
  EXPECT_EQ(stored.error().code(), ErrorCode::kNotFound);
}

TEST(Journal, AnOpenPartPinsTheOldestFile) {
  MemoryEnv env;
  TestLane lane(3);
  ASSERT_TRUE(lane.open(env, small(4096)).ok());
  PartId pin = lane.open_part(), other = lane.open_part();
  for (int i = 0; i < 20; ++i) lane.append_frame(other, 1000);
  for (int i = 0; i < 20; ++i) {
    lane.append_frame(other, 1000);
    lane.journal().commit();
  }
  ASSERT_TRUE(lane.journal().wait_acknowledged(lane.appended()).ok());
  auto pinning = lane.journal().figures().pinning;
  EXPECT_EQ(std::set<PartId>(pinning.begin(), pinning.end()), (std::set<PartId>{pin, other}));
  EXPECT_EQ(lane.journal().read_part(pin).error().code(), ErrorCode::kNotFound);
  EXPECT_EQ(lane.journal().read_part(PartId()).error().code(), ErrorCode::kNotFound);
}

TEST(Journal, ANewRunLeavesOldFilesAlone) {
  MemoryEnv env;
  auto first = std::make_unique<TestLane>(4);
  ASSERT_TRUE(first->open(env, small()).ok());
  first->append_frame(first->open_part(), 100);
  first->journal().commit();
  ASSERT_TRUE(first->journal().wait_acknowledged(2).ok());
  first->forget_journal();
  TestLane second(5);
  ASSERT_TRUE(second.open(env, small()).ok());
  second.append_frame(second.open_part(), 100);
  ASSERT_TRUE(second.journal().close().ok());
  int parts = 0;
  ASSERT_TRUE(recover(env, kFolder, every_key, [&](Recovered&& part) -> Status {
                EXPECT_EQ(part.bytes.frames.size(), 1u);
                EXPECT_EQ(part.bytes.end, part::End::kCrash);
                ++parts;
                return {};
              }).ok());
  EXPECT_EQ(parts, 2);
  EXPECT_TRUE(findings_of(env, false).empty());
  ASSERT_TRUE(remove_files(env, kFolder).ok());
  EXPECT_EQ(list_files(env, kFolder)->size(), 0u);
}

TEST(Journal, AfterCloseStoredPartsStillTakeTheirFilesAlong) {
  MemoryEnv env;
  TestLane lane(6);
  ASSERT_TRUE(lane.open(env, small()).ok());
  for (int i = 0; i < 10; ++i) {
    PartId part = lane.open_part();
    lane.append_frame(part, 1000);
    lane.end_part(part, part::End::kCut);
  }
  ASSERT_TRUE(lane.journal().close().ok());
  EXPECT_TRUE(findings_of(env, true).empty());
  EXPECT_GT(list_files(env, kFolder)->size(), 0u);
  while (lane.store_one()) {
  }
  EXPECT_EQ(list_files(env, kFolder)->size(), 0u);
}

TEST(Journal, NothingIsAcknowledgedBeforeItsKeysAreDurable) {
  MemoryEnv env;
  TestLane lane(7);
  std::atomic<int> calls = 0;
  Options options = small();
  options.before_acknowledge = [&]() -> Status {
    EXPECT_EQ(lane.acknowledged(), 0u);
    if (++calls < 3) return Error(ErrorCode::kIo, "the key store is away");
    return {};
  };
  ASSERT_TRUE(lane.open(env, options).ok());
  PartId part = lane.open_part();
  lane.journal().commit();
  ASSERT_TRUE(lane.journal().wait_acknowledged(1).ok());
  EXPECT_EQ(calls, 3);
  EXPECT_EQ(lane.errors(), 2u);
  lane.append_frame(part, 10);
  lane.journal().commit();
  ASSERT_TRUE(lane.journal().wait_acknowledged(2).ok());
  EXPECT_EQ(calls, 3);                              // this batch opens none
  EXPECT_EQ(list_files(env, kFolder)->size(), 1u);  // the entries, once written, waited for the keys
}

TEST(Journal, AGroupWaitsForTheSlowerOfItsKeysAndItsEntries) {
  MemoryEnv disk;
  std::promise<void> entries_synced;
  FaultEnv env(disk, [&](const io::Call& call) -> std::optional<io::Fault> {
    if (call.operation == Operation::kSyncDirectory) entries_synced.set_value();
    return std::nullopt;
  });
  TestLane lane(7);
  Options options = small();
  options.before_acknowledge = [&]() -> Status {
    entries_synced.get_future().wait();  // for ever, were they written afterwards
    EXPECT_EQ(lane.acknowledged(), 0u);
    return {};
  };
  ASSERT_TRUE(lane.open(env, options).ok());
  lane.open_part();
  lane.journal().commit();
  ASSERT_TRUE(lane.journal().wait_acknowledged(1).ok());
}

struct FoundAgain {
  size_t frames;
  part::End end;
  bool operator==(const FoundAgain&) const = default;
};

std::map<PartId, FoundAgain> recovered_without(io::Env& env, const std::set<PartId>& keyless) {
  std::map<PartId, FoundAgain> found;
  Status status = recover(
      env, kFolder, [&](const part::Header& of) { return !keyless.contains(of.part); },
      [&](Recovered&& part) -> Status {
        found[part.part] = {part.bytes.frames.size(), part.bytes.end};
        return {};
      });
  EXPECT_TRUE(status.ok());
  return found;
}

TEST(Journal, RecoveryEndsBeforeTheFirstPartOfTheLastGroupWithoutAKey) {
  MemoryEnv env;
  TestLane lane(7);
  ASSERT_TRUE(lane.open(env, small()).ok());
  auto open_with_frame = [&] {
    PartId part = lane.open_part();
    lane.append_frame(part, 10);
    return part;
  };
  const PartId acknowledged = open_with_frame(), ended = open_with_frame();
  lane.journal().commit();
  ASSERT_TRUE(lane.journal().wait_acknowledged(4).ok());
  lane.append_frame(acknowledged, 10);
  const PartId before = open_with_frame();
  const PartId without_key = open_with_frame();
  lane.append_frame(acknowledged, 10);
  lane.append_frame(before, 10);
  lane.end_part(ended, part::End::kClosed);
  const PartId behind = open_with_frame();
  lane.journal().commit();
  ASSERT_TRUE(lane.journal().wait_acknowledged(lane.appended()).ok());
  auto killed = env.crash_kill();

  using Found = std::map<PartId, FoundAgain>;
  EXPECT_EQ(recovered_without(*killed, {}), (Found{{acknowledged, {3, part::End::kCrash}},
                                                   {ended, {1, part::End::kClosed}},
                                                   {before, {2, part::End::kCrash}},
                                                   {without_key, {1, part::End::kCrash}},
                                                   {behind, {1, part::End::kCrash}}}));
  const Found beginning = {{acknowledged, {2, part::End::kCrash}},
                           {ended, {1, part::End::kCrash}},
                           {before, {1, part::End::kCrash}}};
  EXPECT_EQ(recovered_without(*killed, {without_key}), beginning);
  EXPECT_EQ(recovered_without(*killed, {without_key, behind}), beginning);
  // Its key was durable once, since a later group shows it: something else is wrong, and ends nothing.
  EXPECT_EQ(recovered_without(*killed, {acknowledged}).size(), 5u);
}

// REQUIREMENTS H01, H02: at every call of the file system the process is killed, or the power lost.
TEST(JournalCrash, NothingAcknowledgedIsLost) {
  std::atomic<int> points = 0;
  for (int run = 0; run < runs(30); ++run) {
    uint64_t seed = static_cast<uint64_t>(run);
    MemoryEnv env;
    TestLane lane(seed);
    FaultEnv watched(env, [&](const io::Call& call) -> std::optional<io::Fault> {
      if (call.operation == Operation::kReadAt || call.operation == Operation::kList) return std::nullopt;
      uint64_t acknowledged = lane.acknowledged();
      auto after = call.number % 4 ? env.crash_state(seed * 1000 + call.number) : env.crash_kill();
      if (!*after->exists(kFolder)) return std::nullopt;
      ++points;
      lane.verify(*after, acknowledged);
      for (const std::string& finding : findings_of(*after, false)) ADD_FAILURE() << finding;
      return std::nullopt;
    });
    ASSERT_TRUE(lane.open(watched, small(uint64_t{2048} << seed % 4)).ok());
    for (int i = 0; i < 120; ++i) lane.step();
    lane.journal().commit();
    ASSERT_TRUE(lane.journal().wait_acknowledged(lane.appended()).ok());
    lane.verify(*env.crash_state(seed), lane.appended());
    if (seed % 2) {
      ASSERT_TRUE(lane.journal().close().ok());
    }
    lane.forget_journal();
    lane.verify(*env.crash_state(seed), lane.appended());
    EXPECT_EQ(findings_of(*env.crash_state(seed), seed % 2).size(), 0u);
    if (testing::Test::HasFailure()) FAIL() << "seed " << seed;
  }
  std::printf("%d crash points\n", points.load());
  EXPECT_GE(points, runs(3'000));
}

struct Trouble {
  uint64_t site;
  Disorder disorder;
  Persistence persistence;
};

// Returns the number of sites. Acts without waiting for the disk, so that a lane never hangs on a fault.
uint64_t run_with(const std::optional<Trouble>& trouble) {
  MemoryEnv env;
  TestLane lane(11);
  lane.set_patient(false);
  FaultEnv faulty(env);
  if (trouble) faulty.set_policy(io::fail_call(trouble->site, trouble->disorder, trouble->persistence));
  Status opened = lane.open(faulty, small(4096));
  if (!opened.ok()) {
    EXPECT_GT(faulty.faults(), 0u);
    return 0;
  }
  for (int i = 0; i < 60; ++i) {
    lane.step();
    // A quiet disk is waited for, so that the sites are about the same in every run.
    while (lane.journal().figures().pending_bytes > 20'000 && lane.errors() == 0) std::this_thread::yield();
  }
  lane.journal().commit();
  auto deadline = std::chrono::steady_clock::now() + std::chrono::milliseconds(20);
  while (lane.errors() < 3 && lane.acknowledged() < lane.appended() &&
         std::chrono::steady_clock::now() < deadline)
    std::this_thread::sleep_for(std::chrono::microseconds(100));
  lane.verify(*env.crash_kill(), lane.acknowledged());
  lane.verify(*env.crash_state(1), lane.acknowledged());
  faulty.set_policy({});  // the fault ends, and the journal goes on by itself
  Status caught_up = lane.journal().wait_acknowledged(lane.appended());
  EXPECT_TRUE(caught_up.ok());
  Status closed = lane.journal().close();
  EXPECT_TRUE(closed.ok()) << closed.error().message();
  lane.verify(*env.crash_state(2), lane.appended());
  for (const std::string& finding : findings_of(env, true)) ADD_FAILURE() << finding;
  EXPECT_EQ(faulty.touched_after_failed_sync(), 0u);
  return faulty.calls();
}

// REQUIREMENTS H04, H05.
TEST(JournalFault, EverySiteOnceAndForEver) {
  uint64_t sites = run_with({});
  ASSERT_GT(sites, 30u);
  for (uint64_t site = 0; site < sites; ++site) {
    for (Disorder disorder : {Disorder::kEio, Disorder::kEnospc, Disorder::kErofs, Disorder::kShortWrite}) {
      for (Persistence persistence : {Persistence::kOnce, Persistence::kForEver}) {
        run_with(Trouble{site, disorder, persistence});
        ASSERT_FALSE(HasFailure()) << "site " << site << " disorder " << static_cast<int>(disorder)
                                   << " persistence " << static_cast<int>(persistence);
      }
    }
  }
}

// Each kind of call that matters fails in turn while the lane goes on: an error is reported each time, none
// is lost.
TEST(JournalFault, ErrorsAreReportedAndSurvived) {
  for (Operation operation : {Operation::kOpen, Operation::kAllocate, Operation::kWriteAt, Operation::kSync,
                              Operation::kSyncDirectory, Operation::kTruncate}) {
    for (uint64_t ordinal = 0; ordinal < 4; ++ordinal) {
      MemoryEnv env;
      FaultEnv faulty(env, io::fail_kind(operation, ordinal, Disorder::kEio, Persistence::kOnce));
      TestLane lane(12);
      ASSERT_TRUE(lane.open(faulty, small(4096)).ok());
      PartId part = lane.open_part();
      for (int i = 0; i < 30; ++i) {
        lane.append_frame(part, 900);
        lane.journal().commit();
        ASSERT_TRUE(lane.journal().wait_acknowledged(lane.appended()).ok());
        lane.verify(*env.crash_state(ordinal), lane.appended());
      }
      EXPECT_EQ(faulty.faults(), lane.errors()) << io::name_of(operation);
      EXPECT_EQ(lane.journal().figures().errors, lane.errors());
      ASSERT_TRUE(lane.journal().close().ok());
      for (const std::string& finding : findings_of(env, true)) ADD_FAILURE() << finding;
      EXPECT_EQ(faulty.touched_after_failed_sync(), 0u);
    }
  }
}

TEST(JournalFault, ADiskThatNeverComesBackEndsCloseWithAnError) {
  MemoryEnv env;
  FaultEnv faulty(env);
  TestLane lane(13);
  ASSERT_TRUE(lane.open(faulty, small()).ok());
  PartId part = lane.open_part();
  lane.journal().commit();
  ASSERT_TRUE(lane.journal().wait_acknowledged(1).ok());
  faulty.set_policy(io::fail_kind(Operation::kSync, 0, Disorder::kEio, Persistence::kForEver));
  lane.append_frame(part, 100);
  Status closed = lane.journal().close();
  ASSERT_FALSE(closed.ok());
  EXPECT_EQ(closed.error().code(), ErrorCode::kIo);
  EXPECT_FALSE(lane.journal().wait_acknowledged(2).ok());
  EXPECT_GE(lane.errors(), 2u);
  EXPECT_LE(list_files(env, kFolder)->size(), 2u);  // attempts leave no files
  lane.verify(env, 1);
}

TEST(JournalFault, ABoundedNumberOfAttemptsEndsTheJournal) {
  MemoryEnv env;
  FaultEnv faulty(env);
  TestLane lane(15);
  Options options = small();
  options.max_attempts = 3;
  options.max_pending_bytes = 100;
  ASSERT_TRUE(lane.open(faulty, options).ok());
  PartId part = lane.open_part();
  lane.journal().commit();
  ASSERT_TRUE(lane.journal().wait_acknowledged(1).ok());
  EXPECT_TRUE(lane.journal().status().ok());
  faulty.set_policy(io::fail_kind(Operation::kSync, 0, Disorder::kEio, Persistence::kForEver));
  lane.append_frame(part, 1000);
  lane.journal().commit();  // does not block for ever, though more is pending than allowed
  Status waited = lane.journal().wait_acknowledged(2);
  ASSERT_FALSE(waited.ok());
  EXPECT_EQ(waited.error().code(), ErrorCode::kIo);
  EXPECT_FALSE(lane.journal().status().ok());
  EXPECT_EQ(lane.errors(), 3u);
  EXPECT_FALSE(lane.journal().close().ok());
  lane.verify(env, 1);
}

TEST(JournalFault, SlowSyncsAreSharedAndTheBacklogIsBounded) {
  for (int milliseconds : {5, 20, 100}) {
    MemoryEnv env;
    FaultEnv slow(
        env, io::delay_syncs([=] { std::this_thread::sleep_for(std::chrono::milliseconds(milliseconds)); }));
    TestLane lane(14);
    Options options = small(65536);
    options.max_pending_bytes = 20'000;
    ASSERT_TRUE(lane.open(slow, options).ok());
    PartId part = lane.open_part();
    bool was_blocked = false;
    for (int i = 0; i < 60; ++i) {
      lane.append_frame(part, 900);
      was_blocked |= lane.journal().would_block();
      lane.journal().commit();
      EXPECT_LE(lane.journal().figures().pending_bytes, options.max_pending_bytes);
    }
    lane.journal().commit();
    ASSERT_TRUE(lane.journal().wait_acknowledged(lane.appended()).ok());
    EXPECT_TRUE(was_blocked);
    Journal::Figures figures = lane.journal().figures();
    EXPECT_LT(figures.syncs, 15u);
    EXPECT_GE(figures.sync_ns_max, milliseconds * kNsPerMs);
    ASSERT_TRUE(lane.journal().close().ok());
    lane.verify(*env.crash_state(1), lane.appended());
  }
}

TEST(JournalThreads, LaneStorerAndWaiterTogether) {
  MemoryEnv env;
  TestLane lane(15);
  ASSERT_TRUE(lane.open(env, small()).ok());
  std::atomic<bool> is_done = false;
  std::thread storer([&] {
    while (!is_done) {
      lane.store_one();
      (void)lane.journal().figures();
      std::this_thread::yield();
    }
  });
  std::thread waiter([&] {
    for (uint64_t sequence = 1; sequence <= 100; ++sequence)
      EXPECT_TRUE(lane.journal().wait_acknowledged(sequence).ok());
  });
  for (int i = 0; i < 2000; ++i) lane.step();
  lane.end_and_store_all();
  waiter.join();
  ASSERT_TRUE(lane.journal().close().ok());
  is_done = true;
  storer.join();
  EXPECT_EQ(list_files(env, kFolder)->size(), 0u);
}

TEST(JournalThreads, DestructionDoesNotWaitForABrokenDisk) {
  MemoryEnv env;
  FaultEnv faulty(env);
  TestLane lane(16);
  Options options = small();
  options.retry_ns = 3600 * kNsPerSec;
  ASSERT_TRUE(lane.open(faulty, options).ok());
  faulty.set_policy(io::fail_call(0, Disorder::kEio, Persistence::kForEver));
  lane.open_part();
  lane.journal().commit();
  while (lane.errors() == 0) std::this_thread::yield();
  lane.forget_journal();
}

// A small journal of two files, the first full, with several acknowledged groups.
void fill(TestLane& lane, io::Env& env) {
  ASSERT_TRUE(lane.open(env, small(1024)).ok());
  PartId part = lane.open_part(), other = lane.open_part();
  for (size_t i = 0; i < 6; ++i) {
    lane.append_frame(i % 2 ? part : other, 60 + i);
    if (i == 3) lane.end_part(other, part::End::kPause);
    lane.journal().commit();
    ASSERT_TRUE(lane.journal().wait_acknowledged(lane.appended()).ok());
    if (i == 3) {
      while (!lane.store_one()) std::this_thread::yield();
    }
  }
}

// Whether check() finds each flipped and each removed byte of the first `size` bytes of a file.
void expect_every_byte_counts(const MemoryEnv& env, const std::string& path, uint64_t size,
                              bool closed_cleanly) {
  auto bytes = io::read_file(*env.crash_kill(), path, 1 << 20);
  ASSERT_TRUE(bytes.ok());
  for (uint64_t i = 0; i < size; ++i) {
    for (uint8_t flip : {0x01, 0x10, 0x80, 0xff, 0x00}) {  // 0x00: the byte is removed
      Bytes changed = *bytes;
      changed[i] ^= flip;
      if (flip == 0) changed.erase(changed.begin() + static_cast<ptrdiff_t>(i));
      auto copy = env.crash_kill();
      ASSERT_TRUE(io::write_file(*copy, path, changed).ok());
      auto findings = findings_of(*copy, closed_cleanly);
      ASSERT_FALSE(findings.empty()) << path << " byte " << i << " flip " << int{flip};
      EXPECT_NE(findings[0].find(path + " at "), std::string::npos) << findings[0];
    }
  }
}

TEST(JournalCheck, InAClosedJournalEveryByteCounts) {
  MemoryEnv env;
  TestLane lane(17);
  fill(lane, env);
  ASSERT_TRUE(lane.journal().close().ok());
  ASSERT_TRUE(findings_of(env, true).empty());
  auto paths = *list_files(env, kFolder);
  ASSERT_GE(paths.size(), 2u);
  for (const std::string& path : paths)
    expect_every_byte_counts(env, path, io::read_file(env, path, 1 << 20)->size(), true);
}

TEST(JournalCheck, InALiveJournalEveryByteBeforeTheLastEntryCounts) {
  MemoryEnv env;
  TestLane lane(18);
  fill(lane, env);
  ASSERT_TRUE(findings_of(env, false).empty());
  auto paths = *list_files(env, kFolder);
  ASSERT_GE(paths.size(), 2u);
  for (const std::string& path : paths) {
    Bytes bytes = *io::read_file(env, path, 1 << 20);
    bool is_current = path == paths.back();
    while (!bytes.empty() && bytes.back() == 0) bytes.pop_back();
    uint64_t last_entry = 24 + 16 + 64 + 65 + 16;  // at most: a frame
    expect_every_byte_counts(env, path, is_current ? bytes.size() - last_entry : bytes.size(), false);
  }
}

TEST(JournalCheck, NoByteOfAHeaderCostsAFrame) {
  MemoryEnv env;
  TestLane lane(21);
  fill(lane, env);
  const auto paths = *list_files(env, kFolder);
  for (const std::string& path : paths) {
    const Bytes bytes = *io::read_file(env, path, 1 << 20);
    for (size_t i = 0; i < 64; ++i) {
      for (uint8_t flip : {0x01, 0x80, 0xff}) {
        Bytes changed = bytes;
        changed[i] ^= flip;
        auto copy = env.crash_kill();
        ASSERT_TRUE(io::write_file(*copy, path, changed).ok());
        lane.verify(*copy, lane.acknowledged());
        ASSERT_FALSE(testing::Test::HasFailure()) << path << " byte " << i << " flip " << int{flip};
      }
    }
  }
}

TEST(JournalCheck, ASectorThatTheDiskLostAfterASyncIsFound) {
  MemoryEnv env;
  TestLane lane(19);
  ASSERT_TRUE(lane.open(env, small(1 << 16)).ok());
  PartId part = lane.open_part();
  for (int i = 0; i < 8; ++i) {
    lane.append_frame(part, 1000);
    lane.journal().commit();
    ASSERT_TRUE(lane.journal().wait_acknowledged(lane.appended()).ok());
  }
  std::string path = list_files(env, kFolder)->front();
  Bytes bytes = *io::read_file(env, path, 1 << 20);
  std::fill_n(bytes.begin() + 2048, 512, uint8_t{0});
  ASSERT_TRUE(io::write_file(env, path, bytes).ok());
  EXPECT_EQ(findings_of(env, false).size(), 2u);  // the place, and that a frame is missing
}

TEST(JournalCheck, MissingAndForeignFilesAreFound) {
  MemoryEnv env;
  TestLane lane(20);
  fill(lane, env);
  ASSERT_TRUE(lane.journal().close().ok());
  auto paths = *list_files(env, kFolder);
  ASSERT_TRUE(env.rename(paths[0], std::string(kFolder) + "/00000099.ewj").ok());
  EXPECT_FALSE(findings_of(env, true).empty());
}

}  // namespace
}  // namespace ew::journal
