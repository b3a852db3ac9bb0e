#include <gtest/gtest.h>

#include <string>

#include "http/request_parser_internal.h"
#include "http/target_internal.h"

using namespace ew;
using namespace ew::http;

namespace {

struct Parsed {
  RequestParser::State state;
  ParseError error;
  Head head;
  std::string body;
};

// In pieces of `step` bytes, as a network may deliver them.
Parsed parse(std::string_view text, size_t step = 1 << 20, const ParserLimits& limits = {}) {
  RequestParser parser(limits);
  std::string input, body;
  for (size_t at = 0; at < text.size(); at += step) {
    input += text.substr(at, step);
    for (size_t taken = 1; taken > 0 && !input.empty();) {
      taken = parser.put(as_bytes(input), body);
      input.erase(0, taken);
    }
  }
  return {parser.state(), parser.error(), parser.head(), body};
}

unsigned status_for(std::string_view text, const ParserLimits& limits = {}) {
  Parsed parsed = parse(text, 1 << 20, limits);
  EXPECT_EQ(parsed.state == RequestParser::State::kFailed, parsed.error != ParseError::kNone);
  return status_of(parsed.error);
}

TEST(RequestParser, ReadsARequestInAnyPieces) {
  constexpr std::string_view kRequest =
      "\r\nPOST /a%20b/c?x=1&y=%C3%A9+z&x=2 HTTP/1.1\r\nHost: h\r\nX-A:  one \r\nx-a: "
      "two\r\nTransfer-Encoding: chunked\r\n\r\n"
      "5;ext=1\r\nhello\r\n7\r\n, world\r\n0\r\nX-A: trailer\r\n\r\n";
  for (size_t step : {1u, 2u, 3u, 7u, 64u, 1000u}) {
    Parsed parsed = parse(kRequest, step);
    ASSERT_EQ(parsed.state, RequestParser::State::kDone) << step;
    EXPECT_EQ(parsed.head.method, Method::kPost);
    EXPECT_EQ(parsed.head.path, "/a b/c");
    EXPECT_EQ(parsed.head.query.get("y"), "\xc3\xa9 z");
    EXPECT_EQ(parsed.head.query.all("x"), (std::vector<std::string_view>{"1", "2"}));
    EXPECT_EQ(parsed.head.headers.joined("X-a"), "one, two") << "and no trailer";
    EXPECT_EQ(parsed.body, "hello, world");
    EXPECT_TRUE(parsed.head.keep_alive);
  }
}

TEST(RequestParser, ReadsABodyWithoutAnyChunkInAnyPieces) {
  for (const char* end : {"0\r\n\r\n", "000\r\n\r\n", "0;ext\r\n\r\n", "0\r\nX-A: trailer\r\n\r\n"}) {
    const std::string text =
        std::string("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n") + end;
    for (size_t step : {1u, 2u, 3u, 4u, 5u, 1000u}) {
      Parsed parsed = parse(text, step);
      EXPECT_EQ(parsed.state, RequestParser::State::kDone) << end << step;
      EXPECT_EQ(parsed.body, "");
    }
  }
  for (size_t step : {1u, 3u, 1000u})
    EXPECT_EQ(
        parse("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nPUT TTa\r\n\r\n", step)
            .state,
        RequestParser::State::kFailed);
}

TEST(RequestParser, StopsAtTheHeadAndAtTheEnd) {
  std::string_view text = "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nabcGET";
  RequestParser parser{ParserLimits{}};
  std::string body;
  size_t head = parser.put(as_bytes(text), body);
  EXPECT_EQ(text.substr(head), "abcGET");
  EXPECT_EQ(parser.state(), RequestParser::State::kBody);
  EXPECT_EQ(parser.head().content_length, 3u);
  EXPECT_EQ(parser.put(as_bytes(text.substr(head)), body), 3u);
  EXPECT_EQ(parser.state(), RequestParser::State::kDone);
  EXPECT_EQ(body, "abc");
}

TEST(RequestParser, RefusesWhatCouldBeReadInTwoWays) {
  for (std::string_view framing :
       {"Content-Length: 3\r\nContent-Length: 3\r\n", "Content-Length: 3\r\nContent-Length: 4\r\n",
        "Content-Length: 3, 3\r\n", "Content-Length: +3\r\n", "Content-Length: 0x3\r\n",
        "Content-Length: -3\r\n", "Content-Length:\r\n", "Content-Length: 99999999999999999999\r\n",
        "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n",
        "Transfer-Encoding: chunked\r\nContent-Length: 3\r\n",
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", "Content-Length : 3\r\n",
        "Host: other\r\n"}) {
    std::string text = "POST / HTTP/1.1\r\nHost: h\r\n" + std::string(framing) + "\r\nabc";
    EXPECT_EQ(status_for(text), 400u) << framing;
  }
  for (std::string_view coding :
       {"gzip, chunked", "chunked, gzip", "identity", "xchunked", "chunked,", "chunked, chunked"}) {
    std::string text =
        "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: " + std::string(coding) + "\r\n\r\n0\r\n\r\n";
    unsigned status = status_for(text);
    EXPECT_TRUE(status == 501 || status == 400) << coding << " " << status;
  }
  EXPECT_EQ(status_for("POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"), 400u);
  EXPECT_EQ(status_for("GET / HTTP/1.1\r\n\r\n"), 400u) << "no Host";
  EXPECT_EQ(status_for("GET / HTTP/1.0\r\n\r\n"), 200u);
}

TEST(RequestParser, RefusesBrokenSyntax) {
  for (std::string_view text :
       {"GET  / HTTP/1.1\r\nHost: h\r\n\r\n", "GET / HTTP/1.1\nHost: h\n\n", "GET /\r\n\r\n",
        " GET / HTTP/1.1\r\nHost: h\r\n\r\n", "GET / HTTP/1.1\r\nHost: h\r\nBad Name: x\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: h\r\n: x\r\n\r\n", "GET / HTTP/1.1\r\nHost: h\r\nX: a\x01z\r\n\r\n",
        "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"})
    EXPECT_TRUE(status_for(text) == 400 || status_for(text) == 505) << text;
  EXPECT_EQ(status_for("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), 505u);
  EXPECT_EQ(status_for("GET / HTTP/1.2\r\nHost: h\r\n\r\n"), 505u);
  for (std::string_view method : {"TRACE", "CONNECT", "get", "PROPFIND", "GETGETGETGET"})
    EXPECT_EQ(status_for(std::string(method) + " / HTTP/1.1\r\nHost: h\r\n\r\n"), 501u) << method;
  EXPECT_EQ(status_for("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"), 400u);
  EXPECT_EQ(
      status_for("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabcX\r\n0\r\n\r\n"),
      400u);
  EXPECT_EQ(
      status_for("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\n"),
      400u);
  EXPECT_EQ(status_for("POST / HTTP/1.1\r\nHost: h\r\nExpect: tea\r\nContent-Length: 1\r\n\r\n"), 417u);
}

TEST(RequestParser, KeepsItsLimits) {
  ParserLimits limits{1000, 5, 100};
  std::string many;
  for (int i = 0; i < 5; ++i) many += "X: y\r\n";
  EXPECT_EQ(status_for("GET / HTTP/1.1\r\nHost: h\r\n" + many + "\r\n", limits), 431u);
  EXPECT_EQ(status_for("GET / HTTP/1.1\r\nHost: h\r\nX: " + std::string(1000, 'x') + "\r\n\r\n", limits),
            431u);
  EXPECT_EQ(status_for("GET / HTTP/1.1\r\nHost: h\r\nX: " + std::string(2000, 'x'), limits), 431u)
      << "without an end";
  EXPECT_EQ(status_for("GET /" + std::string(100, 'x') + " HTTP/1.1\r\nHost: h\r\n\r\n", limits), 414u);
  EXPECT_EQ(status_for("GET /" + std::string(5000, 'x'), limits), 431u) << "without an end";
  EXPECT_EQ(status_for("GET /" + std::string(99, 'x') + " HTTP/1.1\r\nHost: h\r\n\r\n", limits), 200u);
}

TEST(Target, IsDecodedOnceAndRefusedWhenAmbiguous) {
  auto path_of = [](std::string_view target) {
    std::string path;
    Query query;
    return parse_target(Method::kGet, target, path, query) ? path : "refused";
  };
  EXPECT_EQ(path_of("/a%2520b"), "/a%20b");
  EXPECT_EQ(path_of("http://host:80/a?b"), "/a");
  EXPECT_EQ(path_of("/a..b/..c/.d"), "/a..b/..c/.d");
  EXPECT_EQ(path_of("/a+b"), "/a+b");
  for (std::string_view bad :
       {"",          "a",      "*",           "/%",      "/%4",     "/%zz",        "/%00",
        "/a%2fb",    "/a%0ab", "/..",         "/../a",   "/a/../b", "/a/.",        "/%2e%2e/a",
        "/a/%2e./b", "/a#b",   "http://host", "/?a=%00", "/?a=%4",  "ftp://host/a"})
    EXPECT_EQ(path_of(bad), "refused") << bad;

  std::string path;
  Query query;
  EXPECT_TRUE(parse_target(Method::kOptions, "*", path, query));
  EXPECT_TRUE(parse_target(Method::kGet, "/?a&b=&=c&&d=e=f", path, query));
  EXPECT_EQ(query.size(), 4u);
  EXPECT_EQ(query.get("a"), "");
  EXPECT_EQ(query.get("d"), "e=f");
  EXPECT_EQ(query.get("x"), std::nullopt);
  std::string many = "/?";
  for (size_t i = 0; i <= kMaxParameters; ++i) many += "a&";
  EXPECT_FALSE(parse_target(Method::kGet, many, path, query));
}

}  // namespace
