#include <gtest/gtest.h>

#include "base/bytes.h"
#include "base/ids.h"
#include "base/result.h"
#include "base/text.h"
#include "base/time.h"

namespace ew {
namespace {

TEST(ByteReader, StopsAtTheEndAndSaysSo) {
  Bytes bytes = {1, 2, 3};
  ByteReader reader(bytes);
  EXPECT_EQ(reader.u16be(), 0x0102);
  EXPECT_FALSE(reader.failed());
  EXPECT_EQ(reader.u32be(), 0u);
  EXPECT_TRUE(reader.failed());
  EXPECT_TRUE(reader.at_end());
}

TEST(ByteReader, VarintRoundTrip) {
  for (uint64_t value : {uint64_t{0}, uint64_t{127}, uint64_t{128}, uint64_t{300}, UINT64_MAX}) {
    Bytes bytes;
    ByteWriter(bytes).varint(value);
    EXPECT_EQ(ByteReader(bytes).varint(), value);
  }
}

TEST(ByteReader, VarintWithoutEndFails) {
  Bytes bytes(20, 0xff);
  ByteReader reader(bytes);
  reader.varint();
  EXPECT_TRUE(reader.failed());
}

TEST(Time, RoundTrip) {
  WallTime time;
  ASSERT_TRUE(parse_rfc3339("2026-11-21T19:12:22.123456Z", time));
  EXPECT_EQ(to_rfc3339(time), "2026-11-21T19:12:22.123456Z");
  WallTime with_offset;
  ASSERT_TRUE(parse_rfc3339("2026-11-21t21:12:22.123456+02:00", with_offset));
  EXPECT_EQ(time, with_offset);
  EXPECT_FALSE(parse_rfc3339("2026-02-30T00:00:00Z", time));
  EXPECT_FALSE(parse_rfc3339("2026-11-21T19:12:22", time));
  EXPECT_FALSE(parse_rfc3339("", time));
  EXPECT_FALSE(parse_rfc3339("0970-01-01T00:00:00Z", time));
  EXPECT_FALSE(parse_rfc3339("2262-06-01T00:00:00Z", time));
}

TEST(Uuid, Version7CarriesTheTime) {
  WallTime time = WallTime::from_us(1'795'283'271'754'000);
  Bytes random(10, 0xff);
  Uuid id = Uuid::v7(time, random);
  std::string text = id.text();
  EXPECT_EQ(text[14], '7');
  EXPECT_EQ(text[19], 'b');
  ASSERT_TRUE(Uuid::parse(text));
  EXPECT_EQ(*Uuid::parse(text), id);
  EXPECT_FALSE(Uuid::parse("not-a-uuid"));
}

TEST(Text, PrintableHidesControls) {
  EXPECT_EQ(printable("a\r\nb\x1b[31m"), "a\\x0d\\x0ab\\x1b[31m");
  EXPECT_EQ(printable("\xff\xc3\xa9"), "\\xff\xc3\xa9");
  EXPECT_EQ(printable("\xc2\x85"), "\\xc2\\x85");
  EXPECT_EQ(printable("abcdef", 3), "abc...");
}

TEST(Text, ToUtf8ReplacesWhatIsNone) {
  EXPECT_EQ(to_utf8("\xed\xa0\x80"), "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd");
  EXPECT_EQ(to_utf8("Kov\xc3\xa1\xc4\x8d"), "Kov\xc3\xa1\xc4\x8d");
  EXPECT_EQ(to_utf8(std::string_view("a\0b", 3)), "a\xef\xbf\xbd" "b");
}

TEST(Text, Numbers) {
  EXPECT_EQ(parse_number("65535", 65535), 65535u);
  EXPECT_FALSE(parse_number("65536", 65535));
  EXPECT_FALSE(parse_number("18446744073709551616", UINT64_MAX));
  EXPECT_FALSE(parse_number("-1", 10));
  EXPECT_FALSE(parse_number("", 10));
}

Result<int> fails() { return Error(ErrorCode::kInvalid, "bad"); }
Result<int> passes_on() {
  int value = TRY(fails());
  return value + 1;
}

TEST(Result, TryReturnsTheError) {
  auto result = passes_on();
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(std::move(result).error().within("reading x").message(), "reading x: bad");
}

}  // namespace
}  // namespace ew
