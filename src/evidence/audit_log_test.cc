#include "evidence/audit_log.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <map>
#include <random>
#include <thread>

#include "evidence/reader_internal.h"
#include "io/fault_env.h"
#include "io/memory_env.h"

namespace ew::evidence {
namespace {

// The full count is asked for by EW_LONG=1.
const uint64_t kShorten = std::getenv("EW_LONG") ? 1 : 10;

constexpr const char* kDirectory = "/data/audit";
const crypto::SigningKey& signing_key() {
  static const crypto::SigningKey key = crypto::ed25519_from_seed(Bytes(32, 7)).value();
  return key;
}
Options options(uint64_t every_events = 1'000'000) {
  return {
      .origin = "earwitness/node", .checkpoint_every_events = every_events, .checkpoint_every_ns = INT64_MAX};
}
RecordingId recording(uint8_t number) {
  RecordingId id;
  id.bytes[15] = number;
  return id;
}
// A number below 5 belongs to that recording; `number` is in the details.
Event event(uint64_t number) {
  Event event{.at = WallTime{static_cast<int64_t>(number) * kNsPerMs},
              .kind = "part.stored",
              .actor = "recorder",
              .result = "ok"};
  if (number % 7 < 5) event.recording = recording(static_cast<uint8_t>(number % 7 + 1));
  event.details = {{"number", std::to_string(number)}, {"a", "quote \" and \\"}};
  return event;
}
uint64_t number_of(std::string_view entry) {
  const size_t at = entry.find("\"number\":\"") + 10;
  return std::stoull(std::string(entry.substr(at, entry.find('"', at) - at)));
}
Result<std::unique_ptr<AuditLog>> open(io::Env& env, const Clock& clock, Options with = options()) {
  return AuditLog::open(env, kDirectory, signing_key(), clock, std::move(with));
}
CheckResult check_log(io::Env& env, std::vector<uint64_t>* numbers = nullptr) {
  auto result = check(env, kDirectory, signing_key().public_key, [&](uint64_t index, std::string_view entry) {
    if (!numbers) return;
    EXPECT_EQ(index, numbers->size());
    numbers->push_back(number_of(entry));
  });
  EXPECT_TRUE(result.ok()) << result.error().message();
  return *result;
}

TEST(Event, IsCanonicalJson) {
  io::MemoryEnv env;
  FakeClock clock;
  auto log = open(env, clock).value();
  Event first = event(0);
  ASSERT_EQ(log->append(first).value(), 0u);
  ASSERT_EQ(log->append(first).value(), 1u);
  EXPECT_EQ(
      log->entry(0).value(),
      R"({"a":"quote \" and \\","actor":"recorder","at":"1970-01-01T00:00:00.000000Z","kind":"part.stored",)"
      R"("number":"0","recording":"00000000-0000-0000-0000-000000000001","result":"ok","rseq":0})");
  const std::string second = log->entry(1).value();
  EXPECT_NE(second.find("\"prev\":\"" + to_hex(leaf_hash(as_bytes(*log->entry(0)))) + "\""),
            std::string::npos);
  EXPECT_NE(second.find("\"rseq\":1}"), std::string::npos);
}

TEST(Event, WhatMustNotBeInALeafIsRefused) {
  io::MemoryEnv env;
  FakeClock clock;
  auto log = open(env, clock).value();
  Event bad = event(1);
  bad.details = {{"name", "J\xc3\xbcrgen"}};
  EXPECT_EQ(log->append(bad).error().code(), ErrorCode::kInvalid);
  bad.details = {{"kind", "twice"}};
  EXPECT_EQ(log->append(bad).error().code(), ErrorCode::kInvalid);
  bad.details = {{"rseq", "5"}};
  EXPECT_EQ(log->append(bad).error().code(), ErrorCode::kInvalid);
  bad.details = {{"long", std::string(70'000, 'x')}};
  EXPECT_EQ(log->append(bad).error().code(), ErrorCode::kLimit);
  EXPECT_EQ(log->size(), 0u);
  EXPECT_EQ(commitment(Bytes(32, 1), "+15550100").size(), 64u);
  EXPECT_NE(commitment(Bytes(32, 1), "+15550100"), commitment(Bytes(32, 2), "+15550100"));
}

TEST(Event, OnlyTheCanonicalFormIsAnEntry) {
  const std::string good = R"({"actor":"a","at":"1970-01-01T00:00:00.000000Z","kind":"k","result":"ok"})";
  EXPECT_TRUE(parse_entry(good).ok());
  for (std::string bad :
       {std::string(), std::string("{}"), good + " ", good.substr(1), "{ " + good.substr(1),
        std::string(R"({"at":"1970-01-01T00:00:00.000000Z","actor":"a","kind":"k","result":"ok"})"),
        std::string(R"({"actor":"a","at":"1970-01-01T00:00:00.000000Z","kind":"k","result":"ok","rseq":0})"),
        std::string(R"({"actor":"a","at":"1970-01-01T00:00:00.000000Z","kind":"\u006b","result":"ok"})"),
        std::string(R"({"actor":"a","at":"yesterday","kind":"k","result":"ok"})"),
        std::string(R"({"actor":"a","at":"0970-01-01T00:00:00.000000Z","kind":"k","result":"ok"})"),
        std::string(R"({"actor":"a","at":"1970-01-01T00:00:00Z","kind":"k","result":"ok"})")})
    EXPECT_FALSE(parse_entry(bad).ok()) << bad;
}

TEST(Tiles, PathsOfTheSpecification) {
  EXPECT_EQ((TileName{0, 1234067}.path()), "tile/0/x001/x234/067");
  EXPECT_EQ((TileName{TileName::kEntries, 5, 17}.path()), "tile/entries/005.p/17");
  for (const TileName& tile :
       {TileName{0, 1234067}, TileName{2, 0, 1}, TileName{TileName::kEntries, 1000, 255}})
    EXPECT_EQ(parse_tile_path(tile.path()), tile);
  for (const char* bad :
       {"tile/0/x000/001", "tile/0/1", "tile/00/001", "tile/0/001.p/0", "tile/0/001.p/256", "tile/0/001.p/01",
        "tile/entries", "tile/9/000", "tile/0/001/002", "checkpoint", "tile/0/"})
    EXPECT_FALSE(parse_tile_path(bad)) << bad;
}

TEST(Checkpoint, SignedNoteHasOneFormAndOneKey) {
  const Checkpoint checkpoint{"earwitness/node", 42, crypto::sha256(as_bytes("root"))};
  const std::string note = sign_checkpoint(checkpoint, signing_key());
  auto opened = open_checkpoint(note, "earwitness/node", signing_key().public_key);
  ASSERT_TRUE(opened.ok());
  EXPECT_EQ(opened->size, 42u);
  EXPECT_EQ(opened->root, checkpoint.root);
  EXPECT_FALSE(open_checkpoint(note, "other", signing_key().public_key).ok());
  EXPECT_FALSE(open_checkpoint(note, "earwitness/node", crypto::generate_ed25519().public_key).ok());
  for (size_t i = 0; i < note.size(); ++i) {
    for (int bit = 0; bit < 8; ++bit) {
      std::string bad = note;
      bad[i] = static_cast<char>(bad[i] ^ (1 << bit));
      EXPECT_FALSE(open_checkpoint(bad, "earwitness/node", signing_key().public_key).ok()) << i;
    }
    std::string shorter = note;
    shorter.erase(i, 1);
    EXPECT_FALSE(open_checkpoint(shorter, "earwitness/node", signing_key().public_key).ok()) << i;
  }
}

// RFC 6962's definition, said once more without tiles.
crypto::Digest tree_hash(const std::vector<crypto::Digest>& leaves, size_t begin, size_t end) {
  if (end == begin) return crypto::sha256({});
  if (end - begin == 1) return leaves[begin];
  size_t half = 1;
  while (half * 2 < end - begin) half *= 2;
  return node_hash(tree_hash(leaves, begin, begin + half), tree_hash(leaves, begin + half, end));
}

TEST(AuditLog, RootsAndProofsOfAllSizes) {
  io::MemoryEnv env;
  FakeClock clock;
  auto log = open(env, clock).value();
  std::vector<crypto::Digest> leaves;
  for (uint64_t i = 0; i < 600; ++i) {
    ASSERT_TRUE(log->append(event(i)).ok());
    leaves.push_back(leaf_hash(as_bytes(*log->entry(i))));
    if (i == 100 || i == 255 || i == 511 || i == 530) {
      ASSERT_TRUE(log->checkpoint().ok());
    }
  }
  for (uint64_t size : {1, 2, 3, 255, 256, 257, 300, 511, 512, 513, 531, 599, 600}) {
    const crypto::Digest root = tree_hash(leaves, 0, size);
    for (uint64_t index = 0; index < size; index += 1 + size / 20) {
      auto proof = log->inclusion_proof(index, size);
      ASSERT_TRUE(proof.ok()) << proof.error().message();
      EXPECT_TRUE(verify_inclusion(leaves[index], index, size, *proof, root)) << index << " of " << size;
      if (!proof->empty()) {
        (*proof)[0][0] ^= 1;
        EXPECT_FALSE(verify_inclusion(leaves[index], index, size, *proof, root));
      }
    }
  }
  EXPECT_FALSE(log->inclusion_proof(600, 600).ok());
  EXPECT_FALSE(log->inclusion_proof(0, 601).ok());
  ASSERT_TRUE(log->checkpoint().ok());
  EXPECT_EQ(read_checkpoint(env, kDirectory, "earwitness/node", signing_key().public_key)->root,
            tree_hash(leaves, 0, 600));
}

TEST(AuditLog, GoesOnAfterAStop) {
  io::MemoryEnv env;
  FakeClock clock;
  std::vector<std::string> entries;
  for (uint64_t run = 0; run < 8; ++run) {
    auto log = open(env, clock);
    ASSERT_TRUE(log.ok()) << log.error().message();
    ASSERT_EQ((*log)->size(), entries.size());
    for (uint64_t i = 0; i < entries.size(); i += 37) ASSERT_EQ((*log)->entry(i).value(), entries[i]);
    for (int i = 0; i < 100; ++i) {
      ASSERT_TRUE((*log)->record(event(entries.size())).ok());
      entries.push_back((*log)->entry(entries.size()).value());
    }
  }
  std::vector<uint64_t> numbers;
  const CheckResult result = check_log(env, &numbers);
  EXPECT_TRUE(result.findings.empty()) << result.findings[0];
  EXPECT_EQ(result.entries, 800u);
  for (uint64_t i = 0; i < numbers.size(); ++i) EXPECT_EQ(numbers[i], i);
}

TEST(AuditLog, CheckpointsWhenDueByNumberAndTime) {
  io::MemoryEnv env;
  FakeClock clock;
  auto size = [&] {
    return read_checkpoint(env, kDirectory, "earwitness/node", signing_key().public_key)->size;
  };
  auto log =
      open(env, clock,
           {.origin = "earwitness/node", .checkpoint_every_events = 10, .checkpoint_every_ns = kNsPerSec})
          .value();
  for (uint64_t i = 0; i < 9; ++i) ASSERT_TRUE(log->record(event(i)).ok());
  EXPECT_EQ(size(), 0u);
  ASSERT_TRUE(log->record(event(9)).ok());
  EXPECT_EQ(size(), 10u);
  ASSERT_TRUE(log->record(event(10)).ok());
  EXPECT_EQ(size(), 10u);
  clock.advance(kNsPerSec);
  ASSERT_TRUE(log->flush().ok());
  EXPECT_EQ(size(), 11u);
}

// Appends events in batches with checkpoints in between; `flushed` is how many were durable, as promised.
void run(io::Env& env, uint64_t seed, std::vector<uint64_t>& flushed, int steps = 25) {
  FakeClock clock;
  std::mt19937_64 random(seed);
  auto log = open(env, clock, options(1 + random() % 400));
  if (!log.ok()) return;
  std::vector<uint64_t> appended;
  uint64_t number = 0;
  for (int step = 0; step < steps; ++step) {
    for (uint64_t i = random() % 40; i > 0; --i)
      if ((*log)->append(event(number++)).ok()) appended.push_back(number - 1);
    if (random() % 10 == 0) {
      if ((*log)->checkpoint().ok()) flushed = appended;
    } else if ((*log)->flush().ok()) {
      flushed = appended;
    }
  }
}

// Every flushed event is there exactly once, in order and without gaps, and the log goes on.
void expect_kept(io::Env& env, const std::vector<uint64_t>& flushed) {
  FakeClock clock;
  {
    auto log = open(env, clock);
    ASSERT_TRUE(log.ok()) << log.error().message();
    ASSERT_GE((*log)->size(), flushed.size());
    ASSERT_TRUE((*log)->record(event(1'000'000)).ok());
  }
  std::vector<uint64_t> numbers;
  const CheckResult result = check_log(env, &numbers);
  ASSERT_TRUE(result.findings.empty()) << result.findings[0];
  ASSERT_GT(numbers.size(), flushed.size());
  for (size_t i = 0; i < flushed.size(); ++i) ASSERT_EQ(numbers[i], flushed[i]);
  ASSERT_EQ(numbers.back(), 1'000'000u);
  for (size_t i = 1; i < numbers.size(); ++i) ASSERT_LT(numbers[i - 1], numbers[i]) << "twice";
}

TEST(AuditLogCrash, PowerLossAtAnyMoment) {
  for (uint64_t seed = 0; seed < 2'000; seed += kShorten > 1 ? 40 : 1) {
    io::MemoryEnv memory;
    std::unique_ptr<io::MemoryEnv> after;
    std::vector<uint64_t> flushed, at_crash;
    const uint64_t stop = std::mt19937_64(seed)() % 400;
    io::FaultEnv env(memory, [&](const io::Call& call) -> std::optional<io::Fault> {
      if (call.number == stop) {
        after = memory.crash_state(seed);
        at_crash = flushed;
      }
      return std::nullopt;
    });
    run(env, seed, flushed);
    if (!after) continue;
    ASSERT_NO_FATAL_FAILURE(expect_kept(*after, at_crash)) << "seed " << seed;
  }
}

TEST(AuditLogCrash, AKilledProcessLeavesNoFinding) {
  for (uint64_t stop = 0; stop < 500; stop += kShorten) {
    io::MemoryEnv memory;
    std::unique_ptr<io::MemoryEnv> after;
    std::vector<uint64_t> flushed, at_crash;
    io::FaultEnv env(memory, [&](const io::Call& call) -> std::optional<io::Fault> {
      if (call.number == stop) {
        after = memory.crash_kill();
        at_crash = flushed;
      }
      return std::nullopt;
    });
    run(env, 3 + stop % 3, flushed);
    if (!after) continue;
    // Once the log is made, check() needs no opening before it.
    if (after->exists("/data/audit/checkpoint").value()) {
      const CheckResult result = check_log(*after);
      ASSERT_TRUE(result.findings.empty()) << "stop " << stop << ": " << result.findings[0];
      ASSERT_GE(result.entries, at_crash.size());
    }
    ASSERT_NO_FATAL_FAILURE(expect_kept(*after, at_crash)) << "stop " << stop;
  }
}

TEST(AuditLogCrash, FaultsAtEveryCall) {
  io::MemoryEnv dry;
  io::FaultEnv counting(dry);
  std::vector<uint64_t> ignored;
  run(counting, 5, ignored, 12);
  for (auto disorder : {io::Disorder::kEio, io::Disorder::kShortWrite}) {
    for (auto persistence : {io::Persistence::kOnce, io::Persistence::kForEver}) {
      for (uint64_t site = std::mt19937_64(static_cast<uint64_t>(disorder))() % kShorten;
           site < counting.calls(); site += kShorten) {
        io::MemoryEnv memory;
        io::FaultEnv env(memory, io::fail_call(site, disorder, persistence));
        std::vector<uint64_t> flushed;
        run(env, 5, flushed, 12);
        ASSERT_EQ(env.touched_after_failed_sync(), 0u) << "site " << site;
        ASSERT_NO_FATAL_FAILURE(expect_kept(memory, flushed)) << "site " << site;
      }
    }
  }
}

TEST(AuditLog, ThreadsShareSyncs) {
  io::MemoryEnv memory;
  std::atomic<int> syncs = 0;
  io::FaultEnv env(memory, [&](const io::Call& call) -> std::optional<io::Fault> {
    if (call.operation == io::Operation::kSync && call.path.ends_with("pending")) {
      ++syncs;
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    return std::nullopt;
  });
  FakeClock clock;
  auto log = open(env, clock, options(100)).value();
  std::vector<std::thread> threads;
  for (uint64_t t = 0; t < 8; ++t)
    threads.emplace_back([&, t] {
      for (uint64_t i = 0; i < 50; ++i) {
        EXPECT_TRUE(log->record(event(t * 1'000 + i)).ok());
        if (i % 10 == 0) {
          EXPECT_TRUE(log->entry(i).ok());
          EXPECT_TRUE(log->inclusion_proof(i, log->size()).ok());
        }
      }
    });
  for (std::thread& thread : threads) thread.join();
  EXPECT_LT(syncs, 8 * 50);
  log.reset();
  std::vector<uint64_t> numbers;
  EXPECT_TRUE(check_log(memory, &numbers).findings.empty());
  std::ranges::sort(numbers);
  EXPECT_EQ(std::unique(numbers.begin(), numbers.end()) - numbers.begin(), 8 * 50);
}

class Tampering : public testing::Test {
 protected:
  Tampering() {
    FakeClock clock;
    auto log = open(env, clock).value();
    for (uint64_t i = 0; i < 262; ++i) EXPECT_TRUE(log->append(event(i)).ok());
    log.reset();
    paths = list_files(env, kDirectory).value();
    for (std::string& path : paths) path = io::join(kDirectory, path);
    for (const std::string& path : paths) files[path] = io::read_file(env, path, 1'000'000).value();
    EXPECT_TRUE(check_log(env).findings.empty());
  }
  void write(const std::string& path, ByteView bytes) { ASSERT_TRUE(io::write_file(env, path, bytes).ok()); }
  void expect_found(const std::string& path, const std::string& what) {
    const CheckResult result = check_log(env);
    ASSERT_FALSE(result.findings.empty()) << path << " " << what;
    ASSERT_NE(result.findings[0].find("offset"), std::string::npos) << result.findings[0];
  }

  io::MemoryEnv env;
  std::vector<std::string> paths;
  std::map<std::string, Bytes> files;
};

TEST_F(Tampering, AnyFlippedOrRemovedByteIsFound) {
  ASSERT_EQ(paths.size(), 7u);  // checkpoint, pending, two bundles, two tiles of level 0, one of level 1
  for (const auto& [path, good] : files) {
    const size_t step =
        1 + good.size() * kShorten / 1'500;  // in the long run all positions of the small files
    for (size_t offset = 0; offset < good.size(); offset += step) {
      Bytes bad = good;
      bad[offset] ^= static_cast<uint8_t>(1 << offset % 8);
      write(path, bad);
      ASSERT_NO_FATAL_FAILURE(expect_found(path, "flipped " + std::to_string(offset)));
      if (offset % (step * 4) != 0) continue;
      bad = good;
      bad.erase(bad.begin() + static_cast<long>(offset));
      write(path, bad);
      ASSERT_NO_FATAL_FAILURE(expect_found(path, "removed " + std::to_string(offset)));
    }
    write(path, good);
  }
  EXPECT_TRUE(check_log(env).findings.empty());
}

TEST_F(Tampering, AnyMissingOrExtraFileIsFound) {
  for (const auto& [path, good] : files) {
    ASSERT_TRUE(env.remove(path).ok());
    ASSERT_NO_FATAL_FAILURE(expect_found(path, "missing"));
    write(path, good);
  }
  for (const char* extra : {"note", "checkpoint.tmp", "tile/2/000", "tile/0/002", "tile/0/001.p/7",
                            "tile/entries/001.p/3", "tile/x", "tile/0/000.p/x"}) {
    const std::string path = io::join(kDirectory, extra);
    ASSERT_TRUE(env.make_directories(io::parent_of(path)).ok());
    write(path, as_bytes("extra"));
    ASSERT_NO_FATAL_FAILURE(expect_found(path, "extra"));
    ASSERT_TRUE(env.remove(path).ok());
  }
  EXPECT_TRUE(check_log(env).findings.empty());
}

TEST_F(Tampering, ALogRestoredFromAnOldCopyDoesNotOpen) {
  FakeClock clock;
  const Bytes old_checkpoint = files["/data/audit/checkpoint"];
  {
    auto log = open(env, clock).value();
    for (uint64_t i = 0; i < 10; ++i) ASSERT_TRUE(log->append(event(i)).ok());
  }
  write("/data/audit/checkpoint", old_checkpoint);
  auto log = open(env, clock);
  ASSERT_FALSE(log.ok());
  EXPECT_EQ(log.error().code(), ErrorCode::kCorrupt);
}

TEST_F(Tampering, OpeningRefusesWhatCheckFinds) {
  FakeClock clock;
  for (const auto& [path, good] : files) {
    for (size_t offset = 0; offset < good.size(); offset += 1 + good.size() / 50) {
      Bytes bad = good;
      bad[offset] ^= 1;
      write(path, bad);
      auto log = open(env, clock);
      ASSERT_FALSE(log.ok()) << path << " " << offset;
      ASSERT_EQ(log.error().code(), ErrorCode::kCorrupt) << log.error().message();
    }
    write(path, good);
  }
  EXPECT_TRUE(open(env, clock).ok());
}

TEST(Pending, DamageBeforeADurablePlaceIsRefusedAndATornEndIsCut) {
  io::MemoryEnv memory;
  FakeClock clock;
  auto log = open(memory, clock).value();
  for (uint64_t i = 0; i < 5; ++i) ASSERT_TRUE(log->record(event(i)).ok());
  auto killed = memory.crash_kill();
  const std::string path = "/data/audit/pending";
  const Bytes good = io::read_file(*killed, path, 100'000).value();
  uint64_t refused = 0, cut = 0;
  for (size_t offset = 0; offset < good.size(); ++offset) {
    auto env = killed->crash_kill();
    Bytes bad = good;
    bad[offset] ^= 1;
    ASSERT_TRUE(io::write_file(*env, path, bad).ok());
    auto opened = open(*env, clock);
    if (opened.ok()) {
      EXPECT_EQ((*opened)->size(), 4u) << "only the last entry is vouched for by none";
      ++cut;
    } else {
      EXPECT_EQ(opened.error().code(), ErrorCode::kCorrupt);
      ++refused;
    }
  }
  EXPECT_GT(refused, cut * 3);
  for (size_t length = 32; length < good.size(); ++length) {
    auto env = killed->crash_kill();
    ASSERT_TRUE(io::write_file(*env, path, ByteView(good).first(length)).ok());
    ASSERT_TRUE(open(*env, clock).ok()) << length;
  }
}

TEST(AuditLog, TheIndependentCheckerAgrees) {
  if (std::system("python3 -c '' && openssl version > /dev/null") != 0)
    GTEST_SKIP() << "python3 or openssl is absent";
  std::string folder = testing::TempDir() + "ew_audit_XXXXXX";
  ASSERT_TRUE(mkdtemp(folder.data()));
  FakeClock clock;
  {
    auto log = AuditLog::open(io::posix_env(), folder, signing_key(), clock, options()).value();
    for (uint64_t i = 0; i < 700; ++i) ASSERT_TRUE(log->append(event(i)).ok());
  }
  const std::string command = "python3 " EW_SOURCE_DIR "/tools/verify_audit.py " + folder + " --key " +
                              to_hex(signing_key().public_key) + " > /dev/null 2>&1";
  EXPECT_EQ(std::system(command.c_str()), 0);
  for (const char* name :
       {"checkpoint", "tile/entries/001", "tile/0/000", "tile/1/000.p/2", "tile/entries/002.p/188"}) {
    const std::string path = io::join(folder, name);
    const Bytes good = io::read_file(io::posix_env(), path, 1'000'000).value();
    Bytes bad = good;
    bad[bad.size() / 2] ^= 1;
    ASSERT_TRUE(io::write_file(io::posix_env(), path, bad).ok());
    EXPECT_NE(std::system(command.c_str()), 0) << name;
    ASSERT_TRUE(io::write_file(io::posix_env(), path, good).ok());
  }
  EXPECT_EQ(std::system(command.c_str()), 0);
}

}  // namespace
}  // namespace ew::evidence
