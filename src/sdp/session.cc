#include "sdp/session.h"

#include "base/text.h"

namespace ew::sdp {

Direction reversed(Direction direction) {
  switch (direction) {
    case Direction::kSendOnly:
      return Direction::kRecvOnly;
    case Direction::kRecvOnly:
      return Direction::kSendOnly;
    default:
      return direction;
  }
}

bool Media::is_rtp() const {
  for (std::string_view known :
       {"RTP/AVP", "RTP/SAVP", "RTP/AVPF", "RTP/SAVPF", "UDP/TLS/RTP/SAVP", "UDP/TLS/RTP/SAVPF"})
    if (equals_ignore_case(protocol, known)) return true;
  return false;
}

bool Media::is_secure() const {
  std::string lower = to_lower(protocol);
  return is_rtp() && (lower.ends_with("/savp") || lower.ends_with("/savpf"));
}

std::optional<Endpoint> Media::receive_endpoint() const {
  if (!address || address->is_unspecified() || port == 0) return std::nullopt;
  return Endpoint{*address, port};
}

bool Media::is_null_address() const { return address && address->is_unspecified(); }

const Format* Media::format(uint8_t payload_type) const {
  for (const Format& candidate : formats)
    if (candidate.payload_type == payload_type) return &candidate;
  return nullptr;
}

}  // namespace ew::sdp
