#include "sipua/session_timer.h"

#include <algorithm>
#include <optional>

#include "base/text.h"

namespace ew::sipua {
namespace {

struct SessionExpires {
  uint32_t seconds = 0;
  std::string_view refresher;  // "uac", "uas" or empty
};

std::optional<SessionExpires> session_expires(const sip::Message& message) {
  std::string_view value = message.value(sip::Header::kSessionExpires);
  size_t semicolon = std::min(value.find(';'), value.size());
  auto seconds = parse_number(trim(value.substr(0, semicolon)), UINT32_MAX);
  if (!seconds) return std::nullopt;
  return SessionExpires{static_cast<uint32_t>(*seconds),
                        sip::parameter(value.substr(semicolon), "refresher").value_or("")};
}

}  // namespace

bool supports_timer(const sip::Message& message) {
  for (sip::Header header : {sip::Header::kSupported, sip::Header::kRequire})
    for (std::string_view option : message.values(header))
      if (equals_ignore_case(option, "timer")) return true;
  return false;
}

TimerAnswer answer_timer(const sip::Message& request, const SessionTimerRules& rules) {
  bool supported = supports_timer(request);
  auto asked = session_expires(request);
  if (asked && supported && asked->seconds < rules.min_s) return {true, {}};
  // Section 9's table. Who knows no timers gets none of his own accord; where a proxy asks for one, we
  // refresh.
  if (!asked) return {false, supported ? SessionTimer{rules.interval_s, false} : SessionTimer{}};
  bool we_refresh = !supported || equals_ignore_case(asked->refresher, "uas");
  return {false, {std::max(asked->seconds, rules.min_s), we_refresh}};
}

Headers timer_headers(const SessionTimer& timer, bool peer_supports) {
  if (timer.interval_s == 0) return {};
  Headers headers{{"Session-Expires",
                   std::to_string(timer.interval_s) + ";refresher=" + (timer.we_refresh ? "uas" : "uac")}};
  if (peer_supports) headers.emplace_back("Require", "timer");
  return headers;
}

Headers refresh_headers(const SessionTimer& timer, const SessionTimerRules& rules) {
  if (timer.interval_s == 0) return {};
  return {{"Session-Expires",
           std::to_string(timer.interval_s) + ";refresher=" + (timer.we_refresh ? "uac" : "uas")},
          {"Min-SE", std::to_string(rules.min_s)}};
}

SessionTimer timer_of_response(const sip::Message& response) {
  auto agreed = session_expires(response);
  if (!agreed || agreed->seconds == 0) return {};
  // In a response to our request "uac" is we.
  return {agreed->seconds, !equals_ignore_case(agreed->refresher, "uas")};
}

}  // namespace ew::sipua
