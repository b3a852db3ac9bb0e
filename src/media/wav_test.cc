#include "media/wav.h"

#include <gtest/gtest.h>

namespace ew::media {
namespace {

TEST(Wav, TwoChannelsHaveThePlainHead) {
  Bytes header = wav_header({8000, 2, 100});
  ASSERT_EQ(header.size(), 44u);
  ByteReader reader(header);
  EXPECT_EQ(as_text(reader.take(4)), "RIFF");
  EXPECT_EQ(reader.u32le(), 36u + 400);
  EXPECT_EQ(as_text(reader.take(8)), "WAVEfmt ");
  EXPECT_EQ(reader.u32le(), 16u);
  EXPECT_EQ(reader.u16le(), 1);
  EXPECT_EQ(reader.u16le(), 2);
  EXPECT_EQ(reader.u32le(), 8000u);
  EXPECT_EQ(reader.u32le(), 32000u);
  EXPECT_EQ(reader.u16le(), 4);
  EXPECT_EQ(reader.u16le(), 16);
  EXPECT_EQ(as_text(reader.take(4)), "data");
  EXPECT_EQ(reader.u32le(), 400u);
}

TEST(Wav, MoreChannelsAreExtensible) {
  Bytes header = wav_header({16000, 8, 10});
  ASSERT_EQ(header.size(), 68u);
  ByteReader reader(ByteView(header).subspan(16));
  EXPECT_EQ(reader.u32le(), 40u);
  EXPECT_EQ(reader.u16le(), 0xfffe);
  EXPECT_EQ(reader.u16le(), 8);
  reader.skip(12);
  EXPECT_EQ(reader.u16le(), 22);
  EXPECT_EQ(reader.u16le(), 16);
  EXPECT_EQ(reader.u32le(), 0u);
  EXPECT_EQ(to_hex(reader.take(16)), "0100000000001000800000aa00389b71");
}

TEST(Wav, BeyondFourGibibytesItIsRf64) {
  // The longest that 32 bits still hold, and one sample more.
  uint64_t longest = (UINT32_MAX - 36) / 4;
  EXPECT_EQ(as_text(ByteView(wav_header({8000, 2, longest})).first(4)), "RIFF");
  uint64_t samples = longest + 1;
  Bytes header = wav_header({8000, 2, samples});
  ASSERT_EQ(header.size(), 80u);
  ByteReader reader(header);
  EXPECT_EQ(as_text(reader.take(4)), "RF64");
  EXPECT_EQ(reader.u32le(), UINT32_MAX);
  EXPECT_EQ(as_text(reader.take(8)), "WAVEds64");
  EXPECT_EQ(reader.u32le(), 28u);
  EXPECT_EQ(reader.u64le(), header.size() - 8 + samples * 4);
  EXPECT_EQ(reader.u64le(), samples * 4);
  EXPECT_EQ(reader.u64le(), samples);
  EXPECT_EQ(ByteReader(ByteView(header).last(4)).u32le(), UINT32_MAX);
}

}  // namespace
}  // namespace ew::media
