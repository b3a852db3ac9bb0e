// What every KekProvider promises, as a suite that each implementation runs.
#pragma once

#include <gtest/gtest.h>

#include "vault/keys.h"

namespace ew::vault {

struct KekProviderMaker {
  std::string name;
  std::function<std::unique_ptr<KekProvider>()> make;
};
inline void PrintTo(const KekProviderMaker& maker, std::ostream* out) { *out << maker.name; }

class KekProviderContract : public testing::TestWithParam<KekProviderMaker> {
 protected:
  SealedKey seal(const KekPublic& kek, const crypto::Secret& secret) {
    PartId part;
    part.bytes[0] = 1;
    return KeySealer::create(kek).value()->seal(part, 0, secret).value();
  }
  std::optional<ErrorCode> opening(const std::string& tenant, const SealedKey& key,
                                   const crypto::Secret& expected) {
    auto opened = provider->open(tenant, key);
    if (!opened.ok()) return opened.error().code();
    return crypto::equal_constant_time(opened->view(), expected.view()) ? std::nullopt
                                                                        : std::optional(ErrorCode::kInternal);
  }

  std::unique_ptr<KekProvider> provider = GetParam().make();
  crypto::Secret dek = crypto::Secret::random(32);
};

TEST_P(KekProviderContract, TheFirstVersionIsMadeOnce) {
  const KekPublic first = provider->current("default").value();
  EXPECT_EQ(first.version, 1u);
  EXPECT_EQ(provider->current("default").value(), first);
  EXPECT_EQ(provider->versions("default").value(), std::vector<KekPublic>{first});
}

TEST_P(KekProviderContract, OpensWhatIsSealedAndNothingElse) {
  const SealedKey key = seal(provider->current("default").value(), dek);
  EXPECT_EQ(opening("default", key, dek), std::nullopt);
  EXPECT_EQ(opening("other", key, dek), ErrorCode::kDenied);
  SealedKey changed = key;
  changed.part.bytes[5] ^= 1;
  EXPECT_EQ(opening("default", changed, dek), ErrorCode::kDenied);
  changed = key;
  changed.generation = 1;
  EXPECT_EQ(opening("default", changed, dek), ErrorCode::kDenied);
  changed = key;
  changed.sequence = 1;
  EXPECT_EQ(opening("default", changed, dek), ErrorCode::kDenied);
  changed = key;
  changed.kek_version = 2;
  EXPECT_EQ(opening("default", changed, dek), ErrorCode::kNotFound);
}

TEST_P(KekProviderContract, RotationKeepsOldVersionsUntilTheyAreDestroyed) {
  const KekPublic first = provider->current("default").value();
  const SealedKey old = seal(first, dek);
  const KekPublic second = provider->rotate("default").value();
  EXPECT_EQ(second.version, 2u);
  EXPECT_NE(second.key, first.key);
  EXPECT_EQ(provider->current("default").value(), second);
  EXPECT_EQ(provider->versions("default")->size(), 2u);
  EXPECT_EQ(opening("default", old, dek), std::nullopt);
  EXPECT_EQ(provider->destroy("default", 2).error().code(), ErrorCode::kDenied);
  ASSERT_TRUE(provider->destroy("default", 1).ok());
  EXPECT_EQ(opening("default", old, dek), ErrorCode::kNotFound);
  EXPECT_EQ(provider->destroy("default", 1).error().code(), ErrorCode::kNotFound);
  EXPECT_EQ(provider->versions("default").value(), std::vector<KekPublic>{second});
  EXPECT_EQ(opening("default", seal(second, dek), dek), std::nullopt);
  EXPECT_EQ(provider->destroy("default", 9).error().code(), ErrorCode::kNotFound);
}

TEST_P(KekProviderContract, TheRecoveryKeyIsTakenOnce) {
  const crypto::PublicKey half = provider->recovery_public("default").value();
  auto taken = provider->take_recovery_private("default").value();
  ASSERT_TRUE(taken);
  EXPECT_EQ(crypto::x25519_from_private(taken->view())->public_key, half);
  EXPECT_FALSE(provider->take_recovery_private("default").value());
  ASSERT_TRUE(provider->rotate("default").ok());
  EXPECT_EQ(provider->recovery_public("default").value(), half);
}

TEST_P(KekProviderContract, BadTenantsAreRefused) {
  for (std::string bad :
       {std::string(), std::string("A"), std::string("a/b"), std::string(".."), std::string(65, 'a')})
    EXPECT_EQ(provider->current(bad).error().code(), ErrorCode::kInvalid) << bad;
  EXPECT_TRUE(provider->current(std::string(64, 'a')).ok());
}

}  // namespace ew::vault
