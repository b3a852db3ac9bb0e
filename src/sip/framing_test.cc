#include <gtest/gtest.h>

#include <random>

#include "sip/message.h"

namespace ew::sip {
namespace {

using State = Framing::State;

std::string message(std::string_view call_id, std::string_view length_line, std::string_view body,
                    std::string_view eol = "\r\n") {
  std::string text =
      "MESSAGE sip:b@b SIP/2.0\nVia: SIP/2.0/TCP a;branch=z9hG4bKx\nFrom: <sip:a@a>;tag=1\nTo: "
      "<sip:b@b>\nCSeq: 1 MESSAGE\nCall-ID: ";
  text += call_id;
  text += "\nSubject: folded\n value\n";
  text += length_line;
  text += "\n";
  std::string result;
  for (char c : text) result += c == '\n' ? std::string(eol) : std::string(1, c);
  return result + std::string(body);
}

// What a reader of a stream does with the segments as they come.
class Receiver {
 public:
  void feed(std::string_view segment) {
    buffer_ += segment;
    for (;;) {
      Framing framing = frame_stream(as_bytes(buffer_));
      buffer_.erase(0, framing.skip);
      if (framing.state != State::kComplete) {
        last = framing.state;
        return;
      }
      messages.push_back(buffer_.substr(0, framing.length));
      buffer_.erase(0, framing.length);
    }
  }
  std::vector<std::string> messages;
  State last = State::kNeedMore;

 private:
  std::string buffer_;
};

std::vector<std::string> sample_messages() {
  return {message("one", "Content-Length: 5\n", "hello"), message("two", "", ""),
          message("three", "l :\n 0007\n", "\r\n\r\nSIP"),
          message("four", "Content-Length: 0\nl: 0\n", "", "\n"),
          "SIP/2.0 200 OK\r\nVia: SIP/2.0/TCP a\r\nCSeq: 1 INVITE\r\nFrom: a\r\nTo: b\r\nCall-ID: "
          "five\r\nContent-Length:2\r\n\r\nok"};
}

std::string stream_of(const std::vector<std::string>& messages) {
  std::string stream = "\r\n\r\n";
  for (const std::string& one : messages)
    stream += one + (one.find("Call-ID: two") != std::string::npos ? "\r\n" : "\r\n\r\n");
  return stream;
}

TEST(Framing, OneSegmentOrByteByByte) {
  auto messages = sample_messages();
  std::string stream = stream_of(messages);
  Receiver whole, slow;
  whole.feed(stream);
  for (char c : stream) slow.feed(std::string_view(&c, 1));
  EXPECT_EQ(whole.messages, messages);
  EXPECT_EQ(slow.messages, messages);
  EXPECT_EQ(slow.last, State::kNeedMore);
  Message parsed;
  for (const std::string& one : whole.messages)
    EXPECT_EQ(parse(as_bytes(one), parsed), ParseError::kNone) << one;
}

TEST(Framing, AnySplitGivesTheSameMessages) {
  auto messages = sample_messages();
  std::string stream = stream_of(messages);
  for (size_t cut = 0; cut <= stream.size(); ++cut) {
    Receiver receiver;
    receiver.feed(stream.substr(0, cut));
    receiver.feed(stream.substr(cut));
    ASSERT_EQ(receiver.messages, messages) << "cut at " << cut;
  }
  std::mt19937 random(4475);
  for (int round = 0; round < 500; ++round) {
    Receiver receiver;
    for (size_t at = 0; at < stream.size();) {
      size_t length = 1 + random() % 90;
      receiver.feed(std::string_view(stream).substr(at, length));
      at += length;
    }
    ASSERT_EQ(receiver.messages, messages) << "round " << round;
  }
}

TEST(Framing, KeepAlivesAlone) {
  Framing framing = frame_stream(as_bytes("\r\n\r\n\r\n"));
  EXPECT_EQ(framing.state, State::kNeedMore);
  EXPECT_EQ(framing.skip, 6u);
  EXPECT_EQ(frame_stream({}).state, State::kNeedMore);
}

TEST(Framing, ContentLengths) {
  auto state = [](std::string_view lines) {
    std::string stream = message("x", lines, "12345");
    return frame_stream(as_bytes(stream)).state;
  };
  EXPECT_EQ(state("Content-Length: 6\n"), State::kNeedMore);
  EXPECT_EQ(state("Content-Length: 262145\n"), State::kTooLong);
  EXPECT_EQ(state("Content-Length: 18446744073709551615\n"), State::kTooLong);
  EXPECT_EQ(state("Content-Length: 99999999999999999999999999\n"), State::kTooLong);
  for (std::string_view bad :
       {"Content-Length: -1\n", "Content-Length: x\n", "Content-Length:\n", "Content-Length: 5\nl: 4\n"}) {
    std::string stream = message("x", bad, "12345");
    Framing framing = frame_stream(as_bytes(stream));
    ASSERT_EQ(framing.state, State::kComplete) << bad;
    EXPECT_EQ(framing.length, stream.size() - 5);
    Message parsed;
    EXPECT_EQ(parse(as_bytes(stream).first(framing.length), parsed), ParseError::kContentLength) << bad;
  }
}

TEST(Framing, OtherProtocolsAreTold) {
  for (std::string_view other :
       {"\x16\x03\x01\x02", "GET / HTTP/1.1\r\n", "{\"json\":1}", " leading", "v=0\r\n", "SSH-2.0-x\r\n"})
    EXPECT_EQ(frame_stream(as_bytes(other)).state, State::kNotSip) << other;
  for (std::string_view part : {"I", "INVITE", "INVITE sip:x", "S", "SIP", "SIP/2", "SIP/2.0 20"})
    EXPECT_EQ(frame_stream(as_bytes(part)).state, State::kNeedMore) << part;
}

TEST(Framing, Limits) {
  EXPECT_EQ(frame_stream(as_bytes("INVITE sip:" + std::string(kMaxLine, 'a'))).state, State::kTooLong);
  EXPECT_EQ(frame_stream(as_bytes(std::string(kMaxLine + 1, 'a'))).state, State::kNotSip);
  std::string endless = "INVITE sip:a@b SIP/2.0\r\n";
  while (endless.size() < kMaxMessageTcp) {
    EXPECT_EQ(frame_stream(as_bytes(endless)).state, State::kNeedMore);
    for (int i = 0; i < 1000; ++i) endless += "X: 12345678901234567890\r\n";
  }
  EXPECT_EQ(frame_stream(as_bytes(endless)).state, State::kTooLong);
}

}  // namespace
}  // namespace ew::sip
