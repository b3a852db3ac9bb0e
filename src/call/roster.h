// Roster: the parties of a call that recording sessions bring, and the names they go by in the call's record
// ("caller", "callee", "party3"). A party keeps its name when a client gives it a new id, when a second
// session brings the same call, and when it leaves and comes back.
#pragma once

#include <string>
#include <vector>

#include "base/time.h"
#include "siprec/communication.h"

namespace ew::call {

class Call;

class Roster {
 public:
  static constexpr size_t kMaxParties = 256;

  struct Entry {
    std::string name;  // as participant of the call
    siprec::Party party;
    bool is_present = true;
  };

  // What the metadata says now. Who comes or goes after the first time is told as an event of the call.
  void update(const siprec::Communication& communication, WallTime at, Call& call);
  // Empty if it is not there.
  const std::string& name_of(const siprec::Party& party) const;
  const std::vector<Entry>& entries() const { return entries_; }
  static std::string name_at(size_t index);

 private:
  Entry* find(const siprec::Party& party, const siprec::Communication& communication);

  std::vector<Entry> entries_;
};

}  // namespace ew::call
