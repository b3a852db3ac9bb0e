// Dialog: all that was seen under one Call-ID - every hop, fork, retransmission and retry of one signalling
// relation between a calling and a called side (a "leg"). Messages are applied in order of arrival; applying
// a copy again changes nothing, because each fact is taken from the first message that shows it.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <vector>

#include "call/announcer.h"
#include "call/call.h"
#include "sip/message.h"

namespace ew::call {

struct Transfer {  // a REFER that was seen
  Side by = Side::kCaller;
  std::string target_uri;  // of Refer-To, without its headers
  std::string target_user;
  std::string referred_by;  // user of Referred-By, if any
  std::optional<sip::Replaces> replaces;
};

// What a message changed, for the engine to act on.
struct Effects {
  std::optional<Description> description;
  std::optional<Transfer> transfer;
  bool changed = false;   // leg or events changed: worth a new snapshot
  bool reopened = false;  // a dialog that had ended by refusal is tried again
};

class Dialog : public Announcer {
 public:
  Dialog(std::string call_id, Call& owner) : call(&owner) { leg.sip_call_id = std::move(call_id); }

  Effects apply(const sip::Message& message, const Datagram& datagram);

  // Which side sent the request of this transaction.
  Side requester(const sip::Message& message) const;
  bool answered() const { return leg.answer_at.has_value(); }
  bool on_hold() const { return held_[0] || held_[1]; }
  // What this dialog alone says about how it ended.
  TechResult result() const;
  void end(WallTime at, HangupBy by, std::string_view reason);

  Call* call_of(Side, size_t) const override { return call; }
  std::string participant_of(Side sender, size_t) const override {
    return participants[static_cast<size_t>(sender)];
  }
  // Who ignores a hold is heard all the same.
  bool is_paused(Side, size_t) const override { return false; }

  Call* call;
  Leg leg;
  std::array<std::string, 2> participants{"caller", "callee"};
  std::string caller_tag, callee_tag;
  std::string dialled_user;  // user of the first INVITE's request URI
  std::string from_user, to_user;
  std::string answered_user;  // identity that the 200 asserts, or the target of the fork that answered
  Endpoint first_source, first_destination;
  bool ended = false;
  bool cancelled = false;
  WallTime end_at;
  HangupBy hangup_by = HangupBy::kUnknown;
  std::string end_reason;
  std::optional<int> q850;
  std::string session_id, charging_id, in_reply_to, original_call_id;  // ids that tie legs together

 private:
  void apply_request(const sip::Message& message, const Datagram& datagram, Effects& effects);
  void apply_response(const sip::Message& message, const Datagram& datagram, Effects& effects);
  void apply_initial_invite(const sip::Message& message, const Datagram& datagram, Effects& effects);
  void apply_invite_response(const sip::Message& message, const Datagram& datagram, Effects& effects);
  void apply_refusal(const sip::Message& message, const Datagram& datagram, Effects& effects);
  void apply_refer(const sip::Message& message, const Datagram& datagram, Effects& effects);
  void apply_sdp(const sip::Message& message, const Datagram& datagram, Effects& effects);
  void note_hold(const sdp::Session& session, Side by, WallTime at, Effects& effects);
  void note_reason(const sip::Message& message);
  void note_parties(const sip::Message& message);
  void note_branch(const sip::Message& message);
  std::string user_of_branch(const sip::Message& response) const;
  const std::string& participant(Side side) const { return participants[static_cast<int>(side)]; }

  struct Branch {  // a fork or hop of the INVITE: who it was sent to
    std::string branch;
    std::string user;
  };
  std::vector<Branch> branches_;                     // at most 64
  std::vector<std::pair<Endpoint, Endpoint>> hops_;  // of the INVITE, at most 16
  std::vector<std::string> to_tags_;                 // that answered at all, at most 64
  std::array<std::vector<Endpoint>, 2> endpoints_;   // where each side ever wanted its media, at most 64
  std::array<uint32_t, 2> last_offer_cseq_{};
  std::array<bool, 2> held_{};
  size_t first_hop_vias_ = SIZE_MAX;
  uint32_t invite_cseq_ = 0;
};

// How a refused or failed INVITE is counted (FIELD.md 5.3).
TechResult result_of_status(int status, bool rang, std::optional<int> q850);

}  // namespace ew::call
