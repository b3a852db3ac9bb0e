#include <gtest/gtest.h>

#include "sip/message.h"

namespace ew::sip {
namespace {

TEST(NameAddress, Forms) {
  struct {
    std::string_view value, display_name, uri, parameters;
  } cases[] = {
      {"<sip:a@b>", "", "sip:a@b", ""},
      {"Ann Example <sip:a@b>;tag=1", "Ann Example", "sip:a@b", ";tag=1"},
      {"\"\" <sip:a@b>", "", "sip:a@b", ""},
      {"\"Q: \\\"x\\\\\" <sip:a@b>", "Q: \"x\\", "sip:a@b", ""},
      {"\"<sip:evil@x>;tag=0, y\" <sip:a@b;lr?h=1> ; tag=2;x", "<sip:evil@x>;tag=0, y", "sip:a@b;lr?h=1",
       "; tag=2;x"},
      {"sip:a@b;tag=1;x=y", "", "sip:a@b", ";tag=1;x=y"},
      {"sip:a@b ; tag=1", "", "sip:a@b", "; tag=1"},
      {"tel:+1-201-555;tag=z", "", "tel:+1-201-555", ";tag=z"},
      {"*", "", "*", ""},
      {"\"Jo\xc5\x88o \xe2\x98\x8e\"<sips:j@[2001:db8::1]:5061>", "Jo\xc5\x88o \xe2\x98\x8e",
       "sips:j@[2001:db8::1]:5061", ""},
      {"\"Folded\r\n  Name\"\r\n <sip:a@b>\r\n ;tag=3", "Folded Name", "sip:a@b", ";tag=3"},
      {"\"open <sip:a@b>;tag=4", "\"open", "sip:a@b", ";tag=4"},
      {"< sip:a@b >", "", "sip:a@b", ""},
      {"<sip:a@b> junk ;tag=5", "", "sip:a@b", ";tag=5"},
  };
  for (const auto& c : cases) {
    auto parsed = parse_name_address(c.value);
    ASSERT_TRUE(parsed) << c.value;
    EXPECT_EQ(parsed->display_name, c.display_name) << c.value;
    EXPECT_EQ(parsed->uri, c.uri) << c.value;
    EXPECT_EQ(parsed->parameters, c.parameters) << c.value;
  }
  for (std::string_view bad : {"", "   ", "<>", "\"x\" <sip:a@b", ";tag=1", "\"only a name\" <", "< >;tag=1"})
    EXPECT_FALSE(parse_name_address(bad)) << bad;
}

TEST(NameAddress, ManyOpenQuotesAreReadInLinearTime) {
  std::string value;
  for (int i = 0; i < 32'000; ++i) value += "\\\"";
  EXPECT_EQ(parse_name_address("\"" + value + "<sip:a@b>")->uri, "sip:a@b");
}

TEST(Parameter, Forms) {
  EXPECT_EQ(parameter(";tag=a", "TAG"), "a");
  EXPECT_EQ(parameter("; x ; Tag = a b ;y", "tag"), "a b");
  EXPECT_EQ(parameter(";lr", "lr"), "");
  EXPECT_EQ(parameter(";lr=", "lr"), "");
  EXPECT_EQ(parameter(";q=\"a;tag=evil\";tag=good", "tag"), "good");
  EXPECT_EQ(parameter(";a=\"x;y\\\"z\"", "a"), "x;y\\\"z");
  EXPECT_EQ(parameter(";a=\"open;tag=1", "tag"), "1") << "an open quote hides nothing";
  EXPECT_EQ(parameter(";\"tag=1;\";tag=2", "tag"), "2");
  EXPECT_EQ(parameter(";tag=1;tag=2", "tag"), "1");
  EXPECT_EQ(parameter("multipart/mixed; boundary=\"a b\"", "boundary"), "a b");
  EXPECT_FALSE(parameter(";tagx=1", "tag"));
  EXPECT_FALSE(parameter(";;; ;", "tag"));
  EXPECT_FALSE(parameter("", "tag"));
}

TEST(Uri, Sip) {
  auto uri = parse_uri("sip:ann:secret@example.com:5070;transport=tcp;lr?Subject=x&Priority=y");
  ASSERT_TRUE(uri);
  EXPECT_EQ(uri->scheme, "sip");
  EXPECT_EQ(uri->user, "ann");
  EXPECT_EQ(uri->host, "example.com");
  EXPECT_EQ(uri->port, 5070);
  EXPECT_EQ(uri->parameters, ";transport=tcp;lr");
  EXPECT_EQ(uri->headers, "Subject=x&Priority=y");
  EXPECT_EQ(parameter(uri->parameters, "transport"), "tcp");
}

TEST(Uri, Forms) {
  struct {
    std::string_view text, user, host;
    uint16_t port;
  } cases[] = {
      {"sip:example.com", "", "example.com", 0},
      {"SIPS:a%20b%40c@h", "a b@c", "h", 0},
      {"sip:[2001:db8::10]:5070;x", "", "2001:db8::10", 5070},
      {"sip:a@[::1]", "a", "::1", 0},
      {"sip:user;par=u%40x@example.com", "user;par=u@x", "example.com", 0},
      {"sip:sips%3Auser%40example.com@example.net", "sips:user@example.com", "example.net", 0},
      {"sip:+421 2/1;phone-context=x@h?q=1", "+421 2/1;phone-context=x", "h", 0},
      {"sip:%00@h", std::string_view("\0", 1), "h", 0},
      {"sip:bad%4@h", "bad%4", "h", 0},
      {"sip:bad%zz%@h", "bad%zz%", "h", 0},
      {"sip:@h", "", "h", 0},
      {"sip:under_score.example:65535", "", "under_score.example", 65535},
      {"tel:+1-201-555-0123;phone-context=x", "+1-201-555-0123", "", 0},
      {" sip:a@h ", "a", "h", 0},
  };
  for (const auto& c : cases) {
    auto uri = parse_uri(c.text);
    ASSERT_TRUE(uri) << c.text;
    EXPECT_EQ(uri->user, c.user) << c.text;
    EXPECT_EQ(uri->host, c.host) << c.text;
    EXPECT_EQ(uri->port, c.port) << c.text;
  }
  for (std::string_view bad : {"",
                               "sip:",
                               "sip",
                               "sip:a@",
                               "sip:a@b@c",
                               "sip:h:65536",
                               "sip:h:-1",
                               "sip:h:",
                               "sip:h:5060x",
                               "sip:[::1",
                               "sip:[]",
                               "sip:[x]",
                               "sip:2001:db8::10",
                               "sip:[::1]x",
                               "sip:a b",
                               "http://h",
                               "urn:service:sos",
                               "tel:",
                               ":h",
                               "sip:<h>",
                               "alan@example.com"})
    EXPECT_FALSE(parse_uri(bad)) << bad;
}

TEST(Replaces, PlainAndInsideReferTo) {
  auto plain = parse_replaces("425928@bobster.example;to-tag=7743;from-tag=6472;early-only");
  ASSERT_TRUE(plain);
  EXPECT_EQ(plain->call_id, "425928@bobster.example");
  EXPECT_EQ(plain->to_tag, "7743");
  EXPECT_EQ(plain->from_tag, "6472");
  EXPECT_TRUE(plain->early_only);

  auto refer_to =
      parse_name_address("<sip:c@h?Subject=x&replaces=1%25a%40h%3Bto-tag%3D12%3Bfrom-tag%3d34>;x=y");
  ASSERT_TRUE(refer_to);
  auto uri = parse_uri(refer_to->uri);
  ASSERT_TRUE(uri);
  auto decoded = uri_header(uri->headers, "Replaces");
  ASSERT_TRUE(decoded);
  EXPECT_EQ(*decoded, "1%a@h;to-tag=12;from-tag=34");
  EXPECT_EQ(parse_replaces(*decoded)->call_id, "1%a@h");
  EXPECT_EQ(parse_replaces("1%40h%3Bto-tag%3D12%3Bfrom-tag%3D34")->to_tag, "12")
      << "also as it stands in the URI";
  EXPECT_FALSE(uri_header(uri->headers, "Replace"));

  for (std::string_view bad :
       {"", "id", "id;to-tag=1", "id;from-tag=1", ";to-tag=1;from-tag=2", "%3B", "id%3Bto-tag%3D1", "%%%"})
    EXPECT_FALSE(parse_replaces(bad)) << bad;
}

}  // namespace
}  // namespace ew::sip
