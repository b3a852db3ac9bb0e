#include "call/correlation.h"

#include <algorithm>

#include "call/common_internal.h"

namespace ew::call {
namespace {

// The user by which the two sides of a dialog are known.
const std::string& user_of(const Dialog& dialog, Side side) {
  return side == Side::kCaller ? dialog.from_user : dialog.to_user;
}

// Keys: the kind first, so that a Call-ID never meets a session id.
std::string id_key(char kind, const std::string& id) { return std::string(1, kind) + id; }

std::string caller_key(const IpAddress& host, const std::string& caller) {
  return std::string(as_text(host.bytes)) + caller;
}

std::string numbers_key(const Dialog& dialog) { return dialog.from_user + '\n' + dialog.to_user; }

}  // namespace

void Correlator::note_transfer(const Transfer& transfer, Dialog& in, WallTime at) {
  if (pending_.size() >= kMaxPending) pending_.pop_front();
  pending_.push_back({transfer, in.call, user_of(in, other(transfer.by)), user_of(in, transfer.by), at});
}

void Correlator::note_incoming(const std::shared_ptr<Dialog>& dialog, WallTime at) {
  by_id_.add(id_key('c', dialog->leg.sip_call_id), dialog, at);
  if (!dialog->session_id.empty()) by_id_.add(id_key('s', dialog->session_id), dialog, at);
  if (!dialog->charging_id.empty()) by_id_.add(id_key('v', dialog->charging_id), dialog, at);
  if (dialog->from_user.empty()) return;
  by_caller_.add(caller_key(dialog->first_destination.ip, dialog->from_user), dialog, at);
  if (!dialog->to_user.empty() && !stands_for_nobody(dialog->from_user))
    by_numbers_.add(numbers_key(*dialog), dialog, at);
}

void Correlator::forget(const Call& call) {
  std::erase_if(pending_, [&](const PendingTransfer& p) { return p.call == &call; });
}

const PendingTransfer* Correlator::find_transfer(const Dialog& dialog, const sip::Message& invite,
                                                 WallTime at) {
  std::erase_if(pending_, [&](const PendingTransfer& p) { return at - p.at > kTransferNs; });
  std::string_view referred_by = invite.value(sip::Header::kReferredBy);
  for (auto pending = pending_.rbegin(); pending != pending_.rend(); ++pending) {
    bool target =
        !pending->transfer.target_user.empty() && (pending->transfer.target_user == dialog.dialled_user ||
                                                   pending->transfer.target_user == dialog.to_user);
    if (!target) continue;
    // Called by the one who was asked to, or on behalf of the one who asked.
    if (dialog.from_user == pending->transferee_user || dialog.from_user == pending->transferor_user ||
        !referred_by.empty()) {
      return &*pending;
    }
  }
  return nullptr;
}

// Ids that a B2BUA carries from one leg to the other.
Call* Correlator::find_same_id(const Dialog& dialog, WallTime at) {
  Call* call = nullptr;
  auto take = [&](const Dialog& incoming) {
    if (incoming.call != dialog.call && incoming.first_destination.ip == dialog.first_source.ip)
      call = incoming.call;
    return call != nullptr;
  };
  if (!dialog.original_call_id.empty()) by_id_.find(id_key('c', dialog.original_call_id), at, take);
  if (!call && !dialog.session_id.empty()) by_id_.find(id_key('s', dialog.session_id), at, take);
  if (!call && !dialog.charging_id.empty()) by_id_.find(id_key('v', dialog.charging_id), at, take);
  return call;
}

// The host that sends this INVITE has just received one from the same caller, which is not answered yet: its
// outgoing leg.
Call* Correlator::find_incoming_leg(const Dialog& dialog, WallTime at) {
  if (dialog.from_user.empty()) return nullptr;
  Call* same_numbers = nullptr;
  Call* same_caller = nullptr;
  bool ambiguous = false;
  by_caller_.find(caller_key(dialog.first_source.ip, dialog.from_user), at, [&](const Dialog& incoming) {
    bool waiting =
        !incoming.ended && (!incoming.answered() || at - *incoming.leg.answer_at <= kAnsweredLegNs);
    if (incoming.call == dialog.call || !waiting) return false;
    if (dialog.dialled_user == incoming.dialled_user || dialog.to_user == incoming.to_user) {
      same_numbers = incoming.call;
      return true;
    }
    ambiguous |= same_caller && same_caller != incoming.call;
    same_caller = incoming.call;
    return false;
  });
  if (same_numbers) return same_numbers;
  return ambiguous ? nullptr : same_caller;
}

// An SBC or B2BUA that receives on one address and sends on another: the same caller calls the same number
// from elsewhere while that call is still being set up. Numbers that stand for nobody prove nothing.
Call* Correlator::find_same_numbers(const Dialog& dialog, WallTime at) {
  if (dialog.from_user.empty() || dialog.to_user.empty() || stands_for_nobody(dialog.from_user))
    return nullptr;
  Call* call = nullptr;
  by_numbers_.find(numbers_key(dialog), at, [&](const Dialog& incoming) {
    bool elsewhere = incoming.first_source.ip != dialog.first_source.ip &&
                     incoming.first_destination.ip != dialog.first_destination.ip;
    if (incoming.call == dialog.call || !elsewhere || incoming.ended || incoming.answered()) return false;
    call = incoming.call;
    return true;
  });
  return call;
}

Relation Correlator::relate(const Dialog& dialog, const sip::Message& invite,
                            const std::unordered_map<std::string, Dialog*>& dialogs, WallTime at) {
  Relation relation;
  const PendingTransfer* transfer = find_transfer(dialog, invite, at);
  if (auto replaces = sip::parse_replaces(invite.value(sip::Header::kReplaces))) {
    auto replaced = dialogs.find(replaces->call_id);
    if (replaced != dialogs.end()) {
      relation.kind = Relation::Kind::kTransfer;
      relation.consulted = replaced->second->call;
      relation.call = transfer ? transfer->call : relation.consulted;
      return relation;
    }
  }
  if (transfer) {
    relation.kind = Relation::Kind::kTransfer;
    relation.call = transfer->call;
    return relation;
  }
  Call* call = find_same_id(dialog, at);
  if (!call) call = find_incoming_leg(dialog, at);
  if (!call) call = find_same_numbers(dialog, at);
  if (call) {
    relation.kind = Relation::Kind::kSameCall;
    relation.call = call;
  }
  return relation;
}

}  // namespace ew::call
