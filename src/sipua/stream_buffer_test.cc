#include "sipua/stream_buffer.h"

#include "sipua/test_peer_internal.h"

using namespace ew;
using namespace ew::sipua;

namespace {

struct Taken : StreamBuffer::Taker {
  bool on_message(ByteView message) override {
    messages.emplace_back(as_text(message));
    return messages.size() < wanted;
  }
  void on_ping() override { ++pings; }
  std::vector<std::string> messages;
  size_t wanted = SIZE_MAX;
  int pings = 0;
};

TEST(StreamBuffer, GivesOutWhateverThePiecesAre) {
  PeerRequest one, two;
  one.body = std::string(3'000, 'x');
  two.method = "OPTIONS";
  std::string stream = "\r\n\r\n" + one.text() + two.text() + "\r\n" + one.text();
  for (size_t piece : {1u, 2u, 3u, 7u, 100u, 1'500u, 100'000u}) {
    Taken taken;
    StreamBuffer buffer;
    for (size_t at = 0; at < stream.size(); at += piece)
      ASSERT_EQ(buffer.add(as_bytes(stream.substr(at, piece)), taken), StreamBuffer::Verdict::kGood);
    EXPECT_EQ(taken.messages, (std::vector<std::string>{one.text(), two.text(), one.text()})) << piece;
    EXPECT_TRUE(buffer.is_empty());
  }
}

TEST(StreamBuffer, AMessageIsGivenOutWithItsLastByte) {
  PeerRequest request;
  request.body = "12345";
  std::string text = request.text();
  for (size_t cut = 1; cut < text.size(); ++cut) {
    Taken taken;
    StreamBuffer buffer;
    buffer.add(as_bytes(text.substr(0, cut)), taken);
    EXPECT_TRUE(taken.messages.empty()) << cut;
    buffer.add(as_bytes(text.substr(cut)), taken);
    EXPECT_EQ(taken.messages.size(), 1u) << cut;
  }
}

TEST(StreamBuffer, AnswersPings) {
  Taken taken;
  StreamBuffer buffer;
  buffer.add(as_bytes("\r\n\r\n"), taken);
  buffer.add(as_bytes("\r\n"), taken);
  EXPECT_EQ(taken.pings, 1);
  EXPECT_TRUE(buffer.is_empty());
}

TEST(StreamBuffer, RefusesWhatIsNoneAndWhatIsTooLong) {
  Taken taken;
  StreamBuffer http, endless, huge;
  EXPECT_EQ(http.add(as_bytes("GET / HTTP/1.1\r\n\r\n"), taken), StreamBuffer::Verdict::kNotSip);
  EXPECT_EQ(huge.add(as_bytes("INVITE sip:a SIP/2.0\r\nContent-Length: 300000\r\n\r\n"), taken),
            StreamBuffer::Verdict::kTooLong);
  std::string head = "INVITE sip:a SIP/2.0\r\n";
  auto verdict = endless.add(as_bytes(head), taken);
  while (verdict == StreamBuffer::Verdict::kGood && endless.size() < 1'000'000)
    verdict = endless.add(as_bytes("X: " + std::string(1'000, 'x') + "\r\n"), taken);
  EXPECT_EQ(verdict, StreamBuffer::Verdict::kTooLong);
  EXPECT_LT(endless.size(), 2 * sip::kMaxMessageTcp + 2'000);
}

TEST(StreamBuffer, StopsWhenNoMoreIsWanted) {
  PeerRequest request;
  Taken taken;
  taken.wanted = 1;
  StreamBuffer buffer;
  buffer.add(as_bytes(request.text() + request.text()), taken);
  EXPECT_EQ(taken.messages.size(), 1u);
}

}  // namespace
