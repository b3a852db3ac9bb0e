#include "capture/tcp_reassembler.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "capture/test_packets_internal.h"

namespace ew::capture {
namespace {

using testing_internal::endpoint;
using testing_internal::KeepingSink;
using testing_internal::sip_message;

struct TcpReassembly : testing::Test {
  void segment(uint32_t sequence, std::string_view payload, uint8_t flags = 0) {
    pcap::Dissected packet;
    packet.source = endpoint(host, 5060);
    packet.destination = endpoint(2, 40000);
    packet.tcp_sequence = sequence;
    packet.tcp_flags = flags;
    Bytes exact(payload.begin(), payload.end());
    packet.payload = exact;
    ++number;
    reassembler.add(packet, {now_ms * kNsPerMs}, {0, number, 0}, sink);
  }
  SourceCounters counters;
  TcpReassembler reassembler{counters};
  KeepingSink sink;
  int host = 1;
  uint64_t number = 0;
  int64_t now_ms = 0;
};

TEST_F(TcpReassembly, AnySegmentationAndOrderGivesTheSameMessages) {
  std::mt19937_64 random(5);
  for (int round = 0; round < 300; ++round) {
    host = round;
    sink.kept.clear();
    std::string bytes;
    std::vector<std::string> messages;
    for (int i = 0; i < 1 + round % 6; ++i) {
      messages.push_back(sip_message(i, random() % (random() % 8 == 0 ? 20000 : 300)));
      bytes += messages.back();
      if (random() % 3 == 0) bytes += "\r\n\r\n";  // a keep-alive
    }
    struct Segment {
      size_t begin, end, order;
    };
    std::vector<Segment> segments;
    size_t longest = 1 + random() % (round % 10 == 0 ? 20 : 1460);
    longest = std::max(longest, bytes.size() / 500);
    for (size_t begin = 0; begin < bytes.size();) {
      size_t end = std::min(bytes.size(), begin + 1 + random() % longest);
      size_t order = segments.size() + random() % 20;
      segments.push_back({begin, end, order});
      if (random() % 10 == 0)
        segments.push_back({begin - std::min<size_t>(begin, random() % 50), end, order + random() % 20});
      begin = end;
    }
    std::stable_sort(segments.begin(), segments.end(), [](auto& a, auto& b) { return a.order < b.order; });

    auto first = static_cast<uint32_t>(0 - random() % bytes.size());  // so that the sequence wraps inside
    segment(first - 1, "", pcap::kSyn);
    for (const Segment& one : segments) {
      segment(first + static_cast<uint32_t>(one.begin),
              std::string_view(bytes).substr(one.begin, one.end - one.begin));
    }
    segment(first + static_cast<uint32_t>(bytes.size()), "", pcap::kFin);
    ASSERT_EQ(sink.payloads(), messages) << "round " << round;
    ASSERT_EQ(reassembler.held_streams(), 0u);
    ASSERT_EQ(reassembler.held_bytes(), 0u);
  }
  EXPECT_EQ(counters.tcp_gaps, 0u);
  EXPECT_EQ(counters.tcp_segments, number);
}

TEST_F(TcpReassembly, SaysWhichPacketCompletedAMessage) {
  std::string both = sip_message(1, 10) + sip_message(2, 10);
  now_ms = 100;
  segment(1, both.substr(0, 50));
  now_ms = 200;
  segment(51, both.substr(50));
  ASSERT_EQ(sink.kept.size(), 2u);
  EXPECT_EQ(sink.kept[0].ref, (PacketRef{0, 2, 0}));
  EXPECT_EQ(sink.kept[1].ref, (PacketRef{0, 2, 1}));
  EXPECT_EQ(sink.kept[1].at.ns, 200 * kNsPerMs);
  EXPECT_EQ(sink.kept[1].transport, Transport::kTcp);
}

TEST_F(TcpReassembly, BeginsInTheMiddleOfAConnection) {
  segment(5000, "the end of some message\r\n");
  std::string message = sip_message(1, 500);
  segment(5100, message.substr(0, 300));
  segment(5400, message.substr(300));
  EXPECT_EQ(sink.payloads(), std::vector<std::string>{message});
}

TEST_F(TcpReassembly, SkipsMissingBytesAfterThreeSeconds) {
  std::string lost = sip_message(1, 500), next = sip_message(2, 10), last = sip_message(3, 10);
  segment(1, lost.substr(0, 100));
  now_ms = 1000;
  auto position = static_cast<uint32_t>(1 + lost.size());
  segment(position, next);
  EXPECT_TRUE(sink.kept.empty());
  now_ms = 4500;
  segment(position + static_cast<uint32_t>(next.size()), last);
  EXPECT_EQ(sink.payloads(), (std::vector<std::string>{next, last}));
  EXPECT_EQ(sink.kept[0].at.ns, 1000 * kNsPerMs);
  EXPECT_EQ(counters.tcp_gaps, 1u);
}

TEST_F(TcpReassembly, SkipsMissingBytesAfterManySegments) {
  std::string lost = sip_message(0, 500);
  segment(1, lost.substr(0, 100));
  auto position = static_cast<uint32_t>(1 + lost.size());
  std::vector<std::string> messages;
  for (int i = 1; i <= 70; ++i) {
    messages.push_back(sip_message(i, 10));
    segment(position, messages.back());
    position += static_cast<uint32_t>(messages.back().size());
  }
  EXPECT_EQ(sink.payloads(), messages);
}

TEST_F(TcpReassembly, AtTheEndNothingWaitsAnyLonger) {
  std::string lost = sip_message(1, 500), next = sip_message(2, 10);
  segment(1, lost.substr(0, 100));
  segment(static_cast<uint32_t>(1 + lost.size()), next);
  reassembler.finish(sink);
  EXPECT_EQ(sink.payloads(), std::vector<std::string>{next});
  EXPECT_EQ(reassembler.held_streams(), 0u);
  EXPECT_EQ(reassembler.held_bytes(), 0u);
}

TEST_F(TcpReassembly, AResetEndsAStreamAndASynBeginsItAnew) {
  std::string message = sip_message(1, 100);
  segment(1, message.substr(0, 100));
  segment(101, "", pcap::kRst);
  EXPECT_EQ(reassembler.held_streams(), 0u);
  segment(900, "", pcap::kSyn);
  segment(900, "", pcap::kSyn);  // again
  segment(901, message);
  EXPECT_EQ(sink.payloads(), std::vector<std::string>{message});
  // A new connection with the same ports, without an end of the one before.
  segment(77, "", pcap::kSyn);
  segment(78, message);
  EXPECT_EQ(sink.kept.size(), 2u);
}

TEST_F(TcpReassembly, HoldsNothingOfOtherProtocols) {
  segment(0, "", pcap::kSyn);
  segment(1, "GET / HTTP/1.1\r\nHost: example.org\r\n\r\n");
  segment(500, std::string("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 11));
  EXPECT_EQ(reassembler.held_streams(), 0u);
  EXPECT_EQ(counters.tcp_gaps, 0u);
  EXPECT_TRUE(sink.kept.empty());
}

TEST_F(TcpReassembly, IsBoundedInStreamsAndAge) {
  for (host = 0; host < 66000; ++host) segment(1, "", pcap::kSyn);
  EXPECT_LE(reassembler.held_streams(), TcpReassembler::kMaxStreams);
  EXPECT_GT(counters.tcp_abandoned, 400u);
  now_ms = 601 * 1000;
  segment(1, "");
  EXPECT_EQ(reassembler.held_streams(), 0u);
}

TEST_F(TcpReassembly, IsBoundedInBytes) {
  std::string start = "INVITE sip:bob@example.org SIP/2.0\r\n";
  std::string filler = std::string(1000, 'x') + ": y\r\n";
  for (host = 0; host < 400; ++host) {
    segment(1, start);
    auto position = static_cast<uint32_t>(1 + start.size());
    // In order: an endless message.
    for (int i = 0; i < 200; ++i, position += static_cast<uint32_t>(filler.size())) segment(position, filler);
    // Out of order: holes.
    for (int i = 0; i < 60; ++i, position += 3000) segment(position + 1000, filler);
    ASSERT_LE(reassembler.held_bytes(), TcpReassembler::kMaxBytes + 2000);
  }
  reassembler.finish(sink);
  EXPECT_EQ(reassembler.held_bytes(), 0u);
}

TEST_F(TcpReassembly, AMessageOfTinySegmentsDoesNotCostItsSquare) {
  segment(0, "", pcap::kSyn);
  std::string message = "INVITE sip:bob@example.org SIP/2.0\r\n";
  while (message.size() < 100000) message += "A: b\r\n";
  message += "Content-Length: 0\r\n\r\n";
  uint32_t position = 1;
  for (char byte : message) segment(position++, std::string_view(&byte, 1));  // minutes, if it did
  EXPECT_EQ(sink.payloads(), std::vector<std::string>{message});
}

}  // namespace
}  // namespace ew::capture
