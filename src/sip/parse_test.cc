#include <gtest/gtest.h>

#include "sip/message.h"

namespace ew::sip {
namespace {

// A small valid request; `extra` are header lines put behind the mandatory ones.
std::string request(std::string_view extra = "", std::string_view body = "") {
  std::string text =
      "INVITE sip:bob@b.example SIP/2.0\r\n"
      "Via: SIP/2.0/UDP a.example:5060;branch=z9hG4bK1;rport\r\n"
      "From: \"Ann\" <sip:ann@a.example>;tag=f1\r\n"
      "To: <sip:bob@b.example>\r\n"
      "Call-ID: c1@a.example\r\n"
      "CSeq: 7 INVITE\r\n";
  return text + std::string(extra) + "\r\n" + std::string(body);
}

std::string replaced(std::string text, std::string_view from, std::string_view to) {
  size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return text.replace(at, from.size(), to);
}

struct Parsed {
  explicit Parsed(std::string bytes, size_t max_size = kMaxMessageUdp) : text(std::move(bytes)) {
    error = parse(as_bytes(text), message, max_size);
  }
  std::string text;
  Message message;
  ParseError error;
};

ParseError error_of(std::string bytes) { return Parsed(std::move(bytes)).error; }

TEST(Parse, Request) {
  Parsed p(request("Contact: <sip:ann@10.0.0.1>\r\nContent-Type: application/sdp\r\nContent-Length: 4\r\n",
                   "v=0\nrest"));
  const Message& m = p.message;
  ASSERT_EQ(p.error, ParseError::kNone);
  EXPECT_TRUE(m.is_request);
  EXPECT_EQ(m.method, Method::kInvite);
  EXPECT_EQ(m.request_uri, "sip:bob@b.example");
  EXPECT_EQ(m.call_id(), "c1@a.example");
  EXPECT_EQ(m.from_tag(), "f1");
  EXPECT_EQ(m.to_tag(), "");
  EXPECT_EQ(m.cseq.number, 7u);
  EXPECT_EQ(m.cseq.method_name, "INVITE");
  EXPECT_EQ(m.headers.size(), 8u);
  EXPECT_EQ(as_text(m.body), "v=0\n");
  EXPECT_EQ(as_text(m.head), p.text.substr(0, p.text.size() - 8));
  ASSERT_TRUE(m.top_via());
  EXPECT_EQ(m.top_via()->transport, "UDP");
  EXPECT_EQ(m.top_via()->sent_by, "a.example:5060");
  EXPECT_EQ(m.top_via()->branch, "z9hG4bK1");
}

TEST(Parse, Response) {
  Parsed p(replaced(request("l: 0\r\n"), "INVITE sip:bob@b.example SIP/2.0", "SIP/2.0 486 Busy Here"));
  ASSERT_EQ(p.error, ParseError::kNone);
  EXPECT_FALSE(p.message.is_request);
  EXPECT_EQ(p.message.status, 486);
  EXPECT_EQ(p.message.reason, "Busy Here");
  EXPECT_EQ(p.message.method, Method::kInvite);
}

TEST(Parse, AReusedMessageKeepsNothing) {
  std::string first = request("Subject: one\r\nContent-Length: 1\r\n", "x");
  std::string second = replaced(request(), "INVITE sip:bob@b.example SIP/2.0", "SIP/2.0 180 Ringing");
  Message message;
  ASSERT_EQ(parse(as_bytes(first), message), ParseError::kNone);
  ASSERT_EQ(parse(as_bytes(second), message), ParseError::kNone);
  EXPECT_EQ(message.headers.size(), 5u);
  EXPECT_EQ(message.value(Header::kSubject), "");
  EXPECT_TRUE(message.request_uri.empty());
  EXPECT_TRUE(message.body.empty());
  EXPECT_EQ(parse(as_bytes("\x16\x03\x01"), message), ParseError::kNotSip);
  EXPECT_TRUE(message.headers.empty());
  EXPECT_EQ(message.status, 0);
}

TEST(Parse, CompactFormsAreTheSameHeaders) {
  Parsed p(
      "SUBSCRIBE sip:b@b SIP/2.0\r\nv: SIP/2.0/TCP a;branch=z9hG4bK2\r\nf: <sip:a@a>;tag=1\r\nt: "
      "<sip:b@b>\r\ni: id\r\n"
      "CSeq: 1 SUBSCRIBE\r\nm: <sip:a@1>\r\nc: text/plain\r\nl: 2\r\ne: gzip\r\nr: <sip:c@c>\r\nb: "
      "<sip:d@d>\r\nk: 100rel\r\n"
      "x: 90\r\ns: hello\r\no: dialog\r\ny: abc\r\n\r\nhi");
  ASSERT_EQ(p.error, ParseError::kNone);
  const std::pair<Header, std::string_view> expected[] = {{Header::kVia, "SIP/2.0/TCP a;branch=z9hG4bK2"},
                                                          {Header::kFrom, "<sip:a@a>;tag=1"},
                                                          {Header::kTo, "<sip:b@b>"},
                                                          {Header::kCallId, "id"},
                                                          {Header::kContact, "<sip:a@1>"},
                                                          {Header::kContentType, "text/plain"},
                                                          {Header::kContentLength, "2"},
                                                          {Header::kContentEncoding, "gzip"},
                                                          {Header::kReferTo, "<sip:c@c>"},
                                                          {Header::kReferredBy, "<sip:d@d>"},
                                                          {Header::kSupported, "100rel"},
                                                          {Header::kSessionExpires, "90"},
                                                          {Header::kSubject, "hello"},
                                                          {Header::kEvent, "dialog"},
                                                          {Header::kIdentity, "abc"}};
  for (const auto& [header, value] : expected) EXPECT_EQ(p.message.value(header), value);
  EXPECT_EQ(p.message.value("Content-Type"), "text/plain");
  EXPECT_EQ(p.message.value("C"), "text/plain");
}

TEST(Parse, EveryKnownNameIsFoundInAnyCaseAndOthersByName) {
  Parsed p(request(
      "p-ASSERTED-identity: <tel:+1>\r\nX-CID: 5\r\nx-Other: 1\r\nRETRY-AFTER: 9\r\nAllow-Events: talk\r\n"));
  ASSERT_EQ(p.error, ParseError::kNone);
  EXPECT_EQ(p.message.value(Header::kPAssertedIdentity), "<tel:+1>");
  EXPECT_EQ(p.message.value(Header::kXCid), "5");
  EXPECT_EQ(p.message.value(Header::kRetryAfter), "9");
  EXPECT_EQ(p.message.value("X-OTHER"), "1");
  EXPECT_EQ(p.message.value("allow-events"), "talk");
  EXPECT_EQ(p.message.value("absent"), "");
}

TEST(Parse, WhiteSpaceFoldsAndLineEnds) {
  Parsed p(
      "\r\n\nINVITE  sip:b@b\tSIP/2.0 \n"
      "TO :\n sip:b@b ;  tag    = 77\n"
      "from   : \"A \\\\\\\" B\"\r\n\t<sip:a@a>\r\n ;tag = 98\n"
      "vIA: SIP  / 2.0\n /UDP\n    a.example;branch=z9hG4bK9\n"
      "call-id: x1\r\nCSEQ: 0009\r\n  INVITE\nSubject:\nL : 3 \n\n123");
  const Message& m = p.message;
  ASSERT_EQ(p.error, ParseError::kNone);
  EXPECT_EQ(m.request_uri, "sip:b@b");
  EXPECT_EQ(m.to_tag(), "77");
  EXPECT_EQ(m.from_tag(), "98");
  EXPECT_EQ(parse_name_address(m.value(Header::kFrom))->display_name, "A \\\" B");
  EXPECT_EQ(m.top_via()->transport, "UDP");
  EXPECT_EQ(m.top_via()->sent_by, "a.example");
  EXPECT_EQ(m.cseq.number, 9u);
  EXPECT_EQ(m.value(Header::kSubject), "");
  EXPECT_EQ(as_text(m.body), "123");
  EXPECT_EQ(unfolded(m.value(Header::kTo)), "sip:b@b ;  tag    = 77");
  EXPECT_EQ(unfolded("a\r\n\t b  c \n d"), "a b  c d");
}

TEST(Parse, ACarriageReturnAloneEndsNoLine) {
  Parsed p(request("Subject: a\rContact: <sip:evil@x>\r\n"));
  ASSERT_EQ(p.error, ParseError::kNone);
  EXPECT_EQ(p.message.value(Header::kContact), "");
}

TEST(Parse, StartLines) {
  auto with = [](std::string_view line) {
    return error_of(replaced(request(), "INVITE sip:bob@b.example SIP/2.0", line));
  };
  EXPECT_EQ(with("INVITE sip:bob@b.example sip/2.0"), ParseError::kNone);
  EXPECT_EQ(with("INVITE urn:service:sos SIP/2.0"), ParseError::kNone);
  EXPECT_EQ(with("INVITE sip:bob@b.example SIP/3.0"), ParseError::kVersion);
  EXPECT_EQ(with("INVITE sip:bob@b.example SIP/2"), ParseError::kStartLine);
  EXPECT_EQ(with("INVITE sip:bob@b.example"), ParseError::kStartLine);
  EXPECT_EQ(with("INVITE sip:bob@b.example HTTP/1.1"), ParseError::kStartLine);
  EXPECT_EQ(with("INVITE  SIP/2.0"), ParseError::kStartLine);
  EXPECT_EQ(with("INVITE <> SIP/2.0"), ParseError::kStartLine);
  EXPECT_EQ(with("GET / HTTP/1.1"), ParseError::kNotSip);
  EXPECT_EQ(with("DESCRIBE rtsp://x RTSP/1.0"), ParseError::kNotSip);
  EXPECT_EQ(with("IN(VITE sip:bob@b.example SIP/2.0"), ParseError::kNotSip);
  EXPECT_EQ(with("SIP/2.0 200"), ParseError::kNone);
  EXPECT_EQ(with("SIP/2.0 4294967496 Better not"), ParseError::kStartLine);
  EXPECT_EQ(with("SIP/2.0 099 Low"), ParseError::kStartLine);
  EXPECT_EQ(with("SIP/2.0 700 High"), ParseError::kStartLine);
  EXPECT_EQ(with("SIP/2.0 -20 Negative"), ParseError::kStartLine);
  EXPECT_EQ(with("SIP/2.0 2 00 Split"), ParseError::kStartLine);
  EXPECT_EQ(with("SIP/2.0"), ParseError::kStartLine);
  EXPECT_EQ(with("SIP/9.9 200 OK"), ParseError::kVersion);
  for (std::string_view nothing : {"", "\r\n\r\n", "\n", "\x80\x60\x01\x02", "hello world", "INVITE"})
    EXPECT_EQ(error_of(std::string(nothing)), ParseError::kNotSip) << nothing;
}

TEST(Parse, AnyTokenIsAMethod) {
  std::string name = "!one.Very-*LONG*_method'0123456789`~+%indeed";
  Parsed p(replaced(replaced(request(), "INVITE sip", name + " sip"), "7 INVITE", "7 " + name));
  ASSERT_EQ(p.error, ParseError::kNone);
  EXPECT_EQ(p.message.method, Method::kUnknown);
  EXPECT_EQ(p.message.method_name, name);
  EXPECT_EQ(error_of(replaced(request(), "INVITE sip", "invite sip")), ParseError::kCSeq);
}

TEST(Parse, LooksLikeSip) {
  EXPECT_TRUE(looks_like_sip(as_bytes("INVITE sip:a@b SIP/2.0")));
  EXPECT_TRUE(looks_like_sip(as_bytes("\r\nSIP/2.0 200 OK\r\n")));
  EXPECT_TRUE(looks_like_sip(as_bytes("OPTIONS sip:broken\r\n")));
  EXPECT_FALSE(looks_like_sip(as_bytes("GET / HTTP/1.0\r\n")));
  EXPECT_FALSE(looks_like_sip(as_bytes("\x80\x00")));
  EXPECT_FALSE(looks_like_sip({}));
}

TEST(Parse, LinesThatAreNoHeaders) {
  for (std::string_view line : {"no colon here\r\n", ": empty name\r\n", "Two Words: x\r\n",
                                "N\xc3\xa1me: x\r\n", "<x>: y\r\n", "Call-ID\r\n : x\r\n", "=:\r\n"}) {
    Parsed p(request(std::string(line) + "Subject: still read\r\n"));
    EXPECT_EQ(p.error, ParseError::kHeader) << line;
    EXPECT_EQ(p.message.value(Header::kSubject), "still read");
    EXPECT_EQ(p.message.cseq.number, 7u);
  }
  EXPECT_EQ(error_of(replaced(request(), "Via:", " Via:")), ParseError::kHeader);
  std::string cut = request();
  EXPECT_EQ(error_of(cut.substr(0, cut.size() - 2)), ParseError::kNone) << "the empty line may be missing";
  EXPECT_EQ(error_of(cut.substr(0, cut.size() - 4)), ParseError::kHeader) << "but no part of a line";
}

TEST(Parse, MandatoryHeaders) {
  for (std::string_view name : {"Via", "From", "To", "Call-ID", "CSeq"}) {
    EXPECT_EQ(error_of(replaced(request(), std::string(name) + ":", "X-" + std::string(name) + ":")),
              ParseError::kMissingHeader);
  }
  EXPECT_EQ(error_of(replaced(request(), "Call-ID: c1@a.example", "Call-ID: ")), ParseError::kMissingHeader);
  EXPECT_EQ(error_of(replaced(request(), "c1@a.example", std::string("\0 \r\0", 4))),
            ParseError::kMissingHeader);
  EXPECT_EQ(error_of(request("Max-Forwards: none\r\nDate: yesterday\r\n")), ParseError::kNone);
}

// Kamailio's CVE-2020-28361 and its like: a second form of a header that another reader would take for the
// only one.
TEST(Parse, NothingHidesBehindASecondForm) {
  EXPECT_EQ(error_of(request("i: c2@a.example\r\n")), ParseError::kDuplicateHeader);
  EXPECT_EQ(error_of(request("Call-ID : c2\r\n")), ParseError::kDuplicateHeader);
  EXPECT_EQ(error_of(request("CALL-id\t:\r\n c2\r\n")), ParseError::kDuplicateHeader);
  EXPECT_EQ(error_of(request("i: c1@a.example\r\n")), ParseError::kNone)
      << "the same value twice is tolerated";
  EXPECT_EQ(error_of(request("f: <sip:x@x>\r\n")), ParseError::kDuplicateHeader);
  EXPECT_EQ(error_of(request("CSeq: 8 INVITE\r\n")), ParseError::kDuplicateHeader);
  EXPECT_EQ(error_of(request("c: text/plain\r\nContent-Type: application/sdp\r\n")),
            ParseError::kDuplicateHeader);
  EXPECT_EQ(error_of(request("Content-Type: a/b;\r\n c=d\r\nc: a/b; c=d\r\n")), ParseError::kNone);
  EXPECT_EQ(error_of(request("Refer-To: <sip:a@a>\r\nr: <sip:b@b>\r\n")), ParseError::kDuplicateHeader);
  EXPECT_EQ(error_of(request("User-Agent: a\r\nUser-Agent: b\r\n")), ParseError::kNone) << "decides nothing";

  Parsed p(request("Contact: <sip:1@1>\r\nm: <sip:2@2>, <sip:3@3>\r\nRequire: a\r\nRequire :\r\n b ,c\r\n"));
  ASSERT_EQ(p.error, ParseError::kNone);
  EXPECT_EQ(p.message.values(Header::kContact).size(), 3u);
  EXPECT_EQ(p.message.values(Header::kRequire), (std::vector<std::string_view>{"a", "b", "c"}));
}

TEST(Parse, ContentLength) {
  auto with = [](std::string_view lines) { return error_of(request(lines, "12345")); };
  EXPECT_EQ(with("Content-Length: 5\r\n"), ParseError::kNone);
  EXPECT_EQ(with("Content-Length: 00005 \r\nl:5\r\n"), ParseError::kNone);
  EXPECT_EQ(with("Content-Length: 5\r\nContent-Length: 05\r\n"), ParseError::kNone);
  for (std::string_view bad : {"6", "-1", "-999", "+5", "5x", "0x5", "", "5, 5", "5 5", "4294967301",
                               "18446744073709551621", "99999999999999999999999"})
    EXPECT_EQ(with("Content-Length: " + std::string(bad) + "\r\n"), ParseError::kContentLength) << bad;
  EXPECT_EQ(with("Content-Length: 5\r\nl: 4\r\n"), ParseError::kContentLength);
  EXPECT_EQ(with("Content-Length: x\r\nl: y\r\n"), ParseError::kContentLength);
  EXPECT_EQ(Parsed(request("", "12345")).message.body.size(), 5u);
}

TEST(Parse, CSeq) {
  auto with = [](std::string_view value) { return error_of(replaced(request(), "7 INVITE", value)); };
  EXPECT_EQ(with("0 INVITE"), ParseError::kNone);
  EXPECT_EQ(with("4294967295 \t INVITE"), ParseError::kNone);
  for (std::string_view bad : {"4294967296 INVITE", "36893488147419103232 INVITE", "-1 INVITE", "INVITE", "7",
                               "7 BYE", "7INVITE", "7 INVITE x", "x INVITE", "7 invite"})
    EXPECT_EQ(with(bad), ParseError::kCSeq) << bad;
}

TEST(Parse, Limits) {
  EXPECT_EQ(error_of(request("X: " + std::string(kMaxLine - 4, 'a') + "\r\n")), ParseError::kNone);
  EXPECT_EQ(error_of(request("X: " + std::string(kMaxLine, 'a') + "\r\n")), ParseError::kTooLong);
  EXPECT_EQ(error_of(request("X: " + std::string(2 * kMaxLine, 'a'))), ParseError::kTooLong)
      << "without an end";
  EXPECT_EQ(error_of("INVITE sip:" + std::string(kMaxLine, 'a') + " SIP/2.0\r\n"), ParseError::kTooLong);
  EXPECT_EQ(error_of(std::string(kMaxLine + 5, 'a')), ParseError::kNotSip);
  std::string many;
  for (size_t i = 5; i < kMaxHeaders; ++i) many += "X: 1\r\n";
  EXPECT_EQ(error_of(request(many)), ParseError::kNone);
  Parsed p(request(many + "X: 1\r\n"));
  EXPECT_EQ(p.error, ParseError::kTooLong);
  EXPECT_EQ(p.message.headers.size(), kMaxHeaders);
  std::string big = request("", std::string(kMaxMessageUdp, 'x'));
  EXPECT_EQ(Parsed(big).error, ParseError::kTooLong);
  EXPECT_EQ(Parsed(big, kMaxMessageTcp).error, ParseError::kNone);
}

TEST(Parse, NulAndOtherBytesInValuesStay) {
  std::string text = request("Subject: a?b\xff\r\n");
  text[text.find('?')] = '\0';
  Parsed p(text);
  ASSERT_EQ(p.error, ParseError::kNone);
  EXPECT_EQ(p.message.value(Header::kSubject), std::string_view("a\0b\xff", 4));
}

TEST(Parse, EveryPrefixIsSafe) {
  std::string text = request(
      "Content-Type: multipart/mixed;boundary=\"b\"\r\nContact: \"x\" <sip:a@b>\r\nContent-Length: 20\r\n",
      "--b\r\n\r\nhello\r\n--b--\r\n");
  Message message;
  for (size_t size = 0; size <= text.size(); ++size) {
    Bytes copy(text.begin(),
               text.begin() + static_cast<std::ptrdiff_t>(size));  // exact size: sanitizers see each byte
    ParseError error = parse(copy, message);
    if (size < text.find("From")) {
      EXPECT_NE(error, ParseError::kNone);
    }
    body_parts(message);
  }
  EXPECT_EQ(parse(as_bytes(text), message), ParseError::kNone);
}

TEST(Values, ListsSplitOnlyWhereTheyAreLists) {
  Parsed p(request(
      "Contact: \"Doe, \\\"J\\\" <x>\" <sip:j@1;a=b,c>;q=0.5,sip:k@2,,\r\n ,<sip:l@3>\r\n"
      "Diversion: \"open, <sip:d@4>, <sip:e@5>\r\nRoute: <sip:unclosed, <sip:x@6>\r\n"
      "Date: Sat, 21 Nov 2026 19:12:22 GMT\r\nv: SIP/2.0/TLS c.example;branch=q,SIP/2.0/UDP d.example\r\n"));
  ASSERT_EQ(p.error, ParseError::kNone);
  auto contacts = p.message.values(Header::kContact);
  ASSERT_EQ(contacts.size(), 3u);
  EXPECT_EQ(parse_name_address(contacts[0])->display_name, "Doe, \"J\" <x>");
  EXPECT_EQ(parse_name_address(contacts[0])->uri, "sip:j@1;a=b,c");
  EXPECT_EQ(contacts[1], "sip:k@2");
  EXPECT_EQ(contacts[2], "<sip:l@3>");
  EXPECT_EQ(p.message.values(Header::kDiversion).size(), 1u) << "an open quote hides the commas";
  EXPECT_EQ(p.message.values(Header::kRoute).size(), 1u) << "and so does an open <";
  EXPECT_EQ(p.message.values(Header::kDate).size(), 1u);
  EXPECT_EQ(p.message.values(Header::kFrom).size(), 1u);
  EXPECT_EQ(p.message.via_count(), 3u);
}

TEST(Values, ViaParameters) {
  Message message;
  auto via = [&](std::string_view element) {
    message.headers = {{Header::kVia, "Via", element}};
    return message.top_via();
  };
  auto v = via("SIP/2.0/WSS [2001:db8::1]:443 ; received = 10.0.0.9;RPORT=4711 ;branch=z9hG4bK~x");
  ASSERT_TRUE(v);
  EXPECT_EQ(v->transport, "WSS");
  EXPECT_EQ(v->sent_by, "[2001:db8::1]:443");
  EXPECT_EQ(v->received, "10.0.0.9");
  EXPECT_EQ(v->rport, "4711");
  EXPECT_EQ(v->branch, "z9hG4bK~x");
  for (std::string_view bad : {"SIP/2.0/UDP", "SIP/2.0", "HTTP/2.0/UDP a", ";;", "SIP/2.0/UDP;branch=a b"})
    EXPECT_FALSE(via(bad)) << bad;
}

}  // namespace
}  // namespace ew::sip
