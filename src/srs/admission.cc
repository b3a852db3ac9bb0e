#include "srs/admission.h"

#include <algorithm>

#include "base/text.h"
#include "sipua/compose.h"
#include "sipua/session_timer.h"

namespace ew::srs {

using sip::Header;

bool fits(const PeerSettings& peer, const sipua::Flow& flow) {
  if (peer.networks.empty() && peer.certificate_names.empty()) return false;
  auto holds = [&](const Network& network) { return network.contains(flow.remote.ip); };
  if (!peer.networks.empty() && std::none_of(peer.networks.begin(), peer.networks.end(), holds)) return false;
  if (peer.certificate_names.empty()) return true;
  if (!flow.certificate_names) return false;
  auto is_shown = [&](const std::string& name) {
    return std::any_of(flow.certificate_names->begin(), flow.certificate_names->end(),
                       [&](const std::string& shown) { return equals_ignore_case(shown, name); });
  };
  return std::any_of(peer.certificate_names.begin(), peer.certificate_names.end(), is_shown);
}

Verdict admit(const sip::Message& invite, const siprec::Recognition& recognition, const PeerSettings& peer,
              const Settings& settings, Transport transport) {
  Verdict verdict;
  auto refuse = [&](int status, std::string_view code, std::string why) {
    verdict.status = status;
    verdict.code = code;
    verdict.why = std::move(why);
    return verdict;
  };
  bool is_session = peer.strict ? recognition.by_rfc : recognition.is_recording_session;
  if (!is_session) {
    int status = settings.when_not_recording == WhenNotRecording::kForbidden ? 403 : 488;
    if (peer.strict && recognition.is_recording_session)
      return refuse(status, "not_by_rfc", "not a recording session as RFC 7866 has it");
    return refuse(status, "no_recording_session", "not a recording session");
  }
  std::string unsupported;
  for (std::string_view option : invite.values(Header::kRequire))
    if (!equals_ignore_case(option, "siprec") && !equals_ignore_case(option, "timer"))
      unsupported += (unsupported.empty() ? "" : ", ") + std::string(option);
  if (!unsupported.empty() && peer.strict) {
    verdict.headers = {{"Unsupported", unsupported}};
    return refuse(420, "requires_unsupported", "requires " + unsupported);
  }
  if (!unsupported.empty()) {
    std::string detail = printable(unsupported, 80);
    verdict.peculiarities.push_back({"requires_unknown", "requires what is not known here", detail});
  }
  if (transport != Transport::kTls) {
    if (peer.require_encryption)
      return refuse(403, "signalling_not_encrypted", "signalling that is not encrypted (require_encryption)");
    verdict.peculiarities.push_back({"plain_signalling", "signals without encryption", ""});
  }
  sipua::SessionTimerRules timers{settings.session_expires_s, settings.min_session_expires_s};
  if (!sipua::answer_timer(invite, timers).too_small) return verdict;
  verdict.headers = {{"Min-SE", std::to_string(timers.min_s)}};
  return refuse(422, "interval_too_small", "a session interval that is too small");
}

Verdict unreadable(std::string why) {
  Verdict verdict;
  verdict.status = 488;
  verdict.code = "sdp_unreadable";
  verdict.why = std::move(why);
  return verdict;
}

Verdict admit(const std::vector<Line>& agreed) {
  Verdict verdict;
  bool has_accepted = false, has_refused = false;
  for (const Line& line : agreed) {
    has_accepted |= line.is_accepted;
    has_refused |= !line.is_accepted && line.why_not_code != kSwitchedOff;
    if (line.is_null_hold) verdict.peculiarities.push_back({"null_hold", "holds by c=0.0.0.0", ""});
  }
  if (!has_refused || has_accepted) return verdict;
  auto first = std::find_if(agreed.begin(), agreed.end(), [](const Line& line) { return !line.is_accepted; });
  verdict.status = 488;
  verdict.code = first->why_not_code;
  verdict.why = "no m-line can be taken: " + first->why_not;
  return verdict;
}

sipua::Headers explanation(int status, const std::string& why) {
  if (status != 488) return {};
  return {{"Warning", "399 earwitness " + sipua::quoted(why)}};
}

Rules rules_for(const PeerSettings& peer, Transport transport) {
  Rules rules;
  rules.takes_keys = transport == Transport::kTls || peer.allow_plain_keys;
  rules.takes_plain = !peer.require_encryption;
  return rules;
}

sipua::Headers capabilities() {
  return {{"Allow", std::string(sipua::UserAgent::allow())}, {"Supported", "siprec, timer"}};
}

sipua::Options agent_options(const Settings& settings) {
  sipua::Options options;
  options.contact_parameters = ";+sip.srs";  // RFC 7866 section 6.2
  options.advertised_v4 = settings.advertised_address;
  options.timers = {settings.session_expires_s, settings.min_session_expires_s};
  options.max_per_s_and_address = settings.max_messages_per_s_and_address;
  return options;
}

}  // namespace ew::srs
