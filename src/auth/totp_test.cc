#include "auth/totp.h"

#include <gtest/gtest.h>

namespace ew::auth {
namespace {

const ByteView kSecret = as_bytes("12345678901234567890");

// RFC 6238 appendix B, SHA-1, 8 digits.
TEST(Totp, VectorsOfTheRfc) {
  struct Vector {
    int64_t at;
    const char* code;
  };
  for (const Vector& vector : {Vector{59, "94287082"},
                               {1111111109, "07081804"},
                               {1111111111, "14050471"},
                               {1234567890, "89005924"},
                               {2000000000, "69279037"}})
    EXPECT_EQ(totp_code(kSecret, totp_step({vector.at * kNsPerSec}), 8), vector.code);
  // Beyond what nanoseconds can count.
  EXPECT_EQ(totp_code(kSecret, 20000000000 / 30, 8), "65353130");
}

// RFC 4226 appendix D.
TEST(Totp, VectorsOfHotp) {
  const char* kCodes[] = {"755224", "287082", "359152", "969429", "338314",
                          "254676", "287922", "162583", "399871", "520489"};
  for (int64_t i = 0; i < 10; ++i) EXPECT_EQ(totp_code(kSecret, i), kCodes[i]);
}

TEST(Totp, TakesOneStepBeforeAndAfter) {
  WallTime now{1'000'000 * 30 * kNsPerSec};
  for (int64_t step = 999'997; step <= 1'000'003; ++step) {
    auto matched = totp_match(kSecret, totp_code(kSecret, step), now);
    if (step >= 999'999 && step <= 1'000'001) {
      EXPECT_EQ(matched, step);
    } else {
      EXPECT_FALSE(matched) << step;
    }
  }
  for (const char* code : {"", "12345", "1234567", "abcdef", "\0\0\0\0\0"})
    EXPECT_FALSE(totp_match(kSecret, code, now));
}

TEST(Totp, Base32OfTheRfc) {  // RFC 4648 section 10, without padding
  EXPECT_EQ(to_base32(as_bytes("")), "");
  EXPECT_EQ(to_base32(as_bytes("f")), "MY");
  EXPECT_EQ(to_base32(as_bytes("fo")), "MZXQ");
  EXPECT_EQ(to_base32(as_bytes("foo")), "MZXW6");
  EXPECT_EQ(to_base32(as_bytes("foob")), "MZXW6YQ");
  EXPECT_EQ(to_base32(as_bytes("fooba")), "MZXW6YTB");
  EXPECT_EQ(to_base32(as_bytes("foobar")), "MZXW6YTBOI");
}

TEST(Totp, UriOfAuthenticatorApps) {
  EXPECT_EQ(
      totp_uri(as_bytes("foobar"), "Ear witness", "a@b"),
      "otpauth://totp/Ear%20witness:a%40b?secret=MZXW6YTBOI&issuer=Ear%20witness&algorithm=SHA1&digits=6&"
      "period=30");
}

}  // namespace
}  // namespace ew::auth
