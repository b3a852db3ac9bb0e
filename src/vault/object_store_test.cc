#include <gtest/gtest.h>

#include "io/fault_env.h"
#include "io/memory_env.h"
#include "vault/object_store_contract.h"

namespace ew::vault {
namespace {

// Owns the file system beside the store.
template <typename Store>
std::unique_ptr<ObjectStore> over_memory_env(const Clock& clock) {
  static io::MemoryEnv env;
  static int number = 0;
  return make_directory_store(env, "/data" + std::to_string(number++), clock);
}

INSTANTIATE_TEST_SUITE_P(
    Stores, ObjectStoreContract,
    testing::Values(ObjectStoreMaker{"directory", over_memory_env<ObjectStore>},
                    ObjectStoreMaker{"posix",
                                     [](const Clock& clock) {
                                       std::string folder = testing::TempDir() + "ew_vault_XXXXXX";
                                       EW_CHECK(mkdtemp(folder.data()));
                                       return make_directory_store(io::posix_env(), folder, clock);
                                     }},
                    ObjectStoreMaker{"memory", [](const Clock& clock) { return make_memory_store(clock); }},
                    ObjectStoreMaker{"faulty",
                                     [](const Clock& clock) {
                                       return make_faulty_store(make_memory_store(clock),
                                                                [](auto, auto&) { return Status(); });
                                     }}),
    [](const auto& test) { return test.param.name; });

TEST(FaultyStore, AsksBeforeEachOperation) {
  FakeClock clock;
  std::vector<std::string> asked;
  auto store =
      make_faulty_store(make_memory_store(clock), [&](std::string_view operation, const std::string& name) {
        asked.push_back(std::string(operation) + " " + name);
        return name == "bad" ? Status(Error(ErrorCode::kIo, "disk")) : Status();
      });
  EXPECT_TRUE(store->put({NewObject{"a", {}}}).ok());
  EXPECT_EQ(store->put({NewObject{"bad", {}}}).error().code(), ErrorCode::kIo);
  EXPECT_EQ(store->get("bad").error().code(), ErrorCode::kIo);
  EXPECT_EQ(asked, (std::vector<std::string>{"put a", "put bad", "get bad"}));
}

class DirectoryStoreCrash : public testing::Test {
 protected:
  static constexpr int kObjects = 12;
  static std::string name(int i) {
    return "tenant/media/" + std::to_string(i % 10) + "/" + std::to_string(i);
  }
  static Bytes content(int i) { return Bytes(static_cast<size_t>(i) * 1500, static_cast<uint8_t>(i + 1)); }
  // Batches of three are synced file by file, one of twelve with its file system.
  static constexpr int kBatches[] = {3, 12};
  // Puts all in batches; returns how many objects were acknowledged.
  static int put_all(io::Env& env, int batch, const std::function<void(int acknowledged)>& between = {}) {
    FakeClock clock;
    auto store = make_directory_store(env, "/data", clock);
    int acknowledged = 0;
    for (int first = 0; first < kObjects; first += batch) {
      std::vector<Bytes> contents;
      std::vector<NewObject> objects;
      for (int i = first; i < first + batch; ++i) contents.push_back(content(i));
      for (int i = first; i < first + batch; ++i)
        objects.push_back({name(i), {contents[static_cast<size_t>(i - first)]}});
      if (store->put(objects).ok() && acknowledged == first) acknowledged = first + batch;
      if (between) between(acknowledged);
    }
    return acknowledged;
  }
  // Everything acknowledged is there; everything there is whole; a repeat completes it.
  static void expect_sound(io::Env& env, int batch, int acknowledged) {
    FakeClock clock;
    auto store = make_directory_store(env, "/data", clock);
    for (int i = 0; i < kObjects; ++i) {
      auto got = store->get(name(i));
      if (got.ok())
        ASSERT_EQ(*got, content(i)) << i;
      else
        ASSERT_GE(i, acknowledged);
    }
    ASSERT_EQ(put_all(env, batch), kObjects);
    ASSERT_TRUE(env.list("/data/tmp")->empty());
    ASSERT_EQ(store->list("", "", 100)->size(), static_cast<size_t>(kObjects));
  }
};

TEST_F(DirectoryStoreCrash, PowerLossAtEveryCall) {
  for (int batch : kBatches) {
    io::MemoryEnv dry;
    io::FaultEnv counting(dry);
    put_all(counting, batch);
    const uint64_t calls = counting.calls();
    for (uint64_t stop = 0; stop < calls; ++stop) {
      io::MemoryEnv memory;
      std::unique_ptr<io::MemoryEnv> after;
      int acknowledged = 0, at_crash = 0;
      io::FaultEnv env(memory, [&](const io::Call& call) -> std::optional<io::Fault> {
        if (call.number == stop) {
          after = memory.crash_state(stop);
          at_crash = acknowledged;
        }
        return std::nullopt;
      });
      put_all(env, batch, [&](int now) { acknowledged = now; });
      ASSERT_TRUE(after);
      ASSERT_NO_FATAL_FAILURE(expect_sound(*after, batch, at_crash)) << "crash at call " << stop;
    }
  }
}

// What was acknowledged is durable: it is there after a loss of power right behind the last call.
TEST_F(DirectoryStoreCrash, PowerLossAfterTheLastCall) {
  for (int batch : kBatches) {
    for (uint64_t seed = 0; seed < 50; ++seed) {
      io::MemoryEnv memory;
      ASSERT_EQ(put_all(memory, batch), kObjects);
      ASSERT_NO_FATAL_FAILURE(expect_sound(*memory.crash_state(seed), batch, kObjects));
    }
  }
}

TEST_F(DirectoryStoreCrash, FaultsAtEveryCall) {
  for (int batch : kBatches) {
    io::MemoryEnv dry;
    io::FaultEnv counting(dry);
    put_all(counting, batch);
    for (auto disorder : {io::Disorder::kEio, io::Disorder::kShortWrite}) {
      for (auto persistence : {io::Persistence::kOnce, io::Persistence::kForEver}) {
        for (uint64_t site = 0; site < counting.calls(); ++site) {
          io::MemoryEnv memory;
          io::FaultEnv env(memory, io::fail_call(site, disorder, persistence));
          const int acknowledged = put_all(env, batch);
          ASSERT_EQ(env.touched_after_failed_sync(), 0u);
          ASSERT_NO_FATAL_FAILURE(expect_sound(memory, batch, acknowledged)) << "fault at call " << site;
        }
      }
    }
  }
}

TEST_F(DirectoryStoreCrash, AFileSystemThatFailsToSyncIsNoFaultOfOurFiles) {
  io::MemoryEnv memory;
  io::FaultEnv env(memory, [](const io::Call& call) -> std::optional<io::Fault> {
    if (call.operation != io::Operation::kSyncFileSystem) return std::nullopt;
    return io::fault_of(io::Disorder::kEio, call);
  });
  EXPECT_EQ(put_all(env, kObjects), kObjects);
  EXPECT_GT(env.faults(), 0u);
  for (uint64_t seed = 0; seed < 50; ++seed)
    ASSERT_NO_FATAL_FAILURE(expect_sound(*memory.crash_state(seed), kObjects, kObjects));
}

TEST(DirectoryStore, WhatIsReadBackIsCompared) {
  io::MemoryEnv memory;
  FakeClock clock;
  // A disk that changes a byte between write and reading back.
  io::FaultEnv env(memory, [&](const io::Call& call) -> std::optional<io::Fault> {
    if (call.operation == io::Operation::kSync && call.path.starts_with("/data/tmp/")) {
      auto file = memory.open(call.path, io::OpenMode::kReadWrite).value();
      EXPECT_TRUE(file->write_at(1, as_bytes("!")).ok());
    }
    return std::nullopt;
  });
  auto store = make_directory_store(env, "/data", clock);
  EXPECT_EQ(store->put({NewObject{"a", {as_bytes("content")}}}).error().code(), ErrorCode::kCorrupt);
  EXPECT_EQ(store->get("a").error().code(), ErrorCode::kNotFound);
}

TEST(DirectoryStore, ADamagedLockLocks) {
  io::MemoryEnv env;
  FakeClock clock;
  auto store = make_directory_store(env, "/data", clock);
  ASSERT_TRUE(store->put({NewObject{"a", {}}}).ok());
  ASSERT_TRUE(store->lock_until("a", WallTime{5}).ok());
  clock.set(WallTime{10});
  const Bytes good = io::read_file(env, "/data/locks/a.OBJ", 100).value();
  for (size_t i = 0; i < good.size(); ++i) {
    Bytes bad = good;
    bad[i] ^= 1;
    ASSERT_TRUE(io::write_file(env, "/data/locks/a.OBJ", bad).ok());
    EXPECT_EQ(store->remove("a").error().code(), ErrorCode::kCorrupt);
  }
  ASSERT_TRUE(io::write_file(env, "/data/locks/a.OBJ", good).ok());
  EXPECT_TRUE(store->remove("a").ok());
}

}  // namespace
}  // namespace ew::vault
