#include "siprec/client.h"

#include <algorithm>
#include <array>

#include "base/text.h"
#include "siprec/recognition.h"

namespace ew::siprec {
namespace {

constexpr size_t kLookedAt = 64 * 1024;  // of a body

struct Sign {
  enum class Place : uint8_t { kAgent, kHeaderName, kOrganization, kBody } place;
  std::string_view text;  // compared without case in headers
  std::string_view client;
};

// The sure ones first: several makers' devices pass on what others wrote.
constexpr std::array<Sign, 32> kSigns = {{
    {Sign::Place::kAgent, "OpenSIPS", "OpenSIPS"},
    {Sign::Place::kAgent, "Kamailio", "Kamailio"},
    {Sign::Place::kAgent, "FreeSWITCH", "FreeSWITCH"},
    {Sign::Place::kAgent, "Asterisk", "Asterisk"},
    {Sign::Place::kAgent, "Cisco-CUCM", "Cisco Unified Communications Manager"},
    {Sign::Place::kAgent, "Cisco-SIPGateway", "Cisco CUBE"},
    {Sign::Place::kAgent, "AudioCodes", "AudioCodes SBC"},
    {Sign::Place::kAgent, "Mediant", "AudioCodes SBC"},
    {Sign::Place::kAgent, "Acme", "Oracle SBC (Acme Packet)"},
    {Sign::Place::kAgent, "Oracle", "Oracle SBC (Acme Packet)"},
    {Sign::Place::kAgent, "Avaya", "Avaya SBCE"},
    {Sign::Place::kAgent, "Ribbon", "Ribbon SBC (Sonus)"},
    {Sign::Place::kAgent, "Sonus", "Ribbon SBC (Sonus)"},
    {Sign::Place::kAgent, "BroadWorks", "BroadWorks"},
    {Sign::Place::kAgent, "drachtio", "drachtio, jambonz"},
    {Sign::Place::kAgent, "jambonz", "drachtio, jambonz"},
    {Sign::Place::kAgent, "SEMS", "SEMS"},
    {Sign::Place::kHeaderName, "X-BroadWorks-Correlation-Info", "BroadWorks, Webex Calling"},
    {Sign::Place::kHeaderName, "X-Cisco-Recording-Participant", "Cisco CUBE"},
    {Sign::Place::kOrganization, "Metaswitch", "Metaswitch"},
    {Sign::Place::kBody, "metaswitch", "Metaswitch"},
    {Sign::Place::kBody, "schema.broadsoft.com", "BroadWorks, Webex Calling"},
    {Sign::Place::kBody, "o=BroadWorks ", "BroadWorks, Webex Calling"},
    {Sign::Place::kBody, "acmepacket.com/siprec", "Oracle SBC (Acme Packet)"},
    {Sign::Place::kBody, "jambonz.org/siprec", "drachtio, jambonz"},
    {Sign::Place::kBody, "o=AudioCodes", "AudioCodes SBC"},
    {Sign::Place::kBody, "ASBCE@", "Avaya SBCE"},
    {Sign::Place::kBody, "o=CiscoSystemsSIP-GW", "Cisco CUBE"},
    {Sign::Place::kBody, "o=Sonus", "Ribbon SBC (Sonus)"},
    {Sign::Place::kBody, "o=sems ", "SEMS"},
    {Sign::Place::kBody, "o=FreeSWITCH", "FreeSWITCH"},
    {Sign::Place::kBody, "--OSS-unique-boundary", "OpenSIPS"},
}};

bool has(std::string_view text, std::string_view wanted) {
  auto same = [](char a, char b) { return to_lower({&a, 1}) == to_lower({&b, 1}); };
  return std::search(text.begin(), text.end(), wanted.begin(), wanted.end(), same) != text.end();
}

bool is_there(const Sign& sign, const sip::Message& message) {
  switch (sign.place) {
    case Sign::Place::kAgent:
      return has(message.value(sip::Header::kUserAgent), sign.text) ||
             has(message.value(sip::Header::kServer), sign.text);
    case Sign::Place::kHeaderName:
      return !message.value(sign.text).empty();
    case Sign::Place::kOrganization:
      return has(message.value("Organization"), sign.text);
    case Sign::Place::kBody:
      return as_text(message.body).substr(0, kLookedAt).find(sign.text) != std::string_view::npos;
  }
  return false;
}

}  // namespace

Client client_of(const sip::Message& message) {
  for (const Sign& sign : kSigns)
    if (is_there(sign, message)) return {std::string(sign.client), sign.text};
  return {};
}

}  // namespace ew::siprec
