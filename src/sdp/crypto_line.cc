#include "sdp/crypto_line.h"

#include "base/text.h"
#include "sdp/words.h"

namespace ew::sdp {
namespace {

// The longest key and salt in use is AES-256's 46 bytes; what is longer belongs to no suite.
constexpr size_t kMaxKeySalt = 64;

int base64_value(char c) {
  if (c >= 'A' && c <= 'Z') return c - 'A';
  if (c >= 'a' && c <= 'z') return c - 'a' + 26;
  if (c >= '0' && c <= '9') return c - '0' + 52;
  if (c == '+') return 62;
  if (c == '/') return 63;
  return -1;
}

// Padding may be absent: several devices leave it out.
std::optional<Bytes> base64_decoded(std::string_view text) {
  while (text.ends_with('=')) text.remove_suffix(1);
  if (text.empty() || text.size() % 4 == 1 || text.size() / 4 * 3 > kMaxKeySalt) return std::nullopt;
  Bytes bytes;
  uint32_t bits = 0;
  int count = 0;
  for (char c : text) {
    int value = base64_value(c);
    if (value < 0) return std::nullopt;
    bits = (bits << 6 | static_cast<uint32_t>(value)) & 0xffffffu;
    count += 6;
    if (count >= 8) {
      count -= 8;
      bytes.push_back(static_cast<uint8_t>(bits >> count));
    }
  }
  return bytes;
}

// "2^20" or a decimal number, or "MKI:length". Only the length of the MKI is needed, to find the end of a
// packet.
bool read_key_option(std::string_view option, Crypto& crypto) {
  size_t colon = option.find(':');
  if (colon == std::string_view::npos) {
    std::string_view number = option.starts_with("2^") ? option.substr(2) : option;
    return parse_number(number, UINT64_MAX).has_value();
  }
  auto length = parse_number(option.substr(colon + 1), 128);
  if (!length || *length == 0) return false;
  crypto.mki_length = static_cast<uint8_t>(*length);
  return true;
}

// The first key of "inline:key[|lifetime][|MKI:length]" *(";" …).
bool read_key_params(std::string_view params, Crypto& crypto) {
  constexpr std::string_view kInline = "inline:";
  if (!starts_with_ignore_case(params, kInline)) return false;
  std::string_view rest = params.substr(kInline.size());
  rest = rest.substr(0, rest.find(';'));
  auto key = base64_decoded(next_field(rest, '|'));
  if (!key) return false;
  crypto.key_salt = std::move(*key);
  while (!rest.empty())
    if (!read_key_option(next_field(rest, '|'), crypto)) return false;
  return true;
}

}  // namespace

std::optional<Crypto> parse_crypto(std::string_view value) {
  Crypto crypto;
  auto tag = parse_number(next_word(value), 999'999'999);
  if (!tag) return std::nullopt;
  crypto.tag = static_cast<uint32_t>(*tag);
  crypto.suite = next_word(value);
  if (!read_key_params(next_word(value), crypto)) return std::nullopt;
  // Session parameters that change nothing for a listener (KDR, FEC_ORDER, WSH and unknown ones) are passed
  // over.
  for (std::string_view word = next_word(value); !word.empty(); word = next_word(value)) {
    if (equals_ignore_case(word, "UNENCRYPTED_SRTP")) crypto.unencrypted_srtp = true;
    if (equals_ignore_case(word, "UNENCRYPTED_SRTCP")) crypto.unencrypted_srtcp = true;
    if (equals_ignore_case(word, "UNAUTHENTICATED_SRTP")) crypto.unauthenticated_srtp = true;
  }
  return crypto;
}

}  // namespace ew::sdp
