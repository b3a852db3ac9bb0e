#include <gtest/gtest.h>

#include "sip/message.h"

namespace ew::sip {
namespace {

// A message that has this body; it must outlive the parts.
struct WithBody {
  WithBody(std::string_view type, std::string body_text) : body(std::move(body_text)) {
    message.headers.push_back({Header::kContentType, "Content-Type", type});
    message.body = as_bytes(body);
  }
  std::vector<std::string> texts() const {
    std::vector<std::string> result;
    for (const BodyPart& part : body_parts(message)) result.emplace_back(as_text(part.bytes));
    return result;
  }
  std::string body;
  Message message;
};

using Texts = std::vector<std::string>;
constexpr std::string_view kMixed = "multipart/mixed;boundary=b";

TEST(Body, Single) {
  WithBody one("Application/SDP ; charset=utf-8", "v=0\r\n");
  auto parts = body_parts(one.message);
  ASSERT_EQ(parts.size(), 1u);
  EXPECT_EQ(parts[0].content_type, "Application/SDP");
  EXPECT_EQ(as_text(find_body(one.message, "application/sdp")->bytes), "v=0\r\n");
  EXPECT_TRUE(body_parts(WithBody("text/plain", "").message).empty());
}

TEST(Body, Multipart) {
  WithBody two("multipart/mixed; boundary=\"b 1\"",
               "preamble\r\n--b 1\r\nContent-Type: application/sdp\r\nContent-Disposition: "
               "session;handling=required\r\n\r\nv=0\r\no=x\r\n\r\n"
               "--b 1  \r\nc: application/rs-metadata+xml\n\n<recording/>\n--b 1--\r\nepilogue");
  auto parts = body_parts(two.message);
  ASSERT_EQ(parts.size(), 2u);
  EXPECT_EQ(parts[0].content_type, "application/sdp");
  EXPECT_EQ(parts[0].content_disposition, "session");
  EXPECT_EQ(as_text(parts[0].bytes), "v=0\r\no=x\r\n");
  EXPECT_EQ(as_text(find_body(two.message, "APPLICATION/rs-metadata+xml")->bytes), "<recording/>");
}

TEST(Body, BrokenBoundaries) {
  EXPECT_EQ(WithBody(kMixed, "--b\r\n\r\none\r\n--b\r\n\r\ntwo\r\n").texts(), (Texts{"one", "two\r\n"}))
      << "no end boundary";
  EXPECT_EQ(WithBody(kMixed, "--b\r\n\r\none").texts(), (Texts{"one"}));
  EXPECT_EQ(WithBody(kMixed, "--b").texts(), (Texts{""}));
  EXPECT_EQ(WithBody(kMixed, "--b--\r\n").texts(), (Texts{})) << "zero parts";
  EXPECT_EQ(WithBody(kMixed, "no delimiter\r\n").texts(), (Texts{"no delimiter\r\n"}));
  for (std::string_view type :
       {"multipart/mixed", "multipart/mixed;boundary=", "multipart/mixed;boundary=\"\""})
    EXPECT_EQ(WithBody(type, "--\r\n\r\nx\r\n----\r\n").texts(), (Texts{"--\r\n\r\nx\r\n----\r\n"})) << type;
  EXPECT_EQ(WithBody(kMixed, "--b\r\n\r\na --b\r\n--bc\r\n--b x\r\n --b\r\nz\r\n--b--").texts(),
            (Texts{"a --b\r\n--bc\r\n--b x\r\n --b\r\nz"}))
      << "a boundary inside the content";
  EXPECT_EQ(WithBody(kMixed, "--b\r\n\r\none\r\n--b--\r\n--b\r\n\r\nhidden\r\n--b--").texts(), (Texts{"one"}))
      << "behind the end";
  EXPECT_EQ(WithBody(kMixed, "--b\r\nContent-Type: text/plain\r\n--b--").texts(), (Texts{""}))
      << "no empty line";
  EXPECT_EQ(WithBody(kMixed, "--b\r\nnot a header\r\nContent-Type: a/b\r\n\r\nx\r\n--b--").texts(),
            (Texts{"x"}));
}

std::string nested(int depth, const std::string& inner) {
  std::string text = inner, type = "text/plain";
  for (int i = depth; i > 0; --i) {
    std::string b = "n" + std::to_string(i);
    text = "--" + b + "\r\nContent-Type: " + type + "\r\n\r\n" + text + "\r\n--" + b + "--\r\n";
    type = "multipart/mixed;boundary=" + b;
  }
  return text;
}

TEST(Body, Nesting) {
  EXPECT_EQ(WithBody("multipart/mixed;boundary=n1", nested(3, "deep")).texts(), (Texts{"deep"}));
  WithBody deep("multipart/mixed;boundary=n1", nested(100, "deep"));
  auto parts = body_parts(deep.message);
  ASSERT_EQ(parts.size(), 1u);
  EXPECT_EQ(parts[0].content_type, "multipart/mixed") << "left as one part";
  EXPECT_NE(as_text(parts[0].bytes).find("deep"), std::string_view::npos);
}

std::string row(const std::string& boundary, size_t count, const std::string& type = "text/plain",
                const std::string& content = "x") {
  std::string text;
  for (size_t i = 0; i < count; ++i)
    text += "--" + boundary + "\r\nContent-Type: " + type + "\r\n\r\n" + content + "\r\n";
  return text + "--" + boundary + "--\r\n";
}

TEST(Body, TooManyParts) {
  EXPECT_EQ(body_parts(WithBody(kMixed, row("b", kMaxBodyParts)).message).size(), kMaxBodyParts);
  WithBody many(kMixed, row("b", 500));
  auto parts = body_parts(many.message);
  ASSERT_EQ(parts.size(), kMaxBodyParts);
  EXPECT_EQ(parts[30].content_type, "text/plain");
  EXPECT_EQ(parts[31].content_type, "multipart/mixed");
  EXPECT_TRUE(as_text(parts[31].bytes).starts_with("--b\r\n"));
  EXPECT_TRUE(as_text(parts[31].bytes).ends_with("--b--\r\n"));

  std::string inner = row("c", 40, "multipart/mixed;boundary=d", row("d", 40));
  WithBody tree(kMixed, row("b", 40, "multipart/mixed;boundary=c", inner));
  EXPECT_LE(body_parts(tree.message).size(), kMaxBodyParts);
}

}  // namespace
}  // namespace ew::sip
