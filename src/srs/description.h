// What is agreed on with a peer, m-line by m-line, and its SDP (RFC 3264 offer and answer, RFC 7866
// section 7.2: as many m-lines as the peer's, in its order; what we take is recvonly with the peer's label).
// Pure but for keys, which are random.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sdp/session.h"
#include "sip/message.h"
#include "srs/media_ports.h"

namespace ew::srs {

// SDES (RFC 4568): which of the peer's keys is taken, and ours.
struct AgreedKey {
  uint32_t tag = 0;
  std::string suite;
  std::string parameters;  // session parameters, as answered
  Bytes own;               // key and salt
};

// Line::why_not_code where the peer itself wants nothing of the line.
constexpr std::string_view kSwitchedOff = "switched_off";

struct Line {
  std::string type, protocol;  // "audio", "RTP/AVP"
  std::string formats;         // of the m-line: "8 101"
  std::string attributes;      // a=rtpmap and a=fmtp lines of these formats
  std::string encodings;       // for people: "PCMA, telephone-event"
  std::string label, mid;
  uint32_t ptime_ms = 0;
  bool is_accepted = false;
  std::string why_not;            // in plain words
  std::string_view why_not_code;  // a stable word for it
  bool is_held = false;           // the peer sends nothing: inactive, recvonly, c=0.0.0.0
  bool is_null_hold = false;      // by c=0.0.0.0
  bool has_rtcp_mux = false;
  bool is_v4 = true;
  std::optional<AgreedKey> key;
  std::optional<Endpoint> remote, remote_rtcp;
  std::optional<PortPair> ports;  // while it is accepted
};

struct Rules {
  bool takes_keys = true;             // a=crypto may come over this signalling
  bool takes_plain = true;            // media without encryption is taken
  bool has_v4 = true, has_v6 = true;  // families that we have addresses of
  bool signalling_is_v4 = true;       // for peers that name no address
};

// What we make of an offer, and the ports that are still to be found: accepted lines without `ports`. What
// was agreed on before stays where it can: ports, our key.
std::vector<Line> answer_to(const sdp::Session& offer, std::string_view offer_text, const Rules& rules,
                            const std::vector<Line>& before);
// What the answer to an offer of ours changes.
void apply_answer(const sdp::Session& answer, std::vector<Line>& lines);
// The lines of our own offer, where the peer left it to us: audio of these labels.
std::vector<Line> first_offer(size_t count, bool is_v4);

struct Writing {
  uint64_t session = 0, version = 0;                      // of o=
  bool is_inactive = false;                               // we want nothing now
  std::optional<IpAddress> advertised_v4, advertised_v6;  // instead of the bound addresses
};
std::string write_sdp(const std::vector<Line>& lines, const Writing& writing);

// The SDP of a message, wherever it stands; also where the multipart body around it is broken. Empty if there
// is none.
std::string_view find_sdp(const sip::Message& message);

}  // namespace ew::srs
