#include "sipua/user_agent.h"

#include "sipua/test_peer_internal.h"

using namespace ew;
using namespace ew::sipua;

namespace {

// Writes down what it is told, and answers as the test wants.
struct TestUser : DialogUser {
  void on_request(const Received& request, const std::shared_ptr<ServerTransaction>& transaction) override {
    log += std::string(request.message.method_name) + " ";
    last = transaction;
    if (answers) transaction->respond(200);
  }
  void on_cancel(const Received&) override { log += "cancel "; }
  void on_ack(const Received& ack) override { log += "ack" + std::string(as_text(ack.message.body)) + " "; }
  bool is_ended_without_ack(bool initial) override {
    log += initial ? "no-ack " : "no-re-ack ";
    return ends_without_ack;
  }
  Content answer_of(const Received& response) override {
    if (!is_the_caller) return {};
    log += "offer" + std::string(as_text(response.message.body)) + " ";
    return {{}, "application/sdp", "", "our answer"};
  }
  void on_response(const Received& response) override {
    log += std::to_string(response.message.status) + " ";
  }
  void on_no_response(sip::Method method) override { log += "no " + std::string(sip::name_of(method)) + " "; }
  void on_refresh_due() override { log += "refresh "; }
  void on_sending(const Flow&, std::string_view message) override { told.emplace_back(message); }
  void on_end(End end) override { log += "end:" + std::string(name_of(end)) + " "; }

  std::string log;
  std::vector<std::string> told;
  std::shared_ptr<ServerTransaction> last;
  bool answers = true, ends_without_ack = true, is_the_caller = false;
};

struct TestApplication : Application {
  bool is_known(const Flow& flow) override { return !strangers || flow.remote.ip == at("192.0.2.1:0").ip; }
  void on_request(const Received& request, const std::shared_ptr<ServerTransaction>& transaction) override {
    if (request.message.method == sip::Method::kOptions) return transaction->respond(200);
    last = transaction;
    user = std::make_shared<TestUser>();
    dialog = transaction->accept(request, user);
    if (answers) transaction->respond(200, content);
  }
  void on_refused(const Received&, int status, std::string_view) override { refused.push_back(status); }

  std::shared_ptr<TestUser> user;
  std::weak_ptr<Dialog> dialog;
  std::shared_ptr<ServerTransaction> last;
  Content content{{}, "application/sdp", "", "v=0\r\n"};
  std::vector<int> refused;
  bool answers = true, strangers = false;
};

struct UserAgentTest : ::testing::Test {
  void receive(const std::string& text, const Flow& flow = udp_flow()) {
    agent.on_message(flow, clock.wall(), as_bytes(text));
  }
  std::string reply_to(const std::string& text, const Flow& flow = udp_flow()) {
    receive(text, flow);
    return wire.take_all();
  }
  // In small steps, as the ticks come.
  void pass(int64_t ns) {
    for (int64_t step = 50 * kNsPerMs; ns > 0; ns -= step) {
      clock.advance(std::min(ns, step));
      agent.on_tick();
    }
  }
  PeerRequest in_dialog(const std::string& method, uint32_t cseq) {
    PeerRequest request;
    request.method = method;
    request.cseq = cseq;
    request.to_tag = tag;
    request.branch = "z9hG4bK-" + method + std::to_string(cseq);
    return request;
  }
  // An INVITE, its 200 and its ACK.
  void establish(const Flow& flow = udp_flow(), std::vector<std::string> more = {}) {
    PeerRequest invite;
    invite.headers.insert(invite.headers.end(), more.begin(), more.end());
    receive(invite.text(), flow);
    auto answer = wire.next();
    ASSERT_TRUE(answer);
    ASSERT_EQ(answer->message.status, 200);
    tag = answer->message.to_tag();
    EXPECT_EQ(reply_to(in_dialog("ACK", 1).text(), flow), "");
    EXPECT_EQ(application.user->log, "ack ");
    application.user->log.clear();
  }
  std::shared_ptr<Dialog> dialog() { return application.dialog.lock(); }
  std::string take_log() { return std::exchange(application.user->log, ""); }

  FakeClock clock{WallTime{1'000 * kNsPerSec}};
  FakeWire wire;
  TestApplication application;
  UserAgent agent{{"srs", ";+sip.srs"}, clock, wire, application};
  std::string tag;
};

TEST_F(UserAgentTest, AnswersAnInvite) {
  PeerRequest invite;
  invite.headers.push_back("Record-Route: <sip:192.0.2.1;lr>, <sip:192.0.2.2;lr>");
  receive(invite.text());
  auto answer = wire.next();
  EXPECT_EQ(answer->message.status, 200);
  EXPECT_EQ(answer->message.value(sip::Header::kContact), "<sip:srs@192.0.2.99:5060>;+sip.srs");
  EXPECT_EQ(answer->message.values(sip::Header::kRecordRoute).size(), 2u);
  EXPECT_EQ(as_text(answer->message.body), "v=0\r\n");
  EXPECT_EQ(answer->message.from_tag(), "peer");
  EXPECT_EQ(answer->message.to_tag().size(), 16u);
  EXPECT_FALSE(wire.next()) << "no 100 beside an answer at once";
}

TEST_F(UserAgentTest, SaysTryingWhileTheAnswerWaits) {
  application.answers = false;
  PeerRequest invite;
  EXPECT_EQ(reply_to(invite.text()), "100");
  EXPECT_EQ(reply_to(invite.text()), "100") << "repeated";
  std::string answer = application.last->compose(200);
  application.last->send(200, answer);
  EXPECT_EQ(wire.take_all(), "200");
  EXPECT_EQ(reply_to(invite.text()), "") << "the 200 is repeated by its own timer";
  application.last->respond(503);
  EXPECT_EQ(wire.take_all(), "") << "there is one final response";
}

TEST_F(UserAgentTest, AbsorbsRepetitions) {
  PeerRequest options;
  options.method = "OPTIONS";
  for (int i = 0; i < 1'000; ++i) EXPECT_EQ(reply_to(options.text()), "200");
  EXPECT_EQ(agent.counters().repeated, 999u);
  EXPECT_EQ(agent.transactions(), 1u);
  pass(33 * kNsPerSec);
  EXPECT_EQ(agent.transactions(), 0u);
}

TEST_F(UserAgentTest, Repeats200UntilItsAck) {
  PeerRequest invite;
  invite.headers.push_back("X: " + std::string(3'000, 'x'));
  receive(invite.text());
  tag = wire.next()->message.to_tag();
  pass(400 * kNsPerMs);
  EXPECT_EQ(wire.take_all(), "");
  pass(200 * kNsPerMs);
  EXPECT_EQ(wire.take_all(), "200");
  pass(kNsPerSec);
  EXPECT_EQ(wire.take_all(), "200");
  PeerRequest wrong = in_dialog("ACK", 2);
  EXPECT_EQ(reply_to(wrong.text()), "");
  EXPECT_EQ(take_log(), "") << "the ACK of another INVITE";
  receive(in_dialog("ACK", 1).text());
  receive(in_dialog("ACK", 1).text());
  EXPECT_EQ(take_log(), "ack ");
  pass(60 * kNsPerSec);
  EXPECT_EQ(wire.take_all(), "");
  EXPECT_EQ(agent.dialogs(), 1u);
}

TEST_F(UserAgentTest, EndsADialogThatIsNeverAcknowledged) {
  application.content.body = "v=0\r\n";
  PeerRequest invite;
  invite.headers.push_back("X: " + std::string(3'000, 'x'));
  receive(invite.text());
  pass(32'100 * kNsPerMs);
  // 0.5, 1.5, 3.5, 7.5, 11.5, ... 31.5 s
  EXPECT_EQ(wire.take_all(), "200 200 200 200 200 200 200 200 200 200 200 BYE");
  EXPECT_EQ(take_log(), "no-ack end:never acknowledged ");
  EXPECT_EQ(agent.dialogs(), 0u);
}

TEST_F(UserAgentTest, KeepsItIfTheUserWants) {
  receive(PeerRequest().text());
  application.user->ends_without_ack = false;
  pass(40 * kNsPerSec);
  EXPECT_EQ(agent.dialogs(), 1u);
  wire.take_all();
  pass(60 * kNsPerSec);
  EXPECT_EQ(wire.take_all(), "");
}

// REQUIREMENTS F20: whoever wrote another's address into his INVITE does not make us flood it.
TEST_F(UserAgentTest, SendsLittleToWhoHasShownNothing) {
  PeerRequest invite;
  std::string text = invite.text();
  application.content.body = std::string(text.size(), 'x');
  receive(text);
  pass(60 * kNsPerSec);
  size_t bytes = 0;
  for (const Kept& one : wire.sent)
    if (!one.message.is_request) bytes += one.text.size();
  EXPECT_LE(bytes, 3 * text.size() + 10);
}

TEST_F(UserAgentTest, AnInviteThatFollowsTheAnswerStandsForItsAck) {
  receive(PeerRequest().text());
  tag = wire.next()->message.to_tag();
  EXPECT_EQ(reply_to(in_dialog("INVITE", 2).text()), "200");
  EXPECT_EQ(reply_to(in_dialog("INVITE", 3).text()), "200");
  receive(in_dialog("ACK", 3).text());
  EXPECT_EQ(take_log(), "INVITE INVITE ack ");
  pass(60 * kNsPerSec);
  EXPECT_EQ(agent.dialogs(), 1u);
  EXPECT_EQ(wire.take_all(), "");
}

TEST_F(UserAgentTest, AReInviteThatIsNeverAcknowledged) {
  establish();
  application.user->ends_without_ack = false;
  EXPECT_EQ(reply_to(in_dialog("INVITE", 2).text()), "200");
  pass(40 * kNsPerSec);
  EXPECT_EQ(take_log(), "INVITE no-re-ack ");
  EXPECT_EQ(agent.dialogs(), 1u);
}

TEST_F(UserAgentTest, RefusesOverlapAndDisorder) {
  establish();
  application.user->answers = false;
  EXPECT_EQ(reply_to(in_dialog("INVITE", 5).text()), "100");
  EXPECT_EQ(reply_to(in_dialog("INVITE", 6).text()), "500") << "RFC 3261 section 14.2";
  EXPECT_EQ(reply_to(in_dialog("INFO", 4).text()), "500") << "section 12.2.2";
  dialog()->request(sip::Method::kUpdate);
  EXPECT_EQ(wire.take_all(), "UPDATE");
}

TEST_F(UserAgentTest, GlareOfInvites) {
  establish();
  dialog()->request(sip::Method::kInvite);
  auto ours = wire.next();
  EXPECT_TRUE(dialog()->has_open_invite());
  EXPECT_EQ(reply_to(in_dialog("INVITE", 2).text()), "491");
  EXPECT_EQ(reply_to(response_to(ours->message, 491)), "ACK");
  EXPECT_EQ(take_log(), "491 ");
  EXPECT_FALSE(dialog()->has_open_invite());
}

TEST_F(UserAgentTest, Cancel) {
  application.answers = false;
  receive(PeerRequest().text());
  wire.take_all();
  PeerRequest cancel;
  cancel.method = "CANCEL";
  EXPECT_EQ(reply_to(cancel.text()), "200 487");
  EXPECT_EQ(take_log(), "cancel end:cancelled by the peer ");
  EXPECT_EQ(agent.dialogs(), 0u);
  pass(600 * kNsPerMs);
  EXPECT_EQ(wire.take_all(), "487") << "until the ACK";
  PeerRequest ack;
  ack.method = "ACK";
  EXPECT_EQ(reply_to(ack.text()), "");
  pass(10 * kNsPerSec);
  EXPECT_EQ(wire.take_all(), "");
  EXPECT_EQ(agent.transactions(), 0u);
  cancel.branch = "z9hG4bK-unknown";
  EXPECT_EQ(reply_to(cancel.text()), "481");
}

TEST_F(UserAgentTest, ByeEndsTheDialog) {
  establish();
  EXPECT_EQ(reply_to(in_dialog("BYE", 2).text()), "200");
  EXPECT_EQ(take_log(), "BYE end:ended by the peer ");
  EXPECT_EQ(reply_to(in_dialog("BYE", 2).text()), "200") << "repeated";
  EXPECT_EQ(reply_to(in_dialog("OPTIONS", 3).text()), "481");
}

TEST_F(UserAgentTest, ByeAnswersAnOpenInviteToo) {
  establish();
  application.user->answers = false;
  EXPECT_EQ(reply_to(in_dialog("INVITE", 2).text()), "100");
  receive(in_dialog("BYE", 3).text());
  application.user->last->respond(200);
  EXPECT_EQ(wire.take_all(), "200 487");
}

TEST_F(UserAgentTest, UnknownDialogsGet481) {
  establish();
  for (const char* method : {"BYE", "INVITE", "UPDATE", "INFO", "OPTIONS"}) {
    PeerRequest request = in_dialog(method, 9);
    request.to_tag = "lost";
    EXPECT_EQ(reply_to(request.text()), "481") << method;
    request = in_dialog(method, 9);
    request.from_tag = "another";
    EXPECT_EQ(reply_to(request.text()), "481") << method;
  }
  PeerRequest bye = in_dialog("BYE", 9);
  bye.to_tag.clear();
  EXPECT_EQ(reply_to(bye.text()), "481");
  EXPECT_EQ(agent.dialogs(), 1u);
}

TEST_F(UserAgentTest, AnInviteThatCameTwice) {
  receive(PeerRequest().text());
  wire.take_all();
  PeerRequest fork;
  fork.branch = "z9hG4bK-other";
  EXPECT_EQ(reply_to(fork.text()), "482");
  fork.cseq = 2;
  EXPECT_EQ(reply_to(fork.text()), "200") << "another one with the same Call-ID";
}

TEST_F(UserAgentTest, AnInviteThatBeginsOnceMoreWhatGoesOn) {
  establish();
  PeerRequest again;
  again.cseq = 2;
  again.branch = "z9hG4bK-again";
  EXPECT_EQ(reply_to(again.text()), "482");
  again.from_tag = "another";
  again.branch = "z9hG4bK-another";
  EXPECT_EQ(reply_to(again.text()), "200") << "of somebody else, whatever its Call-ID";
}

TEST_F(UserAgentTest, OptionsBeforeTheInviteWithTheSameTag) {
  PeerRequest options;
  options.method = "OPTIONS";
  options.branch = "z9hG4bK-options";
  EXPECT_EQ(reply_to(options.text()), "200");
  PeerRequest invite;
  invite.cseq = 2;
  EXPECT_EQ(reply_to(invite.text()), "200");
}

TEST_F(UserAgentTest, OursGoesOverWhatIsProven) {
  PeerRequest invite;
  invite.headers = {"Contact: <sip:src@192.0.2.1:5999>", "Allow: INVITE, ACK, BYE"};
  receive(invite.text(), udp_flow("192.0.2.1:40000"));
  tag = wire.next()->message.to_tag();
  PeerRequest ack = in_dialog("ACK", 1);
  ack.headers.clear();
  receive(ack.text());
  EXPECT_FALSE(dialog()->peer_allows(sip::Method::kUpdate));
  EXPECT_TRUE(dialog()->peer_allows(sip::Method::kBye));
  dialog()->request(sip::Method::kOptions);
  auto ours = wire.next();
  EXPECT_EQ(ours->flow.remote, at("192.0.2.1:5999")) << "another port of the same host";
  EXPECT_EQ(ours->message.request_uri, "sip:src@192.0.2.1:5999");
  EXPECT_EQ(ours->message.to_tag(), "peer");
  EXPECT_EQ(ours->message.from_tag(), tag);

  // A Contact that names a third party gets nothing.
  PeerRequest again = in_dialog("INVITE", 2);
  again.headers = {"Contact: <sip:victim@198.51.100.1:53>"};
  receive(again.text());
  wire.take_all();
  dialog()->request(sip::Method::kOptions);
  ours = wire.next();
  EXPECT_EQ(ours->flow.remote, at("192.0.2.1:5060"));
  EXPECT_EQ(ours->message.request_uri, "sip:victim@198.51.100.1:53");
}

TEST_F(UserAgentTest, OurRequestIsRepeatedAndGivenUp) {
  establish();
  dialog()->request(sip::Method::kUpdate);
  pass(33 * kNsPerSec);
  EXPECT_EQ(wire.take_all(), "UPDATE UPDATE UPDATE UPDATE UPDATE UPDATE UPDATE UPDATE UPDATE UPDATE UPDATE");
  EXPECT_EQ(take_log(), "no UPDATE ");
  EXPECT_EQ(agent.dialogs(), 1u);
}

TEST_F(UserAgentTest, OurInvite) {
  establish();
  dialog()->request(sip::Method::kInvite, {{}, "application/sdp", "", "v=0\r\n"});
  auto ours = wire.next();
  EXPECT_EQ(ours->message.value(sip::Header::kContact), "<sip:srs@192.0.2.99:5060>;+sip.srs");
  receive(response_to(ours->message, 100));
  pass(20 * kNsPerSec);
  EXPECT_EQ(wire.take_all(), "") << "it is on its way";
  receive(response_to(ours->message, 200, "Contact: <sip:new@192.0.2.1:5061>\r\n"));
  auto ack = wire.next();
  EXPECT_EQ(ack->message.method, sip::Method::kAck);
  EXPECT_EQ(ack->message.cseq.number, ours->message.cseq.number);
  EXPECT_EQ(ack->message.request_uri, "sip:new@192.0.2.1:5061");
  EXPECT_NE(ack->message.top_via()->branch, ours->message.top_via()->branch);
  EXPECT_EQ(take_log(), "200 ");
  EXPECT_EQ(reply_to(response_to(ours->message, 200)), "ACK") << "its 200 came again";
  EXPECT_EQ(take_log(), "");
  // What the user was told of is what left.
  EXPECT_EQ(application.user->told.back(), ack->text);
}

TEST_F(UserAgentTest, ResponsesOfOthersAreNothing) {
  establish();
  dialog()->request(sip::Method::kOptions);
  auto ours = wire.next();
  std::string forged = response_to(ours->message, 481);
  size_t branch = forged.find("z9hG4bK");
  forged[branch + 8] = forged[branch + 8] == 'a' ? 'b' : 'a';
  receive(forged);
  EXPECT_EQ(take_log(), "");
  EXPECT_EQ(agent.counters().unmatched_responses, 1u);
  // A challenge is a refusal like any other (F19).
  EXPECT_EQ(
      reply_to(response_to(ours->message, 401, "WWW-Authenticate: Digest realm=\"victim\", nonce=\"1\"\r\n")),
      "");
  EXPECT_EQ(take_log(), "401 ");
}

TEST_F(UserAgentTest, APeerThatKnowsItNoMore) {
  establish();
  dialog()->probe_every(60 * kNsPerSec);
  pass(61 * kNsPerSec);
  auto probe = wire.next();
  ASSERT_TRUE(probe);
  EXPECT_EQ(probe->message.method, sip::Method::kOptions);
  receive(response_to(probe->message, 405));
  wire.sent.clear();
  pass(60 * kNsPerSec);
  probe = wire.next();
  ASSERT_TRUE(probe);
  wire.sent.clear();
  EXPECT_EQ(reply_to(response_to(probe->message, 481)), "BYE");
  EXPECT_EQ(take_log(), "405 481 end:no longer known to the peer ");
}

TEST_F(UserAgentTest, OurByeEndsItWhateverThePeerSays) {
  establish();
  dialog()->bye();
  auto bye = wire.next();
  EXPECT_EQ(agent.dialogs(), 0u);
  EXPECT_EQ(take_log(), "end:ended by us ");
  receive(response_to(bye->message, 405));
  EXPECT_EQ(take_log(), "405 ");
  EXPECT_EQ(reply_to(in_dialog("INVITE", 3).text()), "481");
}

TEST_F(UserAgentTest, TheSessionTimerOfAPeerThatRefreshes) {
  establish();
  dialog()->set_session_timer({100, false});
  pass(60 * kNsPerSec);
  dialog()->set_session_timer({100, false});  // as its refresh does
  pass(60 * kNsPerSec);
  EXPECT_EQ(wire.take_all(), "");
  pass(8'200 * kNsPerMs);
  EXPECT_EQ(wire.take_all(), "BYE") << "a third before the end";
  EXPECT_EQ(take_log(), "end:not refreshed in time ");
}

TEST_F(UserAgentTest, TheSessionTimerThatWeRefresh) {
  establish();
  dialog()->set_session_timer({100, true});
  pass(51 * kNsPerSec);
  EXPECT_EQ(take_log(), "refresh ");
  dialog()->request(sip::Method::kUpdate);
  auto update = wire.next();
  EXPECT_EQ(update->message.value(sip::Header::kSessionExpires), "100;refresher=uac");
  receive(response_to(update->message, 200, "Session-Expires: 100;refresher=uac\r\n"));
  pass(51 * kNsPerSec);
  EXPECT_EQ(take_log(), "200 refresh ");
  pass(17 * kNsPerSec);
  EXPECT_EQ(wire.take_all(), "BYE") << "nobody did it";
}

TEST_F(UserAgentTest, OverAConnection) {
  establish(tcp_flow());
  EXPECT_EQ(wire.kept.front(), 7u);
  EXPECT_EQ(reply_to(in_dialog("INFO", 2).text(), tcp_flow(8)), "200");
  dialog()->request(sip::Method::kOptions);
  auto ours = wire.next();
  EXPECT_EQ(ours->flow.connection, 8u) << "the one that is used now";
  EXPECT_EQ(ours->message.top_via()->transport, "TCP");
  pass(10 * kNsPerSec);
  EXPECT_EQ(wire.take_all(), "") << "no repetitions";
  receive(response_to(ours->message, 200), tcp_flow(8));
  take_log();

  wire.is_broken = true;
  dialog()->request(sip::Method::kUpdate);
  pass(100 * kNsPerMs);
  EXPECT_EQ(take_log(), "no UPDATE ");
}

TEST_F(UserAgentTest, MethodsThatNobodyNeeds) {
  for (const char* method : {"REGISTER", "SUBSCRIBE", "MESSAGE", "PUBLISH", "REFER", "NOTIFY", "PRACK"}) {
    PeerRequest request;
    request.method = method;
    request.headers = {"X: " + std::string(200, 'x')};
    receive(request.text());
    auto answer = wire.next();
    EXPECT_EQ(answer->message.status, 405) << method;
    EXPECT_EQ(answer->message.value(sip::Header::kAllow), UserAgent::allow());
  }
  PeerRequest strange;
  strange.method = "WHATEVER";
  EXPECT_EQ(reply_to(strange.text()), "501");
  EXPECT_EQ(agent.transactions(), 0u);
}

TEST_F(UserAgentTest, StrangersGet403AndNoState) {
  application.strangers = true;
  for (const char* method : {"INVITE", "REGISTER", "OPTIONS", "BYE", "MESSAGE"}) {
    PeerRequest request;
    request.method = method;
    EXPECT_EQ(reply_to(request.text(), udp_flow("203.0.113.1:5060")), "403");
  }
  PeerRequest ack;
  ack.method = "ACK";
  EXPECT_EQ(reply_to(ack.text(), udp_flow("203.0.113.1:5060")), "");
  EXPECT_EQ(agent.transactions() + agent.dialogs(), 0u);
  EXPECT_EQ(application.refused.size(), 5u);
  Flow connection = tcp_flow(3);
  connection.remote = at("203.0.113.1:40000");
  EXPECT_EQ(reply_to(PeerRequest().text(), connection), "403");
  EXPECT_EQ(wire.closed, std::vector<uint64_t>{3});
}

TEST_F(UserAgentTest, AFloodOfStrangersIsAnsweredWithinBounds) {
  application.strangers = true;
  PeerRequest request;
  for (int i = 0; i < 50'000; ++i) {
    Flow flow = udp_flow();
    flow.remote.ip = IpAddress::v4(Bytes{203, 0, static_cast<uint8_t>(i >> 8), static_cast<uint8_t>(i)});
    receive(request.text(), flow);
  }
  EXPECT_EQ(wire.sent.size(), 1'000u);
  EXPECT_EQ(agent.counters().dropped, 49'000u);
  wire.sent.clear();
  EXPECT_EQ(reply_to(request.text()), "200") << "who is known is heard all the same";
}

TEST_F(UserAgentTest, NoResponseIsMuchLargerThanItsRequest) {
  application.strangers = true;
  std::string tiny =
      "REGISTER a:b SIP/2.0\r\nv:SIP/2.0/UDP h;branch=z9hG4bK1;rport\r\nf:a:b\r\nt:a:b\r\ni:1\r\n"
      "CSeq:1 REGISTER\r\n\r\n";
  EXPECT_EQ(reply_to(tiny, udp_flow("203.0.113.1:5060")), "");
  EXPECT_EQ(reply_to(tiny), "");
  EXPECT_EQ(reply_to(tiny, tcp_flow()), "405") << "who completed a TCP handshake is where he says";
}

TEST_F(UserAgentTest, MalformedRequests) {
  std::string text = PeerRequest().text();
  auto with = [&](std::string_view from, std::string_view to) {
    std::string changed = text;
    changed.replace(changed.find(from), from.size(), to);
    return reply_to(changed);
  };
  EXPECT_EQ(with("SIP/2.0", "SIP/7.0"), "") << "of its headers nothing was read";
  EXPECT_EQ(with("Content-Length: 0", "Content-Length: 10"), "400");
  EXPECT_EQ(with("CSeq: 1 INVITE", "CSeq: 1 BYE"), "400");
  EXPECT_EQ(with("Contact", "Content-Length: 7\r\nContact"), "400");
  EXPECT_EQ(with("Call-ID: call-1\r\n", ""), "");
  EXPECT_EQ(with("CSeq: 1 INVITE", std::string_view("CSeq:\0", 6)), "")
      << "nothing is left of it to be repeated";
  EXPECT_EQ(with("Contact", "X: " + std::string(9'000, 'x') + "\r\nContact"), "413");
  std::string many;
  for (int i = 0; i < 300; ++i) many += "X: y\r\n";
  EXPECT_EQ(with("Contact", many + "Contact"), "413");
  EXPECT_EQ(reply_to("\r\n\r\n"), "");
  EXPECT_EQ(reply_to("\x80\x60 RTP"), "");
  EXPECT_EQ(agent.dialogs(), 0u);
}

TEST_F(UserAgentTest, NothingOfAMessageBecomesAHeader) {
  PeerRequest invite;
  invite.call_id = "a\rEvil: 1";
  invite.from_tag = std::string("x\0y", 3);
  receive(invite.text());
  auto answer = wire.next();
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->message.value("Evil"), "");
  EXPECT_EQ(answer->text.find('\0'), std::string::npos);
}

TEST_F(UserAgentTest, TransactionsAreBounded) {
  UserAgent small({"srs", "", std::nullopt, {}, 10}, clock, wire, application);
  std::string answers;
  for (int i = 0; i < 12; ++i) {
    PeerRequest options;
    options.method = "OPTIONS";
    options.branch += std::to_string(i);
    small.on_message(udp_flow(), clock.wall(), as_bytes(options.text()));
  }
  EXPECT_EQ(wire.take_all(), "200 200 200 200 200 200 200 200 200 200 503 503");
}

// ---- Calls of ours ----

struct OurCall : UserAgentTest {
  OurCall() {
    user->is_the_caller = true;
    dialog = agent.call(udp_flow(), "sip:src@192.0.2.1:5060", {{{"Require", "siprec"}}, {}, {}, {}}, user);
  }
  // The peer's answer to what was sent last.
  void answer(const Kept& request, int status, const std::string& headers = "",
              const std::string& body = "") {
    std::string text = response_to(request.message, status, headers, body);
    if (status > 100) text.replace(text.find("\r\n", text.find("\r\nTo:") + 2), 0, ";tag=theirs");
    receive(text);
  }

  std::shared_ptr<TestUser> user = std::make_shared<TestUser>();
  std::shared_ptr<Dialog> dialog;
};

TEST_F(OurCall, IsAnsweredWithAnOfferThatTheAckAnswers) {
  auto invite = wire.next();
  ASSERT_TRUE(invite);
  EXPECT_EQ(invite->message.method_name, "INVITE");
  EXPECT_EQ(invite->message.request_uri, "sip:src@192.0.2.1:5060");
  EXPECT_EQ(invite->message.value(sip::Header::kRequire), "siprec");
  EXPECT_TRUE(invite->message.body.empty());
  EXPECT_TRUE(invite->message.to_tag().empty());
  EXPECT_EQ(invite->flow.remote, udp_flow().remote);
  answer(*invite, 180);
  answer(*invite, 200,
         "Contact: <sip:src@192.0.2.1:5080>\r\nRecord-Route: <sip:a>, <sip:192.0.2.1:5070;lr>\r\n",
         "their offer");
  auto ack = wire.next();
  ASSERT_TRUE(ack);
  EXPECT_EQ(ack->message.method_name, "ACK");
  EXPECT_EQ(as_text(ack->message.body), "our answer");
  EXPECT_EQ(ack->message.to_tag(), "theirs");
  EXPECT_EQ(ack->message.request_uri, "sip:src@192.0.2.1:5080");
  EXPECT_EQ(ack->message.values(sip::Header::kRoute),
            (std::vector<std::string_view>{"<sip:192.0.2.1:5070;lr>", "<sip:a>"}));
  EXPECT_EQ(user->log, "offertheir offer 200 ");
  // Repeated, until the ACK has come there.
  answer(*invite, 200, "", "their offer");
  EXPECT_EQ(wire.take_all(), "ACK");
  EXPECT_EQ(user->log, "offertheir offer 200 ");
  // It is a dialog now, for both.
  dialog->bye();
  EXPECT_EQ(wire.take_all(), "BYE");
  EXPECT_EQ(user->log, "offertheir offer 200 end:ended by us ");
  EXPECT_EQ(agent.dialogs(), 0u);
}

TEST_F(OurCall, TakesRequestsOfThePeer) {
  auto invite = wire.next();
  answer(*invite, 200);
  EXPECT_EQ(wire.take_all(), "ACK");
  PeerRequest bye;
  bye.method = "BYE";
  bye.call_id = invite->message.call_id();
  bye.from_tag = "theirs";
  bye.to_tag = invite->message.from_tag();
  receive(bye.text());
  EXPECT_EQ(wire.take_all(), "200");
  EXPECT_EQ(user->log, "offer 200 BYE end:ended by the peer ");
}

TEST_F(OurCall, IsDeclined) {
  auto invite = wire.next();
  answer(*invite, 486);
  auto ack = wire.next();
  ASSERT_TRUE(ack);
  EXPECT_EQ(ack->message.method_name, "ACK");
  EXPECT_EQ(ack->message.to_tag(), "theirs");
  EXPECT_EQ(ack->message.top_via()->branch, invite->message.top_via()->branch);
  EXPECT_EQ(user->log, "486 end:not accepted by the peer ");
  EXPECT_EQ(agent.dialogs(), 0u);
  answer(*invite, 486);
  EXPECT_EQ(wire.take_all(), "ACK");
}

TEST_F(OurCall, IsAnsweredByNobody) {
  pass(33 * kNsPerSec);
  EXPECT_EQ(wire.take_all().substr(0, 20), "INVITE INVITE INVITE");
  EXPECT_EQ(user->log, "no INVITE end:not accepted by the peer ");
  EXPECT_EQ(agent.dialogs(), 0u);
  EXPECT_EQ(agent.transactions(), 0u);
}

TEST_F(OurCall, IsTakenBackWhileItRings) {
  auto invite = wire.next();
  dialog->bye();
  EXPECT_EQ(wire.take_all(), "") << "nothing has come that a CANCEL could follow";
  answer(*invite, 200);
  EXPECT_EQ(wire.take_all(), "ACK BYE") << "answered all the same";
  EXPECT_EQ(user->log, "end:ended by us ");

  user->log.clear();
  dialog = agent.call(udp_flow(), "sip:src@192.0.2.1:5060", {}, user);
  invite = wire.next();
  answer(*invite, 180);
  dialog->bye();
  auto cancel = wire.next();
  ASSERT_TRUE(cancel);
  EXPECT_EQ(cancel->message.method_name, "CANCEL");
  EXPECT_EQ(cancel->message.top_via()->branch, invite->message.top_via()->branch);
  EXPECT_EQ(cancel->message.cseq.number, invite->message.cseq.number);
  answer(*invite, 487);
  EXPECT_EQ(wire.take_all(), "ACK");
}

// A request of ours is nobody's else to answer.
TEST_F(OurCall, StrangersDoNotAnswer) {
  auto invite = wire.next();
  application.strangers = true;
  receive(response_to(invite->message, 200), udp_flow("198.51.100.7:5060"));
  EXPECT_EQ(wire.take_all(), "");
  EXPECT_EQ(user->log, "");
}

}  // namespace
