#include "auth/totp.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <algorithm>
#include <array>

#include "base/result.h"
#include "crypto/crypto.h"

namespace ew::auth {
namespace {

constexpr int64_t kStepSec = 30;

std::string percent_encoded(std::string_view text) {
  constexpr std::string_view kPlain = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
  std::string encoded;
  for (char c : text) {
    if (kPlain.find(c) != std::string_view::npos) {
      encoded += c;
    } else {
      encoded += "%" + to_hex(as_bytes({&c, 1}));
    }
  }
  return encoded;
}

}  // namespace

int64_t totp_step(WallTime at) { return at.ns / kNsPerSec / kStepSec; }

std::string totp_code(ByteView secret, int64_t step, int digits) {
  Bytes counter;
  ByteWriter(counter).u64be(static_cast<uint64_t>(step));
  std::array<uint8_t, 20> mac;
  EW_CHECK(HMAC(EVP_sha1(), secret.data(), static_cast<int>(secret.size()), counter.data(), counter.size(),
                mac.data(), nullptr));
  ByteReader reader(ByteView(mac).subspan(mac.back() & 0x0f));
  uint32_t value = reader.u32be() & 0x7fffffff;
  std::string code(static_cast<size_t>(digits), '0');
  for (auto digit = code.rbegin(); digit != code.rend(); ++digit, value /= 10)
    *digit = static_cast<char>('0' + value % 10);
  return code;
}

std::optional<int64_t> totp_match(ByteView secret, std::string_view code, WallTime now) {
  std::optional<int64_t> matched;
  // All three are always compared, so that the time tells nothing.
  for (int64_t step : {totp_step(now) - 1, totp_step(now), totp_step(now) + 1})
    if (crypto::equal_constant_time(as_bytes(totp_code(secret, step)), as_bytes(code))) matched = step;
  return matched;
}

std::string to_base32(ByteView bytes) {
  constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
  std::string text;
  uint32_t bits = 0;
  int count = 0;
  for (uint8_t byte : bytes) {
    bits = bits << 8 | byte;
    for (count += 8; count >= 5; count -= 5) text += kAlphabet[bits >> (count - 5) & 31];
  }
  if (count > 0) text += kAlphabet[bits << (5 - count) & 31];
  return text;
}

std::string totp_uri(ByteView secret, std::string_view issuer, std::string_view account) {
  std::string by = percent_encoded(issuer);
  return "otpauth://totp/" + by + ":" + percent_encoded(account) + "?secret=" + to_base32(secret) +
         "&issuer=" + by + "&algorithm=SHA1&digits=6&period=30";
}

}  // namespace ew::auth
