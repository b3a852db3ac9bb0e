#include "sipua/digest.h"

#include <openssl/evp.h>

#include "base/text.h"

namespace ew::sipua {
namespace {

constexpr int64_t kNonceLife = 120 * kNsPerSec;
constexpr size_t kMaxUsed = 262'144;

// One parameter of an Authorization value: a comma-separated list, other than parameters elsewhere in SIP.
std::optional<std::string_view> field(std::string_view list, std::string_view name) {
  while (!list.empty()) {
    size_t equals = list.find('=');
    if (equals == list.npos) return std::nullopt;
    std::string_view key = trim(list.substr(0, equals));
    list.remove_prefix(equals + 1);
    while (!list.empty() && (list.front() == ' ' || list.front() == '\t')) list.remove_prefix(1);
    std::string_view value;
    if (list.starts_with('"')) {
      size_t close = 1;
      while (close < list.size() && list[close] != '"') close += list[close] == '\\' ? 2 : 1;
      if (close >= list.size()) return std::nullopt;
      value = list.substr(1, close - 1);
      list.remove_prefix(close + 1);
      list.remove_prefix(std::min(list.find(','), list.size()));
    } else {
      size_t comma = std::min(list.find(','), list.size());
      value = trim(list.substr(0, comma));
      list.remove_prefix(comma);
    }
    if (!list.empty()) list.remove_prefix(1);
    if (equals_ignore_case(key, name)) return value;
  }
  return std::nullopt;
}

enum class Algorithm { kSha256, kMd5 };

std::string hash(Algorithm algorithm, std::string_view text) {
  uint8_t out[EVP_MAX_MD_SIZE];
  unsigned size = 0;
  const EVP_MD* digest = algorithm == Algorithm::kMd5 ? EVP_md5() : EVP_sha256();
  EW_CHECK(EVP_Digest(text.data(), text.size(), out, &size, digest, nullptr) == 1);
  return to_hex({out, size});
}

std::string joined(std::initializer_list<std::string_view> parts) {
  std::string text;
  bool first = true;
  for (std::string_view part : parts) {
    if (!first) text += ':';
    text += part;
    first = false;
  }
  return text;
}

}  // namespace

Digest::Digest(std::string realm, const Clock& clock)
    : realm_(std::move(realm)), clock_(clock), secret_(crypto::Secret::random(32)) {}

std::string Digest::signature(std::string_view nonce_head) const {
  auto mac = crypto::hmac_sha256(secret_.view(), as_bytes(nonce_head));
  return to_hex(ByteView(mac).first(16));
}

// The time and eight random bytes, signed: so that asking costs no memory here, however often it is done.
std::string Digest::make_nonce() {
  std::string head = std::to_string(clock_.monotonic_ns()) + "-" + random_token();
  return head + "-" + signature(head);
}

std::optional<int64_t> Digest::time_of(std::string_view nonce) const {
  size_t last = nonce.rfind('-');
  if (last == nonce.npos) return std::nullopt;
  std::string_view head = nonce.substr(0, last);
  if (!crypto::equal_constant_time(as_bytes(signature(head)), as_bytes(nonce.substr(last + 1))))
    return std::nullopt;
  auto time = parse_number(head.substr(0, head.find('-')), INT64_MAX);
  return time ? std::optional(static_cast<int64_t>(*time)) : std::nullopt;
}

bool Digest::is_new(std::string_view nonce, uint32_t count, int64_t made_ns) {
  int64_t now = clock_.monotonic_ns();
  if (used_.size() >= kMaxUsed)
    std::erase_if(used_, [now](const auto& entry) { return now - entry.second.made_ns > kNonceLife; });
  if (used_.size() >= kMaxUsed) used_.erase(used_.begin());  // The oldest: a nonce begins with its time.
  auto [entry, inserted] = used_.try_emplace(std::string(nonce), Use{count, made_ns});
  if (inserted) return true;
  if (count <= entry->second.count) return false;
  entry->second.count = count;
  return true;
}

Headers Digest::challenge(const Credentials& credentials, bool stale) {
  std::string nonce = make_nonce();
  auto line = [&](std::string_view algorithm) {
    return "Digest realm=" + quoted(realm_) + ", nonce=\"" + nonce +
           "\", qop=\"auth\", algorithm=" + std::string(algorithm) + (stale ? ", stale=true" : "");
  };
  // The strongest first (RFC 8760 section 2.3).
  Headers headers{{"WWW-Authenticate", line("SHA-256")}};
  if (credentials.allow_md5) headers.emplace_back("WWW-Authenticate", line("MD5"));
  return headers;
}

Digest::Verdict Digest::check(const sip::Message& request, const Credentials& credentials) {
  for (const sip::HeaderField& header : request.headers) {
    if (header.header != sip::Header::kAuthorization) continue;
    std::string value = line_safe(header.value);
    constexpr std::string_view kScheme = "Digest ";
    if (!starts_with_ignore_case(value, kScheme)) continue;
    std::string_view list = std::string_view(value).substr(kScheme.size());
    if (field(list, "realm") != realm_) continue;

    std::string_view name = field(list, "algorithm").value_or("MD5");
    bool is_sha256 = equals_ignore_case(name, "SHA-256");
    if (!is_sha256 && !(credentials.allow_md5 && equals_ignore_case(name, "MD5"))) return Verdict::kWrong;
    auto nonce = field(list, "nonce"), uri = field(list, "uri"), response = field(list, "response"),
         user = field(list, "username"), qop = field(list, "qop"), cnonce = field(list, "cnonce"),
         nc = field(list, "nc");
    if (!nonce || !uri || !response || !user || *user != credentials.user) return Verdict::kWrong;
    // Without qop nothing would tell a repeated request from a first one.
    if (!qop || !equals_ignore_case(*qop, "auth") || !cnonce || !nc) return Verdict::kWrong;
    uint8_t count[4];
    if (!from_hex(*nc, count)) return Verdict::kWrong;

    Algorithm algorithm = is_sha256 ? Algorithm::kSha256 : Algorithm::kMd5;
    std::string a1 = hash(algorithm, joined({credentials.user, realm_, credentials.password}));
    std::string a2 = hash(algorithm, joined({request.method_name, *uri}));
    std::string expected = hash(algorithm, joined({a1, *nonce, *nc, *cnonce, *qop, a2}));
    if (!crypto::equal_constant_time(as_bytes(expected), as_bytes(to_lower(*response))))
      return Verdict::kWrong;

    auto made = time_of(*nonce);
    if (!made || clock_.monotonic_ns() - *made > kNonceLife) return Verdict::kStale;
    return is_new(*nonce, ByteReader(count).u32be(), *made) ? Verdict::kAccepted : Verdict::kReplayed;
  }
  return Verdict::kMissing;
}

}  // namespace ew::sipua
