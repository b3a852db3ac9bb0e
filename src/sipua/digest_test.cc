#include "sipua/digest.h"

#include <openssl/evp.h>

#include "sipua/rate_limiter.h"
#include "sipua/test_peer_internal.h"

using namespace ew;
using namespace ew::sipua;

namespace {

std::string hash(const char* algorithm, const std::string& text) {
  uint8_t out[EVP_MAX_MD_SIZE];
  unsigned size = 0;
  EVP_Digest(text.data(), text.size(), out, &size, EVP_get_digestbyname(algorithm), nullptr);
  return to_hex({out, size});
}

struct DigestTest : ::testing::Test {
  std::string nonce(bool stale = false) {
    std::string line = digest.challenge(credentials, stale).front().second;
    size_t begin = line.find("nonce=\"") + 7;
    return line.substr(begin, line.find('"', begin) - begin);
  }
  // What a client makes of a challenge (RFC 8760 section 2.6).
  std::string authorization(const std::string& of_nonce, const std::string& password = "secret",
                            int count = 1, const char* algorithm = "SHA-256",
                            const std::string& user = "sbc") {
    const char* name = std::string(algorithm) == "MD5" ? "MD5" : "SHA256";
    char nc[9];
    std::snprintf(nc, sizeof nc, "%08x", count);
    std::string a1 = hash(name, user + ":earwitness:" + password),
                a2 = hash(name, "INVITE:sip:srs@192.0.2.99");
    std::string response = hash(name, a1 + ":" + of_nonce + ":" + nc + ":abc:auth:" + a2);
    return "Authorization: Digest username=\"" + user + "\", realm=\"earwitness\", nonce=\"" + of_nonce +
           "\", uri=\"sip:srs@192.0.2.99\", response=\"" + response + "\", algorithm=" + algorithm +
           ", cnonce=\"abc\", qop=auth, nc=" + nc;
  }
  Digest::Verdict check(const std::string& header) {
    PeerRequest request;
    if (!header.empty()) request.headers.push_back(header);
    Kept kept(request.text());
    return digest.check(kept.message, credentials);
  }

  FakeClock clock{WallTime{kNsPerSec}};
  Digest digest{"earwitness", clock};
  Credentials credentials{"sbc", "secret", false};
};

using Verdict = Digest::Verdict;

TEST_F(DigestTest, TakesTheRightPassword) {
  EXPECT_EQ(check(""), Verdict::kMissing);
  EXPECT_EQ(check(authorization(nonce())), Verdict::kAccepted);
  EXPECT_EQ(check(authorization(nonce(), "wrong")), Verdict::kWrong);
  EXPECT_EQ(check(authorization(nonce(), "secret", 1, "SHA-256", "other")), Verdict::kWrong);
  EXPECT_EQ(check("Authorization: Digest realm=\"elsewhere\", nonce=\"x\""), Verdict::kMissing);
  EXPECT_EQ(check("Authorization: Basic c2JjOnNlY3JldA=="), Verdict::kMissing);
}

TEST_F(DigestTest, ANonceServesEachNumberOnce) {
  std::string one = nonce();
  EXPECT_EQ(check(authorization(one, "secret", 1)), Verdict::kAccepted);
  EXPECT_EQ(check(authorization(one, "secret", 1)), Verdict::kReplayed);
  EXPECT_EQ(check(authorization(one, "secret", 3)), Verdict::kAccepted);
  EXPECT_EQ(check(authorization(one, "secret", 2)), Verdict::kReplayed);
}

TEST_F(DigestTest, NoncesAreOursAndGrowOld) {
  std::string one = nonce();
  clock.advance(119 * kNsPerSec);
  EXPECT_EQ(check(authorization(one)), Verdict::kAccepted);
  clock.advance(2 * kNsPerSec);
  EXPECT_EQ(check(authorization(one, "secret", 2)), Verdict::kStale);
  EXPECT_EQ(check(authorization("1000000000-0011223344556677-00112233445566778899aabbccddeeff")),
            Verdict::kStale);
  EXPECT_EQ(check(authorization("")), Verdict::kStale);
}

TEST_F(DigestTest, Md5OnlyForThoseWhoMay) {
  EXPECT_EQ(digest.challenge(credentials, false).size(), 1u);
  EXPECT_EQ(check(authorization(nonce(), "secret", 1, "MD5")), Verdict::kWrong);
  credentials.allow_md5 = true;
  Headers both = digest.challenge(credentials, false);
  ASSERT_EQ(both.size(), 2u);
  EXPECT_NE(both[0].second.find("algorithm=SHA-256"), std::string::npos) << "the strongest first";
  EXPECT_EQ(check(authorization(nonce(), "secret", 1, "MD5")), Verdict::kAccepted);
}

TEST_F(DigestTest, BrokenHeaders) {
  std::string good = authorization(nonce());
  for (size_t cut = 0; cut < good.size(); ++cut)
    EXPECT_NE(check(good.substr(0, cut) + " "), Verdict::kAccepted) << cut;
  EXPECT_EQ(check(authorization(nonce()) + "0"), Verdict::kWrong);
}

TEST(RateLimiter, BoundsAddressesAndAll) {
  RateLimiter limiter(2, 5);
  auto ip = [](const char* text) { return IpAddress::parse(text).value(); };
  EXPECT_TRUE(limiter.allow(ip("192.0.2.1"), 0));
  EXPECT_TRUE(limiter.allow(ip("192.0.2.1"), 1));
  EXPECT_FALSE(limiter.allow(ip("192.0.2.1"), 2));
  EXPECT_TRUE(limiter.allow(ip("2001:db8::1"), 2));
  EXPECT_TRUE(limiter.allow(ip("2001:db8::2"), 2));
  EXPECT_FALSE(limiter.allow(ip("2001:db8::ffff:3"), 2)) << "one /64";
  EXPECT_TRUE(limiter.allow(ip("192.0.2.2"), 2));
  EXPECT_FALSE(limiter.allow(ip("192.0.2.3"), 2)) << "five in all";
  EXPECT_TRUE(limiter.allow(ip("192.0.2.1"), kNsPerSec));
}

}  // namespace
