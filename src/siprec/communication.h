// The calls of a recording session as its metadata has them: per communication session its parties, who sends
// which labelled stream, and the ids it can be found by. This is where what vendors leave out is filled in.
#pragma once

#include "siprec/state.h"

namespace ew::siprec {

// A name by which a call may be found elsewhere.
struct ExternalId {
  std::string kind;  // "session", "group", "sip_session", or as the vendor calls it: "ucid", "x-call-tag"
  std::string value;
  bool operator==(const ExternalId&) const = default;
};

struct Party {
  std::string id;
  std::string aor;
  std::string user;  // of the address: usually a number
  std::string name;
  bool is_placeholder = false;  // stands for a party that the client does not know yet
  bool has_left = false;
  bool operator==(const Party&) const = default;
};

struct Track {  // a labelled stream
  std::string label;
  std::vector<size_t> senders;  // indexes of parties; several: a mixed stream; none: not known
  bool operator==(const Track&) const = default;
};

struct Communication {
  std::string id;  // empty: the metadata names no session
  std::string group;
  std::vector<std::string> sip_session_ids;
  bool has_ended = false;
  std::optional<WallTime> start_at, stop_at;
  // In the order of the metadata; where it tells who called, the caller first.
  std::vector<Party> parties;
  bool caller_is_told = false;
  std::vector<Track> tracks;
  std::vector<ExternalId> external_ids;  // at most kMaxIds
  static constexpr size_t kMaxIds = 128;
  bool operator==(const Communication&) const = default;
};

// In the order of the metadata. Where no session is named but parties or streams are, one without id.
std::vector<Communication> communications_of(const Content& content, Findings& findings);

}  // namespace ew::siprec
