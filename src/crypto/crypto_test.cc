#include "crypto/crypto.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <thread>

#include "crypto/crc32c_internal.h"
#include "crypto/curves_internal.h"
#include "crypto/vectors_internal.h"

namespace ew::crypto {
namespace {

TEST(Sha256, Fips180Vectors) {
  EXPECT_EQ(to_hex(sha256({})), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(to_hex(sha256(as_bytes("abc"))),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(to_hex(sha256(as_bytes("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"))),
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
}

TEST(Sha256, IncrementalAndAgain) {
  Sha256 hash;
  for (int round = 0; round < 2; ++round) {
    for (int i = 0; i < 1000; ++i) hash.add(Bytes(1000, 'a'));
    EXPECT_EQ(to_hex(hash.finish()), "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
  }
}

TEST(HmacSha256, Rfc4231Vectors) {
  EXPECT_EQ(to_hex(hmac_sha256(Bytes(20, 0x0b), as_bytes("Hi There"))),
            "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
  EXPECT_EQ(to_hex(hmac_sha256(Bytes(131, 0xaa),
                               as_bytes("Test Using Larger Than Block-Size Key - Hash Key First"))),
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}

TEST(HmacSha256, PreparedKeyServesManyMessages) {
  HmacSha256 hmac(as_bytes("Jefe"));
  const std::string expected = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843";
  EXPECT_EQ(to_hex(hmac.compute(as_bytes("what do ya want for nothing?"))), expected);
  EXPECT_NE(to_hex(hmac.compute(as_bytes("something else"))), expected);
  EXPECT_EQ(to_hex(hmac.compute({as_bytes("what do ya "), {}, as_bytes("want for nothing?")})), expected);
}

TEST(HmacSha256, EmptyKeyAndMessage) {
  EXPECT_EQ(to_hex(hmac_sha256({}, {})), "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
}

TEST(Hkdf, Rfc5869Vectors) {
  Bytes out(42);
  hkdf(Bytes(22, 0x0b), hex("000102030405060708090a0b0c"), as_text(hex("f0f1f2f3f4f5f6f7f8f9")), out);
  EXPECT_EQ(to_hex(out),
            "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865");
  hkdf(Bytes(22, 0x0b), {}, {}, out);
  EXPECT_EQ(to_hex(out),
            "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8");
  Bytes key, salt, info;
  for (int i = 0; i < 80; ++i) {
    key.push_back(static_cast<uint8_t>(i));
    salt.push_back(static_cast<uint8_t>(0x60 + i));
    info.push_back(static_cast<uint8_t>(0xb0 + i));
  }
  out.resize(82);
  hkdf(key, salt, as_text(info), out);
  EXPECT_EQ(to_hex(out),
            "b11e398dc80327a1c8e7f78c596a49344f012eda2d4efad8a050cc4c19afa97c59045a99cac7827271cb41c65e590e09"
            "da3275600"
            "c2f09b8367793a9aca3db71cc30c58179ec3e87c14c01d5c1f3434f1d87");
}

TEST(Crc32c, Rfc3720Vectors) {
  Bytes up, down;
  for (uint8_t i = 0; i < 32; ++i) {
    up.push_back(i);
    down.push_back(31 - i);
  }
  const Bytes read_command =
      hex("01c00000000000000000000000000000140000000000040000000014000000182800000000000000020000000000"
          "0000");
  const std::pair<Bytes, uint32_t> vectors[] = {{Bytes(32, 0), 0x8a9136aa}, {Bytes(32, 0xff), 0x62a8ab43},
                                                {up, 0x46dd794e},           {down, 0x113fdb5c},
                                                {read_command, 0xd9963a56}, {{}, 0}};
  for (const auto& [bytes, expected] : vectors) {
    EXPECT_EQ(crc32c(bytes), expected);
    EXPECT_EQ(crc32c_by_table(bytes, 0), expected);
  }
}

TEST(Crc32c, BothWaysAgreeAndContinue) {
  Bytes bytes(257);
  random_bytes(bytes);
  for (size_t cut = 0; cut <= bytes.size(); ++cut) {
    ByteView head = ByteView(bytes).first(cut), tail = ByteView(bytes).subspan(cut);
    EXPECT_EQ(crc32c(head), crc32c_by_table(head, 0));
    EXPECT_EQ(crc32c(tail, crc32c(head)), crc32c(bytes));
  }
}

// Test case 16 of the GCM specification (McGrew, Viega), which NIST SP 800-38D refers to.
struct GcmVector {
  Bytes key = hex("feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308");
  Bytes nonce = hex("cafebabefacedbaddecaf888");
  Bytes aad = hex("feedfacedeadbeeffeedfacedeadbeefabaddad2");
  Bytes plain =
      hex("d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525b1"
          "6aedf5aa0d"
          "e657ba637b39");
  Bytes sealed =
      hex("522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa8cb08e48590dbb3da7b08b1056828838c5"
          "f61e6393ba"
          "7a0abcc9f66276fc6ece0f4e1768cddf8853bb2d551b");
};

TEST(Aead, GcmVectorBothWaysManyTimes) {
  GcmVector v;
  Aead aead(v.key);
  for (int round = 0; round < 3; ++round) {
    Bytes sealed(v.sealed.size()), plain(v.plain.size());
    aead.seal(v.nonce, v.aad, v.plain, sealed);
    EXPECT_EQ(sealed, v.sealed);
    EXPECT_TRUE(aead.open(v.nonce, v.aad, v.sealed, plain));
    EXPECT_EQ(plain, v.plain);
  }
}

TEST(Aead, EveryFlippedBitIsFoundAndLeavesNothing) {
  GcmVector v;
  Aead aead(v.key);
  Bytes out(v.plain.size());
  auto denied = [&] {
    out.assign(out.size(), 0xee);
    return !aead.open(v.nonce, v.aad, v.sealed, out) && out == Bytes(out.size());
  };
  for (Bytes* field : {&v.nonce, &v.aad, &v.sealed}) {
    for (size_t bit = 0; bit < field->size() * 8; ++bit) {
      (*field)[bit / 8] ^= static_cast<uint8_t>(1 << bit % 8);
      EXPECT_TRUE(denied()) << bit;
      (*field)[bit / 8] ^= static_cast<uint8_t>(1 << bit % 8);
    }
  }
  EXPECT_FALSE(denied());
}

TEST(Aead, InPlaceAndEmpty) {
  GcmVector v;
  Aead aead(v.key);
  Bytes buffer = v.plain;
  buffer.resize(v.sealed.size());
  aead.seal(v.nonce, v.aad, ByteView(buffer).first(v.plain.size()), buffer);
  EXPECT_EQ(buffer, v.sealed);
  EXPECT_TRUE(aead.open(v.nonce, v.aad, buffer, ByteSpan(buffer).first(v.plain.size())));
  buffer.resize(v.plain.size());
  EXPECT_EQ(buffer, v.plain);
  Bytes tag(Aead::kTagSize);
  aead.seal(v.nonce, {}, {}, tag);
  EXPECT_TRUE(aead.open(v.nonce, {}, tag, {}));
  EXPECT_FALSE(aead.open(v.nonce, v.aad, tag, {}));
  EXPECT_FALSE(aead.open(v.nonce, {}, ByteView(tag).first(15), {}));
}

TEST(X25519, Rfc7748Vector) {
  PublicKey peer = array32("e6db6867583030db3594c1a424b15f7c726624ec26b3353b10a903a6d0ab1c4c");
  auto shared = x25519(hex("a546e36bf0527c9d3b16154b82465edd62144c0ac1fc5a18506a2244ba449ac4"), peer);
  ASSERT_TRUE(shared.ok());
  EXPECT_EQ(to_hex(shared->view()), "c3da55379de9c6908e94ea4df28d084f32eccf03491c71f754b4075577a28552");
  EXPECT_EQ(x25519(Bytes(32, 9), PublicKey{}).error().code(), ErrorCode::kDenied);
}

TEST(Ed25519, Rfc8032Vectors) {
  struct {
    const char *seed, *public_key, *message, *signature;
  } const vectors[] = {
      {"9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
       "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
       "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf"
       "5f0595bbe2"
       "4655141438e7a100b"},
      {"4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
       "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
       "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2"
       "eaeb4302ae"
       "eb00d291612bb0c00"},
      {"c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
       "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82",
       "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c1"
       "5e9716ed28"
       "dc027beceea1ec40a"},
  };
  for (const auto& v : vectors) {
    auto key = ed25519_from_seed(hex(v.seed));
    ASSERT_TRUE(key.ok());
    EXPECT_EQ(to_hex(key->public_key), v.public_key);
    EXPECT_EQ(to_hex(sign(*key, hex(v.message))), v.signature);
    EXPECT_TRUE(verify(key->public_key, hex(v.message), hex(v.signature)));
    EXPECT_FALSE(verify(key->public_key, as_bytes("x"), hex(v.signature)));
    EXPECT_FALSE(verify(key->public_key, hex(v.message), ByteView(hex(v.signature)).first(63)));
  }
  EXPECT_EQ(ed25519_from_seed(Bytes(31)).error().code(), ErrorCode::kInvalid);
}

TEST(Base64, Rfc4648Vectors) {
  const std::pair<const char*, const char*> vectors[] = {{"", ""},
                                                         {"f", "Zg=="},
                                                         {"fo", "Zm8="},
                                                         {"foo", "Zm9v"},
                                                         {"foob", "Zm9vYg=="},
                                                         {"fooba", "Zm9vYmE="},
                                                         {"foobar", "Zm9vYmFy"}};
  for (auto [plain, text] : vectors) {
    EXPECT_EQ(to_base64(as_bytes(plain)), text);
    auto back = from_base64(text);
    ASSERT_TRUE(back);
    EXPECT_EQ(as_text(*back), plain);
  }
  for (auto bad : {"Z", "Zg=", "Zg", "Zh==", "Zm9=", "Z===", "====", "Zg==Zg==", "Zm 9", "Zm9v\n", "Zm9-"})
    EXPECT_FALSE(from_base64(bad)) << bad;
}

TEST(Secret, MovesCopiesAndWipes) {
  for (size_t size : {1u, 16u, 32u, 33u, 64u, 65u, 5000u}) {
    Secret a = Secret::random(size);
    Secret b = Secret::copy_of(a.view());
    const Bytes plain(a.view().begin(), a.view().end());
    Secret c = std::move(a);
    EXPECT_EQ(a.size(), 0u);
    EXPECT_TRUE(equal_constant_time(b.view(), c.view()));
    EXPECT_TRUE(equal_constant_time(c.view(), plain));
    c = Secret(size);
    EXPECT_TRUE(equal_constant_time(c.view(), Bytes(size)));
  }
}

TEST(Secret, AFreedSlotHoldsNothingOfTheKey) {
  Secret key(32);
  std::fill(key.span().begin(), key.span().end(), 0xa5);
  const uint8_t* where = key.view().data();
  { Secret gone = std::move(key); }
  // Slots stay mapped for ever, so looking at a free one is defined; its first bytes are the list of free
  // slots.
  for (size_t i = 0; i < 32; ++i) EXPECT_NE(where[i], 0xa5);
}

TEST(Secret, ManyCostLittleMemory) {
  std::vector<Secret> secrets;
  for (int i = 0; i < 20'000; ++i) secrets.push_back(Secret::random(32));
  SecretMemory memory = secret_memory();
  EXPECT_LE(memory.locked_bytes + memory.unlocked_bytes, 1'000'000u);
}

TEST(Secret, PoolIsSharedByThreads) {
  auto work = [] {
    std::vector<Secret> held;
    for (int i = 0; i < 5000; ++i) {
      held.push_back(Secret::copy_of(Bytes(32, static_cast<uint8_t>(i))));
      if (i % 3 == 0) held.erase(held.begin());
    }
    for (const Secret& secret : held)
      for (uint8_t byte : secret.view()) EXPECT_EQ(byte, secret.view()[0]);
  };
  std::thread a(work), b(work);
  a.join();
  b.join();
}

}  // namespace
}  // namespace ew::crypto
