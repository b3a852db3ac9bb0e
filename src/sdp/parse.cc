#include <algorithm>
#include <bitset>

#include "base/text.h"
#include "sdp/crypto_line.h"
#include "sdp/session.h"
#include "sdp/words.h"

namespace ew::sdp {
namespace {

constexpr uint64_t kMaxPayloadType = 127;

// Whether there was a c= line matters apart from its address: one with a name hides the session's.
struct Connection {
  bool present = false;
  std::optional<IpAddress> address;
};

// What stands before the first m-line and holds for every media that says nothing else (RFC 8866 section 5).
struct Defaults {
  Connection connection;
  Direction direction = Direction::kSendRecv;
  bool has_fingerprint = false;
};

// "IN IP4 192.0.2.1/127/2": time to live and count belong to multicast and are dropped.
std::optional<IpAddress> read_address(std::string_view value) {
  next_word(value);
  next_word(value);
  std::string_view text = next_word(value);
  return IpAddress::parse(text.substr(0, text.find('/')));
}

std::optional<Direction> direction_named(std::string_view name) {
  if (name == "sendrecv") return Direction::kSendRecv;
  if (name == "sendonly") return Direction::kSendOnly;
  if (name == "recvonly") return Direction::kRecvOnly;
  if (name == "inactive") return Direction::kInactive;
  return std::nullopt;
}

class Parser {
 public:
  Result<Session> run(std::string_view text) {
    while (!text.empty()) {
      std::string_view line = next_field(text, '\n');
      if (line.size() > kMaxLine) return Error(ErrorCode::kLimit, "SDP line is too long");
      if (line.ends_with('\r')) line.remove_suffix(1);
      if (line.size() < 2 || line[1] != '=') continue;
      TRY(read_line(line[0], trim(line.substr(2))));
    }
    if (!recognised_) return Error(ErrorCode::kInvalid, "no SDP line found");
    finish_media();
    session_.address = defaults_.connection.address;
    return std::move(session_);
  }

 private:
  Status read_line(char type, std::string_view value) {
    switch (type) {
      case 'v':
        break;
      case 'o':
        read_origin(value);
        break;
      case 's':
        session_.name = value;
        break;
      case 'c':
        read_connection(value);
        break;
      case 'm':
        return start_media(value);
      case 'a':
        return read_attribute(value);
      default:
        return {};
    }
    recognised_ = true;
    return {};
  }

  void read_origin(std::string_view value) {
    session_.origin = value;
    next_word(value);
    next_word(value);
    session_.version = parse_number(next_word(value), UINT64_MAX).value_or(0);
  }

  // Of several c= lines (layers of multicast) the first counts.
  void read_connection(std::string_view value) {
    Connection& connection = session_.media.empty() ? defaults_.connection : connection_;
    if (!connection.present) connection = {true, read_address(value)};
  }

  Status start_media(std::string_view value) {
    if (session_.media.size() == kMaxMedia) return Error(ErrorCode::kLimit, "SDP has too many m-lines");
    recognised_ = true;
    finish_media();
    Media& media = session_.media.emplace_back();
    connection_ = {};
    media.direction = defaults_.direction;
    media.has_fingerprint = defaults_.has_fingerprint;

    media.type = to_lower(next_word(value));
    std::string_view port = next_word(value);
    media.protocol = next_word(value);
    // "49170/2" asks for a range of ports, which no telephone does: the first is taken.
    media.port = static_cast<uint16_t>(parse_number(port.substr(0, port.find('/')), UINT16_MAX).value_or(0));
    if (!media.is_rtp()) return {};
    TRY(read_formats(value, media));
    if (media.formats.empty()) media.port = 0;
    return {};
  }

  Status read_formats(std::string_view value, Media& media) {
    std::bitset<kMaxPayloadType + 1> seen;
    size_t count = 0;
    for (std::string_view word = next_word(value); !word.empty(); word = next_word(value)) {
      if (++count > kMaxFormats) return Error(ErrorCode::kLimit, "SDP m-line has too many formats");
      auto type = parse_number(word, kMaxPayloadType);
      if (!type || seen[*type]) continue;
      seen.set(*type);
      Format unknown;
      unknown.payload_type = static_cast<uint8_t>(*type);
      media.formats.push_back(static_format(unknown.payload_type).value_or(unknown));
    }
    return {};
  }

  void finish_media() {
    if (session_.media.empty()) return;
    session_.media.back().address = connection_.present ? connection_.address : defaults_.connection.address;
  }

  Status read_attribute(std::string_view value) {
    if (++attributes_ > kMaxAttributes) return Error(ErrorCode::kLimit, "SDP has too many attributes");
    recognised_ = true;
    std::string_view name = next_field(value, ':');
    if (session_.media.empty()) {
      if (auto direction = direction_named(name)) defaults_.direction = *direction;
      if (name == "fingerprint") defaults_.has_fingerprint = true;
    } else {
      read_media_attribute(name, value, session_.media.back());
    }
    return {};
  }

  void read_media_attribute(std::string_view name, std::string_view value, Media& media) {
    if (auto direction = direction_named(name))
      media.direction = *direction;
    else if (name == "rtpmap")
      read_rtpmap(value, media);
    else if (name == "fmtp")
      read_fmtp(value, media);
    else if (name == "rtcp")
      read_rtcp(value, media);
    else if (name == "rtcp-mux")
      media.rtcp_mux = true;
    else if (name == "label")
      media.label = trim(value);
    else if (name == "mid")
      media.mid = trim(value);
    else if (name == "ptime")
      media.ptime_ms = static_cast<uint32_t>(parse_number(trim(value), UINT32_MAX).value_or(0));
    else if (name == "fingerprint")
      media.has_fingerprint = true;
    else if (equals_ignore_case(name, "crypto"))
      read_crypto(value, media);
  }

  // The format that an attribute names first, if the m-line lists it.
  static Format* take_format(std::string_view& value, Media& media) {
    auto type = parse_number(next_word(value), kMaxPayloadType);
    for (Format& format : media.formats)
      if (type && format.payload_type == *type) return &format;
    return nullptr;
  }

  // "96 opus/48000/2"
  static void read_rtpmap(std::string_view value, Media& media) {
    Format* format = take_format(value, media);
    std::string_view encoding = next_field(value, '/');
    auto clock_rate = parse_number(trim(next_field(value, '/')), UINT32_MAX);
    if (!format || trim(encoding).empty() || !clock_rate || *clock_rate == 0) return;
    format->encoding = trim(encoding);
    format->clock_rate = static_cast<uint32_t>(*clock_rate);
    format->channels =
        static_cast<uint8_t>(std::max<uint64_t>(parse_number(trim(value), UINT8_MAX).value_or(1), 1));
  }

  static void read_fmtp(std::string_view value, Media& media) {
    if (Format* format = take_format(value, media)) format->parameters = trim(value);
  }

  // "53020" or "53020 IN IP6 2001:db8::20" (RFC 3605)
  static void read_rtcp(std::string_view value, Media& media) {
    auto port = parse_number(next_word(value), UINT16_MAX);
    if (!port || *port == 0) return;
    media.rtcp_port = static_cast<uint16_t>(*port);
    media.rtcp_address = read_address(value);
  }

  static void read_crypto(std::string_view value, Media& media) {
    if (auto crypto = parse_crypto(value)) media.crypto.push_back(std::move(*crypto));
  }

  Session session_;
  Defaults defaults_;
  Connection connection_;  // of the media being read
  size_t attributes_ = 0;
  bool recognised_ = false;
};

}  // namespace

Result<Session> parse(ByteView bytes) { return Parser().run(as_text(bytes)); }

}  // namespace ew::sdp
