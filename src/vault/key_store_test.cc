#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <random>
#include <thread>

#include "io/fault_env.h"
#include "io/memory_env.h"
#include "vault/key_slot_internal.h"
#include "vault/key_store_contract.h"

namespace ew::vault {
namespace {

// The full count is asked for by EW_LONG=1.
const uint64_t kShorten = std::getenv("EW_LONG") ? 1 : 10;

INSTANTIATE_TEST_SUITE_P(
    Stores, KeyStoreContract,
    testing::Values(
        KeyStoreMaker{"file",
                      [] {
                        static io::MemoryEnv env;
                        static int number = 0;
                        return make_file_key_store(env, "/keys" + std::to_string(number++)).value();
                      }},
        KeyStoreMaker{"posix",
                      [] {
                        std::string folder = testing::TempDir() + "ew_keys_XXXXXX";
                        EW_CHECK(mkdtemp(folder.data()));
                        return make_file_key_store(io::posix_env(), folder).value();
                      }},
        KeyStoreMaker{"memory", [] { return make_memory_key_store(); }},
        KeyStoreMaker{
            "faulty",
            [] { return make_faulty_key_store(make_memory_key_store(), [](auto) { return Status(); }); }}),
    [](const auto& test) { return test.param.name; });

TEST(FaultyKeyStore, AsksBeforeEachOperation) {
  auto store = make_faulty_key_store(make_memory_key_store(), [](std::string_view operation) {
    return operation == "sync" ? Status(Error(ErrorCode::kIo, "disk")) : Status();
  });
  EXPECT_TRUE(store->put(sealed_key(1)).ok());
  EXPECT_EQ(store->sync().error().code(), ErrorCode::kIo);
}

constexpr const char* kDirectory = "/keys";
constexpr const char* kMirrors[] = {"/keys/keys-a.ewk", "/keys/keys-b.ewk"};

std::unique_ptr<KeyStore> open(io::Env& env) { return make_file_key_store(env, kDirectory).value(); }

// What the run below was promised: which keys are durable, with which content, which destroyed.
struct Promise {
  std::map<uint32_t, uint8_t> fills;    // number of a key to its content, as of the last successful sync
  std::map<uint32_t, uint8_t> written;  // as of now
  std::set<uint32_t> destroyed, maybe_destroyed;
};

// A random run of puts, replacements, syncs and destructions; errors end nothing, but promise nothing.
void run(io::Env& env, uint64_t seed, Promise& promise, int steps = 40) {
  auto made = make_file_key_store(env, kDirectory);
  if (!made.ok()) return;
  auto& store = *made;
  std::mt19937_64 random(seed);
  uint32_t next = 0;
  for (int step = 0; step < steps; ++step) {
    const uint32_t some = next == 0 ? 0 : static_cast<uint32_t>(random() % next);
    switch (random() % 8) {
      case 0:
        if (promise.written.count(some) && !promise.maybe_destroyed.count(some)) {
          promise.maybe_destroyed.insert(some);
          if (store->destroy(sealed_key(some).part, 0).ok()) {
            promise.destroyed.insert(some);
            for (auto& [number, fill] : promise.written) promise.fills[number] = fill;
          }
        }
        break;
      case 1:
      case 2:
        if (store->sync().ok())
          for (auto& [number, fill] : promise.written) promise.fills[number] = fill;
        break;
      case 3:
        if (promise.written.count(some) && !promise.maybe_destroyed.count(some)) {
          const uint8_t fill = static_cast<uint8_t>(random());
          if (store->replace(sealed_key(some, 0, fill)).ok()) promise.written[some] = fill;
        }
        break;
      default:
        if (store->put(sealed_key(next)).ok()) promise.written[next] = 1;
        ++next;
    }
  }
}

void expect_kept(KeyStore& store, const Promise& promise) {
  for (uint32_t number : promise.destroyed)
    ASSERT_EQ(trouble_with(store, sealed_key(number)), ErrorCode::kDenied) << number;
  for (auto [number, fill] : promise.fills) {
    if (promise.destroyed.count(number)) continue;
    auto got = store.get(sealed_key(number).part, 0);
    if (!got.ok()) {
      ASSERT_TRUE(promise.maybe_destroyed.count(number)) << number;
      continue;
    }
    // A replacement that was written but not acknowledged may be there.
    const uint8_t now = promise.written.at(number);
    ASSERT_TRUE(same(*got, sealed_key(number, 0, fill)) || got->encapsulated[0] != fill || now != fill)
        << number;
    ASSERT_EQ(got->sequence, number);
  }
}

TEST(FileKeyStoreCrash, EverySyncedKeySurvivesPowerLossAndDestroyedStaysDestroyed) {
  for (uint64_t seed = 0; seed < 2'000 / kShorten; ++seed) {
    io::MemoryEnv memory;
    std::unique_ptr<io::MemoryEnv> after;
    Promise promise, at_crash;
    std::mt19937_64 random(seed);
    const uint64_t stop = random() % 120;
    io::FaultEnv env(memory, [&](const io::Call& call) -> std::optional<io::Fault> {
      if (call.number == stop) {
        after = memory.crash_state(seed);
        at_crash = promise;
      }
      return std::nullopt;
    });
    run(env, seed, promise);
    if (!after) {
      after = memory.crash_state(seed);
      at_crash = promise;
    }
    // Destroying was under way, perhaps, when the crash came.
    at_crash.maybe_destroyed = promise.maybe_destroyed;
    at_crash.written = promise.written;
    {
      auto store = make_file_key_store(*after, kDirectory);
      ASSERT_TRUE(store.ok()) << "seed " << seed << ": " << store.error().message();
      ASSERT_NO_FATAL_FAILURE(expect_kept(**store, at_crash)) << "seed " << seed;
      ASSERT_TRUE((*store)->repair().ok());
      ASSERT_TRUE((*store)->put(sealed_key(5'000)).ok());
      ASSERT_TRUE((*store)->sync().ok());
      ASSERT_NO_FATAL_FAILURE(expect_kept(**store, at_crash)) << "seed " << seed << " after repair";
      auto findings = (*store)->check().value();
      ASSERT_TRUE(findings.empty()) << "seed " << seed << ": " << findings[0];
    }
    auto again = open(*after);
    ASSERT_NO_FATAL_FAILURE(expect_kept(*again, at_crash)) << "seed " << seed << " opened again";
    ASSERT_TRUE(again->check()->empty());
  }
}

TEST(FileKeyStoreCrash, AKilledProcessLeavesNoFinding) {
  for (uint64_t stop = 0; stop < 150; ++stop) {
    io::MemoryEnv memory;
    std::unique_ptr<io::MemoryEnv> after;
    Promise promise;
    io::FaultEnv env(memory, [&](const io::Call& call) -> std::optional<io::Fault> {
      if (call.number == stop) after = memory.crash_kill();
      return std::nullopt;
    });
    run(env, stop, promise);
    if (!after) continue;
    auto findings = open(*after)->check().value();
    ASSERT_TRUE(findings.empty()) << "stopped at " << stop << ": " << findings[0];
  }
}

TEST(FileKeyStore, FaultsAtEveryCall) {
  io::MemoryEnv dry;
  io::FaultEnv counting(dry);
  Promise ignored;
  run(counting, 7, ignored);
  for (auto disorder : {io::Disorder::kEio, io::Disorder::kShortWrite}) {
    for (auto persistence : {io::Persistence::kOnce, io::Persistence::kForEver}) {
      for (uint64_t site = 0; site < counting.calls(); ++site) {
        io::MemoryEnv memory;
        io::FaultEnv env(memory, io::fail_call(site, disorder, persistence));
        Promise promise;
        run(env, 7, promise);
        ASSERT_EQ(env.touched_after_failed_sync(), 0u);
        auto store = make_file_key_store(memory, kDirectory);
        ASSERT_TRUE(store.ok()) << store.error().message();
        ASSERT_NO_FATAL_FAILURE(expect_kept(**store, promise)) << "site " << site;
      }
    }
  }
}

// A disk that was away for a moment must not end the recording of new calls.
TEST(FileKeyStore, AfterAFailedSyncAllIsWrittenAgainThroughNewHandles) {
  for (auto operation : {io::Operation::kSync, io::Operation::kWriteAt, io::Operation::kOpen}) {
    io::MemoryEnv memory;
    io::FaultEnv env(memory);
    auto store = open(env);
    ASSERT_TRUE(store->put(sealed_key(0)).ok());
    ASSERT_TRUE(store->sync().ok());
    env.set_policy([&](const io::Call& call) {
      const bool is_struck = call.operation == operation || call.operation == io::Operation::kSync;
      return is_struck ? io::fault_of(io::Disorder::kEio, call) : std::nullopt;
    });
    ASSERT_TRUE(store->put(sealed_key(1)).ok());
    EXPECT_FALSE(store->sync().ok());
    EXPECT_FALSE(store->sync().ok());
    ASSERT_TRUE(store->replace(sealed_key(0, 0, 7)).ok());
    ASSERT_TRUE(store->put(sealed_key(2)).ok());
    env.set_policy({});
    EXPECT_TRUE(store->sync().ok());
    EXPECT_EQ(env.touched_after_failed_sync(), 0u);
    auto after = open(*memory.crash_state(1));
    EXPECT_TRUE(same(after->get(sealed_key(0).part, 0).value(), sealed_key(0, 0, 7)));
    for (uint32_t number : {1u, 2u})
      EXPECT_TRUE(same(after->get(sealed_key(number).part, 0).value(), sealed_key(number)));
    EXPECT_TRUE(after->check()->empty());
  }
}

// A key that the recorder added since the keeper opened the store is no new one to the keeper.
TEST(FileKeyStore, AKeyOfTheRecorderIsOverwrittenInOneMirrorAfterTheOther) {
  io::MemoryEnv memory;
  io::FaultEnv env(memory);
  open(memory);
  auto recorder = make_file_key_store(memory, kDirectory, KeyStoreUse::kRecorder).value();
  auto keeper = make_file_key_store(env, kDirectory, KeyStoreUse::kKeeper).value();
  ASSERT_TRUE(recorder->put(sealed_key(1)).ok());
  ASSERT_TRUE(recorder->sync().ok());
  std::atomic<int> writes_to_b = 0;
  env.set_policy([&](const io::Call& call) {
    const bool is_b = call.path == kMirrors[1];
    writes_to_b += is_b && call.operation == io::Operation::kWriteAt;
    const bool is_struck = !is_b && call.operation == io::Operation::kSync;
    return is_struck ? io::fault_of(io::Disorder::kEio, call) : std::nullopt;
  });
  EXPECT_FALSE(keeper->destroy(sealed_key(1).part, 0).ok());
  EXPECT_EQ(writes_to_b, 0);
}

// However often a batch was begun, what a crash leaves of it is finished and is no damage.
TEST(FileKeyStoreCrash, NorDoBatchesThatWereBegunAgain) {
  for (auto disorder : {io::Disorder::kEio, io::Disorder::kShortWrite})
    for (auto operation : {io::Operation::kWriteAt, io::Operation::kSync})
      for (uint64_t healthy = 0; healthy < 4; ++healthy) {
        io::MemoryEnv memory;
        io::FaultEnv env(memory);
        auto store = open(env);
        ASSERT_TRUE(store->put(sealed_key(0)).ok());
        ASSERT_TRUE(store->sync().ok());
        std::atomic<uint64_t> calls = 0;
        env.set_policy([&](const io::Call& call) {
          const bool is_struck = call.operation == operation && calls++ >= healthy;
          return is_struck ? io::fault_of(disorder, call) : std::nullopt;
        });
        for (uint32_t attempt = 0; attempt < 10; ++attempt) {
          // What is added shifts the places at which a write breaks off.
          for (uint32_t number = 0; attempt % 5 == 0 && number < 4; ++number)
            ASSERT_TRUE(store->put(sealed_key(1 + 4 * attempt + number)).ok());
          (void)store->sync();
        }
        env.set_policy({});
        auto findings = open(*memory.crash_kill())->check().value();
        EXPECT_TRUE(findings.empty()) << findings[0];
        ASSERT_TRUE(store->sync().ok());
        EXPECT_TRUE(open(*memory.crash_state(healthy))->check()->empty());
      }
}

class Damage : public testing::Test {
 protected:
  Damage() {
    auto store = open(env);
    for (uint32_t i = 0; i < kKeys; ++i) EXPECT_TRUE(store->put(sealed_key(i)).ok());
    EXPECT_TRUE(store->sync().ok());
    EXPECT_TRUE(store->destroy(sealed_key(2).part, 0).ok());
    good = io::read_file(env, kMirrors[0], kChunkSize).value();
    EXPECT_EQ(good, io::read_file(env, kMirrors[1], kChunkSize).value());
  }
  void write(const char* path, ByteView bytes) { ASSERT_TRUE(io::write_file(env, path, bytes).ok()); }
  void expect_all_keys(KeyStore& store) {
    for (uint32_t i = 0; i < kKeys; ++i)
      EXPECT_EQ(trouble_with(store, sealed_key(i)),
                i == 2 ? std::optional(ErrorCode::kDenied) : std::nullopt);
  }

  static constexpr uint32_t kKeys = 5;
  io::MemoryEnv env;
  Bytes good;
};

TEST_F(Damage, AnyFlippedByteOfEitherMirrorIsFoundNamedAndRepaired) {
  std::vector<size_t> offsets;
  for (size_t i = 0; i < (kKeys + 2) * kPlaceSize; ++i) offsets.push_back(i);
  for (size_t i = offsets.back(); i < kChunkSize; i += 997) offsets.push_back(i);
  offsets.push_back(kChunkSize - 1);
  auto file_a = env.open(kMirrors[0], io::OpenMode::kReadWrite).value();
  auto file_b = env.open(kMirrors[1], io::OpenMode::kReadWrite).value();
  for (io::File* file : {file_a.get(), file_b.get()}) {
    for (size_t offset : offsets) {
      const uint8_t bad = good[offset] ^ static_cast<uint8_t>(1 << offset % 8);
      ASSERT_TRUE(file->write_at(offset, ByteView(&bad, 1)).ok());
      auto store = open(env);
      auto findings = store->check().value();
      ASSERT_EQ(findings.size(), 1u) << offset;
      const std::string place = "offset " + std::to_string(offset / kPlaceSize * kPlaceSize);
      ASSERT_NE(findings[0].find(kMirrors[file == file_b.get()] + std::string(": ") + place),
                std::string::npos)
          << findings[0];
      expect_all_keys(*store);
      if (offset % 64 == 0) {
        ASSERT_TRUE(store->repair().ok());
        ASSERT_TRUE(store->check()->empty());
        for (const char* path : kMirrors) ASSERT_EQ(io::read_file(env, path, kChunkSize).value(), good);
      } else {
        ASSERT_TRUE(file->write_at(offset, ByteView(&good[offset], 1)).ok());
      }
      ASSERT_TRUE(file->sync().ok());
    }
  }
}

TEST_F(Damage, AnyRemovedByteIsFound) {
  for (const char* path : kMirrors) {
    for (size_t offset = 0; offset < kChunkSize; offset += offset < 800 ? 1 : 3'001) {
      Bytes bad = good;
      bad.erase(bad.begin() + static_cast<long>(offset));
      write(path, bad);
      auto store = open(env);
      ASSERT_FALSE(store->check()->empty()) << offset;
      expect_all_keys(*store);
      ASSERT_TRUE(store->repair().ok());
      ASSERT_TRUE(store->check()->empty());
      write(path, good);
    }
  }
}

TEST_F(Damage, AMissingMirrorIsFoundAndMadeAnew) {
  for (const char* path : kMirrors) {
    ASSERT_TRUE(env.remove(path).ok());
    {
      auto store = open(env);
      EXPECT_FALSE(store->check()->empty());
      expect_all_keys(*store);
    }
    auto store = open(env);
    EXPECT_FALSE(store->check()->empty()) << "found again until repaired";
    ASSERT_TRUE(store->repair().ok());
    EXPECT_TRUE(store->check()->empty());
    EXPECT_EQ(io::read_file(env, path, kChunkSize).value(), good);
  }
}

TEST_F(Damage, ASlotMovedToAnotherPlaceOrStoreDoesNotFit) {
  Bytes moved = good;
  std::copy_n(good.begin() + kPlaceSize, kPlaceSize, moved.begin() + 2 * kPlaceSize);
  write(kMirrors[0], moved);
  EXPECT_EQ(open(env)->check()->size(), 1u);
  io::MemoryEnv other;
  ASSERT_TRUE(open(other)->put(sealed_key(1)).ok());
  write(kMirrors[0], io::read_file(other, kMirrors[0], kChunkSize).value());
  auto store = make_file_key_store(env, kDirectory);
  ASSERT_FALSE(store.ok());
  EXPECT_EQ(store.error().code(), ErrorCode::kCorrupt);
}

TEST_F(Damage, InBothMirrorsTheOthersStay) {
  Bytes bad = good;
  bad[kPlaceSize + 20] ^= 1;
  for (const char* path : kMirrors) write(path, bad);
  auto store = open(env);
  EXPECT_EQ(store->check()->size(), 2u);
  EXPECT_EQ(trouble_with(*store, sealed_key(0)), ErrorCode::kNotFound);
  EXPECT_EQ(trouble_with(*store, sealed_key(1)), std::nullopt);
  ASSERT_TRUE(store->put(sealed_key(77)).ok());
  ASSERT_TRUE(store->sync().ok());
  for (const char* path : kMirrors)
    EXPECT_TRUE(
        std::equal(bad.begin(), bad.begin() + 2 * kPlaceSize, io::read_file(env, path, kChunkSize)->begin()));
}

TEST_F(Damage, DestroyedKeysAreNowhereInTheFiles) {
  for (const char* path : kMirrors) {
    const Bytes bytes = io::read_file(env, path, kChunkSize).value();
    const SealedKey key = sealed_key(2);
    EXPECT_EQ(std::search(bytes.begin(), bytes.end(), key.sealed.begin(), key.sealed.end()), bytes.end());
  }
}

TEST(FileKeyStore, GrowsByChunks) {
  io::MemoryEnv env;
  {
    auto store = open(env);
    for (uint32_t i = 0; i < kPlacesPerChunk + 10; ++i) ASSERT_TRUE(store->put(sealed_key(i)).ok());
    ASSERT_TRUE(store->sync().ok());
  }
  auto store = open(env);
  EXPECT_EQ(store->count().value(), kPlacesPerChunk + 10);
  for (uint32_t i = 0; i < kPlacesPerChunk + 10; i += 100)
    EXPECT_EQ(trouble_with(*store, sealed_key(i)), std::nullopt);
  EXPECT_TRUE(store->check()->empty());
  EXPECT_EQ(io::read_file(env, kMirrors[1], 10 * kChunkSize)->size(), 2 * kChunkSize);
}

TEST(FileKeyStore, ThreadsShareSyncs) {
  io::MemoryEnv memory;
  std::atomic<int> syncs = 0;
  io::FaultEnv env(memory, [&](const io::Call& call) -> std::optional<io::Fault> {
    if (call.operation == io::Operation::kSync) {
      ++syncs;
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    return std::nullopt;
  });
  auto store = open(env);
  std::vector<std::thread> threads;
  for (uint32_t t = 0; t < 8; ++t)
    threads.emplace_back([&, t] {
      for (uint32_t i = 0; i < 25; ++i) {
        const SealedKey key = sealed_key(t * 1000 + i);
        EXPECT_TRUE(store->put(key).ok());
        EXPECT_TRUE(store->sync().ok());
        EXPECT_EQ(trouble_with(*store, key), std::nullopt);
        if (i % 10 == 0) {
          EXPECT_TRUE(store->destroy(key.part, 0).ok());
        }
      }
    });
  for (std::thread& thread : threads) thread.join();
  EXPECT_LT(syncs, 8 * 25);  // one each would be twice as many, for two mirrors
  EXPECT_TRUE(store->check()->empty());
  EXPECT_EQ(open(memory)->count().value(), 8u * 22);
}

// Recorder and keeper have the same store open, as two processes.
class SharedKeyStore : public testing::Test {
 protected:
  SharedKeyStore() {
    open(env_);
    recorder_ = make_file_key_store(env_, kDirectory, KeyStoreUse::kRecorder).value();
    keeper_ = make_file_key_store(env_, kDirectory, KeyStoreUse::kKeeper).value();
  }
  void add(uint32_t number) {
    EXPECT_TRUE(recorder_->put(sealed_key(number)).ok());
    EXPECT_TRUE(recorder_->sync().ok());
  }

  io::MemoryEnv env_;
  std::unique_ptr<KeyStore> recorder_, keeper_;
};

TEST_F(SharedKeyStore, KeeperFindsWhatTheRecorderAdds) {
  for (uint32_t i = 0; i < kPlacesPerChunk * 2; ++i) {
    add(i);
    if (i % 7 == 0) {
      EXPECT_EQ(trouble_with(*keeper_, sealed_key(i)), std::nullopt) << i;
    }
  }
  EXPECT_EQ(keeper_->count().value(), kPlacesPerChunk * 2);
  EXPECT_EQ(trouble_with(*keeper_, sealed_key(99999)), ErrorCode::kNotFound);
  EXPECT_TRUE(keeper_->check()->empty());
}

TEST_F(SharedKeyStore, NobodyWritesTheOthersPlaces) {
  std::set<uint32_t> destroyed;
  for (uint32_t i = 0; i < 300; ++i) {
    add(i);
    if (i % 3 == 0) {
      EXPECT_TRUE(keeper_->destroy(sealed_key(i / 2).part, 0).ok());
      destroyed.insert(i / 2);
    } else if (i % 3 == 1) {
      EXPECT_TRUE(keeper_->replace(sealed_key(i, 0, 9)).ok());
      EXPECT_TRUE(keeper_->sync().ok());
    }
    if (i % 50 == 49) recorder_ = make_file_key_store(env_, kDirectory, KeyStoreUse::kRecorder).value();
    if (i % 70 == 69) keeper_ = make_file_key_store(env_, kDirectory, KeyStoreUse::kKeeper).value();
  }
  recorder_.reset();
  keeper_.reset();
  auto store = open(env_);
  EXPECT_TRUE(store->check()->empty());
  for (uint32_t i = 0; i < 300; ++i) {
    auto trouble = trouble_with(*store, sealed_key(i, 0, i % 3 == 1 ? 9 : 1));
    EXPECT_EQ(trouble, destroyed.contains(i) ? std::optional(ErrorCode::kDenied) : std::nullopt) << i;
  }
}

TEST_F(SharedKeyStore, EachKeepsToItsWork) {
  add(1);
  EXPECT_EQ(keeper_->put(sealed_key(2)).error().code(), ErrorCode::kDenied);
  EXPECT_EQ(recorder_->destroy(sealed_key(1).part, 0).error().code(), ErrorCode::kDenied);
  EXPECT_EQ(recorder_->replace(sealed_key(1)).error().code(), ErrorCode::kDenied);
  EXPECT_EQ(keeper_->repair().error().code(), ErrorCode::kDenied);
}

TEST_F(SharedKeyStore, WorksAtTheSameTime) {
  std::atomic<uint32_t> added = 0;
  std::thread recorder([&] {
    for (uint32_t i = 0; i < 2000; ++i) {
      add(i);
      added = i + 1;
    }
  });
  std::mt19937 random(7);
  for (int i = 0; i < 1000; ++i) {
    uint32_t known = added;
    if (known == 0) continue;
    EXPECT_EQ(trouble_with(*keeper_, sealed_key(known - 1)), std::nullopt);
    EXPECT_EQ(trouble_with(*keeper_, sealed_key(static_cast<uint32_t>(random()) % known)), std::nullopt);
  }
  recorder.join();
  EXPECT_EQ(keeper_->count().value(), 2000u);
  EXPECT_TRUE(keeper_->check()->empty());
}

}  // namespace
}  // namespace ew::vault
