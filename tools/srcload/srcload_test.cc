#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>

#include <set>

#include "srcload/channel.h"
#include "srcload/dialog_text.h"
#include "srcload/media.h"
#include "srcload/message.h"
#include "srcload/mutation.h"
#include "srcload/payload.h"

namespace srcload {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::SizeIs;

DialogText::Identity someone() {
  DialogText::Identity who;
  who.session = 7;
  who.from = *ew::Endpoint::parse("127.0.0.1:5062");
  who.to = *ew::Endpoint::parse("127.0.0.2:5060");
  who.media = *ew::IpAddress::parse("127.1.0.7");
  who.ports[0] = 40'000;
  who.ports[1] = 40'002;
  return who;
}

TEST(Payload, IsKnownBySessionStreamAndPlace) {
  std::set<Payload> seen;
  for (uint32_t session = 1; session < 4; ++session)
    for (uint32_t stream = 0; stream < 2; ++stream)
      for (uint32_t index = 0; index < 100; ++index) {
        Payload payload;
        fill_payload(session, stream, index, payload.data());
        EXPECT_TRUE(seen.insert(payload).second);
      }
  // The test that reads recordings makes the same: tests/siprec_truth.py has this vector too.
  Payload payload;
  fill_payload(1, 1, 2, payload.data());
  EXPECT_EQ(ew::to_hex({payload.data(), 8}), "8464911408beacd3");
}

TEST(DialogText, BelongsToOneDialog) {
  DialogText dialog(someone());
  const std::string invite = dialog.invite();
  const auto message = read_message(invite);
  ASSERT_TRUE(message);
  EXPECT_EQ(message->status, 0);
  EXPECT_EQ(message->method, "INVITE");
  EXPECT_EQ(message->call_id, dialog.call_id());
  EXPECT_EQ(message->cseq, 1u);
  EXPECT_EQ(header(message->head, "content-length"), std::to_string(message->body.size()));
  EXPECT_THAT(invite, HasSubstr("c=IN IP4 127.1.0.7\r\n"));
  EXPECT_THAT(invite, HasSubstr("<session session_id=\"" + dialog.session_id() + "\">"));
  dialog.set_remote_tag("there");
  const std::string paused = dialog.invite(Offer::kZeroAddress), bye = dialog.bye();
  EXPECT_THAT(paused, HasSubstr("c=IN IP4 0.0.0.0\r\n"));
  EXPECT_EQ(to_tag(read_message(bye)->head), "there");
  EXPECT_EQ(read_message(bye)->cseq, 3u);
}

TEST(DialogText, OfASessionWhoseCallsAreToCome) {
  DialogText::Identity idle = someone();
  idle.ports[0] = idle.ports[1] = 0;
  DialogText dialog(idle);
  const std::string invite = dialog.invite();
  EXPECT_EQ(dialog.session_id(), "");
  EXPECT_THAT(invite, HasSubstr("<datamode>complete</datamode>\n</recording>"));
  EXPECT_THAT(invite, Not(HasSubstr("m=audio")));
}

TEST(DialogText, AcknowledgesARefusalInItsTransaction) {
  DialogText dialog(someone());
  const std::string invite = dialog.invite();
  const std::string via(header(read_message(invite)->head, "Via"));
  EXPECT_EQ(header(read_message(dialog.ack(true))->head, "Via"), via);
  EXPECT_NE(header(read_message(dialog.ack(false))->head, "Via"), via);
}

TEST(Message, AnswerHasPortsAndDirections) {
  const auto lines = read_answer(
      "v=0\r\no=- 1 1 IN IP4 10.0.0.1\r\ns=-\r\nc=IN IP4 10.0.0.1\r\nt=0 0\r\nm=audio 20000 RTP/AVP "
      "8\r\na=recvonly\r\n"
      "m=audio 20002 RTP/AVP 8\r\nc=IN IP4 10.0.0.2\r\na=inactive\r\nm=audio 0 RTP/AVP 8\r\n");
  ASSERT_THAT(lines, SizeIs(3));
  EXPECT_EQ(lines[0].media.text(), "10.0.0.1:20000");
  EXPECT_EQ(lines[0].direction, "recvonly");
  EXPECT_EQ(lines[1].media.text(), "10.0.0.2:20002");
  EXPECT_EQ(lines[1].direction, "inactive");
  EXPECT_EQ(lines[2].media.port, 0);
}

TEST(Message, ResponseCopiesWhatItMust) {
  const auto request = read_message(
      "OPTIONS sip:x SIP/2.0\r\nVia: SIP/2.0/UDP a;branch=1\r\nVia: SIP/2.0/UDP b;branch=2\r\nFrom: "
      "<sip:a>;tag=f\r\n"
      "To: <sip:b>;tag=t\r\nCall-ID: one\r\nCSeq: 9 OPTIONS\r\nContent-Length: 0\r\n\r\n");
  ASSERT_TRUE(request);
  EXPECT_EQ(response_to(*request, 200, "OK"),
            "SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP a;branch=1\r\nVia: SIP/2.0/UDP b;branch=2\r\nFrom: "
            "<sip:a>;tag=f\r\n"
            "To: <sip:b>;tag=t\r\nCall-ID: one\r\nCSeq: 9 OPTIONS\r\nContent-Length: 0\r\n\r\n");
}

TEST(Channel, StreamGivesWholeMessages) {
  const std::string first = "SIP/2.0 100 Trying\r\nContent-Length: 3\r\n\r\nabc";
  for (size_t size = 0; size < first.size(); ++size)
    EXPECT_EQ(whole_message(first.substr(0, size)), 0u) << size;
  EXPECT_EQ(whole_message(first + "SIP/2.0 200"), first.size());
}

TEST(MediaSocket, SendsFromTheAddressOfEachSession) {
  auto media = MediaSocket::open(47'316);
  ASSERT_TRUE(media.ok()) << media.error().message();
  auto reader = Channel::open(ew::Transport::kUdp, *ew::Endpoint::parse("127.0.0.1:0"),
                              *ew::Endpoint::parse("127.1.0.9:47316"));
  ASSERT_TRUE(reader.ok()) << reader.error().message();
  // Connected to 127.1.0.9, it hears of no other.
  for (const char* source : {"127.1.0.8", "127.1.0.9"}) {
    uint8_t* packet = media->add(address_number(*ew::IpAddress::parse(source)),
                                 socket_address((*reader)->local()), kRtpHeader);
    write_rtp_header(packet, true, 0x1234, 0x01020304, 0xaabbccdd);
  }
  media->flush();
  EXPECT_EQ(media->sent(), 2u);
  std::vector<std::string> heard;
  for (int round = 0; round < 500 && heard.empty(); ++round) {
    pollfd waited{(*reader)->descriptor(), POLLIN, 0};
    ::poll(&waited, 1, 10);
    (*reader)->receive([&](std::string_view bytes) { heard.push_back(ew::to_hex(ew::as_bytes(bytes))); });
  }
  EXPECT_THAT(heard, ElementsAre("8088123401020304aabbccdd"));
}

TEST(Mutation, IsTheSameForTheSameSeed) {
  const auto seeds = mutation_seeds("");
  ASSERT_TRUE(seeds.ok());
  EXPECT_THAT(*seeds, SizeIs(16));
  std::set<std::string> different;
  for (uint64_t number = 0; number < 1'000; ++number) {
    const std::string text = mutated(*seeds, 1, number);
    EXPECT_EQ(text, mutated(*seeds, 1, number));
    different.insert(text);
  }
  EXPECT_GT(different.size(), 990u);
  EXPECT_NE(mutated(*seeds, 2, 1), mutated(*seeds, 1, 1));
}

TEST(Mutation, TakesRealClientsMessages) {
  const std::string folder = EW_SHARED_DIR "/siprec/samples";
  const auto seeds = mutation_seeds(folder);
  if (!seeds.ok()) GTEST_SKIP() << folder << " is absent";
  EXPECT_GT(seeds->size(), 30u);
  for (const std::string& seed : *seeds) {
    EXPECT_TRUE(read_message(seed)) << seed;
    EXPECT_THAT(seed, Not(HasSubstr("SOURCE:")));
  }
}

TEST(Mutation, AnEmptyFolderIsSaid) { EXPECT_FALSE(mutation_seeds("/nonexistent").ok()); }

}  // namespace
}  // namespace srcload
