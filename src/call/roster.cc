#include "call/roster.h"

#include <algorithm>

#include "call/call.h"

namespace ew::call {
namespace {

bool names(const siprec::Communication& communication, const std::string& id) {
  return std::any_of(communication.parties.begin(), communication.parties.end(),
                     [&](const siprec::Party& p) { return p.id == id; });
}

std::string described(const siprec::Party& party) {
  const std::string& who = party.user.empty() ? party.aor : party.user;
  return party.name.empty() || party.name == who ? who : party.name + " " + who;
}

}  // namespace

std::string Roster::name_at(size_t index) {
  return index == 0 ? "caller" : index == 1 ? "callee" : "party" + std::to_string(index + 1);
}

Roster::Entry* Roster::find(const siprec::Party& party, const siprec::Communication& communication) {
  for (Entry& entry : entries_)
    if (entry.party.id == party.id) return &entry;
  // Under a new id: the same address, or the place that was kept for a party not known yet.
  for (Entry& entry : entries_)
    if (!party.user.empty() && entry.party.user == party.user && !names(communication, entry.party.id))
      return &entry;
  for (Entry& entry : entries_)
    if (entry.party.is_placeholder && !names(communication, entry.party.id)) return &entry;
  return nullptr;
}

void Roster::update(const siprec::Communication& communication, WallTime at, Call& call) {
  bool is_first = entries_.empty();
  for (const siprec::Party& party : communication.parties) {
    Entry* entry = find(party, communication);
    if (!entry) {
      if (entries_.size() >= kMaxParties) return;
      entries_.push_back({name_at(entries_.size()), party, !party.has_left});
      if (!is_first && !party.has_left) call.add_event(at, "joined", entries_.back().name, described(party));
      continue;
    }
    bool is_new_face = entry->party.is_placeholder && !party.is_placeholder;
    bool comes = !party.has_left && (!entry->is_present || is_new_face);
    bool goes = party.has_left && entry->is_present;
    entry->is_present = !party.has_left;
    if (party.is_placeholder && !entry->party.is_placeholder) continue;  // another session knows more
    entry->party = party;
    if (comes) call.add_event(at, "joined", entry->name, described(party));
    if (goes) call.add_event(at, "left", entry->name, described(party));
  }
  for (Entry& entry : entries_) {
    if (!entry.is_present || names(communication, entry.party.id)) continue;
    bool is_renamed =
        std::any_of(communication.parties.begin(), communication.parties.end(),
                    [&](const siprec::Party& p) { return !p.user.empty() && p.user == entry.party.user; });
    if (is_renamed) continue;
    entry.is_present = false;
    if (!entry.party.is_placeholder) call.add_event(at, "left", entry.name, described(entry.party));
  }
}

const std::string& Roster::name_of(const siprec::Party& party) const {
  static const std::string kNobody;
  for (const Entry& entry : entries_)
    if (entry.party.id == party.id) return entry.name;
  for (const Entry& entry : entries_)
    if (!party.user.empty() && entry.party.user == party.user) return entry.name;
  return kNobody;
}

}  // namespace ew::call
