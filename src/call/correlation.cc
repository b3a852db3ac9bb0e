#include "call/correlation.h"

#include <algorithm>

#include "base/text.h"

namespace ew::call {
namespace {

constexpr size_t kMaxIncomingPerHost = 4096;

// The user by which the two sides of a dialog are known.
const std::string& user_of(const Dialog& dialog, Side side) {
  return side == Side::kCaller ? dialog.from_user : dialog.to_user;
}

bool stands_for_nobody(std::string_view user) {
  for (std::string_view name : {"anonymous", "unavailable", "unknown", "restricted", "private", "asterisk", "sipp"})
    if (equals_ignore_case(user, name)) return true;
  return false;
}

// Ids that a B2BUA carries from one leg to the other.
bool share_an_id(const Dialog& incoming, const Dialog& outgoing) {
  auto same = [](const std::string& a, const std::string& b) { return !a.empty() && a == b; };
  return same(incoming.leg.sip_call_id, outgoing.original_call_id) ||
         same(incoming.session_id, outgoing.session_id) || same(incoming.charging_id, outgoing.charging_id);
}

}  // namespace

void Correlator::note_transfer(const Transfer& transfer, Dialog& in, WallTime at) {
  if (pending_.size() >= kMaxPending) pending_.pop_front();
  pending_.push_back({transfer, in.call, user_of(in, other(transfer.by)), user_of(in, transfer.by), at});
}

void Correlator::note_incoming(Dialog& dialog, WallTime at) {
  auto& list = incoming_[dialog.first_destination.ip];
  while (!list.empty() && (at - list.front().first > kLegNs || list.size() >= kMaxIncomingPerHost))
    list.pop_front();
  list.emplace_back(at, &dialog);
  auto is_old = [&](const auto& entry) { return at - entry.first > kSameNumbersNs; };
  while (!recent_.empty() && (is_old(recent_.front()) || recent_.size() >= kMaxIncomingPerHost)) recent_.pop_front();
  recent_.emplace_back(at, &dialog);
}

void Correlator::forget(const Call& call) {
  std::erase_if(pending_, [&](const PendingTransfer& p) { return p.call == &call; });
  std::erase_if(recent_, [&](const auto& entry) { return entry.second->call == &call; });
  for (const auto& dialog : call.dialogs) {
    auto found = incoming_.find(dialog->first_destination.ip);
    if (found == incoming_.end()) continue;
    std::erase_if(found->second, [&](const auto& entry) { return entry.second == dialog.get(); });
    if (found->second.empty()) incoming_.erase(found);
  }
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

Call* Correlator::find_incoming_leg(const Dialog& dialog, WallTime at) {
  auto found = incoming_.find(dialog.first_source.ip);
  if (found == incoming_.end()) return nullptr;
  Call* by_id = nullptr;
  Call* by_both = nullptr;
  Call* by_caller = nullptr;
  bool caller_ambiguous = false;
  for (auto entry = found->second.rbegin(); entry != found->second.rend(); ++entry) {
    auto [began, incoming] = *entry;
    if (incoming == &dialog || incoming->call == dialog.call || began > at || at - began > kLegNs) continue;
    if (share_an_id(*incoming, dialog)) {
      by_id = incoming->call;
      break;
    }
    bool waiting =
        !incoming->ended && (!incoming->answered() || at - *incoming->leg.answer_at <= kAnsweredLegNs);
    bool same_caller = !dialog.from_user.empty() && dialog.from_user == incoming->from_user;
    // A host that calls itself on behalf of another party would join any two calls: the numbers must speak
    // for it.
    if (!waiting || !same_caller) continue;
    bool same_called = dialog.dialled_user == incoming->dialled_user || dialog.to_user == incoming->to_user;
    if (same_called) {
      if (!by_both) by_both = incoming->call;
    } else if (!by_caller) {
      by_caller = incoming->call;
    } else if (by_caller != incoming->call) {
      caller_ambiguous = true;
    }
  }
  if (by_id) return by_id;
  if (by_both) return by_both;
  return caller_ambiguous ? nullptr : by_caller;
}

// An SBC or B2BUA that receives on one address and sends on another: the same caller calls the same number from
// elsewhere while that call is still being set up. Numbers that stand for nobody prove nothing.
Call* Correlator::find_same_numbers(const Dialog& dialog, WallTime at) {
  if (dialog.from_user.empty() || dialog.to_user.empty() || stands_for_nobody(dialog.from_user)) return nullptr;
  for (auto entry = recent_.rbegin(); entry != recent_.rend(); ++entry) {
    auto [began, incoming] = *entry;
    if (incoming->call == dialog.call || at - began > kSameNumbersNs || began > at) continue;
    bool elsewhere = incoming->first_source.ip != dialog.first_source.ip &&
                     incoming->first_destination.ip != dialog.first_destination.ip;
    bool same_numbers = incoming->from_user == dialog.from_user && incoming->to_user == dialog.to_user;
    if (elsewhere && same_numbers && !incoming->ended && !incoming->answered()) return incoming->call;
  }
  return nullptr;
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
  Call* call = find_incoming_leg(dialog, at);
  if (!call) call = find_same_numbers(dialog, at);
  if (call) {
    relation.kind = Relation::Kind::kSameCall;
    relation.call = call;
  }
  return relation;
}

}  // namespace ew::call
