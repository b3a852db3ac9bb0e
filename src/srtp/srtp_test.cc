#include <gtest/gtest.h>

#include <algorithm>

#include "base/result.h"
#include "srtp/cipher_internal.h"
#include "srtp/context.h"
#include "srtp/key_derivation_internal.h"
#include "srtp/source_state_internal.h"
#include "srtp/transform_internal.h"

namespace ew::srtp {
namespace {

Bytes hex(std::string_view text) {
  std::string digits;
  for (char c : text) {
    if (c != ' ') digits += c;
  }
  Bytes bytes(digits.size() / 2);
  EXPECT_TRUE(from_hex(digits, bytes));
  return bytes;
}

Bytes operator+(Bytes a, const Bytes& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

const Bytes kMasterKey = hex("E1F97A0D3E018BE0D64FA32C06DE4139");
const Bytes kMasterSalt = hex("0EC675AD498AFEEBB6960B3AABE6");
constexpr std::string_view kSuite = "AES_CM_128_HMAC_SHA1_80";

TEST(KeyDerivation, Rfc3711AppendixB3) {
  EXPECT_EQ(derive_key(kMasterKey, kMasterSalt, Label::kRtpEncryption, 16),
            hex("C61E7A93744F39EE10734AFE3FF7A087"));
  EXPECT_EQ(derive_key(kMasterKey, kMasterSalt, Label::kRtpSalt, 14), hex("30CBBC08863D8C85D49DB34A9AE1"));
  EXPECT_EQ(derive_key(kMasterKey, kMasterSalt, Label::kRtpAuthentication, 20),
            hex("CEBE321F6FF7716B6FD4AB49AF256A156D38BAA4"));
}

TEST(KeyDerivation, Rfc6188Section7) {
  Bytes key = hex("f0f04914b513f2763a1b1fa130f10e2998f6f6e43e4309d1e622a0e332b9f1b6");
  Bytes salt = hex("3b04803de51ee7c96423ab5b78d2");
  EXPECT_EQ(derive_key(key, salt, Label::kRtpEncryption, 32),
            hex("5ba1064e30ec51613cad926c5a28ef731ec7fb397f70a960653caf06554cd8c4"));
  EXPECT_EQ(derive_key(key, salt, Label::kRtpSalt, 14), hex("fa31791685ca444a9e07c6c64e93"));
  EXPECT_EQ(derive_key(key, salt, Label::kRtpAuthentication, 20),
            hex("fd9c32d39ed5fbb5a9dc96b30818454d1313dc05"));
}

TEST(CtrCipher, Rfc3711AppendixB2) {
  Block iv{};
  Bytes salt = hex("F0F1F2F3F4F5F6F7F8F9FAFBFCFD");
  std::copy(salt.begin(), salt.end(), iv.begin());
  Bytes stream(32);
  CtrCipher(hex("2B7E151628AED2A6ABF7158809CF4F3C")).apply(iv, stream);
  EXPECT_EQ(stream, hex("E03EAD0935C95E80E166B16DD92B4EB4 D23513162B02D0F72A43A2FE4A5F97AB"));
}

TEST(CtrCipher, Rfc6188Section7) {
  Block iv{};
  Bytes salt = hex("F0F1F2F3F4F5F6F7F8F9FAFBFCFD");
  std::copy(salt.begin(), salt.end(), iv.begin());
  Bytes stream(16);
  CtrCipher(hex("57f82fe3613fd170a85ec93c40b1f0922ec4cb0dc025b58272147cc438944a98")).apply(iv, stream);
  EXPECT_EQ(stream, hex("92bdd28a93c3f52511c677d08b5515a4"));
}

// RFC 7714 sections 16 and 17: these give session keys, without derivation.
struct Rfc7714 : testing::Test {
  static std::unique_ptr<Transform> transform(size_t key_size, size_t mki = 0) {
    Bytes key(key_size);
    for (size_t i = 0; i < key_size; ++i) key[i] = static_cast<uint8_t>(i);
    SessionKeys keys{key, {}, hex("517569642070726f2071756f")};
    Shape shape;
    shape.gcm = true;
    shape.mki = mki;
    return Transform::create(shape, keys, keys);
  }
  static bool open_rtp(Transform& transform, Bytes& packet) {
    return transform.open_rtp(packet, 12, 0, 0xf17b, 0x5501a0b2);
  }

  const Bytes plain =
      hex("8040f17b8041f8d35501a0b2 "
          "47616c6c696120657374206f6d6e69732064697669736120696e207061727465732074726573");
  const Bytes with_128 = hex(
      "8040f17b8041f8d35501a0b2 f24de3a3fb34de6cacba861c9d7e4bcabe633bd50d294e6f42a5f47a51c7d19b36de3adf8833"
      "899d7f27beb16a9152cf765ee4390cce");
  const Bytes with_256 = hex(
      "8040f17b8041f8d35501a0b2 32b1de78a822fe12ef9f78fa332e33aab18012389a58e2f3b50b2a0276ffae0f1ba63799b87b"
      "7aa3db36dfffd6b0f9bb7878d7a76c13");
  const Bytes rtcp_plain =
      hex("81c8000d4d617273 "
          "4e5450314e545032525450200000042a0000e9304c756e61deadbeefdeadbeefdeadbeefdeadbeefdeadbeef");
  const Bytes rtcp_with_128 =
      hex("81c8000d4d617273 "
          "63e94885dcdab67ca727d7662f6b7e997ff5c0f76c06f32dc676a5f1730d6fda4ce09b4686303ded0bb9275b"
          "c84aa45896cf4d2fc5abf87245d9eade800005d4");
};

TEST_F(Rfc7714, RtpOfBothKeySizes) {
  Bytes packet = with_128;
  ASSERT_TRUE(open_rtp(*transform(16), packet));
  EXPECT_EQ(packet, plain);
  packet = with_256;
  ASSERT_TRUE(open_rtp(*transform(32), packet));
  EXPECT_EQ(packet, plain);
}

TEST_F(Rfc7714, TheMkiStandsBehindTheTag) {
  Bytes packet = with_128 + hex("01020304");
  ASSERT_TRUE(open_rtp(*transform(16, 4), packet));
  EXPECT_EQ(packet, plain);
}

TEST_F(Rfc7714, Rtcp) {
  Bytes packet = rtcp_with_128;
  ASSERT_TRUE(transform(16)->open_rtcp(packet, 0x4d617273));
  EXPECT_EQ(packet, rtcp_plain);
}

TEST_F(Rfc7714, AnyFlippedBitIsFoundAndThePacketLeftAlone) {
  auto gcm = transform(16);
  for (size_t bit = 0; bit < with_128.size() * 8; bit += 5) {
    if (bit / 8 == 0) continue;  // the first byte says how long the header is, which the caller gives here
    Bytes packet = with_128;
    packet[bit / 8] ^= static_cast<uint8_t>(1 << bit % 8);
    Bytes before = packet;
    ASSERT_FALSE(open_rtp(*gcm, packet)) << bit;
    ASSERT_EQ(packet, before);
  }
}

TEST(Context, OpensTheReferencePacketsOfLibsrtp) {
  auto context = Context::create(kSuite, kMasterKey + kMasterSalt).value();
  Bytes packet = hex("800f1234decafbadcafebabe 4e55dc4ce79978d88ca4d215949d2402b78d6acc99ea179b8dbb");
  ASSERT_EQ(context->unprotect_rtp(packet), Verdict::kOk);
  EXPECT_EQ(packet, hex("800f1234decafbadcafebabe") + Bytes(16, 0xab));
  Bytes rtcp = hex("81c8000bcafebabe 7128035be487b9bdbef89041f977a5a8 80000001 993e08cd54d6c1230798");
  ASSERT_EQ(context->unprotect_rtcp(rtcp), Verdict::kOk);
  EXPECT_EQ(rtcp, hex("81c8000bcafebabe") + Bytes(16, 0xab));
}

// A sender, made of the primitives alone, so that streams can be tried.
Bytes protect(uint32_t ssrc, uint64_t index, const Bytes& mki = {}, size_t tag = 10) {
  Bytes packet = {0x80, 8, static_cast<uint8_t>(index >> 8), static_cast<uint8_t>(index), 0, 0, 0, 0};
  ByteWriter(packet).u32be(ssrc);
  Bytes payload(160, static_cast<uint8_t>(index));
  Block iv{};
  Bytes salt = derive_key(kMasterKey, kMasterSalt, Label::kRtpSalt, 14);
  std::copy(salt.begin(), salt.end(), iv.begin());
  for (int i = 0; i < 4; ++i) iv[4 + i] ^= static_cast<uint8_t>(ssrc >> 8 * (3 - i));
  for (int i = 0; i < 6; ++i) iv[8 + i] ^= static_cast<uint8_t>(index >> 8 * (5 - i));
  CtrCipher(derive_key(kMasterKey, kMasterSalt, Label::kRtpEncryption, 16)).apply(iv, payload);
  packet = packet + payload;
  Bytes roll_over;
  ByteWriter(roll_over).u32be(static_cast<uint32_t>(index >> 16));
  auto mac =
      HmacSha1(derive_key(kMasterKey, kMasterSalt, Label::kRtpAuthentication, 20)).of(packet, roll_over);
  return packet + mki + Bytes(mac.begin(), mac.begin() + static_cast<ptrdiff_t>(tag));
}

Verdict receive(Context& context, uint64_t index, uint32_t ssrc = 1) {
  Bytes packet = protect(ssrc, index);
  Verdict verdict = context.unprotect_rtp(packet);
  if (verdict == Verdict::kOk || verdict == Verdict::kReplayed) {
    EXPECT_EQ(Bytes(packet.begin() + 12, packet.end()), Bytes(160, static_cast<uint8_t>(index)));
  }
  return verdict;
}

std::unique_ptr<Context> context() { return Context::create(kSuite, kMasterKey + kMasterSalt).value(); }

TEST(Context, FollowsTheRollOverCounter) {
  auto receiver = context();
  for (uint64_t index = 65000; index < 66200; ++index) {
    if (index % 7 == 3 || index == 65531) continue;  // lost, or late
    ASSERT_EQ(receive(*receiver, index), Verdict::kOk) << index;
  }
  EXPECT_EQ(receive(*receiver, 65531), Verdict::kOk);  // from before the wrap
}

TEST(Context, AReplayedPacketIsSaidAndDecrypted) {
  auto receiver = context();
  EXPECT_EQ(receive(*receiver, 100), Verdict::kOk);
  EXPECT_EQ(receive(*receiver, 100), Verdict::kReplayed);
  EXPECT_EQ(receive(*receiver, 99), Verdict::kOk);
  EXPECT_EQ(receive(*receiver, 99), Verdict::kReplayed);
  EXPECT_EQ(receive(*receiver, 2000), Verdict::kOk);
  EXPECT_EQ(receive(*receiver, 2000 - 1023), Verdict::kOk);
  EXPECT_EQ(receive(*receiver, 2000 - 1024), Verdict::kReplayed);  // older than the window
}

TEST(Context, AStreamMayBeJoinedInItsMiddle) {
  for (uint64_t roll_over = 0; roll_over < 4; ++roll_over) {
    auto receiver = context();
    EXPECT_EQ(receive(*receiver, roll_over << 16 | 65535), Verdict::kOk);
    EXPECT_EQ(receive(*receiver, (roll_over + 1) << 16), Verdict::kOk);
  }
  EXPECT_EQ(receive(*context(), uint64_t{4} << 16), Verdict::kAuthentication);
}

TEST(Context, ForgedPacketsChangeNothing) {
  auto receiver = context();
  for (uint32_t ssrc = 0; ssrc < 1000; ++ssrc) {
    Bytes packet = protect(ssrc, 1);
    packet.back() ^= 1;
    Bytes before = packet;
    ASSERT_EQ(receiver->unprotect_rtp(packet), Verdict::kAuthentication);
    ASSERT_EQ(packet, before);
  }
  for (uint32_t ssrc = 0; ssrc < Context::kMaxSources; ++ssrc)
    ASSERT_EQ(receive(*receiver, 5, ssrc), Verdict::kOk);
  EXPECT_EQ(receive(*receiver, 5, 9999), Verdict::kLimit);
}

TEST(Context, SkipsTheMkiAndTakesShortTags) {
  auto receiver = Context::create("aes_cm_128_hmac_sha1_32", kMasterKey + kMasterSalt, 3).value();
  Bytes packet = protect(1, 1, {7, 7, 7}, 4);
  EXPECT_EQ(receiver->unprotect_rtp(packet), Verdict::kOk);
  EXPECT_EQ(packet.size(), 172u);
}

TEST(Context, EveryTruncationIsRefused) {
  for (std::string_view suite : {kSuite, std::string_view("AEAD_AES_128_GCM")}) {
    auto receiver = Context::create(suite, Bytes(suite == kSuite ? 30 : 28, 1), 4).value();
    Bytes whole = protect(1, 1);
    whole[0] = 0x91;  // with a CSRC and an extension
    for (size_t size = 0; size < whole.size(); ++size) {
      Bytes packet(whole.begin(), whole.begin() + static_cast<ptrdiff_t>(size));
      EXPECT_NE(receiver->unprotect_rtp(packet), Verdict::kOk);
      EXPECT_NE(receiver->unprotect_rtcp(packet), Verdict::kOk);
      EXPECT_EQ(packet.size(), size);
    }
  }
}

TEST(Context, RefusesWhatItDoesNotKnow) {
  auto message = [](std::string_view suite, size_t size) {
    auto created = Context::create(suite, Bytes(size));
    return created ? std::string() : created.error().message();
  };
  EXPECT_EQ(message("F8_128_HMAC_SHA1_80", 30), "crypto suite F8_128_HMAC_SHA1_80 is not known");
  EXPECT_EQ(message(kSuite, 29), "AES_CM_128_HMAC_SHA1_80 takes key and salt of 30 bytes, not 29");
  EXPECT_EQ(message("AES_256_CM_HMAC_SHA1_80", 46), "");
  EXPECT_EQ(message("AES_192_CM_HMAC_SHA1_32", 38), "");
  EXPECT_EQ(message("AEAD_AES_128_GCM", 28), "");
  EXPECT_EQ(message("AEAD_AES_256_GCM", 44), "");
}

TEST(RollOver, IsEstimatedAsRfc3711AppendixASays) {
  EXPECT_EQ(estimate_roll_over(65535, 0), 1u);
  EXPECT_EQ(estimate_roll_over(0x10000, 65535), 0u);
  EXPECT_EQ(estimate_roll_over(0, 65535), 0u);  // there is nothing below 0
  EXPECT_EQ(estimate_roll_over(0x20005, 6), 2u);
  EXPECT_EQ(estimate_roll_over(0x20005, 4), 2u);
}

}  // namespace
}  // namespace ew::srtp
