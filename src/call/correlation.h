// Correlation: which call a new dialog belongs to. Rules from the strongest sign to the weakest; where none
// holds it is a new call.
#pragma once

#include <deque>
#include <optional>
#include <string>
#include <unordered_map>

#include "call/dialog.h"
#include "call/recent_dialogs.h"

namespace ew::call {

// A REFER that waits for the INVITE it asks for.
struct PendingTransfer {
  Transfer transfer;
  Call* call = nullptr;         // in which the REFER was sent
  std::string transferee_user;  // who was asked to call
  std::string transferor_user;
  WallTime at;
};

struct Relation {
  enum class Kind : uint8_t {
    kNone,
    kSameCall,  // another leg: a B2BUA's outgoing side
    kTransfer,  // a new call that follows from `parent`
  } kind = Kind::kNone;
  Call* call = nullptr;       // kSameCall: joined; kTransfer: the parent
  Call* consulted = nullptr;  // kTransfer with Replaces: the call that is replaced
};

class Correlator {
 public:
  static constexpr int64_t kTransferNs = 32 * kNsPerSec;  // from REFER to INVITE
  static constexpr int64_t kLegNs =
      180 * kNsPerSec;  // from the incoming INVITE to an outgoing one, while it is not answered
  static constexpr int64_t kAnsweredLegNs =
      5 * kNsPerSec;  // and once it is (queues answer first, then ring agents)
  // Where only the numbers speak: a B2BUA with one address per side.
  static constexpr int64_t kSameNumbersNs = 2 * kNsPerSec;
  static constexpr size_t kMaxPending = 4096;

  void note_transfer(const Transfer& transfer, Dialog& in, WallTime at);
  // `dialog` is new and already knows its first INVITE.
  Relation relate(const Dialog& dialog, const sip::Message& invite,
                  const std::unordered_map<std::string, Dialog*>& dialogs, WallTime at);
  // A dialog whose INVITE may still have outgoing legs.
  void note_incoming(const std::shared_ptr<Dialog>& dialog, WallTime at);
  void forget(const Call& call);

 private:
  const PendingTransfer* find_transfer(const Dialog& dialog, const sip::Message& invite, WallTime at);
  Call* find_same_id(const Dialog& dialog, WallTime at);
  Call* find_incoming_leg(const Dialog& dialog, WallTime at);
  Call* find_same_numbers(const Dialog& dialog, WallTime at);

  std::deque<PendingTransfer> pending_;
  RecentDialogs by_id_{kLegNs};               // by an id that a B2BUA carries on
  RecentDialogs by_caller_{kLegNs};           // by the host that received the INVITE, and the caller
  RecentDialogs by_numbers_{kSameNumbersNs};  // by caller and called
};

}  // namespace ew::call
