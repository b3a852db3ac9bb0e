#include "sipua/compose.h"

#include "sipua/test_peer_internal.h"

using namespace ew;
using namespace ew::sipua;

namespace {

std::string echoed_of(const std::string& text, const Flow& flow, std::string_view tag = "ours") {
  Kept kept(text);
  EXPECT_EQ(kept.error, sip::ParseError::kNone);
  return echoed(kept.message, flow, tag);
}

TEST(Compose, EchoesWhatTheRequestHas) {
  std::string text =
      "INVITE sip:srs@192.0.2.99 SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK1\r\n"
      "Via: SIP/2.0/UDP 198.51.100.1;branch=z9hG4bK2, SIP/2.0/TCP 198.51.100.2;branch=z9hG4bK3\r\n"
      "f: \"A, B\" <sip:a@example.com>;tag=1\r\nt: <sip:srs@192.0.2.99>\r\ni: x@y\r\nCSeq:  7   "
      "INVITE\r\n\r\n";
  EXPECT_EQ(
      echoed_of(text, udp_flow()),
      "Via: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK1\r\n"
      "Via: SIP/2.0/UDP 198.51.100.1;branch=z9hG4bK2\r\nVia: SIP/2.0/TCP 198.51.100.2;branch=z9hG4bK3\r\n"
      "From: \"A, B\" <sip:a@example.com>;tag=1\r\nTo: <sip:srs@192.0.2.99>;tag=ours\r\n"
      "Call-ID: x@y\r\nCSeq: 7   INVITE\r\n");
}

TEST(Compose, SaysWhereTheRequestCameFrom) {
  PeerRequest request;
  auto via_of = [&](const Flow& flow) {
    std::string lines = echoed_of(request.text(), flow);
    return lines.substr(5, lines.find('\r') - 5);
  };
  EXPECT_EQ(via_of(udp_flow("192.0.2.1:5060")), "SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK-1");
  EXPECT_EQ(via_of(udp_flow("203.0.113.7:6000")),
            "SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK-1;received=203.0.113.7");
  request.via = "SIP/2.0/UDP sbc.example.com";
  EXPECT_EQ(via_of(udp_flow()), "SIP/2.0/UDP sbc.example.com;branch=z9hG4bK-1;received=192.0.2.1");
  request.via = "SIP/2.0/UDP 10.0.0.1:5070;rport;received=198.51.100.66;ttl=3";
  EXPECT_EQ(via_of(udp_flow("[2001:db8::1]:7000")),
            "SIP/2.0/UDP 10.0.0.1:5070;ttl=3;branch=z9hG4bK-1;received=2001:db8::1;rport=7000");
  request.via = "SIP/2.0/UDP 10.0.0.1;x=\";rport\"";
  EXPECT_EQ(via_of(udp_flow("10.0.0.1:7000")), "SIP/2.0/UDP 10.0.0.1;x=\";rport\";branch=z9hG4bK-1");
}

TEST(Compose, ResponsesGoToTheSenderOnly) {
  PeerRequest request;
  auto port_for = [&](const char* via, const char* remote) {
    request.via = via;
    Kept kept(request.text());
    Flow back = response_flow(kept.message, udp_flow(remote));
    EXPECT_EQ(back.remote.ip, at(remote).ip);
    return back.remote.port;
  };
  EXPECT_EQ(port_for("SIP/2.0/UDP 192.0.2.1:5080", "192.0.2.1:40000"), 5080);
  EXPECT_EQ(port_for("SIP/2.0/UDP 192.0.2.1", "192.0.2.1:40000"), 5060);
  EXPECT_EQ(port_for("SIP/2.0/UDP 192.0.2.1:5080;rport", "192.0.2.1:40000"), 40000);
  EXPECT_EQ(port_for("SIP/2.0/UDP 198.51.100.9:53;maddr=198.51.100.9", "192.0.2.1:40000"), 53);
  EXPECT_EQ(port_for("SIP/2.0/UDP [2001:db8::9]", "192.0.2.1:40000"), 5060);
  Kept kept(request.text());
  EXPECT_EQ(response_flow(kept.message, tcp_flow()).remote, tcp_flow().remote);
}

TEST(Compose, NothingEndsALine) {
  EXPECT_EQ(line_safe("a\r\nX: y"), "a X: y");
  EXPECT_EQ(line_safe(" a\r\n b "), "a b") << "a fold is one space";
  EXPECT_EQ(line_safe(std::string_view("a\0b\rc\nd", 7)), "a b c d");
  EXPECT_EQ(uri_safe("sip:a b@c"), "");
  EXPECT_EQ(uri_safe("sip:a@c>\r\nX: y"), "");
  EXPECT_EQ(uri_safe("sip:a@c;x=y"), "sip:a@c;x=y");
  std::string text =
      Composer::response(200).header("Subject", "x\r\nContact: <sip:evil>\r\n\r\nbody").finish();
  EXPECT_EQ(text, "SIP/2.0 200 OK\r\nSubject: x Contact: <sip:evil> body\r\nContent-Length: 0\r\n\r\n");
}

TEST(Compose, QuotesEndWhereTheyShould) {
  EXPECT_EQ(quoted("he said \"no\\"), R"("he said \"no\\")");
  EXPECT_EQ(quoted(""), "\"\"");
}

TEST(Compose, BodyAndItsLength) {
  Content content{{{"Supported", "timer"}}, "application/sdp", "session", "v=0\r\n"};
  EXPECT_EQ(Composer::request("UPDATE", "sip:a@b").finish(content),
            "UPDATE sip:a@b SIP/2.0\r\nSupported: timer\r\nContent-Type: application/sdp\r\n"
            "Content-Disposition: session\r\nContent-Length: 5\r\n\r\nv=0\r\n");
}

}  // namespace
