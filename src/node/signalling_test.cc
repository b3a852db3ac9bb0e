#include "node/signalling.h"

#include <gtest/gtest.h>

namespace ew::node {
namespace {

const std::string kOptions =
    "OPTIONS sip:a@example.com SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.1\r\nFrom: <sip:b@example.com>;tag=1\r\n"
    "To: <sip:a@example.com>\r\nCall-ID: one\r\nCSeq: 7 OPTIONS\r\nContent-Length: 0\r\n\r\n";

class Records : public media::RecordSource {
 public:
  void add(part::RecordType type, std::string body) { records_.emplace_back(type, std::move(body)); }
  Status for_each(const std::function<void(const part::Record&)>& each) override {
    part::Record record;
    for (const auto& [type, body] : records_) {
      record.type = type;
      record.at = record.at + kNsPerSec;
      record.body = as_bytes(body);
      each(record);
    }
    return {};
  }

 private:
  std::vector<std::pair<part::RecordType, std::string>> records_;
};

std::string report(const std::string& detail) {
  return R"({"kind":"hep_log","who":"agent 7","detail":")" + detail + "\"}";
}

TEST(Signalling, HasMessagesAndWhatAgentsReport) {
  Records records;
  records.add(part::RecordType::kSip, kOptions);
  records.add(part::RecordType::kEvent, R"({"kind":"hep_rtcp","who":"agent 7","detail":"{\"ssrc\":1}"})");
  records.add(part::RecordType::kCall, report("no event"));
  auto found = read_signalling(records);
  ASSERT_TRUE(found.ok());
  ASSERT_EQ(found->messages.size(), 1u);
  EXPECT_EQ(found->messages[0].method, "OPTIONS");
  EXPECT_EQ(found->messages[0].cseq, "7 OPTIONS");
  ASSERT_EQ(found->reports.size(), 1u);
  EXPECT_EQ(found->reports[0].at, WallTime{2 * kNsPerSec});
  EXPECT_EQ(found->reports[0].kind, "hep_rtcp");
  EXPECT_EQ(found->reports[0].who, "agent 7");
  EXPECT_EQ(found->reports[0].text, R"({"ssrc":1})");
  EXPECT_FALSE(found->cut || found->reports_cut);
}

TEST(Signalling, OtherEventsAreNoReports) {
  Records records;
  for (const char* body : {"", "{", "[1]", "{}", R"({"kind":5})", R"({"kind":"gap","who":"","detail":""})"})
    records.add(part::RecordType::kEvent, body);
  records.add(part::RecordType::kEvent, R"({"kind":"hep_log","who":[],"detail":null})");
  auto found = read_signalling(records);
  ASSERT_TRUE(found.ok());
  ASSERT_EQ(found->reports.size(), 1u);
  EXPECT_EQ(found->reports[0].text, "");
}

// Many of one kind leave the other whole.
TEST(Signalling, IsBounded) {
  Records records;
  for (size_t i = 0; i < Signalling::kMaxMessages; ++i) records.add(part::RecordType::kEvent, report("line"));
  EXPECT_FALSE(read_signalling(records)->reports_cut);
  records.add(part::RecordType::kEvent, report("one more"));
  records.add(part::RecordType::kSip, kOptions);
  auto found = read_signalling(records);
  EXPECT_EQ(found->reports.size(), Signalling::kMaxMessages);
  EXPECT_TRUE(found->reports_cut);
  EXPECT_EQ(found->messages.size(), 1u);
  EXPECT_FALSE(found->cut);
}

TEST(Signalling, IsBoundedInBytes) {
  Records records;
  records.add(part::RecordType::kEvent, report("short"));
  records.add(part::RecordType::kEvent, report(std::string(Signalling::kMaxBytes, 'x')));
  records.add(part::RecordType::kEvent, report("short"));
  auto found = read_signalling(records);
  EXPECT_EQ(found->reports.size(), 1u);
  EXPECT_TRUE(found->reports_cut);
}

}  // namespace
}  // namespace ew::node
