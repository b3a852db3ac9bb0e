#include "node/comparison.h"

#include <gtest/gtest.h>

#include <cstring>
#include <filesystem>
#include <fstream>

#include "io/memory_env.h"
#include "node/importer.h"

namespace ew::node {
namespace {

// What happens to a packet on the way to the second witness; false: it does not get there.
using Change = std::function<bool(uint32_t number, Bytes& frame)>;

// A copy of a classic pcap file as another witness would have captured it.
std::string second_capture(const std::string& from, const std::string& name, const Change& change) {
  std::ifstream file(EW_SOURCE_DIR "/" + from, std::ios::binary);
  Bytes bytes((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  std::string path = (std::filesystem::temp_directory_path() / name).string();
  std::ofstream out(path, std::ios::binary | std::ios::trunc);
  out.write(reinterpret_cast<const char*>(bytes.data()), 24);
  uint32_t number = 0;
  for (size_t at = 24; at + 16 <= bytes.size();) {
    uint32_t length = 0;
    std::memcpy(&length, &bytes[at + 8], 4);
    auto begin = bytes.begin() + static_cast<std::ptrdiff_t>(at + 16);
    Bytes frame(begin, begin + length);
    if (change(++number, frame)) {
      out.write(reinterpret_cast<const char*>(&bytes[at]), 16);
      out.write(reinterpret_cast<const char*>(frame.data()), length);
    }
    at += 16 + length;
  }
  return path;
}

// Ethernet, IPv4 and UDP without options lie before.
bool is_rtp(const Bytes& frame) { return frame.size() == 14 + 20 + 8 + 12 + 160; }

class ComparisonTest : public testing::Test {
 protected:
  static constexpr const char* kCapture = "tests/captures/auth407.pcap";

  Comparison compare_with(const Change& change) {
    io::MemoryEnv disk;
    SystemClock clock;
    config::Config config = config::defaults();
    config.data_directory = "/data";
    config.keys_directory = "/keys";
    config.database = "sqlite::memory:";
    auto data = DataDirectory::open(disk, clock, config).value();
    EXPECT_TRUE(import_captures(*data, {EW_SOURCE_DIR "/" + std::string(kCapture)}, {}).ok());
    std::string other = second_capture(kCapture, "earwitness_second.pcap", change);
    EXPECT_TRUE(import_captures(*data, {other}, {}).ok());
    std::filesystem::remove(other);
    auto page = data->calls().list({}, std::nullopt, 100);
    EXPECT_EQ(page->calls.size(), 1u) << "both saw one call";
    auto rows = data->calls().find("default", page->calls.at(0).call_id);
    EXPECT_EQ((*rows)->recordings.size(), 2u);
    const RecordingRecord& one = (*rows)->recordings.at(0);
    const RecordingRecord& other_one = (*rows)->recordings.at(1);
    const bool is_in_order = other_one.witness.find("second") != std::string::npos;
    auto compared = compare(*data, **rows, (is_in_order ? one : other_one).recording_id,
                            (is_in_order ? other_one : one).recording_id, "test");
    EXPECT_TRUE(compared.ok()) << compared.error().message();
    return compared.ok() ? *compared : Comparison{};
  }
};

TEST_F(ComparisonTest, EqualRecordingsAreEqual) {
  auto compared = compare_with([](uint32_t, Bytes& frame) {
    if (!is_rtp(frame)) return true;
    frame[14 + 8] -= 1;  // another hop: another capture, the same sound
    return true;
  });
  EXPECT_TRUE(compared.equal);
  ASSERT_EQ(compared.streams.size(), 2u);
  for (const ComparedStream& stream : compared.streams) {
    EXPECT_TRUE(stream.first && stream.second);
    EXPECT_GT(stream.same, 100u);
    EXPECT_EQ(stream.different + stream.only_first + stream.only_second, 0u);
  }
  EXPECT_TRUE(compared.spans.empty());
  EXPECT_NEAR(compared.clock_difference_sec.value(), 0, 1e-6);
}

// The second witness is behind a relay that gives out new SSRCs and numbers, misses some packets of one
// voice, and has one packet changed.
TEST_F(ComparisonTest, SaysWhatEachLacksAndWhen) {
  uint32_t lost = 0, changed = 0, seen = 0;
  uint8_t caller = 0;  // last byte of the address that speaks first
  auto compared = compare_with([&](uint32_t, Bytes& frame) {
    if (!is_rtp(frame)) return true;
    if (caller == 0) caller = frame[14 + 12 + 3];
    const bool is_caller = frame[14 + 12 + 3] == caller;
    uint8_t* rtp = &frame[14 + 20 + 8];
    ++seen;
    if (is_caller && seen > 200 && lost < 20) {
      ++lost;
      return false;
    }
    if (is_caller && lost == 20 && changed == 0 && rtp[20] != rtp[21]) {
      rtp[30] ^= 1;
      ++changed;
    }
    const uint16_t sequence = static_cast<uint16_t>((rtp[2] << 8 | rtp[3]) + 4000);
    rtp[2] = static_cast<uint8_t>(sequence >> 8);
    rtp[3] = static_cast<uint8_t>(sequence);
    rtp[8] ^= 0x55;
    return true;
  });
  ASSERT_EQ(lost, 20u);
  EXPECT_FALSE(compared.equal);
  ASSERT_EQ(compared.streams.size(), 2u);
  uint64_t only_first = 0, only_second = 0, different = 0;
  for (const ComparedStream& stream : compared.streams) {
    ASSERT_TRUE(stream.first && stream.second) << "found by what was said";
    EXPECT_NE(stream.first->ssrc, stream.second->ssrc);
    only_first += stream.only_first;
    only_second += stream.only_second;
    different += stream.different;
  }
  EXPECT_EQ(only_first, lost);
  EXPECT_EQ(only_second, 0u);
  EXPECT_EQ(different, changed);
  ASSERT_GE(compared.spans.size(), 1u);
  const ComparedSpan& gap = compared.spans.front();
  EXPECT_EQ(gap.kind, ComparedSpan::Kind::kOnlyFirst);
  EXPECT_EQ(gap.packets, 20u);
  EXPECT_NEAR(gap.to - gap.from, 19 * 0.02, 0.05);
}

}  // namespace
}  // namespace ew::node
