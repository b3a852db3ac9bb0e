#include "net/network.h"

#include <gtest/gtest.h>

using namespace ew;

namespace {

bool contains(const char* network, const char* ip) {
  return Network::parse(network).value().contains(IpAddress::parse(ip).value());
}

TEST(Network, ContainsWhatSharesItsPrefix) {
  EXPECT_TRUE(contains("10.1.0.0/16", "10.1.255.255"));
  EXPECT_FALSE(contains("10.1.0.0/16", "10.2.0.0"));
  EXPECT_TRUE(contains("192.0.2.128/25", "192.0.2.129"));
  EXPECT_FALSE(contains("192.0.2.128/25", "192.0.2.127"));
  EXPECT_TRUE(contains("192.0.2.1", "192.0.2.1"));
  EXPECT_FALSE(contains("192.0.2.1", "192.0.2.2"));
  EXPECT_TRUE(contains("2001:db8::/33", "2001:db8:7fff::1"));
  EXPECT_FALSE(contains("2001:db8::/33", "2001:db8:8000::1"));
  EXPECT_TRUE(contains("0.0.0.0/0", "203.0.113.9"));
  EXPECT_FALSE(contains("0.0.0.0/0", "::1")) << "all of IPv4, and nothing of IPv6";
  EXPECT_TRUE(contains("::/0", "203.0.113.9")) << "IPv4 is a part of the 128-bit form";
}

TEST(Network, RefusesWhatIsNone) {
  for (const char* text : {"", "10.0.0.0/33", "10.0.0.0/", "10.0.0.0/-1", "10.0.0.1/24", "::1/129",
                           "example.com", "10.0.0.0/8/8", "2001:db8::1/64", "/8"})
    EXPECT_FALSE(Network::parse(text)) << text;
}

TEST(Network, HasTheTextItWasMadeFrom) {
  for (const char* text : {"10.0.0.0/8", "0.0.0.0/0", "192.0.2.1", "2001:db8::/32", "::1", "::/0"})
    EXPECT_EQ(Network::parse(text).value().text(), text);
}

}  // namespace
