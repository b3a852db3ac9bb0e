#include "pcap/writer.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <string>

#include "pcap/dissect.h"
#include "pcap/frame_builder.h"
#include "pcap/reader.h"

namespace ew::pcap {
namespace {

struct Sent {
  Envelope envelope;
  WallTime at;
  uint32_t interface = 0;
  bool tcp = false;
  uint32_t sequence = 0;
  Bytes payload;
  std::string comment;
};

Sent any_packet(std::mt19937_64& random) {
  Sent sent;
  bool ipv6 = random() % 2;
  auto endpoint = [&] {
    Endpoint result;
    for (uint8_t& byte : result.ip.bytes) byte = static_cast<uint8_t>(random());
    result.ip.bytes[0] = 0x20;
    if (!ipv6) result.ip = IpAddress::v4(ByteView(result.ip.bytes).last(4));
    result.port = static_cast<uint16_t>(random());
    return result;
  };
  sent.envelope = {endpoint(), endpoint(), static_cast<uint8_t>(random() % 64),
                   static_cast<uint16_t>(random() % 3 * 100)};
  sent.at = {static_cast<int64_t>(random() % (uint64_t{1} << 61))};
  sent.interface = random() % 2;
  sent.tcp = random() % 2;
  sent.sequence = static_cast<uint32_t>(random());
  sent.payload.resize(random() % 20 == 0 ? random() % kMaxTcpPayload : random() % 400);
  for (uint8_t& byte : sent.payload) byte = static_cast<uint8_t>(random());
  sent.comment = std::string(random() % 10, 'x');
  return sent;
}

Bytes frame_of(const Sent& sent) {
  Bytes frame;
  if (sent.tcp) {
    build_tcp_frame(sent.envelope, sent.sequence, 0, sent.payload, frame);
  } else {
    build_udp_frame(sent.envelope, sent.payload, frame);
  }
  return frame;
}

void expect_same(const Sent& sent, const Record& record) {
  EXPECT_EQ(record.at, sent.at);
  EXPECT_EQ(record.original_length, record.bytes.size());
  Dissected packet;
  ASSERT_EQ(dissect(record.link_type, record.bytes, packet), sent.tcp ? Kind::kTcp : Kind::kUdp);
  EXPECT_EQ(packet.source, sent.envelope.source);
  EXPECT_EQ(packet.destination, sent.envelope.destination);
  EXPECT_EQ(packet.dscp, sent.envelope.dscp);
  EXPECT_EQ(packet.vlan, sent.envelope.vlan);
  EXPECT_FALSE(packet.cut_short);
  if (sent.tcp) {
    EXPECT_EQ(packet.tcp_sequence, sent.sequence);
  }
  EXPECT_TRUE(
      std::equal(packet.payload.begin(), packet.payload.end(), sent.payload.begin(), sent.payload.end()));
}

// Reads the packets of `file` and compares them with what was written.
void expect_reads_back(ByteView file, const std::vector<Sent>& sent, bool with_comments) {
  Reader reader;
  Record record;
  size_t count = 0;
  while (!file.empty()) {
    Reader::Step step = reader.next(file, record);
    ASSERT_TRUE(step == Reader::Step::kPacket || step == Reader::Step::kOther) << reader.error();
    if (step == Reader::Step::kPacket) {
      ASSERT_LT(count, sent.size());
      expect_same(sent[count], record);
      if (with_comments) {
        EXPECT_EQ(record.interface, sent[count].interface);
        EXPECT_EQ(comment_of(record), sent[count].comment);
      }
      ++count;
    }
    file = file.subspan(reader.consumed());
  }
  EXPECT_EQ(count, sent.size());
}

TEST(Writer, WhatIsWrittenIsReadAgain) {
  std::mt19937_64 random(11);
  std::vector<Sent> sent;
  for (int i = 0; i < 300; ++i) sent.push_back(any_packet(random));

  Bytes pcapng;
  write_section({"Call 1", "Earwitness", {"eth0", "eth1"}}, pcapng);
  for (const Sent& one : sent) write_packet(one.interface, one.at, frame_of(one), one.comment, pcapng);
  expect_reads_back(pcapng, sent, true);

  Bytes pcap;
  write_pcap_header(pcap);
  for (const Sent& one : sent) write_pcap_packet(one.at, frame_of(one), pcap);
  expect_reads_back(pcap, sent, false);
}

// The receiver's check of RFC 1071: the sum over everything, checksum included, is all ones.
uint16_t folded_sum(ByteView bytes, uint64_t sum) {
  for (size_t i = 0; i < bytes.size(); ++i) sum += i % 2 == 0 ? bytes[i] << 8 : bytes[i];
  while (sum >> 16) sum = (sum & 0xffff) + (sum >> 16);
  return static_cast<uint16_t>(sum);
}

TEST(FrameBuilder, ChecksumsAreValid) {
  std::mt19937_64 random(12);
  for (int i = 0; i < 500; ++i) {
    Sent sent = any_packet(random);
    Bytes frame = frame_of(sent);
    bool ipv4 = sent.envelope.source.ip.is_v4();
    size_t ip = sent.envelope.vlan ? 18 : 14, transport = ip + (ipv4 ? 20 : 40);
    ByteView view = frame;
    if (ipv4) {
      ASSERT_EQ(folded_sum(view.subspan(ip, 20), 0), 0xffff);
    }
    uint64_t pseudo = (sent.tcp ? 6 : 17) + frame.size() - transport;
    ByteView addresses = ipv4 ? view.subspan(ip + 12, 8) : view.subspan(ip + 8, 32);
    pseudo += folded_sum(addresses, 0);
    ASSERT_EQ(folded_sum(view.subspan(transport), pseudo), 0xffff);
  }
}

TEST(FrameBuilder, TakesTheLargestDatagrams) {
  Bytes frame;
  Envelope v4{*Endpoint::parse("10.0.0.1:1"), *Endpoint::parse("10.0.0.2:2")};
  Envelope v6{*Endpoint::parse("[fd00::1]:1"), *Endpoint::parse("[fd00::2]:2")};
  Dissected packet;
  build_udp_frame(v4, Bytes(kMaxUdpPayload), frame);
  ASSERT_EQ(dissect(kEthernet, frame, packet), Kind::kUdp);
  EXPECT_EQ(packet.payload.size(), kMaxUdpPayload);
  build_udp_frame(v6, Bytes(kMaxUdpPayloadIpv6), frame);
  ASSERT_EQ(dissect(kEthernet, frame, packet), Kind::kUdp);
  EXPECT_EQ(packet.payload.size(), kMaxUdpPayloadIpv6);
  build_tcp_frame(v4, 1, 1, Bytes(kMaxTcpPayload), frame);
  ASSERT_EQ(dissect(kEthernet, frame, packet), Kind::kTcp);
  EXPECT_EQ(packet.payload.size(), kMaxTcpPayload);
}

}  // namespace
}  // namespace ew::pcap
