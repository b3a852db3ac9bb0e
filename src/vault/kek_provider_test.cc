#include <gtest/gtest.h>

#include "io/fault_env.h"
#include "io/memory_env.h"
#include "vault/kek_provider_contract.h"

namespace ew::vault {
namespace {

INSTANTIATE_TEST_SUITE_P(
    Providers, KekProviderContract,
    testing::Values(
        KekProviderMaker{"local",
                         [] {
                           static io::MemoryEnv env;
                           static int number = 0;
                           return make_local_kek_provider(env, "/k" + std::to_string(number++)).value();
                         }},
        KekProviderMaker{"posix",
                         [] {
                           std::string folder = testing::TempDir() + "ew_keks_XXXXXX";
                           EW_CHECK(mkdtemp(folder.data()));
                           return make_local_kek_provider(io::posix_env(), folder).value();
                         }},
        KekProviderMaker{"memory", [] { return make_memory_kek_provider(); }}),
    [](const auto& test) { return test.param.name; });

constexpr const char* kFile = "/k/default.kek";
std::unique_ptr<KekProvider> open(io::Env& env) { return make_local_kek_provider(env, "/k").value(); }

TEST(KeySealer, RenewsItsContext) {
  auto provider = make_memory_kek_provider();
  auto sealer = KeySealer::create(provider->current("t").value()).value();
  const crypto::Secret dek = crypto::Secret::random(32);
  SealedKey first, last;
  for (uint64_t i = 0; i <= KeySealer::kMaxPerContext; ++i) {
    last = sealer->seal(PartId{}, 0, dek).value();
    if (i == 0) first = last;
  }
  EXPECT_EQ(last.sequence, 0u);
  EXPECT_NE(last.encapsulated, first.encapsulated);
  EXPECT_TRUE(provider->open("t", last).ok());
  EXPECT_EQ(sealer->seal(PartId{}, 0, crypto::Secret(31)).error().code(), ErrorCode::kInvalid);
}

TEST(LocalKekProvider, KeysOutliveTheProcess) {
  io::MemoryEnv env;
  const crypto::Secret dek = crypto::Secret::random(32);
  const KekPublic first = open(env)->current("default").value();
  const SealedKey sealed = KeySealer::create(first).value()->seal(PartId{}, 0, dek).value();
  EXPECT_TRUE(open(env)->open("default", sealed).ok());
  EXPECT_EQ(open(env)->rotate("default")->version, 2u);
  EXPECT_TRUE(open(env)->take_recovery_private("default").value());
  EXPECT_FALSE(open(env)->take_recovery_private("default").value());
  ASSERT_TRUE(open(env)->destroy("default", 1).ok());
  EXPECT_EQ(open(env)->open("default", sealed).error().code(), ErrorCode::kNotFound);
}

TEST(LocalKekProvider, EveryFlippedOrRemovedByteIsFound) {
  io::MemoryEnv env;
  ASSERT_TRUE(open(env)->rotate("default").ok());
  ASSERT_TRUE(open(env)->destroy("default", 1).ok());
  const Bytes good = io::read_file(env, kFile, 10'000).value();
  auto expect_corrupt = [&](const Bytes& bytes) {
    ASSERT_TRUE(io::write_file(env, kFile, bytes).ok());
    auto current = open(env)->current("default");
    ASSERT_FALSE(current.ok());
    EXPECT_EQ(current.error().code(), ErrorCode::kCorrupt);
    EXPECT_NE(current.error().message().find(kFile + std::string(": offset ")), std::string::npos);
  };
  for (size_t i = 0; i < good.size(); ++i) {
    Bytes bad = good;
    bad[i] ^= static_cast<uint8_t>(1 << i % 8);
    ASSERT_NO_FATAL_FAILURE(expect_corrupt(bad)) << i;
    bad = good;
    bad.erase(bad.begin() + static_cast<long>(i));
    ASSERT_NO_FATAL_FAILURE(expect_corrupt(bad)) << i;
  }
  Bytes longer = good;
  longer.push_back(0);
  expect_corrupt(longer);
  ASSERT_TRUE(io::write_file(env, kFile, good).ok());
  EXPECT_TRUE(open(env)->current("default").ok());
}

TEST(LocalKekProvider, WhatIsDestroyedIsOverwritten) {
  io::MemoryEnv env;
  auto provider = open(env);
  ASSERT_TRUE(provider->current("default").ok());
  // Held open, as a forensic look at the blocks of the replaced file.
  auto old = env.open(kFile, io::OpenMode::kRead).value();
  const Bytes before = io::read_file(env, kFile, 10'000).value();
  ASSERT_TRUE(provider->take_recovery_private("default").value());
  Bytes after(before.size());
  ASSERT_TRUE(old->read_at(0, after).ok());
  size_t equal = 0;
  for (size_t i = 0; i < before.size(); ++i) equal += before[i] == after[i];
  EXPECT_LT(equal, before.size() / 8);
  EXPECT_TRUE(open(env)->current("default").ok());
}

TEST(LocalKekProvider, AFailedWriteLeavesTheOldOrTheNewKeys) {
  for (uint64_t site = 0;; ++site) {
    io::MemoryEnv memory;
    const KekPublic first = open(memory)->current("default").value();
    io::FaultEnv env(memory);
    auto provider = open(env);
    env.set_policy(io::fail_call(env.calls() + site, io::Disorder::kEio, io::Persistence::kOnce));
    auto rotated = provider->rotate("default");
    env.set_policy({});
    const uint32_t now = provider->current("default")->version;
    EXPECT_TRUE(rotated.ok() ? now == 2 : now == 1 || now == 2);
    EXPECT_EQ(open(memory)->current("default")->version, now);
    EXPECT_EQ(open(memory)->versions("default").value()[0], first);
    if (env.faults() == 0) break;
  }
}

TEST(LocalKekProvider, PowerLossLeavesTheOldOrTheNewKeys) {
  for (uint64_t seed = 0; seed < 300; ++seed) {
    io::MemoryEnv memory;
    const KekPublic first = open(memory)->current("default").value();
    std::unique_ptr<io::MemoryEnv> after;
    io::FaultEnv env(memory, [&](const io::Call& call) -> std::optional<io::Fault> {
      if (call.number == seed % 20) after = memory.crash_state(seed);
      return std::nullopt;
    });
    ASSERT_TRUE(open(env)->rotate("default").ok());
    if (!after) after = memory.crash_state(seed);
    auto versions = open(*after)->versions("default");
    ASSERT_TRUE(versions.ok()) << versions.error().message();
    EXPECT_EQ(versions->front(), first);
    EXPECT_LE(versions->size(), 2u);
  }
}

}  // namespace
}  // namespace ew::vault
