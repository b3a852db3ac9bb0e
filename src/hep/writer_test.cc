#include "hep/writer.h"

#include <gtest/gtest.h>

#include <random>
#include <string>

#include "hep/test_packets_internal.h"

namespace ew::hep {
namespace {

void expect_same(const Packet& a, const Packet& b) {
  EXPECT_EQ(a.ip_protocol, b.ip_protocol);
  EXPECT_EQ(a.source, b.source);
  EXPECT_EQ(a.destination, b.destination);
  EXPECT_EQ(a.at, b.at);
  EXPECT_EQ(a.payload_type, b.payload_type);
  EXPECT_EQ(a.agent_id, b.agent_id);
  EXPECT_EQ(a.vlan, b.vlan);
  EXPECT_EQ(a.key, b.key);
  EXPECT_EQ(a.correlation_id, b.correlation_id);
  EXPECT_EQ(a.node_name, b.node_name);
  EXPECT_EQ(as_text(a.payload), as_text(b.payload));
  EXPECT_EQ(a.is_compressed, b.is_compressed);
}

// Packets of all kinds, and what they borrow.
class RandomPackets {
 public:
  const Packet& next() {
    packet_.ip_protocol = number<uint8_t>();
    bool is_v4 = number<bool>();
    packet_.source = endpoint(is_v4);
    packet_.destination = endpoint(is_v4);
    packet_.at.reset();
    if (number<bool>()) packet_.at = WallTime{(1 + int64_t{number<uint32_t>()} / 2) * kNsPerSec + fraction()};
    packet_.payload_type = static_cast<PayloadType>(number<uint8_t>());
    packet_.agent_id = number<uint32_t>();
    packet_.vlan = number<uint16_t>() % 3;
    packet_.key = key_ = text(20);
    packet_.correlation_id = correlation_id_ = text(300);
    packet_.node_name = node_name_ = text(20);
    payload_ = text(number<uint8_t>() < 240 ? 200 : 60'000);
    packet_.payload = as_bytes(payload_);
    packet_.is_compressed = number<bool>();
    return packet_;
  }

 private:
  template <typename T>
  T number() {
    return static_cast<T>(random_() >> (std::is_same_v<T, bool> ? 31 : 0));
  }
  int64_t fraction() { return number<uint32_t>() % 1'000'000 * kNsPerUs; }
  Endpoint endpoint(bool is_v4) {
    Bytes address(16);
    for (uint8_t& byte : address) byte = number<uint8_t>();
    IpAddress ip = is_v4 ? IpAddress::v4(ByteView(address).first(4)) : IpAddress::v6(address);
    return {ip, number<uint16_t>()};
  }
  std::string text(size_t longest) {
    std::string text(number<uint32_t>() % longest, '\0');
    for (char& byte : text) byte = number<char>();
    return text;
  }

  std::mt19937 random_{5};
  std::string key_, correlation_id_, node_name_, payload_;
  Packet packet_;
};

TEST(HepWriter, WritesWhatIsReadTheSame) {
  RandomPackets packets;
  for (int i = 0; i < 2'000; ++i) {
    const Packet& written = packets.next();
    Bytes bytes = bytes_of(written);
    Packet packet;
    ASSERT_EQ(parse(bytes, packet), ParseError::kNone);
    expect_same(packet, written);
  }
}

TEST(HepWriter, WritesTheBytesOfTheSpecification) {
  Packet packet;
  packet.ip_protocol = 17;
  packet.source = *Endpoint::parse("212.202.0.1:12010");
  packet.destination = *Endpoint::parse("82.116.0.211:5060");
  packet.at = WallTime::from_us(1'313'440'459'120'000);
  packet.payload_type = PayloadType::kSip;
  packet.agent_id = 228;
  packet.payload = as_bytes("INVITE sip:bob");
  EXPECT_EQ(to_hex(bytes_of(packet)),
            "484550330071"
            "00000001000702"
            "00000002000711"
            "00000003000ad4ca0001"
            "00000004000a527400d3"
            "0000000700082eea"
            "00000008000813c4"
            "00000009000a4e4982cb"
            "0000000a000a0001d4c0"
            "0000000b000701"
            "0000000c000a000000e4"
            "0000000f0014494e56495445207369703a626f62");
}

TEST(HepWriter, AddressesOfBothFamiliesBecomeIpv6) {
  Packet written = sip_packet();
  written.destination = *Endpoint::parse("[2001:db8::1]:5060");
  Bytes bytes = bytes_of(written);
  Packet packet;
  ASSERT_EQ(parse(bytes, packet), ParseError::kNone);
  expect_same(packet, written);
}

TEST(HepWriter, TimesStayWhatTheFormatCanTell) {
  auto told = [](WallTime at) {
    Packet written = sip_packet(), packet;
    written.at = at;
    Bytes bytes = bytes_of(written);
    EXPECT_EQ(parse(bytes, packet), ParseError::kNone);
    return packet.at;
  };
  EXPECT_EQ(told({1'234'567'891'234}), WallTime{1'234'567'891'000});
  EXPECT_EQ(told({-1}), std::nullopt);
  EXPECT_EQ(told({0}), std::nullopt);
  EXPECT_EQ(told({INT64_MAX}), WallTime{4'294'967'295'999'999'000});
}

TEST(HepWriter, AppendsOnlyWhatFits) {
  Packet written = sip_packet();
  Bytes before = bytes_of(written);
  size_t rest = before.size() - written.payload.size();
  std::string payload(kMaxPacket - rest, 'x');
  Bytes bytes = before;
  written.payload = as_bytes(payload);
  ASSERT_TRUE(write(written, bytes));
  EXPECT_EQ(bytes.size(), before.size() + kMaxPacket);
  Packet packet;
  EXPECT_EQ(parse(ByteView(bytes).last(kMaxPacket), packet), ParseError::kNone);
  for (size_t more : {1, 100, 200'000}) {
    std::string longer = payload + std::string(more, 'x');
    written.payload = as_bytes(longer);
    bytes = before;
    EXPECT_FALSE(write(written, bytes));
    EXPECT_EQ(bytes, before);
  }
}

}  // namespace
}  // namespace ew::hep
