#include "vault/vault.h"

#include <gtest/gtest.h>

namespace ew::vault {
namespace {

class VaultTest : public testing::Test {
 protected:
  VaultTest() {
    part::Header header{.kind = part::Kind::kMedia};
    crypto::random_bytes(header.part.bytes);
    auto sealer = part::PartSealer::create(header);
    Bytes object = sealer.header_bytes();
    std::vector<part::FrameInfo> frames;
    for (uint64_t i = 0; i < kFrames; ++i) {
      Bytes frame;
      sealer.seal(plaintext(i), WallTime{static_cast<int64_t>(i)}, WallTime{static_cast<int64_t>(i) + 1},
                  i + 1 == kFrames, frame);
      frames.push_back(part::decode_frame_info(frame).value());
      object.insert(object.end(), frame.begin(), frame.end());
    }
    const Bytes footer = part::make_footer(sealer.header_bytes().size(), frames, part::End::kClosed).value();
    object.insert(object.end(), footer.begin(), footer.end());
    name = object_name(sealer.header());
    bytes = object;
    EXPECT_TRUE(objects->put({NewObject{name, {object}}}).ok());
    auto key_sealer = KeySealer::create(keks->current(header.tenant).value()).value();
    EXPECT_TRUE(keys->put(key_sealer->seal(sealer.header().part, 0, sealer.dek()).value()).ok());
  }
  static Bytes plaintext(uint64_t number) { return Bytes(20'000, static_cast<uint8_t>(number)); }
  std::vector<uint64_t> read(uint64_t first, uint64_t last) {
    std::vector<uint64_t> numbers;
    const StoredPart stored = vault.describe(name).value();
    Status status = vault.read(
        stored,
        [&](const part::FrameInfo& info, ByteView plain) {
          EXPECT_EQ(Bytes(plain.begin(), plain.end()), plaintext(info.number));
          numbers.push_back(info.number);
          return Status();
        },
        first, last);
    EXPECT_TRUE(status.ok());
    return numbers;
  }

  static constexpr uint64_t kFrames = 100;  // two megabytes: several reads
  FakeClock clock;
  std::vector<std::string> asked;
  std::unique_ptr<ObjectStore> objects =
      make_faulty_store(make_memory_store(clock), [this](std::string_view operation, auto&) {
        asked.emplace_back(operation);
        return Status();
      });
  std::unique_ptr<KeyStore> keys = make_memory_key_store();
  std::unique_ptr<KekProvider> keks = make_memory_kek_provider();
  Vault vault{*objects, *keys, *keks};
  std::string name;
  Bytes bytes;
};

TEST_F(VaultTest, DescribesByTwoRangeReads) {
  asked.clear();
  auto stored = vault.describe(name);
  ASSERT_TRUE(stored.ok()) << stored.error().message();
  EXPECT_EQ(asked, (std::vector<std::string>{"stat", "get_range", "get_range"}));
  EXPECT_EQ(stored->footer.frames.size(), kFrames);
  EXPECT_EQ(stored->size, bytes.size());
  EXPECT_EQ(object_name(stored->header), name);
  EXPECT_TRUE(name.starts_with("default/media/"));
}

TEST_F(VaultTest, ReadsAllFramesOrSome) {
  std::vector<uint64_t> all;
  for (uint64_t i = 0; i < kFrames; ++i) all.push_back(i);
  EXPECT_EQ(read(0, UINT64_MAX), all);
  EXPECT_EQ(read(57, 59), (std::vector<uint64_t>{57, 58, 59}));
  EXPECT_EQ(read(99, 99), std::vector<uint64_t>{99});
  EXPECT_TRUE(read(100, 200).empty());
}

TEST_F(VaultTest, VerifyFindsEveryKindOfDamage) {
  EXPECT_TRUE(vault.verify(name).ok());
  for (size_t offset = 0; offset < bytes.size();
       offset += offset < 400 || offset > bytes.size() - 400 ? 7 : 39'119) {
    Bytes bad = bytes;
    bad[offset] ^= 4;
    ASSERT_TRUE(objects->remove(name).ok());
    ASSERT_TRUE(objects->put({NewObject{name, {bad}}}).ok());
    EXPECT_FALSE(vault.verify(name).ok()) << offset;
  }
}

TEST_F(VaultTest, AnotherPartUnderThisNameIsFound) {
  const std::string other = "default/media/00/" + PartId{}.text() + "-0";
  ASSERT_TRUE(objects->put({NewObject{other, {bytes}}}).ok());
  EXPECT_EQ(vault.verify(other).error().code(), ErrorCode::kCorrupt);
  EXPECT_EQ(vault.describe(other).error().code(), ErrorCode::kCorrupt);
}

TEST_F(VaultTest, ADestroyedKeyOpensNothing) {
  const StoredPart stored = vault.describe(name).value();
  ASSERT_TRUE(keys->destroy(stored.header.part, 0).ok());
  auto nothing = [](const part::FrameInfo&, ByteView) { return Status(); };
  EXPECT_EQ(vault.read(stored, nothing).error().code(), ErrorCode::kDenied);
  EXPECT_EQ(vault.verify(name).error().code(), ErrorCode::kDenied);
}

TEST_F(VaultTest, ForEachGoesThroughPages) {
  for (int i = 0; i < 2'500; ++i) ASSERT_TRUE(objects->put({NewObject{"x/" + std::to_string(i), {}}}).ok());
  size_t count = 0;
  std::string last;
  ASSERT_TRUE(vault
                  .for_each("x/",
                            [&](const ObjectInfo& info) {
                              EXPECT_LT(last, info.name);
                              last = info.name;
                              ++count;
                              return Status();
                            })
                  .ok());
  EXPECT_EQ(count, 2'500u);
}

}  // namespace
}  // namespace ew::vault
