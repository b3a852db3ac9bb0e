// What is known of one call: the one shape that the call engine fills, a log part keeps (as JSON), the call
// log stores in rows and `show --json` prints. Machine-made facts only; what people add lives beside it.
// Unknown is nothing, never a guess.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/ids.h"
#include "base/result.h"
#include "base/time.h"

namespace ew {

// FIELD.md 5.3. Text forms are the database's and JSON's.
enum class TechResult : uint8_t {
  kUnknown,
  kAnswered,
  kAnsweredVoicemail,
  kAnsweredIvrOnly,
  kNoAnswer,
  kBusy,
  kRejected,
  kCancelled,
  kAbandonedIvr,
  kAbandonedQueue,
  kShortAbandoned,
  kUnreachable,
  kCongestion,
  kFailed,
  kDiverted,
};
enum class RecordingState : uint8_t {  // FIELD.md 5.5
  kRecorded,
  kRecordedPartial,
  kNotByPolicy,
  kConsentDeclined,
  kByPartyRequest,
  kEncryptedNoKeys,
  kNoMedia,
  kFailed,
  kInError,
  kMissingEvidence,
  kExtraRecording,
  kExpired,
  kShredded,
  kHeld,
};
enum class Direction : uint8_t { kUnknown, kInbound, kOutbound, kInternal, kTransit };
enum class HangupBy : uint8_t { kUnknown, kCaller, kCallee, kSystem };
enum class SourceKind : uint8_t { kPcap, kPassive, kSiprec, kHep, kImport };

std::string_view name_of(TechResult);
std::string_view name_of(RecordingState);
std::string_view name_of(Direction);
std::string_view name_of(HangupBy);
std::string_view name_of(SourceKind);
template <typename Enum>
std::optional<Enum> enum_of(std::string_view name);  // for the five above

// A time in which a party had the call on hold (SDP direction sendonly or inactive, or c=0.0.0.0).
struct Hold {
  WallTime from;
  std::optional<WallTime> to;  // nothing: until the end
  std::string by;              // participant
  bool operator==(const Hold&) const = default;
};

// A name that the call has elsewhere: the communication session and group of RFC 7865, ids that vendors add.
struct ExternalId {
  std::string kind;  // "session", "group", "sip_session", else the header or element in lower case: "ucid", "x-call-tag"
  std::string value;
  bool operator==(const ExternalId&) const = default;
};

// One SIP dialog as a party or a B2BUA sees it: all messages of one Call-ID (every hop and every fork of it).
struct Leg {
  std::string sip_call_id;
  std::string role;  // "a" the caller's, "b" a callee's, "recording" a recording session that brought the call
  std::string from_uri, to_uri, from_name, to_name;
  std::string user_agent;           // of the caller's side
  std::string server;               // of the answering side
  std::string transport;            // "udp", "tcp"
  std::string source, destination;  // of the first INVITE, ip:port
  std::optional<WallTime> invite_at, ring_at, answer_at, end_at;
  std::optional<int> final_status;
  std::string final_reason;
  uint32_t hops = 1;      // on how many hops its first INVITE was seen
  uint32_t branches = 0;  // different To tags that answered provisionally or finally
  std::vector<Hold> holds;
  std::string refer_type;    // "blind", "attended", empty
  std::string refer_target;  // user or URI that the call was transferred to
  bool operator==(const Leg&) const = default;
};

// Where a packet was lost that its stream's sequence numbers tell of.
enum class LossPlace : uint8_t {
  kBefore,    // it never came to where we listen
  kCapture,   // the kernel, or its ring, dropped it: it was not taken in time
  kRecorder,  // it was taken, and given up
};

// Packets of a stream that are missing among those that arrived from `from` to `to`, by place.
struct Loss {
  WallTime from, to;
  uint64_t before = 0, at_capture = 0, in_recorder = 0;

  uint64_t& at(LossPlace place) {
    return place == LossPlace::kCapture ? at_capture : place == LossPlace::kRecorder ? in_recorder : before;
  }
  bool operator==(const Loss&) const = default;
};

struct MediaStream {
  uint32_t number = 0;      // within the recording
  std::string participant;  // "caller", "callee", "party3", …; without signalling the first heard is "caller"; "mixed": several in one
  std::string label;        // a=label of its m-line (RFC 4574)
  uint32_t ssrc = 0;
  std::string source, destination;  // ip:port of the first packet
  std::string media;                // "audio", "video", …
  std::string codec;                // "PCMU", "opus"; of the first packet that is no event; empty if unknown
  uint32_t clock_rate = 0;
  uint8_t payload_type = 0;
  uint64_t packets = 0, lost = 0, duplicated = 0, reordered = 0, bytes = 0;  // bytes of RTP payload
  uint32_t paths = 1;  // address pairs on which these packets were seen (relays, hops)
  double jitter_ms = 0;
  bool encrypted = false;  // SRTP
  bool opened = false;     // and its keys were known
  uint64_t auth_failures = 0;
  std::vector<std::string> codecs;  // all, in order of first use, where there was more than one
  std::optional<WallTime> first_at, last_at;
  uint64_t lost_at_capture = 0, lost_in_recorder = 0;  // of `lost`; the others never came to where we listen
  // In order of time. Losses that lie close together are one; the more there are, the wider is "close".
  std::vector<Loss> losses;

  static constexpr size_t kMaxLosses = 256;
  bool operator==(const MediaStream&) const = default;
};

struct CallEvent {
  WallTime at;
  std::string kind;  // invite, ring, answer, hold, unhold, transfer, replaced, moved, refresh, dtmf, end,
                     // rec_start, rec_stop, gap; of recording sessions: joined, left, rec_pause, rec_resume,
                     // rejoined, transferred_from, finding
  std::string who;   // participant or empty
  std::string detail;
  bool operator==(const CallEvent&) const = default;
};

struct CallRecord {
  CallId call_id;
  std::string tenant = "default";
  InteractionId interaction_id;
  std::optional<CallId> parent_call_id;
  SourceKind source = SourceKind::kPcap;
  std::string source_detail;  // capture's file name
  Direction direction = Direction::kUnknown;
  TechResult tech_result = TechResult::kUnknown;
  WallTime start_at;
  std::optional<WallTime> ring_at, answer_at, end_at;
  HangupBy hangup_by = HangupBy::kUnknown;
  std::string end_reason;  // bye, cancel, refused, media_silence, signalling_silence, capture_ended,
                           // replaced, transferred, recorder_stopped, session_ended
  std::optional<int> end_reason_sip, end_reason_q850;
  std::optional<std::string> caller_number, caller_name, called_number, called_name, dialled_digits, did,
      connected_number, queue;
  std::vector<std::string> sip_call_ids;  // in order of first time
  std::vector<ExternalId> external_ids;
  std::vector<Leg> legs;
  // Those of the call's first recording (by start, then id): the same speech seen by another witness is no
  // further stream of the call. Each recording has its own in RecordingRecord::streams.
  std::vector<MediaStream> streams;
  std::vector<CallEvent> events;
  bool events_cut = false;  // more events than kMaxEvents happened
  bool ended = false;       // this record is final

  static constexpr size_t kMaxEvents = 2'000;
  bool operator==(const CallRecord&) const = default;
};

// What this node stored of the call through one source.
struct RecordingRecord {
  RecordingId recording_id;
  CallId call_id;
  RecordingState state = RecordingState::kNoMedia;
  std::string state_detail;  // why: "import", "rule 3", "encrypted without keys: 2 of 2 streams"
  std::string witness;       // node and source: "import of a.pcap"
  std::optional<WallTime> start_at, end_at;  // of the stored packets
  uint64_t media_bytes = 0;
  std::vector<std::string> captures;  // SHA-256 of the captures it was made from
  std::vector<MediaStream> streams;   // what this recording stored; see CallRecord::streams
  bool operator==(const RecordingRecord&) const = default;
};

// What share of the speech that its streams carried a recording has. Seconds of all its streams together, each
// from its first packet to its last; what was paused counts as stored, being declared. Nothing for a recording
// without streams.
struct Evidence {
  double expected_s = 0, stored_s = 0;
  double score() const { return expected_s > 0 ? stored_s / expected_s : 1; }
};
std::optional<Evidence> evidence_of(const RecordingRecord& recording);

// The body of the record type `call` in a log part: both of the above, as JSON text. Times keep whole
// microseconds; text is made valid UTF-8; unknown members are absent. A snapshot holds one recording, so its
// streams are written once, as the call's, and decode_snapshot() gives them to both. decode_snapshot()
// accepts what encode_snapshot() makes and refuses anything else with the place of the first fault; members
// it does not know are ignored (they come from newer versions).
struct CallSnapshot {
  CallRecord call;
  RecordingRecord recording;
  bool operator==(const CallSnapshot&) const = default;
};
std::string encode_snapshot(const CallSnapshot& snapshot);
Result<CallSnapshot> decode_snapshot(std::string_view json);

// The order of the public lists: by first time, the unknown last. Streams then by SSRC and source, recordings
// by id.
void sort_by_time(std::vector<Leg>& legs);
void sort_by_time(std::vector<MediaStream>& streams);
void sort_by_time(std::vector<CallEvent>& events);
void sort_by_time(std::vector<RecordingRecord>& recordings);

// The public forms (`calls --json`, `show --json`, REST): the names, unknown as null, lists sorted by
// first time. Always the same members in the same order, so that equal calls give equal text.
std::string call_json(const CallRecord& call, const std::vector<RecordingRecord>& recordings, bool pretty);

}  // namespace ew
