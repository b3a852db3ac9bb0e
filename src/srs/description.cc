#include "srs/description.h"

#include <algorithm>
#include <array>

#include "base/text.h"
#include "crypto/crypto.h"

namespace ew::srs {
namespace {

using sdp::Direction;
using sdp::Media;

struct Suite {
  std::string_view name;
  size_t key_and_salt;
};
// Those that srtp/ opens.
constexpr std::array<Suite, 6> kSuites = {{{"AES_CM_128_HMAC_SHA1_80", 30},
                                           {"AES_CM_128_HMAC_SHA1_32", 30},
                                           {"AEAD_AES_128_GCM", 28},
                                           {"AEAD_AES_256_GCM", 44},
                                           {"AES_256_CM_HMAC_SHA1_80", 46},
                                           {"AES_256_CM_HMAC_SHA1_32", 46}}};

// What we may repeat of the peer's words within a line.
std::string safe(std::string_view text) {
  std::string result(text);
  std::replace_if(
      result.begin(), result.end(), [](char c) { return c == '\r' || c == '\n' || c == '\0'; }, ' ');
  return result;
}

// One word of it, for where a space would end it.
std::string safe_word(std::string_view text) {
  std::string word = safe(text);
  std::replace(word.begin(), word.end(), ' ', '_');
  return word;
}

// The m-lines' words behind "m=", for refusing also what sdp::parse() has no room for.
std::vector<std::string_view> media_lines(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = trim(text.substr(0, end));
    if (line.starts_with("m=")) lines.push_back(line.substr(2));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

// RFC 3264 section 6: a refused line names at least one format.
std::string first_format(std::string_view media_line) {
  std::string_view rest = media_line;
  for (int word = 0; word < 3; ++word) {
    size_t space = std::min(rest.find_first_of(" \t"), rest.size());
    rest = trim(rest.substr(space));
  }
  std::string_view format = rest.substr(0, rest.find_first_of(" \t"));
  return format.empty() ? "0" : safe_word(format);
}

std::string second_word(std::string_view media_line) {
  std::string_view rest =
      trim(media_line.substr(std::min(media_line.find_first_of(" \t"), media_line.size())));
  rest = trim(rest.substr(std::min(rest.find_first_of(" \t"), rest.size())));
  std::string_view protocol = rest.substr(0, rest.find_first_of(" \t"));
  return protocol.empty() ? "RTP/AVP" : safe_word(protocol);
}

std::optional<AgreedKey> choose_key(const Media& media) {
  for (const sdp::Crypto& offered : media.crypto) {
    for (const Suite& suite : kSuites) {
      if (!equals_ignore_case(offered.suite, suite.name) || offered.key_salt.size() != suite.key_and_salt)
        continue;
      if (offered.unauthenticated_srtp) continue;
      AgreedKey key{offered.tag, std::string(suite.name), "", Bytes(suite.key_and_salt)};
      if (offered.unencrypted_srtp) key.parameters += " UNENCRYPTED_SRTP";
      if (offered.unencrypted_srtcp) key.parameters += " UNENCRYPTED_SRTCP";
      crypto::random_bytes(key.own);
      return key;
    }
  }
  return std::nullopt;
}

void take_formats(const Media& media, Line& line) {
  for (const sdp::Format& format : media.formats) {
    std::string type = std::to_string(format.payload_type);
    line.formats += (line.formats.empty() ? "" : " ") + type;
    if (!format.encoding.empty()) {
      std::string encoding = safe_word(format.encoding);
      line.attributes += "a=rtpmap:" + type + " " + encoding + "/" + std::to_string(format.clock_rate);
      if (format.channels > 1) line.attributes += "/" + std::to_string(format.channels);
      line.attributes += "\r\n";
      line.encodings += (line.encodings.empty() ? "" : ", ") + encoding;
    }
    if (!format.parameters.empty())
      line.attributes += "a=fmtp:" + type + " " + safe(format.parameters) + "\r\n";
  }
}

// Where the peer's media and RTCP come from as far as its SDP tells, and whether it holds.
void take_addresses(const Media& media, Line& line) {
  line.is_null_hold = media.is_null_address();
  line.is_held =
      line.is_null_hold || media.direction == Direction::kInactive || media.direction == Direction::kRecvOnly;
  auto endpoint = media.receive_endpoint();
  // While it holds by an address of nothing, the former one is where it will come back to.
  if (!endpoint && line.is_null_hold) return;
  line.remote = endpoint;
  line.remote_rtcp = std::nullopt;
  if (!endpoint) return;
  if (line.has_rtcp_mux) {
    line.remote_rtcp = endpoint;
  } else {
    uint16_t port = media.rtcp_port.value_or(endpoint->port == UINT16_MAX ? 0 : endpoint->port + 1);
    if (port != 0) line.remote_rtcp = Endpoint{media.rtcp_address.value_or(endpoint->ip), port};
  }
}

struct Reason {
  std::string_view code;
  std::string text;
};

Reason why_not(const Media& media, const Rules& rules, bool has_key) {
  if (media.port == 0) return {kSwitchedOff, "switched off by the peer"};
  if (media.protocol.find("TLS") != std::string::npos) return {"dtls", "DTLS-SRTP is not supported"};
  if (!media.is_rtp()) return {"not_rtp", "not RTP"};
  if (media.type != "audio" && media.type != "video" && media.type != "text")
    return {"kind_not_recorded", "a kind that is not recorded"};
  if (media.formats.empty()) return {"no_payload_types", "no payload types"};
  if (media.is_secure() && !rules.takes_keys)
    return {"plain_keys", "its keys come over signalling that is not encrypted (allow_plain_keys)"};
  if (media.is_secure() && !has_key) return {"no_crypto_suite", "no crypto suite that is supported"};
  if (!media.is_secure() && !rules.takes_plain)
    return {"media_not_encrypted", "not encrypted (require_encryption)"};
  return {};
}

void refuse_line(Line& line, Reason reason) {
  line.is_accepted = false;
  line.why_not_code = reason.code;
  line.why_not = std::move(reason.text);
}

Line answer_line(const Media& media, std::string_view text, const Rules& rules, const Line* before) {
  Line line;
  line.type = media.type.empty() ? "audio" : safe_word(media.type);
  line.protocol = media.protocol.empty() ? second_word(text) : safe_word(media.protocol);
  line.label = safe(media.label);
  line.mid = safe(media.mid);
  line.ptime_ms = media.ptime_ms;
  line.has_rtcp_mux = media.rtcp_mux;
  if (media.is_secure()) line.key = choose_key(media);
  bool is_null = media.is_null_address();
  line.is_v4 = media.address && !is_null ? media.address->is_v4() : rules.signalling_is_v4;
  if (is_null && before) line.is_v4 = before->is_v4;
  Reason reason = why_not(media, rules, line.key.has_value());
  if (reason.code.empty() && !(line.is_v4 ? rules.has_v4 : rules.has_v6))
    reason = {line.is_v4 ? "no_ipv4" : "no_ipv6",
              std::string("no address of ours for IPv") + (line.is_v4 ? "4" : "6")};
  line.is_accepted = reason.code.empty();
  if (!line.is_accepted) {
    refuse_line(line, std::move(reason));
    line.formats = first_format(text);
    line.key.reset();
    return line;
  }
  take_formats(media, line);
  if (before && before->is_accepted) {
    line.remote = before->remote;
    line.remote_rtcp = before->remote_rtcp;
    if (before->is_v4 == line.is_v4) line.ports = before->ports;
    bool is_same_key = before->key && line.key && before->key->suite == line.key->suite;
    if (is_same_key) line.key->own = before->key->own;
  }
  take_addresses(media, line);
  return line;
}

std::string address_words(const IpAddress& ip) { return (ip.is_v4() ? "IN IP4 " : "IN IP6 ") + ip.text(); }

IpAddress advertised(const Line& line, const Writing& writing) {
  const auto& instead = line.is_v4 ? writing.advertised_v4 : writing.advertised_v6;
  if (instead) return *instead;
  if (line.ports) return line.ports->rtp.ip;
  return line.is_v4 ? IpAddress::v4(Bytes(4)) : IpAddress{};
}

void write_line(const Line& line, const Writing& writing, const IpAddress& session_address,
                std::string& out) {
  bool is_on = line.is_accepted && line.ports;
  out += "m=" + line.type + " " + std::to_string(is_on ? line.ports->rtp.port : 0) + " " + line.protocol +
         " " + (line.formats.empty() ? "0" : line.formats) + "\r\n";
  if (!is_on) return;
  if (IpAddress own = advertised(line, writing); own != session_address)
    out += "c=" + address_words(own) + "\r\n";
  out += line.attributes;
  if (line.ptime_ms != 0) out += "a=ptime:" + std::to_string(line.ptime_ms) + "\r\n";
  if (!line.label.empty()) out += "a=label:" + line.label + "\r\n";
  if (!line.mid.empty()) out += "a=mid:" + line.mid + "\r\n";
  if (line.has_rtcp_mux) out += "a=rtcp-mux\r\n";
  if (line.key)
    out += "a=crypto:" + std::to_string(line.key->tag) + " " + line.key->suite +
           " inline:" + crypto::to_base64(line.key->own) + line.key->parameters + "\r\n";
  out += writing.is_inactive || line.is_held ? "a=inactive\r\n" : "a=recvonly\r\n";
}

}  // namespace

std::vector<Line> answer_to(const sdp::Session& offer, std::string_view offer_text, const Rules& rules,
                            const std::vector<Line>& before) {
  auto texts = media_lines(offer_text);
  std::vector<Line> lines;
  for (size_t i = 0; i < offer.media.size(); ++i)
    lines.push_back(answer_line(offer.media[i], i < texts.size() ? texts[i] : "", rules,
                                i < before.size() ? &before[i] : nullptr));
  return lines;
}

void apply_answer(const sdp::Session& answer, std::vector<Line>& lines) {
  for (size_t i = 0; i < lines.size(); ++i) {
    Line& line = lines[i];
    const Media* media = i < answer.media.size() ? &answer.media[i] : nullptr;
    if (!line.is_accepted) continue;
    if (!media || media->port == 0) {
      refuse_line(line, {"refused_by_peer", "refused by the peer"});
      continue;
    }
    if (line.label.empty()) line.label = safe(media->label);
    line.has_rtcp_mux = line.has_rtcp_mux && media->rtcp_mux;
    take_addresses(*media, line);
    std::string encodings = std::exchange(line.encodings, "");
    for (const sdp::Format& format : media->formats)
      if (!format.encoding.empty())
        line.encodings += (line.encodings.empty() ? "" : ", ") + safe_word(format.encoding);
    if (line.encodings.empty()) line.encodings = std::move(encodings);
  }
}

std::vector<Line> first_offer(size_t count, bool is_v4) {
  std::vector<Line> lines;
  for (size_t i = 0; i < count; ++i) {
    Line line;
    line.type = "audio";
    line.protocol = "RTP/AVP";
    line.formats = "0 8 9 18 101";
    line.attributes =
        "a=rtpmap:0 PCMU/8000\r\na=rtpmap:8 PCMA/8000\r\na=rtpmap:9 G722/8000\r\na=rtpmap:18 G729/8000\r\n"
        "a=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-15\r\n";
    line.encodings = "PCMU, PCMA, G722, G729, telephone-event";
    line.label = count > 1 ? std::to_string(i + 1) : "";
    line.is_accepted = true;
    line.is_v4 = is_v4;
    lines.push_back(std::move(line));
  }
  return lines;
}

std::string write_sdp(const std::vector<Line>& lines, const Writing& writing) {
  auto first =
      std::find_if(lines.begin(), lines.end(), [](const Line& line) { return line.ports.has_value(); });
  if (first == lines.end()) first = lines.begin();
  IpAddress own = first == lines.end() ? IpAddress::v4(Bytes(4)) : advertised(*first, writing);
  std::string text = "v=0\r\no=- " + std::to_string(writing.session) + " " + std::to_string(writing.version) +
                     " " + address_words(own) + "\r\ns=-\r\nc=" + address_words(own) + "\r\nt=0 0\r\n";
  for (const Line& line : lines) write_line(line, writing, own, text);
  return text;
}

std::string_view find_sdp(const sip::Message& message) {
  if (auto part = sip::find_body(message, "application/sdp")) {
    if (part->bytes.size() > 1) return as_text(part->bytes);
  }
  // A multipart body whose boundary is missing or wrong, or a body without Content-Type.
  std::string_view body = as_text(message.body);
  std::string_view type = message.value(sip::Header::kContentType);
  if (!type.empty() && !starts_with_ignore_case(type, "multipart/")) return {};
  size_t begin = body.find("v=0");
  while (begin != body.npos && begin != 0 && body[begin - 1] != '\n') begin = body.find("v=0", begin + 1);
  if (begin == body.npos) return {};
  std::string_view text = body.substr(begin);
  return text.substr(0, text.find("\n--"));
}

}  // namespace ew::srs
