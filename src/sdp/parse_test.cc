#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "sdp/session.h"

namespace ew::sdp {
namespace {

Session parsed(std::string_view text) {
  auto session = parse(as_bytes(text));
  EXPECT_TRUE(session.ok()) << text;
  return session.ok() ? *session : Session{};
}

// The only media of an SDP with these lines.
Media media(std::string_view lines) {
  Session session = parsed("v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\n" +
                           std::string(lines));
  EXPECT_EQ(session.media.size(), 1u) << lines;
  return session.media.empty() ? Media{} : session.media[0];
}

TEST(Sdp, OfferWithSeveralMedia) {
  Session s = parsed(
      "v=0\r\no=ann 2890844526 2890844527 IN IP4 host.a.example\r\ns=Call \r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\n"
      "m=audio 49170 RTP/AVP 0 8 97 101\r\na=rtpmap:97 opus/48000/2\r\na=fmtp:97 useinbandfec=1; stereo=1\r\n"
      "a=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-15\r\na=ptime:20\r\na=mid:0\r\na=label:7\r\n"
      "m=video 0 RTP/AVP 31\r\n"
      "m=image 40000 udptl t38\r\nc=IN IP6 2001:db8::5\r\n"
      "m=audio 50000/2 RTP/SAVPF 9\r\nc=IN IP4 233.252.0.1/127/3\r\na=sendonly\r\na=rtcp:50009 IN IP4 "
      "192.0.2.9\r\na=rtcp-mux\r\n");
  EXPECT_EQ(s.version, 2890844527u);
  EXPECT_EQ(s.name, "Call");
  EXPECT_EQ(s.origin, "ann 2890844526 2890844527 IN IP4 host.a.example");
  EXPECT_EQ(s.address->text(), "192.0.2.1");
  ASSERT_EQ(s.media.size(), 4u);

  const Media& audio = s.media[0];
  EXPECT_EQ(audio.type, "audio");
  EXPECT_TRUE(audio.is_rtp());
  EXPECT_FALSE(audio.is_secure());
  EXPECT_EQ(audio.receive_endpoint()->text(), "192.0.2.1:49170");
  ASSERT_EQ(audio.formats.size(), 4u);
  EXPECT_EQ(audio.formats[0].encoding, "PCMU");
  EXPECT_EQ(audio.format(8)->encoding, "PCMA");
  EXPECT_EQ(audio.format(97)->encoding, "opus");
  EXPECT_EQ(audio.format(97)->clock_rate, 48000u);
  EXPECT_EQ(audio.format(97)->channels, 2);
  EXPECT_EQ(audio.format(97)->parameters, "useinbandfec=1; stereo=1");
  EXPECT_EQ(audio.format(101)->encoding, "telephone-event");
  EXPECT_EQ(audio.format(102), nullptr);
  EXPECT_EQ(audio.ptime_ms, 20u);
  EXPECT_EQ(audio.mid, "0");
  EXPECT_EQ(audio.label, "7");

  EXPECT_FALSE(s.media[1].receive_endpoint()) << "port 0 is a refusal";
  EXPECT_FALSE(s.media[2].is_rtp());
  EXPECT_EQ(s.media[2].protocol, "udptl");
  EXPECT_EQ(s.media[2].receive_endpoint()->text(), "[2001:db8::5]:40000");
  EXPECT_TRUE(s.media[2].formats.empty());

  const Media& secure = s.media[3];
  EXPECT_TRUE(secure.is_secure());
  EXPECT_EQ(secure.port, 50000);
  EXPECT_EQ(secure.address->text(), "233.252.0.1");
  EXPECT_EQ(secure.direction, Direction::kSendOnly);
  EXPECT_EQ(secure.rtcp_port, 50009);
  EXPECT_EQ(secure.rtcp_address->text(), "192.0.2.9");
  EXPECT_TRUE(secure.rtcp_mux);
}

TEST(Sdp, ConnectionLines) {
  EXPECT_EQ(media("m=audio 1000 RTP/AVP 0\r\n").address->text(), "192.0.2.1");
  EXPECT_EQ(media("m=audio 1000 RTP/AVP 0\r\nc=IN IP4 192.0.2.2\r\nc=IN IP4 192.0.2.3\r\n").address->text(),
            "192.0.2.2");
  EXPECT_FALSE(media("m=audio 1000 RTP/AVP 0\r\nc=IN IP4 media.example.com\r\n").address)
      << "a name hides the session's address";
  Media held = media("m=audio 1000 RTP/AVP 0\r\nc=IN IP4 0.0.0.0\r\n");
  EXPECT_TRUE(held.is_null_address());
  EXPECT_FALSE(held.receive_endpoint());
  EXPECT_FALSE(media("m=audio 1000 RTP/AVP 0\r\n").is_null_address());
  EXPECT_FALSE(parsed("m=audio 1000 RTP/AVP 0\r\n").media[0].address);
  EXPECT_EQ(media("m=audio 1000 RTP/AVP 0\r\na=rtcp:1009\r\n").rtcp_port, 1009);
  EXPECT_FALSE(media("m=audio 1000 RTP/AVP 0\r\na=rtcp:1009\r\n").rtcp_address);
  EXPECT_FALSE(media("m=audio 1000 RTP/AVP 0\r\na=rtcp:65536\r\n").rtcp_port);
}

TEST(Sdp, Directions) {
  EXPECT_EQ(media("m=audio 1 RTP/AVP 0\r\na=inactive\r\n").direction, Direction::kInactive);
  EXPECT_EQ(media("a=recvonly\r\nm=audio 1 RTP/AVP 0\r\n").direction, Direction::kRecvOnly)
      << "the session's";
  EXPECT_EQ(media("a=recvonly\r\nm=audio 1 RTP/AVP 0\r\na=sendrecv\r\n").direction, Direction::kSendRecv);
  EXPECT_EQ(reversed(Direction::kSendOnly), Direction::kRecvOnly);
  EXPECT_EQ(reversed(Direction::kRecvOnly), Direction::kSendOnly);
  EXPECT_EQ(reversed(Direction::kInactive), Direction::kInactive);
  EXPECT_TRUE(media("a=fingerprint:sha-256 AA\r\nm=audio 1 UDP/TLS/RTP/SAVPF 0\r\n").has_fingerprint);
  EXPECT_TRUE(media("m=audio 1 UDP/TLS/RTP/SAVP 0\r\na=fingerprint:sha-256 AA\r\n").is_secure());
}

TEST(Sdp, BrokenMediaLinesKeepTheirPlace) {
  for (std::string_view line :
       {"m=", "m=audio", "m=audio x RTP/AVP 0", "m=audio 65536 RTP/AVP 0", "m=audio -5 RTP/AVP 0",
        "m=audio 17000 RTP/AVP", "m=audio 17000 RTP/AVP 4294967296", "m=audio 17000 RTP/AVP 128",
        "m=audio 17000 RTP/AVP -1 x", "m=audio 4294984296 RTP/AVP 0"}) {
    Session s =
        parsed("v=0\r\nc=IN IP4 192.0.2.1\r\n" + std::string(line) + "\r\nm=audio 5004 RTP/AVP 8\r\n");
    ASSERT_EQ(s.media.size(), 2u) << line;
    EXPECT_EQ(s.media[0].port, 0) << line;
    EXPECT_FALSE(s.media[0].receive_endpoint()) << line;
    EXPECT_EQ(s.media[1].port, 5004) << line;
  }
  Media one_good = media("m=audio 17000 RTP/AVP 256 8 8 0 300\r\n");
  EXPECT_EQ(one_good.port, 17000) << "one bad format does not spoil the others";
  ASSERT_EQ(one_good.formats.size(), 2u);
  EXPECT_EQ(one_good.formats[0].payload_type, 8);
}

TEST(Sdp, Formats) {
  EXPECT_EQ(static_format(0)->encoding, "PCMU");
  EXPECT_EQ(static_format(9)->clock_rate, 8000u);
  EXPECT_EQ(static_format(10)->channels, 2);
  EXPECT_EQ(static_format(34)->encoding, "H263");
  for (int type : {1, 2, 19, 35, 72, 95, 96, 127, 128, 255})
    EXPECT_FALSE(static_format(static_cast<uint8_t>(type))) << type;

  Media m = media(
      "m=audio 1 RTP/AVP 96 97 98 8\r\na=rtpmap:96  G726-32/8000\r\na=rtpmap:97 L16/0\r\na=rtpmap:99 "
      "opus/48000/2\r\n"
      "a=rtpmap:8 PCMA/16000\r\na=rtpmap:300 x/1\r\na=rtpmap:\r\na=rtpmap:97\r\na=rtpmap:98 "
      "x/99999999999\r\na=fmtp:98 a=b;c\r\na=fmtp\r\n");
  EXPECT_EQ(m.format(96)->encoding, "G726-32");
  EXPECT_EQ(m.format(97)->encoding, "") << "dynamic and without a usable rtpmap";
  EXPECT_EQ(m.format(8)->clock_rate, 16000u) << "rtpmap goes before the static table";
  EXPECT_EQ(m.format(98)->clock_rate, 0u);
  EXPECT_EQ(m.format(98)->parameters, "a=b;c");
  EXPECT_EQ(m.formats.size(), 4u);
  using namespace std::string_view_literals;
  std::string_view nul = "m=audio 1 RTP/AVP 0\r\na=fmtp\0:0 x\r\na=\0\r\na=rtpmap:0\0 x/8000\r\n"sv;
  EXPECT_EQ(media(nul).format(0)->encoding, "PCMU");
}

TEST(Sdp, Crypto) {
  const std::string key = "WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubGVz";  // the key of RFC 4568's example
  Media m = media("m=audio 1 RTP/SAVP 0\r\na=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:" + key +
                  "|2^20|1:4\r\n" + "a=crypto:2 AES_CM_128_HMAC_SHA1_32 inline:" + key +
                  "|1:2;inline:AAAA|2^20 KDR=1 UNENCRYPTED_SRTCP\r\n" + "A=crypto:3 X inline:" + key +
                  "\r\na=CRYPTO:4 AEAD_AES_256_GCM\tINLINE:" + key +
                  "|1048576 UNENCRYPTED_SRTP UNAUTHENTICATED_SRTP\r\n");
  ASSERT_EQ(m.crypto.size(), 3u);
  EXPECT_EQ(m.crypto[0].tag, 1u);
  EXPECT_EQ(m.crypto[0].suite, "AES_CM_128_HMAC_SHA1_80");
  EXPECT_EQ(as_text(m.crypto[0].key_salt), "YS___semctl () {\t220;}\n}\nunles");
  EXPECT_EQ(m.crypto[0].mki_length, 4);
  EXPECT_EQ(m.crypto[1].mki_length, 2);
  EXPECT_EQ(m.crypto[1].key_salt, m.crypto[0].key_salt) << "the first of two keys";
  EXPECT_TRUE(m.crypto[1].unencrypted_srtcp);
  EXPECT_FALSE(m.crypto[1].unencrypted_srtp);
  EXPECT_TRUE(m.crypto[2].unencrypted_srtp);
  EXPECT_TRUE(m.crypto[2].unauthenticated_srtp);
  EXPECT_EQ(m.crypto[2].mki_length, 0);

  for (const std::string& bad : std::vector<std::string>{
           "", "1", "1 S", "1 S inline:", "1 S inline:!!!", "1 S line:" + key, "x S inline:" + key,
           "1 S inline:A", "9999999999 S inline:" + key, "1 S inline:" + key + "|x",
           "1 S inline:" + key + "|1:129", "1 S inline:" + key + "|1:0",
           "1 S inline:" + std::string(200, 'A'), "-1 S inline:" + key})
    EXPECT_TRUE(media("m=audio 1 RTP/SAVP 0\r\na=crypto:" + bad + "\r\n").crypto.empty()) << bad;
  EXPECT_EQ(media("m=audio 1 RTP/SAVP 0\r\na=crypto:1 S inline:" + std::string(62, 'A') + "==\r\n")
                .crypto[0]
                .key_salt.size(),
            46u);
}

TEST(Sdp, ToleratesWhatDevicesSend) {
  Session s = parsed(
      "c=IN IP4 192.0.2.1\nx=unknown\nm=audio 4000 RTP/AVP 0\nnot a line\n\n=\na\n a=sendonly\nm =video 1 "
      "RTP/AVP 31\na=recvonly");
  ASSERT_EQ(s.media.size(), 1u);
  EXPECT_EQ(s.media[0].port, 4000);
  EXPECT_EQ(s.media[0].direction, Direction::kRecvOnly);
  EXPECT_TRUE(parsed("v=0\r\n").media.empty());
  EXPECT_EQ(parsed("v=0\r\no=a b -3 IN IP4 x\r\n").version, 0u);
  for (std::string_view bad : {"", "\r\n", "hello", "x=1\r\ny=2\r\n", "<xml/>"})
    EXPECT_FALSE(parse(as_bytes(bad)).ok()) << bad;
}

TEST(Sdp, Limits) {
  auto error = [](const std::string& text) {
    auto session = parse(as_bytes(text));
    return session.ok() ? std::optional<ErrorCode>() : session.error().code();
  };
  auto times = [](size_t count, std::string_view line) {
    std::string text = "v=0\r\nm=audio 1 RTP/AVP 0\r\n";
    for (size_t i = 0; i < count; ++i) text += line;
    return text;
  };
  EXPECT_EQ(error(times(kMaxMedia - 1, "m=audio 1 RTP/AVP 0\r\n")), std::nullopt);
  EXPECT_EQ(error(times(kMaxMedia, "m=audio 1 RTP/AVP 0\r\n")), ErrorCode::kLimit);
  EXPECT_EQ(error(times(kMaxAttributes, "a=x\r\n")), std::nullopt);
  EXPECT_EQ(error(times(kMaxAttributes + 1, "a=x\r\n")), ErrorCode::kLimit);
  std::string formats = "m=audio 1 RTP/AVP";
  for (size_t i = 0; i < kMaxFormats; ++i) formats += " 0";
  EXPECT_EQ(error(formats + "\r\n"), std::nullopt);
  EXPECT_EQ(error(formats + " 0\r\n"), ErrorCode::kLimit);
  EXPECT_EQ(error("v=0\r\na=" + std::string(kMaxLine, 'x') + "\r\n"), ErrorCode::kLimit);
}

TEST(Sdp, RealDescriptions) {
  namespace fs = std::filesystem;
  fs::path folder = fs::path(EW_SHARED_DIR) / "corpus/fuzz/janus-sdp";
  if (!fs::exists(folder)) GTEST_SKIP() << "../shared is absent";
  size_t with_media = 0;
  for (const auto& entry : fs::directory_iterator(folder)) {
    std::ifstream file(entry.path(), std::ios::binary);
    std::string text((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
    auto session = parse(as_bytes(text));
    if (session.ok() && !session->media.empty()) ++with_media;
    EXPECT_EQ(redact_keys(text).size(), text.size()) << entry.path();
  }
  EXPECT_GE(with_media, 9u);
}

}  // namespace
}  // namespace ew::sdp
