#include "srs/description.h"

#include <gtest/gtest.h>

#include "crypto/crypto.h"
#include "rtp/packet.h"
#include "srs/peers.h"
#include "srs/receiver_report.h"
#include "srtp/context.h"

using namespace ew;
using namespace ew::srs;

namespace {

constexpr std::string_view kHead =
    "v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\n";

std::vector<Line> answered(const std::string& media, const Rules& rules = {},
                           const std::vector<Line>& before = {}) {
  std::string text = std::string(kHead) + media;
  auto offer = sdp::parse(as_bytes(text));
  EXPECT_TRUE(offer.ok());
  return answer_to(*offer, text, rules, before);
}

// Ports as a pool would give them.
void give_ports(std::vector<Line>& lines, uint16_t first = 40'000) {
  for (size_t i = 0; i < lines.size(); ++i) {
    if (!lines[i].is_accepted || lines[i].ports) continue;
    IpAddress own =
        lines[i].is_v4 ? IpAddress::v4(Bytes{198, 51, 100, 1}) : IpAddress::parse("2001:db8::99").value();
    uint16_t port = static_cast<uint16_t>(first + 2 * i);
    lines[i].ports = PortPair{{own, port}, {own, static_cast<uint16_t>(port + 1)}, 1, 2};
  }
}

std::string answer_text(const std::string& media, const Rules& rules = {}) {
  auto lines = answered(media, rules);
  give_ports(lines);
  return write_sdp(lines, {77, 1, false, {}, {}});
}

const std::string kAnswerHead =
    "v=0\r\no=- 77 1 IN IP4 198.51.100.1\r\ns=-\r\nc=IN IP4 198.51.100.1\r\nt=0 0\r\n";

// REQUIREMENTS A05, line by line.
TEST(Answer, HasTheLinesOfItsOffer) {
  for (size_t count : {1u, 2u, 4u, 8u, 32u}) {
    std::string offer, expected = kAnswerHead;
    for (size_t i = 0; i < count; ++i) {
      std::string label = "leg-" + std::to_string(count - i);
      bool is_refused = i % 4 == 3;
      offer +=
          is_refused
              ? "m=image " + std::to_string(3'000 + i) + " udptl t38\r\na=label:" + label + "\r\n"
              : "m=audio " + std::to_string(3'000 + 2 * i) +
                    " RTP/AVP 8 101\r\na=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-15\r\na=label:" +
                    label + "\r\na=sendonly\r\n";
      expected += is_refused
                      ? "m=image 0 udptl t38\r\n"
                      : "m=audio " + std::to_string(40'000 + 2 * i) +
                            " RTP/AVP 8 101\r\na=rtpmap:8 PCMA/8000\r\na=rtpmap:101 telephone-event/8000\r\n"
                            "a=fmtp:101 0-15\r\na=label:" +
                            label + "\r\na=recvonly\r\n";
    }
    EXPECT_EQ(answer_text(offer), expected) << count;
  }
}

TEST(Answer, RefusesWhatIsNotTaken) {
  auto why = [](const std::string& media, Rules rules = {}) { return answered(media, rules).at(0).why_not; };
  EXPECT_EQ(why("m=audio 0 RTP/AVP 8\r\n"), "switched off by the peer");
  EXPECT_EQ(why("m=application 9 TCP/MSRP *\r\n"), "not RTP");
  EXPECT_EQ(why("m=application 9 RTP/AVP 100\r\na=rtpmap:100 H224/4800\r\n"), "a kind that is not recorded");
  EXPECT_EQ(why("m=audio 9 UDP/TLS/RTP/SAVPF 8\r\n"), "DTLS-SRTP is not supported");
  EXPECT_EQ(why("m=audio 9 RTP/SAVP 8\r\n"), "no crypto suite that is supported");
  EXPECT_EQ(why("m=video 9 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\n"), "");
  EXPECT_EQ(why("m=text 9 RTP/AVP 98\r\na=rtpmap:98 t140/1000\r\n"), "");
  EXPECT_EQ(why("m=audio 9 RTP/AVP 8\r\n", {true, false}), "not encrypted (require_encryption)");
  EXPECT_EQ(why("m=audio 9 RTP/AVP 8\r\nc=IN IP6 2001:db8::1\r\n", {true, true, true, false}),
            "no address of ours for IPv6");
  EXPECT_EQ(answer_text("m=audio 9 TCP/MSRP *\r\nm=audio 9 RTP/AVP 8\r\na=sendonly\r\n"),
            kAnswerHead +
                "m=audio 0 TCP/MSRP *\r\nm=audio 40002 RTP/AVP 8\r\na=rtpmap:8 PCMA/8000\r\na=recvonly\r\n");
}

TEST(Answer, EchoesTagLabelMuxAndMid) {
  Bytes key(30, 7);
  std::string offer =
      "m=audio 9 RTP/SAVP 0\r\na=crypto:1 F8_128_HMAC_SHA1_80 inline:" + crypto::to_base64(key) +
      "\r\na=crypto:2 AES_CM_128_HMAC_SHA1_32 inline:" + crypto::to_base64(key) +
      "|2^20|1:4 UNENCRYPTED_SRTCP\r\na=crypto:3 AES_CM_128_HMAC_SHA1_80 inline:" + crypto::to_base64(key) +
      "\r\na=label:16777227\r\na=mid:x\r\na=rtcp-mux\r\na=ptime:20\r\na=sendonly\r\n";
  auto lines = answered(offer);
  ASSERT_TRUE(lines[0].key);
  EXPECT_EQ(lines[0].key->tag, 2u) << "the first that is supported";
  EXPECT_EQ(lines[0].key->own.size(), 30u);
  EXPECT_NE(lines[0].key->own, key) << "ours is our own";
  give_ports(lines);
  EXPECT_EQ(
      write_sdp(lines, {77, 1, false, {}, {}}),
      kAnswerHead +
          "m=audio 40000 RTP/SAVP 0\r\na=rtpmap:0 PCMU/8000\r\na=ptime:20\r\na=label:16777227\r\na=mid:x\r\n"
          "a=rtcp-mux\r\na=crypto:2 AES_CM_128_HMAC_SHA1_32 inline:" +
          crypto::to_base64(lines[0].key->own) + " UNENCRYPTED_SRTCP\r\na=recvonly\r\n");
  EXPECT_EQ(lines[0].remote_rtcp, lines[0].remote) << "muxed";
  EXPECT_EQ(answered(offer, {false}).at(0).why_not,
            "its keys come over signalling that is not encrypted (allow_plain_keys)");
}

TEST(Answer, EverySuiteThatIsAnsweredIsOneThatIsOpened) {
  for (auto [suite, size] : {std::pair("AES_CM_128_HMAC_SHA1_80", 30),
                             {"AES_CM_128_HMAC_SHA1_32", 30},
                             {"AEAD_AES_128_GCM", 28},
                             {"AEAD_AES_256_GCM", 44},
                             {"AES_256_CM_HMAC_SHA1_80", 46}}) {
    auto lines = answered("m=audio 9 RTP/SAVP 8\r\na=crypto:5 " + std::string(suite) +
                          " inline:" + crypto::to_base64(Bytes(static_cast<size_t>(size), 1)) + "\r\n");
    ASSERT_TRUE(lines[0].key) << suite;
    EXPECT_TRUE(srtp::Context::create(lines[0].key->suite, lines[0].key->own).ok()) << suite;
  }
}

TEST(Answer, FamiliesAndAddresses) {
  std::string offer = "m=audio 9 RTP/AVP 8\r\nm=audio 9 RTP/AVP 8\r\nc=IN IP6 2001:db8::1\r\n";
  EXPECT_EQ(answer_text(offer),
            kAnswerHead +
                "m=audio 40000 RTP/AVP 8\r\na=rtpmap:8 PCMA/8000\r\na=recvonly\r\n"
                "m=audio 40002 RTP/AVP 8\r\nc=IN IP6 2001:db8::99\r\na=rtpmap:8 PCMA/8000\r\na=recvonly\r\n");
  auto lines = answered(offer);
  give_ports(lines);
  Writing nat{77, 1, false, IpAddress::parse("203.0.113.5"), {}};
  EXPECT_NE(write_sdp(lines, nat).find("c=IN IP4 203.0.113.5\r\n"), std::string::npos);
  EXPECT_EQ(lines[0].remote->text(), "192.0.2.1:9");
  EXPECT_EQ(lines[0].remote_rtcp->text(), "192.0.2.1:10");
  EXPECT_EQ(answered("m=audio 9 RTP/AVP 8\r\na=rtcp:20 IN IP4 192.0.2.7\r\n")[0].remote_rtcp->text(),
            "192.0.2.7:20");
  EXPECT_FALSE(answered("m=audio 9 RTP/AVP 8\r\nc=IN IP4 sbc.example\r\n")[0].remote);
}

TEST(Answer, Holds) {
  auto before = answered("m=audio 9 RTP/AVP 8\r\na=sendonly\r\n");
  give_ports(before);
  for (const char* hold : {"a=inactive\r\n", "a=recvonly\r\n", "c=IN IP4 0.0.0.0\r\na=sendonly\r\n"}) {
    auto lines = answered("m=audio 9 RTP/AVP 8\r\n" + std::string(hold), {}, before);
    EXPECT_TRUE(lines[0].is_held) << hold;
    EXPECT_TRUE(lines[0].is_accepted);
    EXPECT_EQ(lines[0].ports->rtp, before[0].ports->rtp);
    EXPECT_EQ(lines[0].remote->text(), "192.0.2.1:9") << hold;
    EXPECT_NE(write_sdp(lines, {}).find("a=inactive\r\n"), std::string::npos);
  }
  EXPECT_FALSE(answered("m=audio 9 RTP/AVP 8\r\n")[0].is_held);
}

TEST(Answer, AChangeKeepsWhatItCan) {
  std::string key = crypto::to_base64(Bytes(30, 1));
  std::string line = "m=audio 9 RTP/SAVP 8\r\na=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:" + key + "\r\n";
  auto before = answered(line + line);
  give_ports(before);
  auto after = answered("m=audio 0 RTP/SAVP 8\r\n" + line + "m=audio 11 RTP/AVP 0\r\n", {}, before);
  ASSERT_EQ(after.size(), 3u);
  EXPECT_FALSE(after[0].ports);
  EXPECT_EQ(after[1].ports->rtp, before[1].ports->rtp);
  EXPECT_EQ(after[1].key->own, before[1].key->own);
  EXPECT_TRUE(after[2].is_accepted);
  EXPECT_FALSE(after[2].ports);
}

TEST(Answer, NothingOfTheOfferEndsALine) {
  std::string text = answer_text(
      "m=audio 9 RTP/AVP 96\r\na=rtpmap:96 x\ra=sendrecv/8000\r\na=fmtp:96 a\rb=c\r\na=label:1\rm=audio 5 "
      "RTP/AVP 0\r\n");
  for (size_t at = text.find('\r'); at != text.npos; at = text.find('\r', at + 1))
    EXPECT_EQ(text[at + 1], '\n');
  EXPECT_EQ(text.find("\nm=audio 5"), text.npos);
}

TEST(Answer, ToOurOwnOffer) {
  auto lines = first_offer(2, true);
  give_ports(lines);
  EXPECT_EQ(write_sdp(lines, {}).find("a=sendrecv"), std::string::npos);
  std::string text = std::string(kHead) + "m=audio 5000 RTP/AVP 0\r\na=sendonly\r\nm=audio 0 RTP/AVP 0\r\n";
  apply_answer(sdp::parse(as_bytes(text)).value(), lines);
  EXPECT_EQ(lines[0].remote->text(), "192.0.2.1:5000");
  EXPECT_EQ(lines[0].encodings, "PCMU");
  EXPECT_FALSE(lines[1].is_accepted);
}

TEST(FindSdp, WhereverItStands) {
  auto found = [](const std::string& type, const std::string& body) {
    std::string text =
        "INVITE sip:a SIP/2.0\r\nVia: SIP/2.0/UDP a;branch=z9hG4bK1\r\nFrom: <sip:a>;tag=1\r\nTo: <sip:b>\r\n"
        "Call-ID: x\r\nCSeq: 1 INVITE\r\n" +
        (type.empty() ? "" : "Content-Type: " + type + "\r\n") +
        "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
    sip::Message message;
    EXPECT_EQ(sip::parse(as_bytes(text), message), sip::ParseError::kNone);
    return std::string(find_sdp(message));
  };
  const std::string sdp = "v=0\r\nm=audio 9 RTP/AVP 8\r\n", xml = "<recording/>";
  EXPECT_EQ(found("application/SDP;x=y", sdp), sdp);
  EXPECT_EQ(found("multipart/mixed;boundary=b", "--b\r\nContent-Type:application/rs-metadata+xml\r\n\r\n" +
                                                    xml + "\r\n--b\r\nContent-Type: application/sdp\r\n\r\n" +
                                                    sdp + "\r\n--b--"),
            sdp);
  EXPECT_EQ(found("multipart/mixed;boundary=b", "--b\r\nContent-Type: application/sdp\r\n\r\n" + sdp), sdp)
      << "without an end";
  EXPECT_EQ(
      found("multipart/mixed;boundary=other", "--b\r\nContent-Type: application/sdp\r\n\r\n" + sdp + "--b--"),
      sdp.substr(0, sdp.size() - 1))
      << "under another boundary than was said";
  EXPECT_EQ(found("application/rs-metadata+xml", xml), "");
  EXPECT_EQ(found("", sdp), sdp);
  EXPECT_EQ(found("multipart/mixed", "xv=0"), "");
}

TEST(MediaPorts, RestForThirtySeconds) {
  FakeClock clock;
  IpAddress own = IpAddress::parse("127.0.0.1").value();
  MediaPorts pool(39'501, 39'508, clock);  // the odd first port is passed over: three pairs
  std::vector<PortPair> taken;
  for (;;) {
    auto pair = pool.take(own);
    if (!pair.ok()) {
      EXPECT_EQ(pair.error().code(), ErrorCode::kLimit);
      break;
    }
    EXPECT_EQ(pair->rtp.port % 2, 0);
    EXPECT_EQ(pair->rtcp.port, pair->rtp.port + 1);
    taken.push_back(*pair);
  }
  ASSERT_FALSE(taken.empty());
  EXPECT_LE(taken.size(), 3u);
  pool.give_back(taken[0]);
  clock.advance(MediaPorts::kQuarantine - 1);
  EXPECT_FALSE(pool.take(own).ok());
  clock.advance(1);
  auto again = pool.take(own);
  ASSERT_TRUE(again.ok());
  EXPECT_EQ(again->rtp_socket, taken[0].rtp_socket) << "the same sockets, open all the time";
  EXPECT_EQ(pool.in_use(), taken.size());
}

TEST(ReceiverReport, SaysWhatWasReceived) {
  ReceiverReport report;
  Reception reception;
  reception.ssrc = 0xa11ce001;
  reception.packets = 75;
  reception.lost = 25;
  reception.highest_sequence = 0x10064;
  reception.jitter = 17;
  reception.last_sr_ntp = 0x1111222233334444;
  reception.last_sr_monotonic_ns = kNsPerSec;
  report.take(reception);
  auto parsed = rtp::parse_rtcp(report.make(0xdeadbeef, "host", 3 * kNsPerSec + kNsPerSec / 2));
  EXPECT_FALSE(parsed.malformed);
  ASSERT_EQ(parsed.packets.size(), 2u);
  EXPECT_EQ(parsed.packets[0].type, 201);
  EXPECT_EQ(parsed.packets[0].ssrc, 0xdeadbeef);
  ASSERT_EQ(parsed.packets[0].reports.size(), 1u);
  const auto& block = parsed.packets[0].reports[0];
  EXPECT_EQ(block.ssrc, reception.ssrc);
  EXPECT_EQ(block.fraction_lost, 64);
  EXPECT_EQ(block.cumulative_lost, 25);
  EXPECT_EQ(block.highest_sequence, 0x10064u);
  EXPECT_EQ(block.jitter, 17u);
  EXPECT_EQ(block.last_sr, 0x22223333u);
  EXPECT_EQ(block.delay_since_last_sr, 5 * 65'536u / 2);
  EXPECT_EQ(parsed.packets[1].cname, "host");
  reception.packets = 175;
  report.take(reception);
  parsed = rtp::parse_rtcp(report.make(1, "host", 0));
  EXPECT_EQ(parsed.packets[0].reports[0].fraction_lost, 0) << "nothing since the last report";
  EXPECT_EQ(parsed.packets[0].reports[0].cumulative_lost, 25);
}

TEST(ReceiverReport, IsBounded) {
  ReceiverReport report;
  for (uint32_t ssrc = 1; ssrc <= 100; ++ssrc) report.take({{}, ssrc});
  auto parsed = rtp::parse_rtcp(report.make(1, std::string(300, 'x'), 0));
  EXPECT_FALSE(parsed.malformed);
  EXPECT_EQ(parsed.packets[0].reports.size(), 31u);
  EXPECT_FALSE(rtp::parse_rtcp(ReceiverReport().make(1, "abc", 0)).malformed);
  for (uint32_t random : {0u, 1u << 31, ~0u}) {
    EXPECT_GE(report_interval_ns(false, random), 2 * kNsPerSec);
    EXPECT_LE(report_interval_ns(false, random), 7 * kNsPerSec);
    EXPECT_EQ(report_interval_ns(true, random), report_interval_ns(false, random) / 2);
  }
}

sipua::Flow flow_from(const char* remote, std::vector<std::string> names = {}) {
  sipua::Flow flow;
  flow.remote = Endpoint::parse(remote).value();
  if (!names.empty())
    flow.certificate_names = std::make_shared<const std::vector<std::string>>(std::move(names));
  return flow;
}

TEST(Peers, AreKnownByNetworkAndCertificate) {
  Settings settings;
  PeerSettings by_network, by_name, by_both;
  by_network.name = "network";
  by_network.networks = {Network::parse("192.0.2.0/24").value()};
  by_name.name = "name";
  by_name.certificate_names = {"SBC.example"};
  by_both.name = "both";
  by_both.networks = {Network::parse("198.51.100.0/24").value()};
  by_both.certificate_names = {"other.example"};
  settings.peers = {by_network, by_name, by_both};
  Peers peers(settings);
  auto name = [&](const sipua::Flow& flow) {
    auto peer = peers.find(flow, {});
    EXPECT_EQ(peers.is_known(flow), peer != nullptr);
    return peer ? peer->name() : "";
  };
  EXPECT_EQ(name(flow_from("192.0.2.7:1")), "network");
  EXPECT_EQ(name(flow_from("203.0.113.1:1")), "");
  EXPECT_EQ(name(flow_from("203.0.113.1:1", {"sbc.example"})), "name");
  EXPECT_EQ(name(flow_from("203.0.113.1:1", {"other.example"})), "");
  EXPECT_EQ(name(flow_from("198.51.100.1:1")), "");
  EXPECT_EQ(name(flow_from("198.51.100.1:1", {"x", "other.example"})), "both");
}

TEST(Peers, ThoseWhomNobodyConfiguredAreBounded) {
  Settings settings;
  settings.accept_unknown_peers = true;
  Peers peers(settings);
  auto busy = peers.find(flow_from("10.0.0.1:1"), WallTime{1});
  busy->sessions_now = 1;
  for (int i = 0; i < 1'000; ++i) {
    sipua::Flow flow = flow_from("10.1.0.0:1");
    flow.remote.ip.bytes[14] = static_cast<uint8_t>(i >> 8);
    flow.remote.ip.bytes[15] = static_cast<uint8_t>(i);
    EXPECT_TRUE(peers.find(flow, WallTime{2 + i}));
  }
  EXPECT_EQ(peers.views().size(), Peers::kMaxUnknown);
  EXPECT_EQ(peers.find(flow_from("10.0.0.1:1"), WallTime{9'999}), busy) << "who has a session stays";
}

}  // namespace
