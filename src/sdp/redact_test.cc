#include <gtest/gtest.h>

#include "sdp/session.h"

namespace ew::sdp {
namespace {

constexpr std::string_view kKey = "CanaryCANARYcanary0123456789+/ABCDEFGHIJ";

// Replaces each % by the canary key.
std::string with_key(std::string_view text) {
  std::string result;
  for (char c : text) result += c == '%' ? std::string(kKey) : std::string(1, c);
  return result;
}

TEST(Redact, TheRestOfAWellFormedLineStays) {
  std::string text = with_key(
      "v=0\r\nm=audio 1 RTP/SAVP 0\r\na=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:%|2^20|1:4;inline:%|2^20|2:4 "
      "KDR=1 UNENCRYPTED_SRTCP\r\n"
      "a=rtpmap:0 PCMU/8000\r\n");
  std::string_view mask = "REDACTEDREDACTEDREDACTEDREDACTEDREDACTED";
  ASSERT_EQ(mask.size(), kKey.size());
  std::string expected = text;
  for (size_t at; (at = expected.find(kKey)) != std::string::npos;) expected.replace(at, kKey.size(), mask);
  EXPECT_EQ(redact_keys(text), expected);
}

TEST(Redact, AWholeMessageKeepsItsLength) {
  std::string body = with_key(
      "v=0\r\nc=IN IP4 192.0.2.1\r\nm=audio 1 RTP/SAVP 0\r\na=crypto:1 AES_CM_128_HMAC_SHA1_32 inline:%\r\n");
  std::string message =
      "INVITE sip:a@b SIP/2.0\r\nContent-Disposition: inline\r\nk: timer\r\nSubject: crypto: "
      "inline\r\nContent-Length: " +
      std::to_string(body.size()) + "\r\n\r\n" + body;
  std::string redacted = redact_keys(message);
  EXPECT_EQ(redacted.size(), message.size());
  EXPECT_EQ(redacted.find(kKey), std::string::npos);
  size_t key = message.find(kKey);
  EXPECT_EQ(redacted.substr(0, key), message.substr(0, key)) << "nothing else is touched";
  EXPECT_EQ(redacted.substr(key + kKey.size()), message.substr(key + kKey.size()));
}

TEST(Redact, WithoutKeysNothingChanges) {
  for (std::string_view text : {"", "\r\n\r\n", "v=0\r\nk=prompt\r\na=fingerprint:sha-256 AA:BB\r\n",
                                "k: 100rel\r\nkey=5\r\nSignal=5\r\n", "k", "a=", "="})
    EXPECT_EQ(redact_keys(text), text);
}

// However the line is bent, no piece of the key of more than a few letters may be left.
TEST(Redact, NoCanarySurvives) {
  for (std::string_view line :
       {"a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:%\r\n",
        "A=CRYPTO:1 AES_CM_128_HMAC_SHA1_80 INLINE:%\r\n",
        "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:%\na=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:%\n",
        " a = crypto : 1 X inline : %\r\n",
        "a=crypto:1 X inline: %\r\n",
        "a=crypto:1 X %\r\n",
        "a=crypto:%\r\n",
        "a=crypto %\r\n",
        "a=crypto:1 % inline:AAAA\r\n",
        "a=crypto:% X inline:AAAA\r\n",
        "a=crypto:1 X inline:AAAA|%\r\n",
        "a=crypto:1 X inline:AAAA;%\r\n",
        "a=crypto:1 X inline:AAAA %\r\n",
        "a=crypto:1 X inline:AAAA FEC_KEY=inline:%\r\n",
        "a=crypto:1 X inline:AA-%\r\n",
        "a=crypto:1 X inline:\"%\"\r\n",
        "a=crypto:1 X inline:AA\r%\r\n",
        "a=crypto:1 X inline:%",
        "v=0\ra=crypto:1 X inline:%\rt=0 0\r",
        "v=0\ra=crypto:1 X line:%\rt=0 0\r",
        "\ta=crypto:1 X\tinline:%\t\r\r\n",
        "k=clear:%\r\n",
        "K=base64:%\r\n",
        "k=%\r\n",
        "k = clear:%\r\n",
        "a=key-mgmt:mikey %\r\n",
        "a=Key-Mgmt:%\r\n",
        "{\"sdp\":\"v=0\\r\\na=crypto:1 AES inline:%\\r\\n\"}",
        "x=crypto:1 X %\r\n",
        "a=cryptography %\r\n"}) {
    std::string text = with_key(line), redacted = redact_keys(text);
    EXPECT_EQ(redacted.size(), text.size()) << line;
    for (size_t i = 0; i + 6 <= kKey.size(); ++i)
      ASSERT_EQ(redacted.find(kKey.substr(i, 6)), std::string::npos) << text << " became " << redacted;
  }
}

TEST(Redact, WhatTheParserReadsIsNoKeyAnyMore) {
  std::string text = with_key(
      "m=audio 1 RTP/SAVP 0\na=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:%|2^31|1:1\na=CRYPTO:2 ODD "
      "inline:%\n");
  auto before = parse(as_bytes(text));
  ASSERT_EQ(before->media[0].crypto.size(), 2u);
  std::string redacted = redact_keys(text);
  auto after = parse(as_bytes(redacted));
  ASSERT_EQ(after->media[0].crypto.size(), 2u);
  for (size_t i = 0; i < 2; ++i)
    EXPECT_NE(after->media[0].crypto[i].key_salt, before->media[0].crypto[i].key_salt);
}

TEST(Redact, ManyBareLineEndsAreReadInLinearTime) {
  std::string text(2'000'000, '\r');
  EXPECT_EQ(redact_keys(text + "\n"), text + "\n");
  std::string spaces(2'000'000, ' ');
  EXPECT_EQ(redact_keys(spaces), spaces);
}

}  // namespace
}  // namespace ew::sdp
