#include "siprec/communication.h"

#include <algorithm>
#include <unordered_map>
#include <unordered_set>

#include "base/text.h"
#include "sip/message.h"

namespace ew::siprec {
namespace {

template <typename T>
bool contains(const std::vector<T>& list, const T& value) {
  return std::find(list.begin(), list.end(), value) != list.end();
}

// Avaya's SBC fills the place of a party it does not know yet with itself.
bool stands_for_nobody(const Party& party) {
  return party.id == "abcdef12345678901234" ||
         (equals_ignore_case(party.user, "ASBCE") && party.name.empty());
}

Party party_of(const Participant& participant) {
  Party party;
  party.id = participant.id;
  for (const NameId& name : participant.names) {
    if (party.aor.empty()) party.aor = name.aor;
    if (party.name.empty()) party.name = name.name;
  }
  party.user = user_of(party.aor);
  party.is_placeholder = stands_for_nobody(party);
  return party;
}

// What a vendor's extension says about who called whom.
class VendorRoles {
 public:
  explicit VendorRoles(const Content& content) : content_(content) {
    // Oracle: <apkt:callingParty>true</apkt:callingParty> in the participant.
    for (const Extension& extension : content.extensions)
      for (const Extension::Value& value : extension.values)
        if (equals_ignore_case(value.name, "callingParty") && equals_ignore_case(value.value, "true"))
          flagged_.insert(extension.owner);
  }

  // The index of the caller, if it is told.
  std::optional<size_t> caller(const Communication& call) const {
    for (size_t i = 0; i < call.parties.size(); ++i)
      if (flagged_.contains(call.parties[i].id)) return i;
    for (const Extension& extension : content_.extensions) {
      if (!extension.owner.empty() && extension.owner != call.id && extension.owner != call.group) continue;
      for (const Extension::Value& value : extension.values)
        if (auto found = named_caller(call, value)) return found;
    }
    return std::nullopt;
  }

 private:
  // BroadWorks and Metaswitch name the calling number, Ribbon the From header.
  static std::optional<size_t> named_caller(const Communication& call, const Extension::Value& value) {
    std::string user;
    if (equals_ignore_case(value.name, "callingPartyNumber")) {
      user = user_of(value.value);
    } else if (equals_ignore_case(value.name, "fromhdr")) {
      if (auto address = sip::parse_name_address(value.value)) user = user_of(address->uri);
    }
    if (user.empty()) return std::nullopt;
    std::optional<size_t> found;
    for (size_t i = 0; i < call.parties.size(); ++i) {
      if (call.parties[i].user != user) continue;
      if (found) return std::nullopt;
      found = i;
    }
    return found;
  }

  const Content& content_;
  std::unordered_set<std::string_view> flagged_;
};

class Resolver {
 public:
  Resolver(const Content& content, Findings& findings)
      : content_(content), findings_(findings), roles_(content) {
    for (const Stream& stream : content.streams)
      if (!stream.id.empty()) session_of_stream_[stream.id] = stream.session;
    for (const ParticipantSession& in : content.participant_sessions)
      sessions_of_[in.participant].push_back(&in);
    for (const ParticipantStream& streams : content.participant_streams)
      if (!streams.disassociate_at)
        for (const std::string& id : streams.send) senders_of_[id].push_back(streams.participant);
  }

  std::vector<Communication> run() {
    std::vector<Communication> calls;
    for (const Session& session : content_.sessions) calls.push_back(begin(session));
    if (calls.empty() && (!content_.participants.empty() || !content_.streams.empty())) calls.emplace_back();
    is_only_ = calls.size() == 1;
    for (Communication& call : calls) {
      add_parties(call);
      add_tracks(call);
      put_caller_first(call);
      add_ids(call);
    }
    return calls;
  }

 private:
  Communication begin(const Session& session) const {
    Communication call;
    call.id = session.id;
    call.group = session.group;
    call.sip_session_ids = session.sip_session_ids;
    call.start_at = session.start_at;
    call.stop_at = session.stop_at;
    for (const SessionRecording& recorded : content_.session_recordings) {
      if (recorded.session != session.id) continue;
      if (!call.start_at) call.start_at = recorded.associate_at;
      if (!call.stop_at) call.stop_at = recorded.disassociate_at;
    }
    call.has_ended = call.stop_at.has_value();
    return call;
  }

  bool sends_into(std::string_view participant, const std::string& session) const {
    for (const auto& [stream, senders] : senders_of_) {
      auto of = session_of_stream_.find(stream);
      if (of != session_of_stream_.end() && of->second == session && contains(senders, participant))
        return true;
    }
    return false;
  }

  void add_parties(Communication& call) const {
    for (const Participant& participant : content_.participants) {
      bool is_in = false, has_left = false, is_elsewhere = false;
      if (auto known = sessions_of_.find(participant.id); known != sessions_of_.end()) {
        for (const ParticipantSession* in : known->second) {
          (in->session == call.id ? is_in : is_elsewhere) = true;
          if (in->session == call.id) has_left = in->disassociate_at.has_value();
        }
      }
      // Without the association: by what it sends, or because there is one call only.
      if (!is_in && !is_elsewhere) is_in = is_only_ || sends_into(participant.id, call.id);
      if (!is_in) continue;
      Party party = party_of(participant);
      party.has_left = has_left;
      if (party.is_placeholder) findings_.add(Rule::kPlaceholder, party.aor);
      call.parties.push_back(std::move(party));
    }
  }

  void add_tracks(Communication& call) const {
    bool is_told = false;
    for (const Stream& stream : content_.streams) {
      bool is_in = stream.session == call.id || (stream.session.empty() && is_only_);
      if (!is_in || stream.label.empty()) continue;
      Track track;
      track.label = stream.label;
      if (auto senders = senders_of_.find(stream.id); senders != senders_of_.end()) {
        is_told = true;
        for (size_t i = 0; i < call.parties.size(); ++i)
          if (!call.parties[i].has_left && contains(senders->second, std::string_view(call.parties[i].id)))
            track.senders.push_back(i);
      }
      call.tracks.push_back(std::move(track));
    }
    fill_in(call, is_told);
  }

  // One stream that has no sender and one party that sends nothing belong together; where nothing at all is
  // told, as many streams as parties do, in their order.
  void fill_in(Communication& call, bool is_told) const {
    std::vector<size_t> silent;
    for (size_t i = 0; i < call.parties.size(); ++i) {
      bool sends = std::any_of(call.tracks.begin(), call.tracks.end(),
                               [&](const Track& track) { return contains(track.senders, i); });
      if (!sends && !call.parties[i].has_left) silent.push_back(i);
    }
    std::vector<Track*> open;
    for (Track& track : call.tracks)
      if (track.senders.empty()) open.push_back(&track);
    if (open.empty() || open.size() != silent.size() || (is_told && open.size() > 1)) return;
    if (!is_told) findings_.add(Rule::kAssociationsMissing);
    for (size_t i = 0; i < open.size(); ++i) open[i]->senders.push_back(silent[i]);
  }

  void put_caller_first(Communication& call) const {
    auto caller = roles_.caller(call);
    call.caller_is_told = caller.has_value();
    if (!caller || *caller == 0) return;
    auto place = [&](size_t index) { return index == *caller ? 0 : index < *caller ? index + 1 : index; };
    std::rotate(call.parties.begin(), call.parties.begin() + static_cast<ptrdiff_t>(*caller),
                call.parties.begin() + static_cast<ptrdiff_t>(*caller) + 1);
    for (Track& track : call.tracks)
      for (size_t& sender : track.senders) sender = place(sender);
  }

  void add_ids(Communication& call) const {
    auto add = [&](std::string_view kind, std::string_view value) {
      ExternalId id{std::string(kind), std::string(value)};
      if (!value.empty() && call.external_ids.size() < Communication::kMaxIds &&
          !contains(call.external_ids, id))
        call.external_ids.push_back(std::move(id));
    };
    add("session", call.id);
    add("group", call.group);
    for (const std::string& id : call.sip_session_ids) add("sip_session", id);
    std::unordered_set<std::string_view> owners{"", call.id, call.group};
    for (const Party& party : call.parties) owners.insert(party.id);
    for (const Extension& extension : content_.extensions) {
      if (!is_only_ && !owners.contains(extension.owner)) continue;
      for (const Extension::Value& value : extension.values) add(to_lower(value.name), value.value);
    }
  }

  const Content& content_;
  Findings& findings_;
  VendorRoles roles_;
  std::unordered_map<std::string_view, std::string_view> session_of_stream_;
  std::unordered_map<std::string_view, std::vector<const ParticipantSession*>> sessions_of_;
  std::unordered_map<std::string_view, std::vector<std::string_view>> senders_of_;  // participants, by stream
  bool is_only_ = false;
};

}  // namespace

std::vector<Communication> communications_of(const Content& content, Findings& findings) {
  return Resolver(content, findings).run();
}

}  // namespace ew::siprec
