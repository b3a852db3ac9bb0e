// Session timers (RFC 4028): what a request and its response agree on. Pure.
#pragma once

#include <cstdint>
#include <string>

#include "sip/message.h"
#include "sipua/compose.h"

namespace ew::sipua {

struct SessionTimer {
  uint32_t interval_s = 0;  // 0: none was agreed on
  bool we_refresh = false;
  bool operator==(const SessionTimer&) const = default;
};

struct SessionTimerRules {
  uint32_t interval_s = 1'800;  // what we propose to a peer that knows timers and asks for none
  uint32_t min_s = 90;          // RFC 4028 section 5
};

struct TimerAnswer {
  bool too_small = false;  // 422 with Min-SE
  SessionTimer timer;
};

// What we, the server side, make of an INVITE's or UPDATE's Session-Expires (section 9).
TimerAnswer answer_timer(const sip::Message& request, const SessionTimerRules& rules);
// The headers of its 2xx. `peer_supports`: the request had Supported: timer.
Headers timer_headers(const SessionTimer& timer, bool peer_supports);
bool supports_timer(const sip::Message& message);

// The headers of a refresh that we send (section 7), in which roles stay as they are.
Headers refresh_headers(const SessionTimer& timer, const SessionTimerRules& rules);
// What the 2xx to it says; without Session-Expires there is no timer any more.
SessionTimer timer_of_response(const sip::Message& response);

}  // namespace ew::sipua
