// What the laboratory says of real clients' messages and captures, and of our own.
#include "node/laboratory.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <nlohmann/json.hpp>
#include <random>

#include "base/text.h"
#include "node/pasted_text.h"

namespace ew::node {
namespace {

namespace fs = std::filesystem;
const fs::path kOwn = EW_SOURCE_DIR "/tests/siprec", kShared = EW_SHARED_DIR "/siprec";

std::string read(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

Bytes bytes_of(std::string_view text) { return {text.begin(), text.end()}; }

// A sample with its comment cut off and sipp's keywords filled in, as a person would paste it.
std::string filled(const fs::path& path) {
  std::string text = read(path);
  if (size_t rule = text.find("\n----------"); rule != text.npos)
    text = text.substr(text.find('\n', rule + 1) + 1);
  auto replace = [&](std::string_view from, std::string_view to) {
    for (size_t at = text.find(from); at != text.npos; at = text.find(from, at + to.size()))
      text.replace(at, from.size(), to);
  };
  replace("[auto_media_port+2]", "20002");
  for (std::string_view port : {"[auto_media_port]", "[media_port]"}) replace(port, "20000");
  replace("[call_id]", "sample@192.0.2.10");
  replace("[remote_ip]", "192.0.2.20");
  replace("[local_ip]", "192.0.2.10");
  for (std::string_view port : {"[remote_port]", "[local_port]"}) replace(port, "5060");
  replace("[transport]", "UDP");
  replace("[branch]", "z9hG4bK1");
  replace("[peer_tag_param]", ";tag=srs");
  replace("[len]", "0");
  for (std::string_view word : {"[pid]", "[call_number]"}) replace(word, "1");
  return text;
}

LabReport examined(const std::string& text, const LabSettings& settings = {}) {
  auto report = examine(bytes_of(text), settings);
  EXPECT_TRUE(report.ok()) << (report.ok() ? "" : report.error().message());
  return report.ok() ? std::move(*report) : LabReport{};
}

std::vector<std::string> codes_of(const LabSession& session) {
  std::vector<std::string> codes;
  for (const LabFinding& found : session.findings)
    codes.emplace_back(siprec::text_of(found.finding.rule).code);
  std::sort(codes.begin(), codes.end());
  codes.erase(std::unique(codes.begin(), codes.end()), codes.end());
  return codes;
}

std::string line_at(const LabReport& report, const LabFinding& found) {
  std::string_view text = report.messages.at(found.message).text;
  for (size_t line = 1; line < found.line; ++line) text.remove_prefix(text.find('\n') + 1);
  return std::string(trim(text.substr(0, text.find('\n'))));
}

const LabFinding* finding(const LabSession& session, siprec::Rule rule) {
  for (const LabFinding& found : session.findings)
    if (found.finding.rule == rule) return &found;
  return nullptr;
}

constexpr std::string_view kHead =
    "INVITE sip:srs@192.0.2.20 SIP/2.0\r\n"
    "Via: SIP/2.0/TCP 192.0.2.10:5060;branch=z9hG4bK1\r\n"
    "From: <sip:src@192.0.2.10>;tag=a\r\n"
    "To: <sip:srs@192.0.2.20>\r\n"
    "Call-ID: one\r\n"
    "CSeq: 1 INVITE\r\n"
    "Max-Forwards: 70\r\n"
    "Contact: <sip:src@192.0.2.10>;+sip.src\r\n"
    "Require: siprec\r\n";
constexpr std::string_view kKey = "YUJDZGVGZ2hpSktMbW9QUXJzVHVWd3l6MTIzNDU2";

std::string with_sdp(std::string_view sdp, std::string_view head = kHead) {
  return std::string(head) +
         "Content-Type: application/sdp\r\nContent-Length: " + std::to_string(sdp.size()) + "\r\n\r\n" +
         std::string(sdp);
}

TEST(LaboratoryTest, AnswersAsTheServerWould) {
  LabReport report = examined(with_sdp(
      "v=0\r\no=- 1 1 IN IP4 192.0.2.10\r\ns=-\r\nc=IN IP4 192.0.2.10\r\nt=0 0\r\n"
      "m=audio 4000 RTP/AVP 8\r\na=label:1\r\na=sendonly\r\nm=image 4002 udptl t38\r\na=label:2\r\n"));
  ASSERT_EQ(report.sessions.size(), 1u);
  const LabSession& session = report.sessions[0];
  EXPECT_TRUE(session.by_rfc);
  ASSERT_TRUE(report.messages[0].answer);
  const LabAnswer& answer = *report.messages[0].answer;
  EXPECT_EQ(answer.status, 200);
  sip::Message message;
  ASSERT_EQ(sip::parse(as_bytes(answer.text), message), sip::ParseError::kNone) << answer.text;
  EXPECT_EQ(message.call_id(), "one");
  EXPECT_NE(answer.text.find("+sip.srs"), answer.text.npos);
  EXPECT_NE(answer.text.find("\r\nm=audio 20000 RTP/AVP 8\r\n"), answer.text.npos) << answer.text;
  EXPECT_NE(answer.text.find("a=label:1\r\na=recvonly\r\n"), answer.text.npos) << answer.text;
  EXPECT_NE(answer.text.find("m=image 0 "), answer.text.npos) << answer.text;
  ASSERT_EQ(session.lines.size(), 2u);
  EXPECT_TRUE(session.lines[0].is_accepted);
  EXPECT_EQ(session.lines[0].direction, "sendonly");
  EXPECT_EQ(session.lines[0].address, "192.0.2.10:4000");
  EXPECT_EQ(session.lines[1].why_not_code, "not_rtp");
}

TEST(LaboratoryTest, KeysAreNotShown) {
  std::string offer =
      "v=0\r\no=- 1 1 IN IP4 192.0.2.10\r\ns=-\r\nc=IN IP4 192.0.2.10\r\nt=0 0\r\n"
      "m=audio 4000 RTP/SAVP 8\r\na=crypto:2 AES_CM_128_HMAC_SHA1_80 inline:" +
      std::string(kKey) + "\r\na=label:1\r\na=sendonly\r\n";
  LabSettings plain;
  LabReport refused = examined(with_sdp(offer), plain);
  EXPECT_EQ(refused.messages[0].answer->status, 488);
  EXPECT_EQ(refused.messages[0].answer->code, "plain_keys");
  EXPECT_NE(refused.messages[0].answer->text.find("Warning: 399 earwitness"), std::string::npos);
  LabSettings tls;
  tls.transport = Transport::kTls;
  LabReport report = examined(with_sdp(offer), tls);
  EXPECT_EQ(report.messages[0].answer->status, 200);
  EXPECT_NE(report.messages[0].answer->text.find("a=crypto:2 AES_CM_128_HMAC_SHA1_80 inline:REDACTED"),
            std::string::npos)
      << report.messages[0].answer->text;
  EXPECT_EQ(report.messages[0].text.find(kKey), std::string::npos);
  ASSERT_EQ(report.sessions[0].lines.size(), 1u);
  EXPECT_EQ(report.sessions[0].lines[0].suites, std::vector<std::string>{"AES_CM_128_HMAC_SHA1_80"});
}

TEST(LaboratoryTest, AStrictPeerIsHeldToTheRfc) {
  std::string head(kHead.substr(0, kHead.find("Contact:")));
  std::string invite = with_sdp("v=0\r\nc=IN IP4 192.0.2.10\r\nm=audio 4000 RTP/AVP 0\r\n",
                                head + "Contact: <sip:src@192.0.2.10;+sip.src>\r\n");
  LabSettings strict;
  strict.peer->strict = true;
  LabReport report = examined(invite, strict);
  EXPECT_EQ(report.messages[0].answer->status, 403);
  EXPECT_EQ(report.messages[0].answer->code, "not_by_rfc");
  report = examined(invite);
  EXPECT_EQ(report.messages[0].answer->status, 200);
  const LabSession& session = report.sessions[0];
  const LabFinding* in_uri = finding(session, siprec::Rule::kSourceTagInUri);
  ASSERT_TRUE(in_uri);
  EXPECT_EQ(line_at(report, *in_uri), "Contact: <sip:src@192.0.2.10;+sip.src>");
  const LabFinding* no_label = finding(session, siprec::Rule::kNoLabel);
  ASSERT_TRUE(no_label);
  EXPECT_EQ(line_at(report, *no_label), "m=audio 4000 RTP/AVP 0");
  EXPECT_EQ(finding(session, siprec::Rule::kNoRequire)->line, 0u) << "it is not there";
}

TEST(LaboratoryTest, APeerIsTakenAsItIsConfigured) {
  std::string invite = with_sdp("v=0\r\nc=IN IP4 192.0.2.10\r\nm=audio 4000 RTP/AVP 0\r\na=label:1\r\n");
  LabSettings configured;
  configured.peer.reset();
  EXPECT_EQ(examined(invite, configured).messages[0].answer->code, "stranger");
  configured.server.accept_unknown_peers = true;
  EXPECT_EQ(examined(invite, configured).messages[0].answer->status, 200);
  srs::PeerSettings peer;
  peer.name = "sbc";
  peer.networks = {*Network::parse("192.0.2.0/24")};
  peer.require_encryption = true;
  configured.server.peers = {peer};
  LabReport report = examined(invite, configured);
  EXPECT_EQ(report.messages[0].answer->code, "signalling_not_encrypted");
  configured.server.peers[0].networks = {*Network::parse("198.51.100.0/24")};
  EXPECT_EQ(examined(invite, configured).messages[0].answer->status, 200) << "another peer's";
  configured.server.peers[0] = {};
  configured.server.peers[0].certificate_names = {"sbc.example"};
  configured.server.peers[0].digest_user = "sbc";
  configured.transport = Transport::kTls;
  report = examined(invite, configured);
  ASSERT_FALSE(report.messages[0].answer->peculiarities.empty());
  EXPECT_EQ(report.messages[0].answer->peculiarities[0].code, "asks_password");
}

TEST(LaboratoryTest, AnOrdinaryCallIsNoRecordingSession) {
  std::string head(kHead.substr(0, kHead.find("Contact:")));
  LabReport report = examined(with_sdp("v=0\r\n", head + "Contact: <sip:a@192.0.2.10>\r\n"));
  EXPECT_FALSE(report.sessions[0].is_recording_session);
  EXPECT_EQ(report.messages[0].answer->status, 403);
  EXPECT_EQ(report.messages[0].answer->code, "no_recording_session");
  report = examined("INVITE sip:srs@192.0.2.20 SIP/2.0\r\nCall-ID: 1\r\nCSeq: 1 INVITE\r\n\r\n");
  EXPECT_EQ(report.messages[0].answer->status, 400);
  EXPECT_FALSE(report.messages[0].fault.empty());
}

// What a terminal, a mail and a log make of a message.
TEST(LaboratoryTest, TextsAreTakenAsTheyAreCopied) {
  std::string offer = "v=0\nc=IN IP4 192.0.2.10\nm=audio 4000 RTP/AVP 0\na=label:1\na=sendonly\n";
  std::string head(kHead);
  head.erase(std::remove(head.begin(), head.end(), '\r'), head.end());
  std::string log = "12:00:01 received from 192.0.2.10\n" + head +
                    "Content-Type: application/sdp\nContent-Length: 999\n\n" + offer +
                    "\n\n===== 12:00:02 sent\nSIP/2.0 200 OK\nVia: SIP/2.0/UDP 192.0.2.10;branch=z9hG4bK1\n"
                    "From: <sip:src@192.0.2.10>;tag=a\nTo: <sip:srs@192.0.2.20>;tag=b\nCall-ID: one\n"
                    "CSeq: 1 INVITE\n\n";
  LabReport report = examined(log);
  ASSERT_EQ(report.messages.size(), 2u);
  EXPECT_TRUE(report.messages[0].fault.empty()) << report.messages[0].fault;
  EXPECT_EQ(report.messages[0].answer->status, 200);
  EXPECT_FALSE(report.messages[1].answer) << "a response is answered by nobody";
  report = examined(offer);
  EXPECT_TRUE(report.is_body_only);
  EXPECT_EQ(codes_of(report.sessions[0]), std::vector<std::string>{"no_metadata"});
  for (std::string_view nothing : {"", "hello", "<", "--"}) {
    auto none = examine(bytes_of(nothing), {});
    EXPECT_TRUE(nothing.size() > 0 ? true : !none.ok());
    if (none.ok()) EXPECT_TRUE(none->is_body_only);
  }
  EXPECT_FALSE(examine(bytes_of("hello"), {}).ok());
}

TEST(LaboratoryTest, MetadataIsShownAsItWasUnderstood) {
  LabReport report = examined(filled(kOwn / "vendor-order.txt"));
  ASSERT_EQ(report.sessions.size(), 1u);
  const LabSession& session = report.sessions[0];
  EXPECT_TRUE(session.has_metadata);
  ASSERT_FALSE(session.calls.empty());
  for (const LabCall& call : session.calls)
    for (const LabParty& party : call.parties) EXPECT_FALSE(party.participant.empty());
  bool has_participant = std::any_of(session.lines.begin(), session.lines.end(),
                                     [](const LabLine& line) { return !line.participant.empty(); });
  EXPECT_TRUE(has_participant);
}

// Ours and, where they are at hand, real clients': what the tests of whole calls expect of them is what is
// said here, and every finding that has a line is found there.
void expect_like(const nlohmann::json& expected, const std::string& text, bool by_parts, int status = 200) {
  LabReport report = examined(text);
  ASSERT_FALSE(report.sessions.empty());
  std::vector<std::string> codes, wanted;
  for (const LabSession& session : report.sessions)
    for (std::string& code : codes_of(session)) codes.push_back(std::move(code));
  for (const auto& call : expected["calls"])
    for (const auto& code : call.value("findings", nlohmann::json::array())) wanted.push_back(code);
  for (auto* list : {&codes, &wanted}) {
    std::sort(list->begin(), list->end());
    list->erase(std::unique(list->begin(), list->end()), list->end());
  }
  if (!by_parts) EXPECT_EQ(codes, wanted);
  for (const LabMessage& message : report.messages) {
    EXPECT_TRUE(message.fault.empty()) << message.fault << "\n" << message.text;
    if (!message.answer) continue;
    EXPECT_EQ(message.answer->status, status) << message.answer->why << "\n" << message.text;
    sip::Message answer;
    EXPECT_EQ(sip::parse(as_bytes(message.answer->text), answer, sip::kMaxMessageTcp),
              sip::ParseError::kNone);
  }
  for (const LabSession& session : report.sessions)
    for (const LabFinding& found : session.findings)
      if (found.line != 0) EXPECT_FALSE(line_at(report, found).empty());
}

TEST(LaboratoryTest, SaysOfOurScriptsWhatTheirCallsSay) {
  auto expected = nlohmann::json::parse(read(kOwn / "expected.json"));
  for (const auto& [name, one] : expected.items()) {
    SCOPED_TRACE(name);
    std::string text = filled(kOwn / (name + ".txt"));
    // Scripts of several dialogs write them with one Call-ID; of several bodies alone the first is none.
    bool by_parts = text.find("dialog=") != text.npos ||
                    (text.find(" SIP/2.0") == text.npos && text.find("=====") != text.npos);
    expect_like(one, text, by_parts);
  }
}

TEST(LaboratoryTest, SaysOfRealClientsWhatTheirCallsSay) {
  if (!fs::exists(kShared / "samples")) GTEST_SKIP() << kShared << " is absent";
  auto expected = nlohmann::json::parse(read(kOwn / "shared_samples.json"));
  const std::map<std::string, std::string> likeness = {
      {"audiocodes-mediant", "AudioCodes SBC"},
      {"avaya-sbce", "Avaya SBCE"},
      {"avaya-sbce-2lines", "Avaya SBCE"},
      {"broadworks-1", "BroadWorks, Webex Calling"},
      {"broadworks-3way", "BroadWorks, Webex Calling"},
      {"cisco-cube-nbr", "Cisco CUBE"},
      {"cisco-cube-siprec", "Cisco CUBE"},
      {"cisco-cucm-bib", "Cisco Unified Communications Manager"},
      {"jambonz", "drachtio, jambonz"},
      {"live-opensips359-tcp-group-ext", "OpenSIPS"},
      {"live-opensips359-udp", "OpenSIPS"},
      {"metaswitch-hold", "Metaswitch"},
      {"opensips-2x-connectel-1", "OpenSIPS"},
      {"oracle-acme", "Oracle SBC (Acme Packet)"},
      {"oracle-docs-apkt-header", "Oracle SBC (Acme Packet)"},
      {"procomm-sems", "SEMS"},
      {"sonus-ribbon", "Ribbon SBC (Sonus)"},
      {"webex-calling-blind-xfer", "BroadWorks, Webex Calling"}};
  for (const auto& entry : fs::directory_iterator(kShared / "samples")) {
    std::string name = entry.path().stem();
    SCOPED_TRACE(name);
    std::string text = filled(entry.path());
    LabReport report = examined(text);
    ASSERT_FALSE(report.sessions.empty());
    if (auto known = likeness.find(name); known != likeness.end())
      EXPECT_EQ(report.sessions[0].client, known->second);
    // What stands for the SDP in this sample is none.
    expect_like(expected[name], text, false, name == "jambonz" ? 488 : 200);
  }
}

TEST(LaboratoryTest, CapturesGiveSessionsAndTheirMedia) {
  if (!fs::exists(kShared / "captures")) GTEST_SKIP() << kShared << " is absent";
  size_t captures = 0;
  for (const auto& entry : fs::directory_iterator(kShared / "captures")) {
    if (entry.path().extension() != ".pcap") continue;
    SCOPED_TRACE(entry.path().stem());
    ++captures;
    LabReport report = examined(read(entry.path()));
    EXPECT_TRUE(report.is_capture);
    EXPECT_GT(report.packets, 0u);
    ASSERT_FALSE(report.sessions.empty());
    for (const LabSession& session : report.sessions) {
      EXPECT_EQ(session.client, "OpenSIPS");
      EXPECT_TRUE(session.has_metadata);
      EXPECT_FALSE(session.lines.empty());
    }
    uint64_t packets = 0;
    for (const LabSession& session : report.sessions)
      for (const LabStream& stream : session.streams) packets += stream.packets;
    EXPECT_GT(packets, 0u);
  }
  EXPECT_GE(captures, 5u);
}

// Whatever comes, it ends, and what it says stays within its bounds.
TEST(LaboratoryTest, HostileBytes) {
  std::mt19937 random(7);
  std::string text;
  for (const char* name : {"vendor-order.txt", "group-of-calls.txt", "bridge.txt"})
    text += filled(kOwn / name) + "\r\n=====\r\n";
  for (int round = 0; round < 300; ++round) {
    std::string mutated = text;
    for (int i = 0; i < 40; ++i) mutated[random() % mutated.size()] = static_cast<char>(random());
    mutated.resize(random() % mutated.size());
    auto report = examine(bytes_of(mutated), {});
    if (!report) continue;
    EXPECT_LE(report->messages.size(), LabReport::kMaxMessages);
    for (const LabSession& session : report->sessions)
      for (const LabFinding& found : session.findings) {
        ASSERT_LT(found.message, report->messages.size());
        const std::string& of = report->messages[found.message].text;
        EXPECT_LE(found.line, static_cast<size_t>(std::count(of.begin(), of.end(), '\n')) + 1);
      }
  }
  std::string many;
  for (int i = 0; i < 600; ++i) many += with_sdp("v=0\r\nm=audio 1 RTP/AVP 0\r\n") + "\r\n";
  LabReport report = examined(many);
  EXPECT_TRUE(report.cut);
  EXPECT_LE(report.messages.size(), LabReport::kMaxMessages);
  Bytes large(kMaxLabBytes + 1, 'a');
  EXPECT_EQ(examine(std::move(large), {}).error().code(), ErrorCode::kLimit);
}

}  // namespace
}  // namespace ew::node
