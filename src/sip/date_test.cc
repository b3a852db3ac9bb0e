#include <gtest/gtest.h>

#include "sip/message.h"

namespace ew::sip {
namespace {

std::string read(std::string_view value) {
  auto time = parse_date(value);
  return time ? to_rfc3339(*time) : "none";
}

TEST(Date, IsReadAsRfc3261HasIt) {
  EXPECT_EQ(read("Sat, 13 Nov 2010 23:29:00 GMT"), "2010-11-13T23:29:00.000000Z");
  EXPECT_EQ(read("Thu, 29 Feb 2024 00:00:59 GMT"), "2024-02-29T00:00:59.000000Z");
}

TEST(Date, IsReadAsClientsWriteIt) {
  EXPECT_EQ(read("  Sat, 1 nov 2010 03:09:07 GMT "), "2010-11-01T03:09:07.000000Z");
  EXPECT_EQ(read("13 Nov 2010 23:29:00 UTC"), "2010-11-13T23:29:00.000000Z");
}

TEST(Date, IsNothingElse) {
  for (const char* text :
       {"", "GMT", "Sat, 13 Nov 2010 23:29:00", "Sat, 13 Nov 2010 23:29:00 CET",
        "Sat, 31 Feb 2010 23:29:00 GMT", "Sat, 13 Nox 2010 23:29:00 GMT", "Sat, 13 Nov 10 24:00:00 GMT",
        "Sat, 13 Nov 2010 23:60:00 GMT", "Sat, 13 Nov 99999 23:29:00 GMT", "Sat, 13 Nov 1500 23:29:00 GMT",
        "Sat, 000000000013 Nov 2010 23:29:00 GMT", "Sat, 13 Nov 2010 23:29", "2010-11-13T23:29:00Z",
        "Sat, -1 Nov 2010 23:29:00 GMT", "13 Nov", "13"})
    EXPECT_EQ(read(text), "none") << text;
}

}  // namespace
}  // namespace ew::sip
