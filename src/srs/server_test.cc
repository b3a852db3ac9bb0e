#include <gtest/gtest.h>
#include <algorithm>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>

#include "rtp/packet.h"
#include "sdp/session.h"
#include "sipua/sockets_internal.h"
#include "srs/test_server_internal.h"

using namespace ew;
using namespace ew::srs;

namespace {

int status_of(const std::string& response) {
  sip::Message message;
  sip::parse(as_bytes(response), message, sip::kMaxMessageTcp);
  return message.status;
}

std::string header_of(const std::string& response, std::string_view name) {
  sip::Message message;
  sip::parse(as_bytes(response), message, sip::kMaxMessageTcp);
  return std::string(message.value(name));
}

std::string replaced(std::string text, std::string_view from, std::string_view to) {
  size_t at = text.find(from);
  EXPECT_NE(at, text.npos) << from;
  return at == text.npos ? text : text.replace(at, from.size(), to);
}

struct ServerTest : ::testing::Test {
  void start(Settings settings = TestServer::open_settings()) {
    host = std::make_unique<TestServer>(std::move(settings));
    peer = std::make_unique<TestPeer>(host->udp);
    call = std::make_unique<TestCall>(*peer);
  }
  // A session with two lines, acknowledged.
  void establish(Settings settings = TestServer::open_settings()) {
    start(std::move(settings));
    ASSERT_EQ(status_of(call->exchange(call->invite())), 200);
    call->ack();
    ASSERT_TRUE(host->eventually([&] { return host->session().state == SessionState::kActive; }));
    host->sink.take_events();
  }
  RecordingServer& server() { return *host->server; }
  // What the full buffer of the socket drops is sent again, as every client does.
  std::string patiently(TestCall& one, const std::string& request) {
    peer->set_patience(500);
    std::string answer;
    for (int attempt = 0; attempt < 20 && status_of(answer) != 200; ++attempt) answer = one.exchange(request);
    return answer;
  }
  bool is_peculiar(std::string_view what) {
    auto all = host->peer().peculiarities;
    return std::ranges::any_of(
        all, [&](const Peculiarity& each) { return each.text + " " + each.detail == what; });
  }
  std::string states() {
    std::string all;
    for (const auto& [local, port] : host->sink.ports())
      if (!port.is_rtcp)
        all += port.state == MediaPort::State::kOpen     ? 'o'
               : port.state == MediaPort::State::kPaused ? 'p'
                                                         : 'c';
    return all;
  }

  std::unique_ptr<TestServer> host;
  std::unique_ptr<TestPeer> peer;
  std::unique_ptr<TestCall> call;
};

TEST_F(ServerTest, AcceptsARecordingSession) {
  start();
  std::string answer = call->exchange(call->invite());
  EXPECT_EQ(status_of(answer), 200);
  EXPECT_NE(header_of(answer, "Contact").find(">;+sip.srs"), std::string::npos);
  EXPECT_EQ(header_of(answer, "Content-Type"), "application/sdp");
  auto sdp = sdp::parse(as_bytes(body_of(answer)));
  ASSERT_TRUE(sdp.ok());
  ASSERT_EQ(sdp->media.size(), 2u);
  auto ports = host->sink.ports();
  for (size_t i = 0; i < 2; ++i) {
    EXPECT_EQ(sdp->media[i].label, std::to_string(i + 1));
    EXPECT_EQ(sdp->media[i].direction, sdp::Direction::kRecvOnly);
    MediaPort rule = ports.at(sdp->media[i].receive_endpoint().value());
    EXPECT_EQ(rule.state, MediaPort::State::kOpen);
    EXPECT_EQ(rule.source, (Endpoint{loopback().ip, 0}));
    EXPECT_FALSE(rule.learn);
    EXPECT_TRUE(ports.contains({rule.local.ip, static_cast<uint16_t>(rule.local.port + 1)})) << "RTCP";
  }
  call->ack();
  EXPECT_TRUE(host->eventually([&] { return host->session().state == SessionState::kActive; }));
  EXPECT_EQ(status_of(call->exchange(call->request("BYE"))), 200);
  EXPECT_TRUE(host->eventually([&] { return server().sessions().empty(); }));
  // In this order: what came, what may come, what is said of it.
  EXPECT_EQ(host->sink.take_events(),
            "INVITE, port open, port open, 100, 200, ACK, BYE, 200, port closed, port closed");
  auto messages = host->sink.messages();
  EXPECT_EQ(messages[2].text, answer) << "told byte for byte";
  EXPECT_EQ(messages[2].source, host->udp);
  EXPECT_EQ(messages[0].source, peer->own());
}

TEST_F(ServerTest, TheAnswerWaitsForTheJournal) {
  start();
  host->sink.hold(true);
  peer->send(call->invite());
  EXPECT_EQ(status_of(peer->receive()), 100);
  peer->set_patience(150);
  EXPECT_EQ(peer->receive(), "");
  host->sink.hold(false);
  peer->set_patience(5'000);
  EXPECT_EQ(status_of(peer->receive()), 200);
}

TEST_F(ServerTest, AJournalThatDoesNotConfirm) {
  start();
  host->sink.hold(true);
  peer->send(call->invite());
  EXPECT_EQ(status_of(peer->receive()), 100);
  host->pass(3 * kNsPerSec);
  std::string answer = peer->receive();
  EXPECT_EQ(status_of(answer), 503);
  EXPECT_NE(header_of(answer, "Retry-After"), "");
  EXPECT_TRUE(host->eventually([&] { return server().sessions().empty() && states() == "cc"; }));

  Settings settings = TestServer::open_settings();
  settings.when_not_durable = WhenNotDurable::kAnswer;
  start(settings);
  host->sink.hold(true);
  peer->send(call->invite());
  EXPECT_EQ(status_of(peer->receive()), 100);
  host->pass(3 * kNsPerSec);
  EXPECT_EQ(status_of(peer->receive()), 200);
}

// REQUIREMENTS A01 and A02.
TEST_F(ServerTest, WhatIsNoRecordingSession) {
  Settings settings = TestServer::open_settings();
  settings.accept_unknown_peers = false;
  PeerSettings strict;
  strict.name = "sbc";
  strict.networks = {Network::parse("127.0.0.0/8").value()};
  strict.strict = true;
  settings.peers = {strict};
  start(settings);
  int accepted = 0;
  for (bool tag : {true, false}) {
    for (bool require : {true, false}) {
      TestCall one(*peer, "call" + std::to_string(tag) + std::to_string(require));
      if (!tag) one.contact = "Contact: <sip:src@127.0.0.1>\r\n";
      if (!require) one.require = "";
      int status = status_of(one.exchange(one.invite()));
      accepted += status == 200;
      EXPECT_EQ(status, tag && require ? 200 : 403);
      one.ack();
    }
  }
  EXPECT_EQ(accepted, 1);
  EXPECT_EQ(server().sessions().size(), 1u);
  EXPECT_EQ(host->sink.refusals().size(), 3u);
  EXPECT_EQ(host->sink.refusals()[0].peer, "sbc");

  settings.peers[0].strict = false;
  settings.when_not_recording = WhenNotRecording::kNotAcceptable;
  start(settings);
  TestCall plain(*peer, "plain");
  plain.contact = "Contact: <sip:src@127.0.0.1>\r\n";
  plain.require = "";
  std::string ordinary = "v=0\r\nc=IN IP4 127.0.0.1\r\nm=audio 30000 RTP/AVP 8\r\n";
  EXPECT_EQ(status_of(plain.exchange(plain.invite(ordinary, "", ""))), 488);
  EXPECT_EQ(host->sink.take_events(), "") << "nothing of it is recorded";
}

TEST_F(ServerTest, StrangersAreRefused) {
  Settings settings = TestServer::open_settings();
  settings.accept_unknown_peers = false;
  start(settings);
  EXPECT_EQ(status_of(call->exchange(call->invite())), 403);
  EXPECT_EQ(status_of(call->exchange(call->request("OPTIONS"))), 403);
  ASSERT_EQ(host->sink.refusals().size(), 2u);
  EXPECT_EQ(host->sink.refusals()[0].source, peer->own());
}

TEST_F(ServerTest, OffersThatCannotBeTaken) {
  start();
  int offers = 0;
  auto status = [&](const std::string& sdp) {
    TestCall one(*peer, "offer" + std::to_string(++offers));
    std::string answer = one.exchange(one.invite(sdp));
    one.ack();
    return status_of(answer);
  };
  EXPECT_EQ(status("v=0\r\nc=IN IP4 127.0.0.1\r\nm=audio 9 UDP/TLS/RTP/SAVP 8\r\n"), 488);
  std::string many = "v=0\r\nc=IN IP4 127.0.0.1\r\n";
  for (int i = 0; i < 65; ++i) many += "m=audio 9 RTP/AVP 8\r\n";
  EXPECT_EQ(status(many), 488);
  EXPECT_EQ(server().sessions().size(), 0u);
  EXPECT_EQ(host->peer().errors.size(), 2u);
  // A session without media, to which it may be added later (RFC 7866 section 10).
  EXPECT_EQ(status("v=0\r\nc=IN IP4 127.0.0.1\r\nm=audio 9 RTP/AVP 4294967296\r\n"), 200);
  EXPECT_EQ(status("v=0\r\n"), 200);
  EXPECT_EQ(states(), "");
}

// REQUIREMENTS A30 and A32.
TEST_F(ServerTest, KeysAndEncryption) {
  std::string secure = replaced(std::string(kTwoLines), "RTP/AVP 8\r\n",
                                "RTP/SAVP 8\r\na=crypto:2 AES_CM_128_HMAC_SHA1_80 inline:"
                                "WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubGVz\r\n");
  Settings settings = TestServer::open_settings();
  start(settings);
  std::string answer = call->exchange(call->invite(secure));
  EXPECT_EQ(status_of(answer), 200);
  EXPECT_NE(answer.find("m=audio 0 RTP/SAVP 8\r\n"), std::string::npos) << "that line is refused";
  EXPECT_EQ(host->session().findings.size(), 1u);

  settings = TestServer::open_settings();
  settings.accept_unknown_peers = false;
  PeerSettings allowed;
  allowed.name = "sbc";
  allowed.networks = {Network::parse("127.0.0.0/8").value()};
  allowed.allow_plain_keys = true;
  settings.peers = {allowed};
  start(settings);
  answer = call->exchange(call->invite(secure));
  EXPECT_NE(answer.find("\r\na=crypto:2 AES_CM_128_HMAC_SHA1_80 inline:"), std::string::npos);
  EXPECT_EQ(answer.find("WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubGVz"), std::string::npos);
  EXPECT_TRUE(host->session().streams.at(1).encrypted);

  settings.peers[0].require_encryption = true;
  start(settings);
  EXPECT_EQ(status_of(call->exchange(call->invite(secure))), 403);
}

TEST_F(ServerTest, ReInvitesFollowTheirStreams) {
  establish();
  std::string sdp(kTwoLines);
  auto change = [&](const std::string& to) {
    std::string answer = call->exchange(call->request("INVITE", "application/sdp", to));
    EXPECT_EQ(status_of(answer), 200);
    call->ack();
    return body_of(answer);
  };
  std::string first = change(sdp);
  std::string second = change(replaced(sdp, "a=sendonly\r\nm=", "a=inactive\r\nm="));
  EXPECT_EQ(states(), "po");
  EXPECT_NE(second.find("a=inactive"), std::string::npos);
  // RFC 3264 section 8: the version of o= changes when the rest does, and only then.
  auto version = [](const std::string& text) { return sdp::parse(as_bytes(text))->version; };
  EXPECT_EQ(version(second), version(first) + 1);
  change(sdp);
  EXPECT_EQ(states(), "oo");
  change(replaced(sdp, "m=audio 30002 RTP/AVP 8", "m=audio 0 RTP/AVP 8"));
  EXPECT_EQ(states(), "oc");
  std::string third = change(replaced(sdp, "m=audio 30002", "m=audio 31000") +
                             "m=audio 32000 RTP/AVP 0\r\na=label:3\r\na=sendonly\r\n");
  EXPECT_EQ(states(), "ocoo") << "the second line has a new port, the former one rests";
  EXPECT_EQ(host->session().streams.size(), 3u);
  change(
      "v=0\r\nc=IN IP4 0.0.0.0\r\nm=audio 30000 RTP/AVP 8\r\nm=audio 30002 RTP/AVP 8\r\nm=audio 0 RTP/AVP "
      "0\r\n");
  EXPECT_EQ(states(), "pcpc") << "c=0.0.0.0 holds";
  EXPECT_TRUE(host->session().paused_by_peer);
  EXPECT_TRUE(is_peculiar("holds by c=0.0.0.0 "));
}

TEST_F(ServerTest, UpdatesWithAndWithoutSdp) {
  establish();
  std::string answer = call->exchange(call->request("UPDATE", "application/rs-metadata+xml", kMetadata));
  EXPECT_EQ(status_of(answer), 200);
  EXPECT_EQ(body_of(answer), "");
  EXPECT_NE(header_of(answer, "Contact").find("+sip.srs"), std::string::npos);
  EXPECT_EQ(states(), "oo");
  answer = call->exchange(
      call->request("UPDATE", "application/sdp", replaced(std::string(kTwoLines), "sendonly", "inactive")));
  EXPECT_NE(body_of(answer).find("a=inactive"), std::string::npos);
  EXPECT_EQ(states(), "po");
  EXPECT_EQ(status_of(call->exchange(call->request("INFO", "application/x", "y"))), 200);
  EXPECT_EQ(status_of(call->exchange(call->request("OPTIONS"))), 200);
  EXPECT_EQ(host->sink.take_events(), "UPDATE, 200, UPDATE, port paused, 200, INFO, 200, OPTIONS, 200");
}

// REQUIREMENTS A26, RFC 8068 section 3.4.1 as printed.
TEST_F(ServerTest, AReInviteWithMetadataAlone) {
  establish();
  std::string answer = call->exchange(call->request("INVITE", "application/rs-metadata+xml", kMetadata));
  EXPECT_EQ(status_of(answer), 200);
  auto offer = sdp::parse(as_bytes(body_of(answer)));
  ASSERT_TRUE(offer.ok());
  EXPECT_EQ(offer->media.size(), 2u) << "what there is, and no line more";
  call->ack();
  EXPECT_EQ(states(), "oo");
  EXPECT_EQ(server().sessions().size(), 1u);
  EXPECT_EQ(status_of(call->exchange(call->request("UPDATE", "application/sdp", kTwoLines))), 200);
}

TEST_F(ServerTest, ALateOffer) {
  start();
  std::string answer = call->exchange(call->invite("", "", ""));
  EXPECT_EQ(status_of(answer), 200);
  auto offer = sdp::parse(as_bytes(body_of(answer)));
  ASSERT_TRUE(offer.ok());
  ASSERT_EQ(offer->media.size(), 2u);
  EXPECT_EQ(offer->media[0].direction, sdp::Direction::kRecvOnly);
  call->ack("v=0\r\nc=IN IP4 127.0.0.7\r\nm=audio 31000 RTP/AVP 0\r\na=sendonly\r\nm=audio 0 RTP/AVP 0\r\n");
  EXPECT_TRUE(host->eventually([&] { return states() == "oc"; }));
  EXPECT_EQ(host->sink.ports().begin()->second.source->ip.text(), "127.0.0.7");
  EXPECT_EQ(host->session().streams.at(1).direction, "refused");

  TestCall other(*peer, "other");
  EXPECT_EQ(status_of(other.exchange(other.invite("", "", ""))), 200);
  other.ack();
  EXPECT_EQ(summary_of(peer->receive()), "BYE") << "without an answer there is no media";
}

// REQUIREMENTS A10: what we want holds here, whatever the peer makes of it.
TEST_F(ServerTest, PausedByUs) {
  establish();
  uint64_t id = host->session().id;
  EXPECT_TRUE(server().pause(id).ok());
  EXPECT_EQ(states(), "pp") << "from the return on";
  std::string invite = peer->receive();
  EXPECT_EQ(summary_of(invite), "INVITE");
  auto offer = sdp::parse(as_bytes(body_of(invite)));
  ASSERT_TRUE(offer.ok());
  ASSERT_EQ(offer->media.size(), 2u);
  EXPECT_EQ(offer->media[1].direction, sdp::Direction::kInactive);
  call->respond(invite, 200,
                replaced(replaced(std::string(kTwoLines), "sendonly", "inactive"), "sendonly", "inactive"));
  EXPECT_EQ(summary_of(peer->receive()), "ACK");
  EXPECT_TRUE(host->session().paused_by_us);
  EXPECT_FALSE(host->session().paused_by_peer);

  EXPECT_TRUE(server().resume(id).ok());
  EXPECT_EQ(states(), "oo");
  invite = peer->receive();
  EXPECT_NE(body_of(invite).find("a=recvonly"), std::string::npos);
  call->respond(invite, 200, kTwoLines);
  EXPECT_EQ(summary_of(peer->receive()), "ACK");
  EXPECT_EQ(server().pause(9'999).error().code(), ErrorCode::kNotFound);
}

// A refresh while it is paused repeats what was agreed on: that is no hold of the peer's.
TEST_F(ServerTest, PausedByUsAndRefreshedMeanwhile) {
  establish();
  const uint64_t id = host->session().id;
  const std::string inactive =
      replaced(replaced(std::string(kTwoLines), "sendonly", "inactive"), "sendonly", "inactive");
  EXPECT_TRUE(server().pause(id).ok());
  call->respond(peer->receive(), 200, inactive);
  EXPECT_EQ(summary_of(peer->receive()), "ACK");
  EXPECT_EQ(summary_of(call->exchange(call->request("UPDATE", "application/sdp", inactive))), "200");
  EXPECT_EQ(states(), "pp");

  EXPECT_TRUE(server().resume(id).ok());
  EXPECT_EQ(states(), "oo");
  std::string invite = peer->receive();
  EXPECT_EQ(summary_of(invite), "INVITE");
  EXPECT_EQ(body_of(invite).find("a=inactive"), std::string::npos);
  // This is one.
  call->respond(invite, 200, inactive);
  EXPECT_EQ(summary_of(peer->receive()), "ACK");
  EXPECT_TRUE(host->eventually([&] { return states() == "pp"; }));
  EXPECT_TRUE(host->session().paused_by_peer);
}

// What is asked for while an answer of ours waits for the journal is asked of the peer as soon as that is sent.
TEST_F(ServerTest, PausedByUsWhileAnAnswerWaits) {
  establish();
  host->sink.hold(true);
  peer->send(call->request("UPDATE", "application/sdp", kTwoLines));
  ASSERT_TRUE(host->eventually([&] { return host->sink.messages().back().text.starts_with("SIP/2.0 200"); }));
  EXPECT_TRUE(server().pause(host->session().id).ok());
  host->sink.hold(false);
  EXPECT_EQ(summary_of(peer->receive()), "200");
  EXPECT_EQ(summary_of(peer->receive()), "INVITE");
}

TEST_F(ServerTest, APeerThatRefusesToBePaused) {
  establish();
  EXPECT_TRUE(server().pause(host->session().id).ok());
  call->respond(peer->receive(), 405);
  EXPECT_EQ(summary_of(peer->receive()), "ACK");
  EXPECT_TRUE(host->eventually([&] { return !host->session().findings.empty(); }));
  EXPECT_EQ(states(), "pp");
  // Its own re-INVITE does not open what we hold back.
  std::string answer = call->exchange(call->request("INVITE", "application/sdp", kTwoLines));
  EXPECT_NE(body_of(answer).find("a=inactive"), std::string::npos);
  EXPECT_EQ(states(), "pp");
  EXPECT_TRUE(is_peculiar("declines requests of ours re-INVITE: 405"));
}

TEST_F(ServerTest, GlareIsTriedAgain) {
  establish();
  EXPECT_TRUE(server().pause(host->session().id).ok());
  call->respond(peer->receive(), 491);
  EXPECT_EQ(summary_of(peer->receive()), "ACK");
  host->pass(2 * kNsPerSec);
  EXPECT_EQ(summary_of(peer->receive_but({"ACK"})), "INVITE");
}

TEST_F(ServerTest, EndedByUs) {
  establish();
  EXPECT_TRUE(server().end(host->session().id).ok());
  EXPECT_EQ(states(), "cc");
  EXPECT_TRUE(server().sessions().empty());
  std::string bye = peer->receive();
  EXPECT_EQ(summary_of(bye), "BYE");
  call->respond(bye, 405);
  EXPECT_TRUE(host->eventually([&] { return !host->peer().peculiarities.empty(); }));
  EXPECT_EQ(status_of(call->exchange(call->request("INVITE", "application/sdp", kTwoLines))), 481);
}

// DESIGN, C09: while recording is off a session is accepted with inactive media.
TEST_F(ServerTest, RecordingIsOff) {
  start();
  server().set_recording(false);
  std::string answer = call->exchange(call->invite());
  EXPECT_EQ(status_of(answer), 200);
  EXPECT_EQ(body_of(answer).find("a=recvonly"), std::string::npos);
  EXPECT_NE(body_of(answer).find("a=inactive"), std::string::npos);
  EXPECT_EQ(states(), "pp");
  EXPECT_TRUE(host->session().not_recording);
  call->ack();
  EXPECT_TRUE(host->eventually([&] { return host->session().state == SessionState::kActive; }));
  server().set_recording(true);
  EXPECT_EQ(states(), "oo");
  std::string invite = peer->receive();
  EXPECT_EQ(summary_of(invite), "INVITE");
  EXPECT_NE(body_of(invite).find("a=recvonly"), std::string::npos);
}

// REQUIREMENTS A08, A40.
TEST_F(ServerTest, NotReady) {
  start();
  EXPECT_EQ(status_of(call->exchange(call->request("OPTIONS"))), 200);
  server().set_ready(false, "the disk is full");
  std::string answer = call->exchange(call->invite());
  EXPECT_EQ(status_of(answer), 503);
  EXPECT_EQ(header_of(answer, "Retry-After"), "10");
  call->ack();
  EXPECT_EQ(status_of(call->exchange(call->request("OPTIONS"))), 503);
  EXPECT_NE(host->peer().errors.at(0).detail.find("the disk is full"), std::string::npos);
  server().set_ready(true, "");
  EXPECT_EQ(status_of(call->exchange(call->invite())), 200);

  Settings settings = TestServer::open_settings();
  settings.when_not_ready = WhenNotReady::kInactive;
  start(settings);
  server().set_ready(false, "draining");
  EXPECT_NE(body_of(call->exchange(call->invite())).find("a=inactive"), std::string::npos);
  call->ack();
  EXPECT_TRUE(host->eventually([&] { return host->session().state == SessionState::kActive; }));
  server().set_ready(true, "");
  EXPECT_EQ(summary_of(peer->receive()), "INVITE");
}

TEST_F(ServerTest, LoadIsShedWithAWord) {
  Settings settings = TestServer::open_settings();
  settings.max_sessions = 3;
  start(settings);
  std::string all;
  for (int i = 0; i < 5; ++i) {
    TestCall one(*peer, "call" + std::to_string(i));
    std::string answer = one.exchange(one.invite());
    all += std::to_string(status_of(answer)) + " ";
    EXPECT_EQ(header_of(answer, "Retry-After").empty(), status_of(answer) == 200);
    one.ack();
  }
  EXPECT_EQ(all, "200 200 200 503 503 ");
}

TEST_F(ServerTest, PortsRunOutAndRest) {
  Settings settings = TestServer::open_settings();
  // Four that nobody else takes: neither the other servers of tests nor the kernel for sockets of any port.
  settings.media_port_first = static_cast<uint16_t>(10'000 + ::getpid() % 2'000 * 4);
  settings.media_port_last = static_cast<uint16_t>(settings.media_port_first + 3);
  start(settings);
  ASSERT_EQ(status_of(call->exchange(call->invite())), 200);
  call->ack();
  TestCall second(*peer, "second");
  EXPECT_EQ(status_of(second.exchange(second.invite())), 503);
  second.ack();
  EXPECT_EQ(status_of(call->exchange(call->request("BYE"))), 200);
  TestCall third(*peer, "third");
  EXPECT_EQ(status_of(third.exchange(third.invite())), 503) << "F07: 30 s of rest";
  third.ack();
  host->pass(31 * kNsPerSec);
  TestCall fourth(*peer, "fourth");
  EXPECT_EQ(status_of(fourth.exchange(fourth.invite())), 200);
}

// REQUIREMENTS A29.
TEST_F(ServerTest, AsksForAPassword) {
  Settings settings = TestServer::open_settings();
  settings.accept_unknown_peers = false;
  PeerSettings with_password;
  with_password.name = "sbc";
  with_password.networks = {Network::parse("127.0.0.0/8").value()};
  with_password.digest_user = "sbc";
  with_password.digest_password = "secret";
  settings.peers = {with_password};
  start(settings);
  std::string answer = call->exchange(call->invite());
  EXPECT_EQ(status_of(answer), 401);
  EXPECT_NE(header_of(answer, "WWW-Authenticate").find("algorithm=SHA-256"), std::string::npos);
  EXPECT_TRUE(host->sink.refusals().empty()) << "asking is no refusal";
  call->ack();
  answer = call->exchange(call->invite(
      kTwoLines,
      "Authorization: Digest username=\"sbc\", realm=\"earwitness\", nonce=\"x\", "
      "uri=\"sip:a\", response=\"00\", algorithm=SHA-256, cnonce=\"a\", qop=auth, nc=00000001\r\n"));
  EXPECT_EQ(status_of(answer), 401);
  EXPECT_TRUE(host->eventually([&] { return host->sink.refusals().size() == 1; }))
      << "told behind the answer";
}

TEST_F(ServerTest, NeverAcknowledged) {
  start();
  EXPECT_EQ(status_of(call->exchange(call->invite())), 200);
  host->pass(32 * kNsPerSec);
  EXPECT_EQ(summary_of(peer->receive_but({"200"})), "BYE");
  EXPECT_TRUE(host->eventually([&] { return states() == "cc"; }));
  EXPECT_EQ(host->peer().errors.at(1).code, "no_ack_no_media");

  // With media it is a session all the same.
  TestCall heard(*peer, "heard");
  EXPECT_EQ(status_of(heard.exchange(heard.invite())), 200);
  Reception reception;
  reception.local = host->session().streams.at(0).local;
  reception.ssrc = 1;
  reception.packets = 100;
  server().on_reception({reception});
  EXPECT_TRUE(host->eventually([&] { return host->session().streams.at(0).packets == 100; }));
  host->pass(32 * kNsPerSec);
  EXPECT_TRUE(host->eventually([&] { return !host->session().findings.empty(); }));
  EXPECT_EQ(host->session().findings.at(0), "never acknowledged");
  EXPECT_EQ(server().sessions().size(), 1u);
  EXPECT_EQ(host->session().streams.at(0).packets, 100u);
}

// REQUIREMENTS A33, A34, F05.
TEST_F(ServerTest, ReportsReceptionFromThePortsOfRtcp) {
  start();
  TestPeer media(loopback());
  TestPeer rtcp(loopback());
  std::string sdp = "v=0\r\nc=IN IP4 127.0.0.1\r\nm=audio " + std::to_string(media.own().port) +
                    " RTP/AVP 8\r\na=rtcp:" + std::to_string(rtcp.own().port) + "\r\na=sendonly\r\nm=audio " +
                    std::to_string(media.own().port) + " RTP/AVP 8\r\na=rtcp-mux\r\na=sendonly\r\n";
  std::string answer = call->exchange(call->invite(sdp));
  EXPECT_NE(answer.find("a=rtcp-mux"), std::string::npos);
  call->ack();
  ASSERT_TRUE(host->eventually([&] { return host->session().state == SessionState::kActive; }));
  auto view = host->session();
  Reception reception;
  reception.local = view.streams.at(0).local;
  reception.ssrc = 0xa11ce001;
  reception.packets = 50;
  reception.highest_sequence = 49;
  server().on_reception({reception});
  host->pass(7 * kNsPerSec);
  std::string separate = rtcp.receive(), muxed = media.receive();
  auto parsed = rtp::parse_rtcp(as_bytes(separate));
  ASSERT_FALSE(parsed.packets.empty());
  ASSERT_EQ(parsed.packets[0].reports.size(), 1u);
  EXPECT_EQ(parsed.packets[0].reports[0].ssrc, 0xa11ce001u);
  auto empty = rtp::parse_rtcp(as_bytes(muxed));
  ASSERT_FALSE(empty.packets.empty());
  EXPECT_TRUE(empty.packets[0].reports.empty()) << "of the other line nothing was received";
}

TEST_F(ServerTest, APartialUpdateAsksForTheWhole) {
  start();
  std::string partial = replaced(std::string(kMetadata), "complete", "partial");
  ASSERT_EQ(status_of(call->exchange(call->invite(
                kTwoLines, "Accept: application/sdp, application/rs-metadata-request\r\n", partial))),
            200);
  call->ack();
  ASSERT_TRUE(host->eventually([&] { return host->session().state == SessionState::kActive; }));
  host->pass(2 * kNsPerSec);
  std::string update = peer->receive_but({"OPTIONS"});
  EXPECT_EQ(summary_of(update), "UPDATE");
  EXPECT_EQ(header_of(update, "Content-Disposition"), "recording-session");
  EXPECT_EQ(header_of(update, "Content-Type"), "application/rs-metadata-request");
  EXPECT_NE(body_of(update).find("requestsnapshot"), std::string::npos);
  call->respond(update, 200);

  TestCall deaf(*peer, "deaf");
  std::string allow = "Allow: INVITE, ACK, BYE\r\n";
  ASSERT_EQ(status_of(deaf.exchange(deaf.invite(kTwoLines, allow, partial))), 200);
  deaf.ack();
  host->pass(2 * kNsPerSec);
  EXPECT_TRUE(host->eventually([&] { return !host->session().findings.empty(); }))
      << "A17: said, and nothing sent";
}

TEST_F(ServerTest, AfterARestartDialogsAreUnknown) {
  establish();
  Settings settings = TestServer::open_settings();
  settings.listeners[0].address = host->udp;
  host->stop(false);
  host.reset();
  host = std::make_unique<TestServer>(settings);
  ASSERT_EQ(server().listeners().at(0).error, "");
  EXPECT_EQ(status_of(call->exchange(call->request("INVITE", "application/sdp", kTwoLines))), 481);
}

TEST_F(ServerTest, AStopThatIsMeantSaysGoodbye) {
  establish();
  std::thread stopping([&] { host->stop(true); });
  EXPECT_TRUE(host->eventually([&] { return states() == "cc"; }));
  EXPECT_EQ(summary_of(peer->receive()), "BYE");
  host->pass(kNsPerSec);
  stopping.join();
}

TEST_F(ServerTest, ATakenPortIsSaidAndNoFailure) {
  start();
  Settings settings = TestServer::open_settings();
  settings.listeners = {{loopback(), Transport::kTcp, -1}, {host->udp, Transport::kUdp, -1}};
  TestServer other(settings);
  EXPECT_EQ(other.server->listeners().at(0).error, "");
  EXPECT_NE(other.server->listeners().at(1).error.find("in use"), std::string::npos);
}

TEST_F(ServerTest, AnAddressMayComeLater) {
  start();
  server().add_listener({loopback(), Transport::kTcp, -1});
  server().add_listener({host->udp, Transport::kUdp, -1});
  auto listeners = server().listeners();
  ASSERT_EQ(listeners.size(), 3u);
  EXPECT_EQ(listeners[1].error, "");
  EXPECT_NE(listeners[1].bound.port, 0);
  EXPECT_NE(listeners[2].error.find("in use"), std::string::npos);
}

TEST_F(ServerTest, TlsWithoutACertificateIsSaidAndNoFailure) {
  Settings settings = TestServer::open_settings();
  settings.tls = TlsSettings{"/nonexistent", "/nonexistent", "", "", false};
  settings.listeners.push_back({loopback(), Transport::kTls, -1});
  start(settings);
  EXPECT_NE(server().listeners().at(1).error.find("no certificate"), std::string::npos);
  EXPECT_EQ(server().listeners().at(0).error, "") << "what needs none goes on";
  EXPECT_FALSE(server().reload_certificates().ok());
  EXPECT_NE(server().listeners().at(1).error.find("no certificate"), std::string::npos);
}

TEST(ServerSettings, ThatMakeNoSense) {
  MovedClock clock;
  Log log(clock, {LogFormat::kText, LogLevel::kError, "", 2, ""});
  metrics::Registry registry;
  TestSink sink;
  auto refused = [&](auto change) {
    Settings settings = TestServer::open_settings();
    PeerSettings peer;
    peer.name = "sbc";
    peer.networks = {Network::parse("127.0.0.1").value()};
    settings.peers = {peer};
    change(settings);
    return !RecordingServer::create(settings, clock, log, registry, sink).ok();
  };
  EXPECT_FALSE(refused([](Settings&) {}));
  EXPECT_TRUE(refused([](Settings& s) { s.media_port_first = 0; }));
  EXPECT_TRUE(refused([](Settings& s) { s.media_port_last = s.media_port_first; }));
  EXPECT_TRUE(refused([](Settings& s) { s.peers[0].name = ""; }));
  EXPECT_TRUE(refused([](Settings& s) { s.peers[0].networks = {}; }));
  EXPECT_TRUE(refused([](Settings& s) { s.peers[0].digest_user = "x"; }));
  EXPECT_TRUE(refused([](Settings& s) { s.peers[0].certificate_names = {"x"}; }));
  EXPECT_TRUE(refused([](Settings& s) { s.listeners[0].transport = Transport::kTls; }));
}

// ---- What real clients send ----

std::string read_file(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return std::string(std::istreambuf_iterator<char>(file), {});
}

std::string with_line_ends(const std::string& text) {
  std::string result;
  for (char c : text) {
    if (c == '\n' && !result.ends_with('\r')) result += '\r';
    result += c;
  }
  return result;
}

void replace_all(std::string& text, const std::string& from, const std::string& to) {
  for (size_t at = text.find(from); at != text.npos; at = text.find(from, at + to.size()))
    text.replace(at, from.size(), to);
}

struct Sample {
  std::string head, body;  // of its INVITE; the head may be missing
};

// The first message of a sample: the INVITE of a scenario, or the body alone.
std::optional<Sample> first_of(std::string text) {
  size_t rule = text.find("\n---");
  if (text.starts_with("SOURCE") && rule != text.npos) text = text.substr(text.find('\n', rule + 1) + 1);
  if (size_t end = text.find("\n====="); end != text.npos && end > 200) text = text.substr(0, end);
  size_t invite = text.find("INVITE sip:");
  size_t body = text.find("--");
  Sample sample;
  if (invite != text.npos && (invite == 0 || text[invite - 1] == '\n')) {
    size_t empty = text.find("\n\n", invite);
    if (empty == text.npos) return std::nullopt;
    sample.head = text.substr(invite, empty + 1 - invite);
    sample.body = text.substr(empty + 2);
  } else if (body != text.npos && text.find("application/sdp") != text.npos) {
    sample.body = text.substr(body);
  } else {
    return std::nullopt;
  }
  return sample;
}

// As an INVITE to us: sipp's keywords filled in, the length set right, what its source left out put in.
std::string invite_of(const Sample& sample, TestCall& call, const TestPeer& peer) {
  std::string body = sample.body;
  replace_all(body, "[local_ip]", "127.0.0.1");
  replace_all(body, "[remote_ip]", "127.0.0.1");
  replace_all(body, "[auto_media_port+2]", "31002");
  replace_all(body, "[auto_media_port]", "31000");
  replace_all(body, "[media_port]", "31000");
  // The source of jambonz's sample says in words what its SDP is.
  if (size_t at = body.find("(rtpengine SDP"); at != body.npos)
    body.replace(at, body.find('\n', at) - at, kTwoLines);
  body = with_line_ends(body);
  if (sample.head.empty()) {
    std::string boundary = body.substr(2, body.find('\r') - 2);
    return call.request("INVITE", "multipart/mixed;boundary=\"" + boundary + "\"", body, call.require);
  }
  std::string head;
  std::istringstream lines(sample.head);
  for (std::string line; std::getline(lines, line);) {
    while (!line.empty() && line.back() == '\r') line.pop_back();
    std::string name = to_lower(line.substr(0, line.find(':')));
    if (name == "via")
      line = "Via: SIP/2.0/UDP " + peer.own().text() + ";branch=z9hG4bK" + call.call_id + ";rport";
    if (name == "call-id") line = "Call-ID: " + call.call_id;
    if (name == "content-length") line = "Content-Length: " + std::to_string(body.size());
    if (!line.empty()) head += line + "\r\n";
  }
  for (auto [from, to] : {std::pair("[local_ip]", "127.0.0.1"),
                          {"[remote_ip]", "127.0.0.1"},
                          {"[local_port]", "5070"},
                          {"[remote_port]", "5060"},
                          {"[transport]", "UDP"},
                          {"[pid]", "1"},
                          {"[call_number]", "1"},
                          {"[call_id]", "x"},
                          {"[peer_tag_param]", ""}})
    replace_all(head, from, to);
  return head + "\r\n" + body;
}

TEST_F(ServerTest, AnswersEverySample) {
  std::filesystem::path folder = std::filesystem::path(EW_SHARED_DIR) / "siprec/samples";
  if (!std::filesystem::exists(folder)) GTEST_SKIP() << folder << " is not there";
  Settings settings = TestServer::open_settings();
  settings.media_addresses = {{loopback().ip, std::nullopt}};
  start(settings);
  size_t answered = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    SCOPED_TRACE(entry.path().filename().string());
    auto sample = first_of(read_file(entry.path()));
    if (!sample) continue;
    TestCall one(*peer, entry.path().stem().string());
    std::string invite = invite_of(*sample, one, *peer);
    std::string response = one.exchange(invite);
    EXPECT_EQ(status_of(response), 200) << invite;
    auto answer = sdp::parse(as_bytes(body_of(response)));
    if (!answer.ok()) continue;
    ++answered;
    size_t at = invite.find("v=0");
    if (at == invite.npos) continue;  // a late offer
    auto offer = sdp::parse(as_bytes(invite.substr(at, invite.find("\n--", at) - at)));
    EXPECT_TRUE(offer.ok() && answer->media.size() == offer->media.size());
    for (size_t i = 0; i < std::min(answer->media.size(), offer->media.size()); ++i) {
      EXPECT_EQ(answer->media[i].type, offer->media[i].type);
      EXPECT_EQ(answer->media[i].protocol, offer->media[i].protocol);
      EXPECT_EQ(answer->media[i].label, offer->media[i].label);
      EXPECT_EQ(answer->media[i].direction, sdp::Direction::kRecvOnly);
      EXPECT_NE(answer->media[i].port, 0);
      EXPECT_EQ(answer->media[i].formats.size(), offer->media[i].formats.size());
    }
  }
  EXPECT_GE(answered, 18u);
  auto view = host->peer();
  EXPECT_GE(view.peculiarities.size(), 3u);
  EXPECT_EQ(view.sessions_now, answered);
}

// ---- Hostile peers ----

// REQUIREMENTS F22: messages changed at random, fixed seed, between good calls.
TEST_F(ServerTest, MutatedMessages) {
  const int count = std::getenv("EW_LONG") ? 100'000 : 2'000;
  Settings settings = TestServer::open_settings();
  settings.max_messages_per_s_and_address = 10'000'000;
  start(settings);
  TestPeer attacker(host->udp, 1);
  TestCall victim(attacker, "mutated");
  std::mt19937 random(20'261'125);
  std::vector<std::string> seeds = {
      victim.invite(),
      victim.request("OPTIONS"),
      victim.request("BYE"),
      victim.request("UPDATE", "application/sdp", kTwoLines),
      victim.request("ACK"),
      victim.request("CANCEL"),
      victim.request("REGISTER"),
      "SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP 127.0.0.1;branch=z9hG4bK1\r\nFrom: <sip:a>;tag=1\r\nTo: "
      "<sip:b>;tag=2\r\nCall-ID: 1\r\nCSeq: 1 INVITE\r\n\r\n"};
  int good = 0, calls = 0;
  for (int i = 0; i < count; ++i) {
    std::string text = seeds[random() % seeds.size()];
    for (unsigned change = 0, changes = 1 + random() % 8; change < changes; ++change) {
      size_t at = random() % text.size();
      switch (random() % 5) {
        case 0:
          text[at] = static_cast<char>(random());
          break;
        case 1:
          text.erase(at, random() % 20);
          break;
        case 2:
          text.insert(at, std::string(random() % 200, static_cast<char>(random())));
          break;
        case 3:
          text.insert(at, text.substr(random() % text.size(), random() % 100));
          break;
        default:
          text.insert(at, "\r\n");
      }
      if (text.empty()) text = "x";
    }
    attacker.send(text);
    if (i % (count / 20) != 0) continue;
    // What a changed INVITE may have begun ends, and its ports come back.
    host->pass(70 * kNsPerSec);
    TestCall one(*peer, "good" + std::to_string(++calls));
    good += status_of(patiently(one, one.invite())) == 200;
    one.ack();
    good -= status_of(patiently(one, one.request("BYE"))) != 200;
  }
  EXPECT_EQ(good, calls);
}

// REQUIREMENTS F16: in front of every good call as much as a socket holds, from an address that nobody knows.
TEST_F(ServerTest, AFloodFromOneAddress) {
  Settings settings = TestServer::open_settings();
  settings.accept_unknown_peers = false;
  PeerSettings known;
  known.name = "sbc";
  known.networks = {Network::parse("127.0.0.1").value()};
  settings.peers = {known};
  settings.listeners[0].address = {IpAddress::v4(Bytes(4)), 0};
  settings.media_addresses = {{loopback().ip, std::nullopt}};
  host = std::make_unique<TestServer>(settings);
  peer = std::make_unique<TestPeer>(loopback(host->udp.port));
  TestPeer stranger({IpAddress::v4(Bytes{127, 0, 0, 9}), host->udp.port}, 1);
  TestCall flood(stranger, "flood");
  std::string text = flood.invite();
  int good = 0;
  for (int i = 0; i < 10; ++i) {
    for (int message = 0; message < 300; ++message) stranger.send(text);
    TestCall one(*peer, "good" + std::to_string(i));
    good += status_of(patiently(one, one.invite())) == 200;
    for (int repeat = 0; repeat < 5; ++repeat) one.ack();
  }
  EXPECT_EQ(good, 10);
  EXPECT_EQ(server().sessions().size(), 10u);
  EXPECT_LE(host->sink.refusals().size(), 1'000u);
}

TEST_F(ServerTest, AnInviteInManyFragments) {
  start();
  std::string large =
      replaced(std::string(kMetadata), "<session", "<x>" + std::string(5'000, 'x') + "</x><session");
  std::string invite = call->invite(kTwoLines, "", large);
  EXPECT_GT(invite.size(), 5'000u);
  EXPECT_EQ(status_of(call->exchange(invite)), 200);
}

}  // namespace
