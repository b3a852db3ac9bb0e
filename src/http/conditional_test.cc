#include "http/conditional_internal.h"

#include <gtest/gtest.h>

#include "http/response_head_internal.h"
#include "http/static_files.h"

using namespace ew;
using namespace ew::http;

namespace {

TEST(Range, IsReadAsRfc9110Says) {
  auto read = [](std::string_view header, uint64_t size) {
    ByteRange range;
    RangeOutcome outcome = parse_range(header, size, range);
    if (outcome == RangeOutcome::kWhole) return std::string("whole");
    if (outcome == RangeOutcome::kNotSatisfiable) return std::string("416");
    return std::to_string(range.first) + "+" + std::to_string(range.length);
  };
  EXPECT_EQ(read("bytes=0-0", 10), "0+1");
  EXPECT_EQ(read("bytes=0-", 10), "0+10");
  EXPECT_EQ(read("bytes=3-7", 10), "3+5");
  EXPECT_EQ(read("Bytes= 9-99 ", 10), "9+1");
  EXPECT_EQ(read("bytes=-3", 10), "7+3");
  EXPECT_EQ(read("bytes=-30", 10), "0+10");
  EXPECT_EQ(read("bytes=2-99999999999999999999999", 10), "2+8");
  EXPECT_EQ(read("bytes=10-", 10), "416");
  EXPECT_EQ(read("bytes=-0", 10), "416");
  EXPECT_EQ(read("bytes=0-", 0), "416");
  EXPECT_EQ(read("bytes=-1", 0), "416");
  EXPECT_EQ(read("bytes=99999999999999999999999-", 10), "416");
  for (std::string_view whole : {"", "bytes", "bytes=", "bytes=-", "bytes=5-3", "bytes=a-b", "bytes=1-2,4-5",
                                 "items=0-1", "bytes=1", "bytes=--1", "bytes=1-2-3", "bytes=0x1-2"})
    EXPECT_EQ(read(whole, 10), "whole") << whole;
}

TEST(ETag, IsComparedWeakly) {
  EXPECT_TRUE(matches_etag("\"a\"", "\"a\""));
  EXPECT_TRUE(matches_etag("\"b\", W/\"a\"", "\"a\""));
  EXPECT_TRUE(matches_etag("*", "\"a\""));
  EXPECT_FALSE(matches_etag("*", ""));
  EXPECT_FALSE(matches_etag("", "\"a\""));
  EXPECT_FALSE(matches_etag("a", "\"a\""));
}

TEST(AcceptEncoding, TakesGzipUnlessForbidden) {
  EXPECT_TRUE(accepts_gzip("gzip"));
  EXPECT_TRUE(accepts_gzip("br;q=1.0, GZIP;q=0.5"));
  EXPECT_TRUE(accepts_gzip("gzip;q=0.001"));
  EXPECT_FALSE(accepts_gzip("gzip;q=0"));
  EXPECT_FALSE(accepts_gzip("gzip; q=0.000"));
  EXPECT_FALSE(accepts_gzip("deflate, br, xgzip"));
  EXPECT_FALSE(accepts_gzip(""));
}

TEST(ResponseHead, CannotBeSplitByWhatAHandlerCopies) {
  Headers headers{{"Location", "/a\r\nSet-Cookie: evil=1\r\n\r\n<html>"}, {"Cache-Control", "max-age=1"}};
  std::string head = response_head(302, headers, {{"cache-control", "no-store"}, {"X-Default", "yes"}});
  EXPECT_EQ(head,
            "HTTP/1.1 302 Found\r\nLocation: /a  Set-Cookie: evil=1    <html>\r\nCache-Control: "
            "max-age=1\r\nX-Default: yes\r\n\r\n");
  EXPECT_EQ(http_date(WallTime{784111777 * kNsPerSec}), "Sun, 06 Nov 1994 08:49:37 GMT");
}

TEST(Problem, IsJsonWhateverItQuotes) {
  Response response = problem(400, "a \"b\"\n\xff\\");
  EXPECT_EQ(response.headers.get("content-type"), "application/problem+json");
  EXPECT_EQ(std::get<std::string>(response.body),
            "{\"type\":\"about:blank\",\"title\":\"Bad Request\",\"status\":400,\"detail\":\"a "
            "\\\"b\\\"\\u000a\xef\xbf\xbd\\\\\"}");
}

TEST(Cookie, IsFoundByItsWholeName) {
  Request request;
  request.headers = {{"Cookie", "a=1; session=x=y;b=2"}, {"cookie", "late=3"}};
  EXPECT_EQ(request.cookie("session"), "x=y");
  EXPECT_EQ(request.cookie("b"), "2");
  EXPECT_EQ(request.cookie("late"), "3");
  EXPECT_EQ(request.cookie("ession"), std::nullopt);
}

TEST(StaticFiles, AnswerWithTheVariantTheClientTakes) {
  StaticFiles files(
      {{"/", "<html>", "", "text/html", false}, {"/a.js", "plain bytes", "packed", "text/javascript", true}});
  Request request;
  request.path = "/a.js";
  Response plain = *files.answer(request);
  EXPECT_EQ(*std::get<SharedBytes>(plain.body), "plain bytes");
  EXPECT_EQ(plain.headers.get("Vary"), "Accept-Encoding");
  EXPECT_EQ(plain.headers.get("Cache-Control"), "public, max-age=31536000, immutable");
  request.headers.add("Accept-Encoding", "gzip, br");
  Response packed = *files.answer(request);
  EXPECT_EQ(*std::get<SharedBytes>(packed.body), "packed");
  EXPECT_EQ(packed.headers.get("Content-Encoding"), "gzip");
  EXPECT_NE(packed.headers.get("ETag"), plain.headers.get("ETag"));
  request.path = "/";
  EXPECT_FALSE(files.answer(request)->headers.has("Content-Encoding"));
  EXPECT_EQ(files.answer(request)->headers.get("Cache-Control"), "no-cache");
  request.method = Method::kPost;
  EXPECT_EQ(files.answer(request)->status, 405u);
  request.path = "/none";
  EXPECT_FALSE(files.answer(request).has_value());
  EXPECT_TRUE(files.answer_with("/", request).has_value());
}

}  // namespace
