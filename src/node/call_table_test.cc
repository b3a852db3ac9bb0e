#include "node/call_table.h"

#include <gtest/gtest.h>

#include <unistd.h>

#include <algorithm>
#include <filesystem>

#include "base/text.h"

namespace ew::node {
namespace {

TEST(CsvCell, KeepsWhatIsPlain) {
  for (const char* text : {"", "Anna Kováčová", "+421905123456", "100", "sip:anna@example.com", "a=b", "1-2"})
    EXPECT_EQ(csv_cell(text), text);
}

TEST(CsvCell, QuotesAndKeepsOneLine) {
  EXPECT_EQ(csv_cell("Novák, Ján"), "\"Novák, Ján\"");
  EXPECT_EQ(csv_cell("Ján \"Jano\" Novák"), "\"Ján \"\"Jano\"\" Novák\"");
  EXPECT_EQ(csv_cell("a;b"), "\"a;b\"");
  EXPECT_EQ(csv_cell("one\r\ntwo\tthree"), "one  two three");
  EXPECT_EQ(csv_cell(std::string_view("a\0b", 3)).find('\0'), std::string::npos);
  EXPECT_EQ(csv_cell("\xff"), "\xef\xbf\xbd");
}

TEST(CsvCell, LetsNothingBeAFormula) {
  for (const char* text : {"=1+1",
                           "=cmd|' /C calc'!A0",
                           "+cmd|' /C calc'!A0",
                           "-2+3",
                           "@SUM(A1:A9)",
                           "|calc",
                           "%0A",
                           "+1+1",
                           "+421 905",
                           "+",
                           "=HYPERLINK(\"http://example.com?\"&A1,\"x\")",
                           "\t=1+1",
                           "\r=1+1",
                           "\n=1+1",
                           "  =1+1",
                           "\xc2\xa0=1+1",
                           "\xef\xbc\x9d"
                           "1+1",
                           "\xef\xbc\x8b"
                           "1",
                           "\xef\xbc\xa0"
                           "A1",
                           "-",
                           "\x01=1+1"}) {
    const std::string cell = csv_cell(text);
    const std::string_view bare = std::string_view(cell).substr(cell.starts_with('"') ? 1 : 0);
    EXPECT_TRUE(bare.starts_with('\'')) << cell;
  }
  EXPECT_EQ(csv_cell("a; =1+1;b"), "\"a;' =1+1;b\"");
}

class CallTableTest : public testing::Test {
 protected:
  ~CallTableTest() override { std::filesystem::remove_all(folder_); }

  void store(int number, const std::string& name) {
    db::CallRows rows;
    rows.call.call_id.bytes[14] = static_cast<uint8_t>(number >> 8);
    rows.call.call_id.bytes[15] = static_cast<uint8_t>(number);
    rows.call.start_at = WallTime::from_us(1'700'000'000'000'000 + number * 1'000'000);
    rows.call.answer_at = rows.call.start_at + kNsPerSec / 2;
    rows.call.end_at = rows.call.start_at + 2 * kNsPerSec;
    rows.call.tech_result = TechResult::kAnswered;
    rows.call.caller_number = "+42190" + std::to_string(number);
    rows.call.caller_name = name;
    ASSERT_TRUE(log_->store({rows}, "", "").ok());
  }
  std::string read(CallTable& table) {
    std::string text;
    while (true) {
      auto lines = table.next(*log_);
      EXPECT_TRUE(lines.ok());
      if (!lines.ok() || lines->empty()) return text;
      text += *lines;
    }
  }

  const std::string folder_ = testing::TempDir() + "call_table_test_" + std::to_string(::getpid());
  const bool is_made_ = std::filesystem::create_directories(folder_);
  std::unique_ptr<db::CallLog> log_ = db::CallLog::open("sqlite:" + folder_ + "/calls.sqlite").value();
};

TEST_F(CallTableTest, HasEveryCallOnceNewestFirst) {
  constexpr int kCalls = 1'203;  // more than two pages
  for (int i = 1; i <= kCalls; ++i) store(i, i == 7 ? "=cmd|x, y" : "Anna");
  db::CallFilter filter;
  filter.tenant = "default";
  CallTable table(filter);
  const std::string text = read(table);
  EXPECT_EQ(table.calls(), static_cast<uint64_t>(kCalls));
  EXPECT_TRUE(
      text.starts_with("\xef\xbb\xbf"
                       "call_id,start_at,"));
  std::vector<std::string> lines;
  for (size_t at = 0; at < text.size();) {
    const size_t end = text.find("\r\n", at);
    ASSERT_NE(end, std::string::npos);
    lines.push_back(text.substr(at, end - at));
    at = end + 2;
  }
  ASSERT_EQ(lines.size(), size_t{kCalls} + 1);
  for (int i = 1; i <= kCalls; ++i)
    EXPECT_NE(lines[static_cast<size_t>(i)].find(",+42190" + std::to_string(kCalls + 1 - i) + ","),
              std::string::npos);
  EXPECT_NE(lines[kCalls + 1 - 7].find(",\"'=cmd|x, y\","), std::string::npos);
  EXPECT_EQ(lines[kCalls],
            "00000000-0000-0000-0000-000000000001,2023-11-14T22:13:21.000000Z,,2023-11-14T22:13:21.500000Z,"
            "2023-11-14T22:13:23.000000Z,unknown,answered,,,,unknown,+421901,Anna,,,,,,,,1.500,pcap,"
            "not_recorded_no_media");
}

TEST_F(CallTableTest, OfNothingIsTheHead) {
  db::CallFilter filter;
  filter.tenant = "default";
  CallTable table(filter);
  const std::string text = read(table);
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 1);
}

}  // namespace
}  // namespace ew::node
