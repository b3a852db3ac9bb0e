// SDP (RFC 8866) as used by offer/answer (RFC 3264) and SDES-SRTP (RFC 4568). Pure: bytes in, struct or error
// out.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "net/endpoint.h"

namespace ew::sdp {

constexpr size_t kMaxMedia = 64;         // m-lines
constexpr size_t kMaxFormats = 256;      // per m-line
constexpr size_t kMaxAttributes = 1024;  // in all
constexpr size_t kMaxLine = 8 * 1024;

enum class Direction : uint8_t { kSendRecv, kSendOnly, kRecvOnly, kInactive };
Direction reversed(Direction direction);  // as the other side sees it

// One payload type of an m-line with its rtpmap and fmtp; static payload types (RFC 3551) are filled in
// without rtpmap.
struct Format {
  uint8_t payload_type = 0;
  std::string encoding;  // "PCMA", "opus", as written; empty if the type is dynamic and has no rtpmap
  uint32_t clock_rate = 0;
  uint8_t channels = 1;
  std::string parameters;  // fmtp
};

// a=crypto of RFC 4568: the first key of an inline list.
struct Crypto {
  uint32_t tag = 0;
  std::string suite;  // "AES_CM_128_HMAC_SHA1_80"
  Bytes key_salt;     // decoded key||salt
  uint8_t mki_length = 0;
  bool unencrypted_srtp = false, unauthenticated_srtp = false, unencrypted_srtcp = false;
};

struct Media {
  std::string type;                   // "audio", "video", "image", …, lower case
  std::string protocol;               // "RTP/AVP", "RTP/SAVP", "udptl"
  uint16_t port = 0;                  // 0: rejected or disabled
  std::optional<IpAddress> address;   // of c= (media's, else the session's); nothing if it is a name
  std::optional<uint16_t> rtcp_port;  // a=rtcp
  std::optional<IpAddress> rtcp_address;
  bool rtcp_mux = false;
  Direction direction = Direction::kSendRecv;
  std::vector<Format> formats;
  std::vector<Crypto> crypto;
  std::string label, mid;
  uint32_t ptime_ms = 0;
  bool has_fingerprint = false;  // DTLS-SRTP

  bool is_rtp() const;     // RTP/AVP, RTP/SAVP, RTP/AVPF, RTP/SAVPF and their UDP/TLS forms
  bool is_secure() const;  // SAVP, SAVPF
  // Where this side wants to receive, if it does: address and port known and non-zero. The direction does not
  // matter: senders that ignore a hold are recorded too.
  std::optional<Endpoint> receive_endpoint() const;
  // Hold of RFC 2543: c=0.0.0.0.
  bool is_null_address() const;
  const Format* format(uint8_t payload_type) const;
};

struct Session {
  std::string origin;  // the o= line's value
  uint64_t version = 0;
  std::optional<IpAddress> address;
  std::string name;
  std::vector<Media> media;
};

// Tolerant of what real devices send (missing v=, s=, t=; unknown lines; LF endings); an error only where
// nothing sensible can be taken from it or a limit is exceeded. A broken m-line becomes a Media with port 0,
// so that the positions of the others stay right.
Result<Session> parse(ByteView bytes);

// RFC 3551 table: encoding, clock rate and channels of a static payload type; nothing if unassigned or
// dynamic.
std::optional<Format> static_format(uint8_t payload_type);

// The text, a body or a whole message, with the keys of its a=crypto, a=key-mgmt and k= lines overwritten by
// the letters of "REDACTED" over and over: what is stored. The length stays the same, so that Content-Length
// stays right. A key line that is not as its RFC has it is overwritten whole.
std::string redact_keys(std::string_view sdp_or_message);

}  // namespace ew::sdp
