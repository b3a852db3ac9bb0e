// The torture messages of RFC 4475 and RFC 5118: what each deserves, and why where the RFC leaves it open.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <map>
#include <set>

#include "sip/message.h"

namespace ew::sip {
namespace {

namespace fs = std::filesystem;
using Check = std::function<void(const Message&)>;

struct Case {
  ParseError expected;
  const char* why;
  Check check = [](const Message&) {};
};

const std::map<std::string, Case>& rfc4475() {
  static const std::map<std::string, Case> cases = {
      {"badaspec.dat",
       {ParseError::kNone, "3.1.2.11: spaces within <> may be ignored; the address is plain",
        [](const Message& m) {
          auto to = parse_name_address(m.value(Header::kTo));
          ASSERT_TRUE(to);
          EXPECT_EQ(to->display_name, "Watson, Thomas");
          EXPECT_EQ(to->uri, "sip:t.watson@example.org");
        }}},
      {"baddate.dat",
       {ParseError::kNone, "3.1.2.12: the zone of Date is wrong, which says nothing about the call",
        [](const Message& m) { EXPECT_EQ(m.values(Header::kDate).size(), 1u); }}},
      {"badinv01.dat",
       {ParseError::kNone,
        "3.1.2.1: empty parameters and list elements; what decides about the call is unharmed",
        [](const Message& m) {
          ASSERT_TRUE(m.top_via());
          EXPECT_EQ(m.top_via()->sent_by, "192.0.2.15");
          EXPECT_EQ(parse_name_address(m.values(Header::kContact).at(0))->display_name, "Joe");
        }}},
      {"badvers.dat", {ParseError::kVersion, "3.1.2.16: SIP/7.0"}},
      {"bext01.dat",
       {ParseError::kNone, "3.3.10: unknown option tags are for the one who is called to refuse",
        [](const Message& m) {
          EXPECT_EQ(m.values(Header::kRequire),
                    (std::vector<std::string_view>{"nothingSupportsThis", "nothingSupportsThisEither"}));
        }}},
      {"clerr.dat",
       {ParseError::kContentLength, "3.1.2.2: Content-Length beyond the datagram, to be refused"}},
      {"cparam01.dat",
       {ParseError::kNone, "3.3.12: a parameter behind an addr-spec belongs to the header",
        [](const Message& m) {
          auto contact = parse_name_address(m.value(Header::kContact));
          ASSERT_TRUE(contact);
          EXPECT_EQ(contact->uri, "sip:+19725552222@gw1.example.net");
          EXPECT_EQ(parameter(contact->parameters, "unknownparam"), "");
        }}},
      {"dblreq.dat",
       {ParseError::kNone, "3.1.1.8: over UDP the octets behind Content-Length are ignored",
        [](const Message& m) {
          EXPECT_EQ(m.method, Method::kRegister);
          EXPECT_EQ(m.call_id(), "dblreq.0ha0isndaksdj99sdfafnl3lk233412");
          EXPECT_TRUE(m.body.empty());
        }}},
      {"esc02.dat",
       {ParseError::kNone, "3.1.1.5: % in a method or a header name escapes nothing",
        [](const Message& m) {
          EXPECT_EQ(m.method, Method::kUnknown);
          EXPECT_EQ(m.method_name, "RE%47IST%45R");
          EXPECT_EQ(m.values(Header::kContact).size(), 2u);
          EXPECT_EQ(m.value("C%6Fntact"), "<sip:alias2@host2.example.com>");
          EXPECT_EQ(parse_name_address(m.value(Header::kTo))->display_name, "%Z%45");
        }}},
      {"escnull.dat",
       {ParseError::kNone, "3.1.1.4: an escaped NUL is one character of the user part",
        [](const Message& m) {
          EXPECT_EQ(parse_uri(m.value(Header::kTo).substr(0, m.value(Header::kTo).find(';')))->user,
                    std::string("null-\0-null", 11));
          auto contacts = m.values(Header::kContact);
          ASSERT_EQ(contacts.size(), 2u);
          EXPECT_EQ(parse_uri(parse_name_address(contacts[1])->uri)->user, std::string(2, '\0'));
        }}},
      {"insuf.dat", {ParseError::kMissingHeader, "3.3.1: no To, From, Call-ID"}},
      {"inv2543.dat",
       {ParseError::kNone, "3.4.1: an INVITE of RFC 2543: no From tag, no branch, no Content-Length",
        [](const Message& m) {
          EXPECT_EQ(m.from_tag(), "");
          EXPECT_EQ(m.top_via()->branch, "");
          EXPECT_EQ(m.body.size(), 105u);
          EXPECT_TRUE(find_body(m, "application/sdp"));
        }}},
      {"invut.dat",
       {ParseError::kNone, "3.3.7: an unknown body type is passed on",
        [](const Message& m) {
          ASSERT_EQ(body_parts(m).size(), 1u);
          EXPECT_EQ(body_parts(m)[0].content_type, "application/unknownformat");
          EXPECT_FALSE(find_body(m, "application/sdp"));
        }}},
      {"ltgtruri.dat",
       {ParseError::kNone, "3.1.2.7: <> around the Request-URI may be taken off; the call may go on",
        [](const Message& m) { EXPECT_EQ(m.request_uri, "sip:user@example.com"); }}},
      {"lwsruri.dat",
       {ParseError::kNone,
        "3.1.2.8: a space in the Request-URI may be tolerated; method and version are still certain",
        [](const Message& m) {
          EXPECT_EQ(m.request_uri, "sip:user@example.com; lr");
          EXPECT_EQ(m.cseq.number, 2130706432u);
          EXPECT_EQ(m.to_tag(), "3xfe-9921883-z9f");
        }}},
      {"lwsstart.dat",
       {ParseError::kNone, "3.1.2.9: more spaces than one in the start line may be tolerated",
        [](const Message& m) { EXPECT_EQ(m.request_uri, "sip:user@example.com"); }}},
      {"mismatch01.dat", {ParseError::kCSeq, "3.1.2.17: CSeq names another method"}},
      {"mpart01.dat",
       {ParseError::kNone, "3.1.1.11: multipart/mixed with binary content",
        [](const Message& m) {
          auto parts = body_parts(m);
          ASSERT_EQ(parts.size(), 2u);
          EXPECT_EQ(parts[0].content_type, "text/plain");
          EXPECT_EQ(as_text(parts[0].bytes), "Hello");
          EXPECT_EQ(parts[1].content_type, "application/octet-stream");
          EXPECT_EQ(parts[1].bytes[0], 0x30);
        }}},
      {"multi01.dat",
       {ParseError::kDuplicateHeader, "3.3.8: two each of Call-ID, CSeq, To, From, Max-Forwards"}},
      {"noreason.dat",
       {ParseError::kNone, "3.1.1.13: the reason phrase may be empty",
        [](const Message& m) {
          EXPECT_EQ(m.status, 100);
          EXPECT_EQ(m.reason, "");
          EXPECT_EQ(m.method, Method::kInvite);
        }}},
      {"quotbal.dat",
       {ParseError::kNone, "3.1.2.6: the end of the quoted string may be inferred; nothing else is in doubt",
        [](const Message& m) {
          EXPECT_EQ(parse_name_address(m.value(Header::kTo))->uri, "sip:j.user@example.com");
        }}},
      {"regaut01.dat", {ParseError::kNone, "3.3.11: an unknown authorization scheme"}},
      {"regescrt.dat",
       {ParseError::kNone, "3.3.14: escaped headers in a URI",
        [](const Message& m) {
          auto uri = parse_uri(parse_name_address(m.value(Header::kContact))->uri);
          ASSERT_TRUE(uri);
          EXPECT_EQ(uri_header(uri->headers, "route"), "<sip:sip.example.com>");
        }}},
      {"scalarlg.dat", {ParseError::kCSeq, "3.1.2.5: CSeq beyond any 32-bit number"}},
      {"sdp01.dat", {ParseError::kNone, "3.3.9: Accept without SDP"}},
      {"test.dat", {ParseError::kStartLine, "an older draft's message: no version at all"}},
      {"trws.dat",
       {ParseError::kNone, "3.1.2.10: spaces behind the version may be tolerated",
        [](const Message& m) { EXPECT_EQ(m.request_uri, "sip:remote-target@example.com"); }}},
      {"unkscm.dat",
       {ParseError::kNone, "3.3.2: an unknown scheme is for the one who is called to refuse",
        [](const Message& m) {
          EXPECT_EQ(m.request_uri, "nobodyKnowsThisScheme:totallyopaquecontent");
          EXPECT_FALSE(parse_uri(m.request_uri));
        }}},
      {"unreason.dat",
       {ParseError::kNone, "3.1.1.12: UTF-8 and = * in the reason phrase",
        [](const Message& m) {
          EXPECT_EQ(m.status, 200);
          EXPECT_TRUE(m.reason.starts_with("= 2**3 * 5**2 \xd0\xbd\xd0\xbe"));
          EXPECT_EQ(m.to_tag(), "2229");
        }}},
      {"zeromf.dat",
       {ParseError::kNone, "3.3.13: Max-Forwards 0",
        [](const Message& m) { EXPECT_EQ(m.value(Header::kMaxForwards), "0"); }}},
  };
  return cases;
}

const std::map<std::string, Case>& rfc5118() {
  static const std::map<std::string, Case> cases = {
      {"ipv4-mapped-ipv6.dat",
       {ParseError::kNone, "4.9",
        [](const Message& m) {
          EXPECT_EQ(m.top_via()->sent_by, "[::ffff:192.0.2.10]:19823");
          EXPECT_EQ(m.via_count(), 2u);
          EXPECT_EQ(parse_uri(parse_name_address(m.value(Header::kContact))->uri)->host, "::ffff:192.0.2.2");
        }}},
      {"ipv6-bad.dat",
       {ParseError::kNone,
        "4.2: the Request-URI lacks its brackets; it reads as no URI, the dialog is certain",
        [](const Message& m) { EXPECT_FALSE(parse_uri(m.request_uri)); }}},
      {"ipv6-bug-abnf-3-colons.dat",
       {ParseError::kNone, "4.10: the grammar of RFC 3261 allows three colons, receivers should",
        [](const Message& m) { EXPECT_EQ(parse_uri(m.request_uri)->host, "2001:db8:::192.0.2.1"); }}},
      {"ipv6-good.dat",
       {ParseError::kNone, "4.1",
        [](const Message& m) {
          EXPECT_EQ(parse_uri(m.request_uri)->host, "2001:db8::10");
          EXPECT_EQ(parse_uri(m.request_uri)->port, 0);
        }}},
      {"ipv6-in-sdp.dat",
       {ParseError::kContentLength,
        "4.7, but this copy's body is 17 bytes shorter than its Content-Length says",
        [](const Message& m) { EXPECT_EQ(m.body.size(), 251u); }}},
      {"mult-ip-in-header.dat",
       {ParseError::kNone, "4.8",
        [](const Message& m) {
          EXPECT_EQ(m.via_count(), 3u);
          EXPECT_EQ(m.top_via()->sent_by, "[2001:db8::9:1]:6050");
        }}},
      {"port-unambiguous.dat",
       {ParseError::kNone, "4.4",
        [](const Message& m) {
          EXPECT_EQ(parse_uri(m.request_uri)->host, "2001:db8::10");
          EXPECT_EQ(parse_uri(m.request_uri)->port, 5070);
        }}},
      {"via-received-param-with-delim.dat",
       {ParseError::kNone, "4.5: brackets in received may be there",
        [](const Message& m) {
          EXPECT_EQ(m.top_via()->received, "[2001:db8::9:255]");
          EXPECT_EQ(m.top_via()->branch, "z9hG4bKas3-111");
        }}},
  };
  return cases;
}

std::string read_file(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

// RFC 5118 prints long lines as several between <allOneLine> marks (RFC 4475 section 2.1); the copies have
// them still.
std::string join_marked_lines(std::string text) {
  const std::string open = "<allOneLine>\r\n", close = "</allOneLine>\r\n";
  for (size_t begin; (begin = text.find(open)) != std::string::npos;) {
    size_t end = text.find(close, begin);
    std::string lines = text.substr(begin + open.size(), end - begin - open.size()), joined;
    for (char c : lines)
      if (c != '\r' && c != '\n') joined += c;
    text.replace(begin, end + close.size() - begin, joined + "\r\n");
  }
  return text;
}

void run_folder(const std::string& name, const std::map<std::string, Case>& cases) {
  fs::path folder = fs::path(EW_SHARED_DIR) / "corpus/sip-torture" / name;
  if (!fs::exists(folder)) GTEST_SKIP() << "../shared is absent";
  std::set<std::string> seen;
  for (const auto& entry : fs::directory_iterator(folder)) {
    std::string file = entry.path().filename();
    seen.insert(file);
    auto found = cases.find(file);
    ASSERT_NE(found, cases.end()) << file << " is not in the table";
    const Case& expected = found->second;
    SCOPED_TRACE(file + ": " + expected.why);
    std::string bytes = join_marked_lines(read_file(entry.path()));
    Message message;
    EXPECT_EQ(name_of(parse(as_bytes(bytes), message)), name_of(expected.expected));
    expected.check(message);
  }
  EXPECT_EQ(seen.size(), cases.size());
}

TEST(Torture, Rfc4475) { run_folder("rfc4475", rfc4475()); }
TEST(Torture, Rfc5118) { run_folder("rfc5118", rfc5118()); }

TEST(Torture, TheMarkupOfTheRfcItselfIsNoHeader) {
  fs::path file = fs::path(EW_SHARED_DIR) / "corpus/sip-torture/rfc5118/mult-ip-in-header.dat";
  if (!fs::exists(file)) GTEST_SKIP() << "../shared is absent";
  std::string bytes = read_file(file);
  Message message;
  EXPECT_EQ(parse(as_bytes(bytes), message), ParseError::kHeader);
  EXPECT_EQ(message.call_id(), "997077@lau_4100");
}

TEST(Torture, AsAStreamTheTwoRequestsAreTwo) {
  fs::path file = fs::path(EW_SHARED_DIR) / "corpus/sip-torture/rfc4475/dblreq.dat";
  if (!fs::exists(file)) GTEST_SKIP() << "../shared is absent";
  std::string bytes = read_file(file);
  ByteView rest = as_bytes(bytes);
  Message message;
  Framing first = frame_stream(rest);
  ASSERT_EQ(first.state, Framing::State::kComplete);
  EXPECT_EQ(parse(rest.subspan(first.skip, first.length), message), ParseError::kNone);
  EXPECT_EQ(message.method, Method::kRegister);
  rest = rest.subspan(first.skip + first.length);
  Framing second = frame_stream(rest);
  ASSERT_EQ(second.state, Framing::State::kComplete);
  EXPECT_EQ(second.skip, 2u);
  EXPECT_EQ(parse(rest.subspan(second.skip, second.length), message), ParseError::kNone);
  EXPECT_EQ(message.method, Method::kInvite);
  EXPECT_EQ(message.body.size(), 150u);
}

}  // namespace
}  // namespace ew::sip
