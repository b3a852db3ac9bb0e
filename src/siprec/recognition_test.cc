#include "siprec/recognition.h"

#include <gtest/gtest.h>

namespace ew::siprec {
namespace {

struct Parsed {
  explicit Parsed(std::string_view headers, std::string body = {}, std::string_view method = "INVITE")
      : text(std::string(method) +
             " sip:r@192.0.2.2 SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1\r\n" +
             std::string(headers) + "To: <sip:r@192.0.2.2>\r\nCall-ID: 1\r\nCSeq: 1 " + std::string(method) +
             "\r\n\r\n" + body) {
    EXPECT_EQ(sip::parse(as_bytes(text), message), sip::ParseError::kNone) << text;
  }
  std::string text;
  sip::Message message;
};

constexpr std::string_view kFrom = "From: <sip:a@192.0.2.1>;tag=1\r\n";

Recognition recognised(const std::string& headers, std::string body = {}) {
  return recognise(Parsed(headers + (headers.find("From:") == std::string::npos ? std::string(kFrom) : ""),
                          std::move(body))
                       .message);
}

// REQUIREMENTS A01.
TEST(Recognition, ByTheRfc) {
  std::string tag = "Contact: <sip:192.0.2.1>;+sip.src\r\n", require = "Require: timer, SIPREC\r\n";
  EXPECT_TRUE(recognised(tag + require).by_rfc);
  EXPECT_TRUE(recognised(tag + require).findings.empty());
  EXPECT_FALSE(recognised(tag).by_rfc);
  EXPECT_FALSE(recognised(require).by_rfc);
  EXPECT_FALSE(recognised("Contact: <sip:192.0.2.1>\r\n").is_recording_session);
  EXPECT_FALSE(
      recognise(Parsed(tag + require + std::string(kFrom), {}, "OPTIONS").message).is_recording_session);
}

TEST(Recognition, AsClientsWriteIt) {
  EXPECT_TRUE(
      recognised("Contact: \"H323 User 1\" <sip:192.0.2.1;transport=tls;+sip.src>\r\n").is_recording_session);
  EXPECT_TRUE(recognised("m: <sip:192.0.2.1>;src\r\n").is_recording_session);
  EXPECT_TRUE(recognised("Require:siprec\r\n").is_recording_session);
  EXPECT_TRUE(recognised("Contact: <sip:192.0.2.1>;+sip.srs\r\nRequire: siprec\r\n").by_server);
  EXPECT_TRUE(recognised("Content-Type: Application/RS-Metadata\r\n", "<recording/>").is_recording_session);
  EXPECT_TRUE(
      recognised("Content-Type: multipart/mixed;boundary=b\r\n",
                 "\r\n--b\r\nContent-Type:application/ "
                 "+xml\r\nContent-Disposition:recording-session\r\n\r\n<recording_metadata/>\r\n--b--\r\n")
          .is_recording_session);
  EXPECT_FALSE(recognised("Content-Type: application/sdp\r\n", "v=0\r\n").is_recording_session);
}

// REQUIREMENTS A12 and A13: in any case, with and without +xml, with and without a disposition, in any place.
TEST(Recognition, FindsTheMetadata) {
  std::string document =
      "<recording xmlns='urn:ietf:params:xml:ns:recording:1'><datamode>complete</datamode></recording>";
  for (std::string type : {"application/rs-metadata+xml", "application/rs-metadata",
                           "APPLICATION/RS-Metadata+XML", "application/rs-metadata ; charset=utf-8"}) {
    Parsed bare(std::string(kFrom) + "Content-Type: " + type + "\r\n", document);
    EXPECT_EQ(find_metadata(bare.message)->text, document) << type;
    EXPECT_FALSE(find_metadata(bare.message)->has_wrong_type);
    for (bool first : {true, false}) {
      std::string sdp = "--b\r\nContent-Type: application/SDP\r\n\r\nv=0\r\n\r\n",
                  part = "--b\r\ncontent-type:" + type + "\r\n\r\n\r\n" + document + "\r\n";
      Parsed mixed(std::string(kFrom) + "Content-Type: multipart/mixed; boundary=\"b\"\r\n",
                   (first ? part + sdp : sdp + part) + "--b--\r\n");
      EXPECT_TRUE(parse_metadata(find_metadata(mixed.message)->text).understood) << type << first;
    }
  }
  Parsed request(
      std::string(kFrom) +
          "Content-Type: application/rs-metadata-request+xml\r\nContent-Disposition: recording-session\r\n",
      snapshot_request("x"), "UPDATE");
  EXPECT_FALSE(find_metadata(request.message));
  EXPECT_TRUE(is_request_type("Application/RS-Metadata-Request"));
  EXPECT_FALSE(is_request_type("application/rs-metadata"));
}

// REQUIREMENTS A12, A16, A17.
TEST(Recognition, SnapshotRequestAsThePeerTakesIt) {
  auto request = make_snapshot_request("application/sdp, application/rs-metadata-request",
                                       "INVITE, ACK, UPDATE", "lost");
  ASSERT_TRUE(request);
  EXPECT_EQ(request->content_type, "application/rs-metadata-request");
  EXPECT_EQ(request->content_disposition, "recording-session");
  EXPECT_TRUE(is_snapshot_request(request->body));
  EXPECT_EQ(make_snapshot_request("", std::nullopt, "lost")->content_type,
            "application/rs-metadata-request+xml");
  EXPECT_FALSE(make_snapshot_request("", "INVITE,ACK,BYE", "lost"));
}

TEST(Recognition, CiscoWithoutMetadata) {
  Parsed cube(std::string(kFrom) +
              "X-Cisco-Recording-Participant: sip:2164@example.org;media-index=\"1\"\r\n"
              "X-Cisco-Recording-Participant: <sip:20053@192.0.2.9>;media-index=0\r\n");
  EXPECT_TRUE(recognise(cube.message).has_cisco_participants);
  auto parties = cisco_parties(cube.message);
  ASSERT_TRUE(parties && parties->parties.size() == 2);
  EXPECT_EQ(parties->parties[0].user, "2164");
  EXPECT_EQ(parties->parties[0].line, 1u);
  EXPECT_EQ(parties->parties[1].user, "20053");
  EXPECT_EQ(parties->parties[1].line, 0u);
  EXPECT_TRUE(parties->call_key.empty());

  auto bridge = [](std::string_view end) {
    return Parsed("From: \"Jan\" <sip:4062@192.0.2.1;" + std::string(end) +
                  ";x-refci=82;x-nearendclusterid=C;x-nearenddevice=SEP1;x-nearendaddr=4062;x-farendrefci=83;"
                  "x-farenddevice=10.1.20.11;"
                  "x-farendaddr=8172710497>;tag=1\r\n");
  };
  Parsed far = bridge("x-farend"), near = bridge("x-nearend");
  EXPECT_TRUE(recognise(far.message).is_built_in_bridge);
  auto far_party = cisco_parties(far.message), near_party = cisco_parties(near.message);
  ASSERT_TRUE(far_party && near_party);
  EXPECT_EQ(far_party->parties[0].user, "8172710497");
  EXPECT_EQ(near_party->parties[0].user, "4062");
  EXPECT_EQ(near_party->parties[0].name, "Jan");
  EXPECT_NE(far_party->parties[0].line, near_party->parties[0].line);
  EXPECT_EQ(far_party->call_key, near_party->call_key);
  EXPECT_FALSE(cisco_parties(Parsed(kFrom).message));
}

TEST(Recognition, IdsInHeaders) {
  Parsed message(std::string(kFrom) +
                 "User-to-User: 00FA080001000758A20EFA;encoding=hex\r\nX-Call-Tag: "
                 "h3-1@127.0.0.1\r\nSession-ID: 3cfe;remote=00\r\nUser-Agent: x\r\n");
  EXPECT_EQ(header_ids(message.message), (std::vector<ExternalId>{{"user-to-user", "00FA080001000758A20EFA"},
                                                                  {"x-call-tag", "h3-1@127.0.0.1"},
                                                                  {"session-id", "3cfe"}}));
}

}  // namespace
}  // namespace ew::siprec
