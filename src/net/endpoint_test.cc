#include "net/endpoint.h"

#include <gtest/gtest.h>

#include <unordered_set>

namespace ew {
namespace {

std::string round_trip(std::string_view text) {
  auto address = IpAddress::parse(text);
  return address ? address->text() : "none";
}

TEST(IpAddress, WritesTheCanonicalTextOfRfc5952) {
  EXPECT_EQ(round_trip("192.0.2.1"), "192.0.2.1");
  EXPECT_EQ(round_trip("2001:0DB8:0:0:0:0:0:1"), "2001:db8::1");
  EXPECT_EQ(round_trip("2001:db8:0:1:1:1:1:1"), "2001:db8:0:1:1:1:1:1");
  EXPECT_EQ(round_trip("2001:0:0:1:0:0:0:1"), "2001:0:0:1::1");
  EXPECT_EQ(round_trip("[2001:db8::1]"), "2001:db8::1");
  EXPECT_EQ(round_trip("::"), "::");
}

TEST(IpAddress, TakesNothingButAddresses) {
  for (std::string_view text :
       {"", "[]", "1.2.3", "1.2.3.4.5", "256.1.1.1", "01.2.3.4", "1.2.3.4 ", " 1.2.3.4", "[1.2.3.4]", "[::1",
        "::1]", "fe80::1%eth0", "1:2:3:4:5:6:7:8:9", "example.org", "0x7f.0.0.1"}) {
    EXPECT_EQ(round_trip(text), "none") << text;
  }
  EXPECT_EQ(round_trip(std::string_view("1.2.3.4\0x", 9)), "none");
}

TEST(IpAddress, KeepsVersion4AsMappedVersion6) {
  const uint8_t four[] = {192, 0, 2, 1};
  EXPECT_EQ(IpAddress::v4(four), *IpAddress::parse("192.0.2.1"));
  EXPECT_EQ(IpAddress::v4(four), *IpAddress::parse("::ffff:192.0.2.1"));
  EXPECT_TRUE(IpAddress::v4(four).is_v4());
  EXPECT_FALSE(IpAddress::parse("2001:db8::1")->is_v4());
}

TEST(IpAddress, KnowsTheUnspecifiedAddressOfBothVersions) {
  EXPECT_TRUE(IpAddress::parse("0.0.0.0")->is_unspecified());
  EXPECT_TRUE(IpAddress::parse("::")->is_unspecified());
  EXPECT_FALSE(IpAddress::parse("0.0.0.1")->is_unspecified());
  EXPECT_FALSE(IpAddress::parse("::1")->is_unspecified());
}

TEST(Endpoint, ParsesAndWritesBothVersions) {
  EXPECT_EQ(Endpoint::parse("192.0.2.1:5060")->text(), "192.0.2.1:5060");
  EXPECT_EQ(Endpoint::parse("[2001:db8::1]:65535")->text(), "[2001:db8::1]:65535");
  for (std::string_view text : {"", ":", "1.2.3.4", "1.2.3.4:", "1.2.3.4:65536", "1.2.3.4:-1", "::1:5060",
                                "[::1]", "[::1]5060", ":5060", "1.2.3.4:5060x"}) {
    EXPECT_FALSE(Endpoint::parse(text)) << text;
  }
}

TEST(Endpoint, HashesSpreadOverPortsAndAddresses) {
  std::unordered_set<size_t> hashes;
  for (uint8_t host = 0; host < 100; ++host) {
    const uint8_t four[] = {10, 0, 0, host};
    for (uint16_t port = 10000; port < 10100; ++port) {
      hashes.insert(EndpointHash{}({IpAddress::v4(four), port}));
    }
  }
  EXPECT_EQ(hashes.size(), 10000u);
}

}  // namespace
}  // namespace ew
