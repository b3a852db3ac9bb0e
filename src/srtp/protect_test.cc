#include "srtp/protect.h"

#include <gtest/gtest.h>

#include "srtp/context.h"

using namespace ew;
using namespace ew::srtp;

namespace {

const Bytes kReport = {0x81, 0xc9, 0, 7, 1, 2, 3, 4, 9, 9, 9, 9, 0, 0, 0, 0,
                       0,    0,    0, 5, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0};

struct Case {
  const char* suite;
  size_t key_salt;
};

// What we send is what our own reader, which is held to the RFCs' vectors, opens.
TEST(ProtectRtcp, IsOpenedByAContext) {
  for (Case one : {Case{"AES_CM_128_HMAC_SHA1_80", 30},
                   {"AES_CM_128_HMAC_SHA1_32", 30},
                   {"AES_256_CM_HMAC_SHA1_80", 46},
                   {"AEAD_AES_128_GCM", 28},
                   {"AEAD_AES_256_GCM", 44}}) {
    Bytes key(one.key_salt);
    for (size_t i = 0; i < key.size(); ++i) key[i] = static_cast<uint8_t>(7 * i + 1);
    auto context = Context::create(one.suite, key);
    ASSERT_TRUE(context.ok());
    for (uint32_t index : {1u, 2u, 0x7fffffffu}) {
      auto sealed = protect_rtcp(one.suite, key, index, kReport);
      ASSERT_TRUE(sealed.ok()) << one.suite;
      EXPECT_TRUE(std::equal(kReport.begin(), kReport.begin() + 8, sealed->begin()));
      EXPECT_FALSE(std::equal(kReport.begin() + 8, kReport.end(), sealed->begin() + 8));
      Bytes forged = *sealed;
      forged[9] ^= 1;
      EXPECT_EQ((*context)->unprotect_rtcp(forged), Verdict::kAuthentication) << one.suite;
      EXPECT_EQ((*context)->unprotect_rtcp(*sealed), Verdict::kOk) << one.suite << " " << index;
      EXPECT_EQ(*sealed, kReport);
    }
  }
}

TEST(ProtectRtcp, RefusesWhatMakesNoSense) {
  EXPECT_FALSE(protect_rtcp("NULL_HMAC_SHA1_80", Bytes(30), 1, kReport).ok());
  EXPECT_FALSE(protect_rtcp("AES_CM_128_HMAC_SHA1_80", Bytes(29), 1, kReport).ok());
  EXPECT_FALSE(protect_rtcp("AES_CM_128_HMAC_SHA1_80", Bytes(30), 1, Bytes(7)).ok());
}

}  // namespace
