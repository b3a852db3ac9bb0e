// SRTP over a real call: the keys stand in its SDP. It is here because it needs a capture and its decryption.
#include <gtest/gtest.h>

#include <map>

#include "capture/capture_file.h"
#include "capture/test_packets_internal.h"
#include "rtp/packet.h"
#include "rtp/stream_statistics.h"
#include "srtp/context.h"

namespace ew::capture {
namespace {

Bytes from_base64(std::string_view text) {
  constexpr std::string_view kDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  Bytes bytes;
  uint32_t bits = 0;
  int count = 0;
  for (char c : text) {
    size_t value = kDigits.find(c);
    if (value == kDigits.npos) break;
    bits = bits << 6 | static_cast<uint32_t>(value);
    if ((count += 6) >= 8) bytes.push_back(static_cast<uint8_t>(bits >> (count -= 8)));
  }
  return bytes;
}

std::string_view between(std::string_view text, std::string_view before, std::string_view ends) {
  size_t start = text.find(before);
  if (start == text.npos) return {};
  text.remove_prefix(start + before.size());
  return text.substr(0, text.find_first_of(ends));
}

TEST(SrtpCapture, EveryPacketOfARealCallAuthenticatesAndIsSpeech) {
  auto files = CaptureFiles::open({std::string(EW_SHARED_DIR) + "/calls/srtp.pcap"});
  if (!files) GTEST_SKIP() << "../shared is absent";
  testing_internal::KeepingSink sink;
  while ((*files)->run(sink, 1000).value()) {
  }

  // The key that an endpoint offers or answers is the one it sends with.
  std::map<std::string, std::unique_ptr<srtp::Context>> by_host;
  struct Stream {
    rtp::StreamStatistics statistics;
    size_t silent = 0;
  };
  std::map<std::string, Stream> streams;
  size_t authentic_rtcp = 0;
  for (const testing_internal::Kept& kept : sink.kept) {
    if (kept.payload.find("a=crypto:") != std::string::npos) {
      std::string host(between(kept.payload, "c=IN IP4 ", "\r\n"));
      std::string_view line = between(kept.payload, "a=crypto:", "\r\n");
      std::string_view suite = between(line, " ", " "), key = between(line, "inline:", "| \r\n");
      if (!by_host.count(host)) by_host[host] = srtp::Context::create(suite, from_base64(key)).value();
    }
  }
  for (const testing_internal::Kept& kept : sink.kept) {
    ByteView view = as_bytes(kept.payload);
    Bytes packet(view.begin(), view.end());
    std::string host = kept.source.ip.text();
    if (rtp::looks_like_rtcp(view)) {
      // This sender's first and last RTCP packets are in the clear, before it has the key and after it let it
      // go.
      authentic_rtcp += by_host.at(host)->unprotect_rtcp(packet) == srtp::Verdict::kOk;
      EXPECT_FALSE(rtp::parse_rtcp(packet).malformed);
    } else if (rtp::looks_like_rtp(view)) {
      ASSERT_EQ(by_host.at(host)->unprotect_rtp(packet), srtp::Verdict::kOk);
      rtp::Packet parsed;
      ASSERT_EQ(rtp::parse(packet, parsed), rtp::ParseError::kNone);
      EXPECT_EQ(parsed.payload_type, 8);
      EXPECT_EQ(parsed.payload.size(), 160u);
      Stream& stream = streams[host];
      stream.statistics.add(parsed.sequence, parsed.timestamp, kept.at, 8000);
      // 0xd5 and 0x55 are A-law's zero: pauses are full of them, ciphertext taken for speech never is.
      size_t zeros = 0;
      for (uint8_t sample : parsed.payload) zeros += (sample | 0x80) == 0xd5;
      stream.silent += zeros > 80;
    }
  }
  EXPECT_EQ(authentic_rtcp, 8u);
  ASSERT_EQ(streams.size(), 2u);
  EXPECT_EQ(streams["10.33.0.11"].statistics.packets(), 807u);
  EXPECT_EQ(streams["10.33.0.12"].statistics.packets(), 808u);
  for (const auto& [host, stream] : streams) {
    EXPECT_EQ(stream.statistics.lost(), 0u);
    EXPECT_GT(stream.silent, 200u) << host;
    EXPECT_LT(stream.silent, 780u) << host;
  }
}

}  // namespace
}  // namespace ew::capture
