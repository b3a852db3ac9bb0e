// RecordingSession: one SIP dialog in which a recording client sends copies of calls to a recording server
// (RFC 7866), followed by its messages alone. It knows which calls its metadata names, what each m-line
// carries and whether it is paused; which Call object a communication session is, it is told (see
// RecordingSessions).
#pragma once

#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/time.h"
#include "call/announcer.h"
#include "model/call_record.h"
#include "net/datagram.h"
#include "sip/message.h"
#include "siprec/recognition.h"
#include "siprec/state.h"

namespace ew::call {

class RecordingSession : public Announcer {
 public:
  static constexpr size_t kMaxMembers = siprec::kMaxObjects;

  // By which sessions are told apart: the Call-ID, and the tag of whoever sent the first message. One Call-ID
  // may stand for two sessions where clients choose it badly, or mean to.
  static std::string key_of(std::string_view call_id, std::string_view tag);
  const std::string key;

  // `invite` is the first message that was seen.
  RecordingSession(const sip::Message& invite, const Datagram& datagram);

  // What a message changed.
  struct Effects {
    std::optional<Description> description;
    bool has_metadata = false;  // communications() may be others now
    bool has_changed = false;   // worth a new snapshot
    bool has_ended = false;
    bool has_reopened = false;  // tried again after a refusal
  };
  Effects apply(const sip::Message& message, const Datagram& datagram);

  // The calls that the client speaks of. Where it says nothing that can be understood: one without id.
  const std::vector<siprec::Communication>& communications() const { return communications_; }

  // A communication session that goes on, and the call that it is.
  struct Member {
    std::string id;
    Call* call = nullptr;
  };
  std::vector<Member> members;
  std::vector<Call*> calls;  // that it ever brought and that are not closed
  Member* member(const std::string& id);
  // To be called when communications or members have changed: which m-line is whose.
  void assign_lines();

  Call* call_of(Side sender, size_t line) const override;
  std::string participant_of(Side sender, size_t line) const override;
  bool is_paused(Side sender, size_t line) const override;

  // Pauses and resumptions, and findings, that were not told yet; each is told once.
  struct Pause {
    size_t line = 0;
    bool is_paused = false;
    std::string by;  // "client", "recorder"
  };
  std::vector<Pause> take_pauses();
  std::vector<siprec::Finding> take_findings();
  const siprec::Findings& findings() const { return findings_; }
  const std::vector<siprec::ExternalId>& header_ids() const { return header_ids_; }

  // When it began and ended (RFC 7865 section 6.1.1): by the Date of the INVITE and of the BYE, else by when
  // they were received.
  struct Moment {
    WallTime at;
    bool is_by_date = false;
    std::string text() const;  // "2026-11-26T08:00:00.000000Z, by the client's Date"
  };
  const Moment& began() const { return began_; }
  const Moment& ended() const { return ended_; }

  Side client() const { return client_; }
  Leg leg;
  bool is_answered() const { return leg.answer_at.has_value(); }
  bool has_ended = false;
  WallTime end_at, last_at;
  std::string end_reason;
  // Who has paused every audio line of this call: "client" or "recorder"; empty: nobody.
  std::string_view paused_by(const Call& call) const;
  bool is_paused(const Call& call) const { return !paused_by(call).empty(); }

 private:
  struct Line {
    Call* call = nullptr;
    std::string participant;
    bool is_audio = false, is_open = false;
    bool paused_by_client = false, paused_by_recorder = false;
    bool is_paused() const { return paused_by_client || paused_by_recorder; }
  };

  void apply_request(const sip::Message& message, const Datagram& datagram, Effects& effects);
  void apply_response(const sip::Message& message, const Datagram& datagram, Effects& effects);
  void apply_metadata(const sip::Message& message, Effects& effects);
  void expect_metadata(Effects& effects);
  void apply_sdp(const sip::Message& message, Effects& effects);
  void note_client_lines(const sdp::Session& session, const sdp::Session* before);
  void note_pause(size_t line, bool& state, bool is_paused, std::string_view by);
  void resolve();
  void end(WallTime at, std::string_view reason, Effects& effects);
  static Moment moment_of(const sip::Message& message, WallTime received);
  Side requester(const sip::Message& message) const;
  void assign_line(size_t index, size_t place, const siprec::Communication* first);
  Line& line(size_t index);

  siprec::State state_;
  std::vector<siprec::Communication> communications_;
  std::optional<siprec::CiscoParties> cisco_;
  std::vector<siprec::ExternalId> header_ids_;
  siprec::Findings findings_;
  size_t findings_told_ = 0;
  std::vector<Line> lines_;
  struct LabelUse {
    Call* call = nullptr;
    const siprec::Communication* communication = nullptr;
    const siprec::Track* track = nullptr;
  };
  std::unordered_map<std::string_view, LabelUse> labels_;  // of communications_
  std::vector<Pause> pauses_;
  Side client_ = Side::kCaller;  // which side of the dialog sends the media
  Moment began_, ended_;
  std::string caller_tag_;
  uint32_t invite_cseq_ = 0, answered_cseq_ = 0;
  bool is_acknowledged_ = false;  // the client has had the 200
  bool has_metadata_ = false;     // of whatever kind
};

}  // namespace ew::call
