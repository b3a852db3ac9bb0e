// Whether an INVITE becomes a recording session, and what it is refused with if not. Pure, so that what would
// be answered can be told without a server.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "net/endpoint.h"
#include "siprec/recognition.h"
#include "sipua/user_agent.h"
#include "srs/description.h"
#include "srs/recording_server.h"

namespace ew::srs {

struct Verdict {
  int status = 0;          // what it is refused with; 0: it is not
  sipua::Headers headers;  // of the refusal
  std::string_view code;   // stable word for the reason, empty without one
  std::string why;         // in plain words
  std::vector<Peculiarity> peculiarities;
};

// Whether what comes this way comes from this peer.
bool fits(const PeerSettings& peer, const sipua::Flow& flow);

// By its headers and the peer's settings.
Verdict admit(const sip::Message& invite, const siprec::Recognition& recognition, const PeerSettings& peer,
              const Settings& settings, Transport transport);
// An offer that cannot be read.
Verdict unreadable(std::string why);
// By what could be agreed on of its offer.
Verdict admit(const std::vector<Line>& agreed);

// What tells the peer's administrator why an offer was refused.
sipua::Headers explanation(int status, const std::string& why);

// What the peer's settings and the way of its signalling allow; the families of our addresses are the
// caller's to fill in.
Rules rules_for(const PeerSettings& peer, Transport transport);

// Of every response that says what we can.
sipua::Headers capabilities();
// What our user agent is told of these settings.
sipua::Options agent_options(const Settings& settings);

}  // namespace ew::srs
