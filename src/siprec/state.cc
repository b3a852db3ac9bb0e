#include "siprec/state.h"

#include <algorithm>
#include <tuple>

namespace ew::siprec {
namespace {

// What makes an object the same one in a later document.
auto key_of(const Group& group) { return std::tie(group.id); }
auto key_of(const Session& session) { return std::tie(session.id); }
auto key_of(const Participant& participant) { return std::tie(participant.id); }
// A stream without an id is known by its label.
auto key_of(const Stream& stream) {
  return std::tie(stream.id, stream.id.empty() ? stream.label : stream.id);
}
auto key_of(const SessionRecording& recorded) { return std::tie(recorded.session); }
auto key_of(const ParticipantSession& in) { return std::tie(in.participant, in.session); }
auto key_of(const ParticipantStream& streams) { return std::tie(streams.participant); }

// False where there were too many.
template <typename Object>
bool merge(std::vector<Object>& known, const std::vector<Object>& said) {
  for (const Object& object : said) {
    auto same = std::find_if(known.begin(), known.end(),
                             [&](const Object& other) { return key_of(other) == key_of(object); });
    if (same != known.end()) {
      *same = object;
    } else if (known.size() < kMaxObjects) {
      known.push_back(object);
    } else {
      return false;
    }
  }
  return true;
}

// The extensions of an owner are said anew as a whole.
bool merge(std::vector<Extension>& known, const std::vector<Extension>& said) {
  std::erase_if(known, [&](const Extension& extension) {
    return std::any_of(said.begin(), said.end(),
                       [&](const Extension& other) { return other.owner == extension.owner; });
  });
  size_t room = kMaxObjects - known.size();
  known.insert(known.end(), said.begin(), said.begin() + static_cast<ptrdiff_t>(std::min(room, said.size())));
  return said.size() <= room;
}

// A document may speak of the same association in several elements; together they are one.
std::vector<ParticipantStream> joined(const std::vector<ParticipantStream>& said) {
  std::vector<ParticipantStream> result;
  for (const ParticipantStream& streams : said) {
    auto same = std::find_if(result.begin(), result.end(), [&](const ParticipantStream& other) {
      return other.participant == streams.participant;
    });
    if (same == result.end()) {
      result.push_back(streams);
      continue;
    }
    same->send.insert(same->send.end(), streams.send.begin(), streams.send.end());
    same->receive.insert(same->receive.end(), streams.receive.begin(), streams.receive.end());
    if (streams.associate_at) same->associate_at = streams.associate_at;
    if (streams.disassociate_at) same->disassociate_at = streams.disassociate_at;
  }
  return result;
}

}  // namespace

void State::apply(const Document& document, Findings& findings) {
  if (!document.understood) return;
  if (document.mode == DataMode::kComplete) {
    content_ = {};
    has_snapshot_ = true;
    wants_snapshot_ = false;
  } else if (!has_snapshot_ && !wants_snapshot_) {
    wants_snapshot_ = true;
    if (!document.is_damaged) findings.add(Rule::kPartialFirst);
  }
  const Content& said = document.content;
  bool all = merge(content_.groups, said.groups);
  all &= merge(content_.sessions, said.sessions);
  all &= merge(content_.participants, said.participants);
  all &= merge(content_.streams, said.streams);
  all &= merge(content_.session_recordings, said.session_recordings);
  all &= merge(content_.participant_sessions, said.participant_sessions);
  all &= merge(content_.participant_streams, joined(said.participant_streams));
  all &= merge(content_.extensions, said.extensions);
  if (!all) findings.add(Rule::kTooMany);
}

}  // namespace ew::siprec
