// What every KeyStore promises, as a suite that each implementation runs.
#pragma once

#include <gtest/gtest.h>

#include <set>

#include "vault/keys.h"

namespace ew::vault {

struct KeyStoreMaker {
  std::string name;
  std::function<std::unique_ptr<KeyStore>()> make;
};
inline void PrintTo(const KeyStoreMaker& maker, std::ostream* out) { *out << maker.name; }

// A sealed key made out of a number.
inline SealedKey sealed_key(uint32_t number, uint32_t generation = 0, uint8_t fill = 1) {
  SealedKey key{.generation = generation, .kek_version = number % 7 + 1, .sequence = number};
  for (int i = 0; i < 4; ++i)
    key.part.bytes[static_cast<size_t>(i)] = static_cast<uint8_t>(number >> (8 * i));
  key.part.bytes[15] = 1;
  key.encapsulated.fill(fill);
  key.sealed.fill(static_cast<uint8_t>(fill + number));
  return key;
}
inline bool same(const SealedKey& a, const SealedKey& b) {
  return a.part == b.part && a.generation == b.generation && a.kek_version == b.kek_version &&
         a.encapsulated == b.encapsulated && a.sequence == b.sequence && a.sealed == b.sealed;
}
// What get() says of a key: itself (nothing), or an error.
inline std::optional<ErrorCode> trouble_with(KeyStore& store, const SealedKey& key) {
  auto got = store.get(key.part, key.generation);
  if (!got.ok()) return got.error().code();
  return same(*got, key) ? std::nullopt : std::optional(ErrorCode::kInternal);
}

class KeyStoreContract : public testing::TestWithParam<KeyStoreMaker> {
 protected:
  std::unique_ptr<KeyStore> store = GetParam().make();
};

TEST_P(KeyStoreContract, PutAndGetBeforeAndAfterSync) {
  ASSERT_TRUE(store->put(sealed_key(1)).ok());
  EXPECT_EQ(trouble_with(*store, sealed_key(1)), std::nullopt);
  ASSERT_TRUE(store->sync().ok());
  EXPECT_EQ(trouble_with(*store, sealed_key(1)), std::nullopt);
  EXPECT_EQ(trouble_with(*store, sealed_key(2)), ErrorCode::kNotFound);
  EXPECT_EQ(trouble_with(*store, sealed_key(1, 1)), ErrorCode::kNotFound);
}

TEST_P(KeyStoreContract, OneKeyPerPartAndGeneration) {
  ASSERT_TRUE(store->put(sealed_key(1)).ok());
  EXPECT_EQ(store->put(sealed_key(1, 0, 9)).error().code(), ErrorCode::kExists);
  ASSERT_TRUE(store->put(sealed_key(1, 1, 9)).ok());
  ASSERT_TRUE(store->sync().ok());
  EXPECT_EQ(trouble_with(*store, sealed_key(1)), std::nullopt);
  EXPECT_EQ(trouble_with(*store, sealed_key(1, 1, 9)), std::nullopt);
  EXPECT_EQ(store->count().value(), 2u);
}

TEST_P(KeyStoreContract, DestroyedIsDeniedForEver) {
  for (uint32_t i = 0; i < 5; ++i) ASSERT_TRUE(store->put(sealed_key(i)).ok());
  ASSERT_TRUE(store->sync().ok());
  ASSERT_TRUE(store->destroy(sealed_key(3).part, 0).ok());
  EXPECT_EQ(trouble_with(*store, sealed_key(3)), ErrorCode::kDenied);
  EXPECT_EQ(store->put(sealed_key(3)).error().code(), ErrorCode::kExists);
  EXPECT_EQ(store->replace(sealed_key(3)).error().code(), ErrorCode::kDenied);
  EXPECT_TRUE(store->destroy(sealed_key(3).part, 0).ok());
  EXPECT_EQ(store->destroy(sealed_key(9).part, 0).error().code(), ErrorCode::kNotFound);
  EXPECT_EQ(store->count().value(), 4u);
  EXPECT_EQ(trouble_with(*store, sealed_key(2)), std::nullopt);
}

TEST_P(KeyStoreContract, DestroyBeforeSync) {
  ASSERT_TRUE(store->put(sealed_key(1)).ok());
  ASSERT_TRUE(store->destroy(sealed_key(1).part, 0).ok());
  EXPECT_EQ(trouble_with(*store, sealed_key(1)), ErrorCode::kDenied);
}

TEST_P(KeyStoreContract, ReplaceKeepsIdentity) {
  EXPECT_EQ(store->replace(sealed_key(1)).error().code(), ErrorCode::kNotFound);
  ASSERT_TRUE(store->put(sealed_key(1)).ok());
  ASSERT_TRUE(store->sync().ok());
  ASSERT_TRUE(store->replace(sealed_key(1, 0, 5)).ok());
  EXPECT_EQ(trouble_with(*store, sealed_key(1, 0, 5)), std::nullopt);
  ASSERT_TRUE(store->sync().ok());
  EXPECT_EQ(trouble_with(*store, sealed_key(1, 0, 5)), std::nullopt);
  EXPECT_EQ(store->count().value(), 1u);
}

TEST_P(KeyStoreContract, ForEachGivesEveryKeyOnceAndMayReplaceIt) {
  for (uint32_t i = 0; i < 50; ++i) ASSERT_TRUE(store->put(sealed_key(i)).ok());
  ASSERT_TRUE(store->sync().ok());
  ASSERT_TRUE(store->destroy(sealed_key(7).part, 0).ok());
  std::set<uint64_t> seen;
  ASSERT_TRUE(store
                  ->for_each([&](const SealedKey& key) {
                    EXPECT_TRUE(seen.insert(key.sequence).second);
                    return store->replace(sealed_key(static_cast<uint32_t>(key.sequence), 0, 8));
                  })
                  .ok());
  EXPECT_EQ(seen.size(), 49u);
  ASSERT_TRUE(store->sync().ok());
  EXPECT_EQ(trouble_with(*store, sealed_key(8, 0, 8)), std::nullopt);
  Status stopped =
      store->for_each([](const SealedKey&) { return Status(Error(ErrorCode::kLimit, "enough")); });
  EXPECT_EQ(stopped.error().code(), ErrorCode::kLimit);
}

TEST_P(KeyStoreContract, ASoundStoreHasNoFindings) {
  for (uint32_t i = 0; i < 10; ++i) ASSERT_TRUE(store->put(sealed_key(i)).ok());
  EXPECT_TRUE(store->check()->empty());
  ASSERT_TRUE(store->sync().ok());
  ASSERT_TRUE(store->destroy(sealed_key(3).part, 0).ok());
  EXPECT_TRUE(store->check()->empty());
  EXPECT_TRUE(store->repair().ok());
  EXPECT_TRUE(store->check()->empty());
}

}  // namespace ew::vault
