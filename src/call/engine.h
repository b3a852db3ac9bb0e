// The call engine: datagrams in order of time become calls as a person counts them (DESIGN: dialogs + streams
// -> calls). One thread. All timeouts run on the time of the packets. It decides which call and which speaker
// a packet belongs to and whether it is new; what is kept of it is its listener's business.
//
//   call::Engine engine(settings, ids, listener);
//   engine.on_datagram(datagram) ...   engine.advance(now) ...   engine.finish();
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/ids.h"
#include "model/call_record.h"
#include "net/datagram.h"
#include "rtp/packet.h"
#include "sip/message.h"

namespace ew::call {

class Call;
class Stream;

struct Settings {
  int64_t unanswered_ns = 240 * kNsPerSec;  // an INVITE without a final response (RFC 3261 timer C is 180 s)
  int64_t media_silence_ns =
      60 * kNsPerSec;  // an answered call that had media and has none any more: its BYE was lost
  int64_t hold_silence_ns = 1'800 * kNsPerSec;   // the same while it is on hold
  int64_t no_media_ns = 4 * 3'600 * kNsPerSec;   // an answered call that never had media
  int64_t paused_ns = 25 * 3'600 * kNsPerSec;    // a call whose recording client has paused it
  int64_t rtp_only_silence_ns = 30 * kNsPerSec;  // a call that is known from its media alone
  int64_t linger_ns = 5 * kNsPerSec;             // after its end: late packets, retransmissions
  int64_t early_media_ns = 5 * kNsPerSec;        // media waits this long for its signalling
  size_t early_media_bytes = 32 * 1024 * 1024;   // and takes at most this much memory in all
  size_t max_calls = 200'000;                    // beyond it new calls are not followed, and counted
  size_t max_candidates = 65'536;                // address pairs that may become RTP without signalling
  size_t max_dialogs_per_call = 256;
  size_t max_flows_per_call = 256;
  size_t max_streams_per_call = 256;
  size_t max_notes_per_call = 2'000;
  // Elements of recording metadata that may not be kept (RFC 7865 section 10), without prefix: "nameID".
  std::vector<std::string> withheld_metadata;
  std::string tenant = "default";
  SourceKind source = SourceKind::kPcap;
};

// Where identifiers come from: derived from the packet for a capture file (so that a repeat meets them
// again), else random.
class Ids {
 public:
  virtual ~Ids() = default;
  // Of the call that this datagram begins; `sip_call_id` is empty where media alone began it. `witnessed`:
  // the call that it is, if it goes on already by another witness.
  virtual CallId call_id(const Datagram& first, std::string_view sip_call_id,
                         std::optional<CallId> witnessed) = 0;
  // Of a call that a recording session brings. It may have been met before, by another witness or an earlier
  // run, under one of these ids, the surest first: its communication session's (RFC 7865), those of its own
  // signalling, the recording session's Call-ID. At least one is given.
  virtual CallId call_id_of_session(const Datagram& first, const std::vector<std::string>& ids,
                                    std::optional<CallId> witnessed) = 0;
  virtual InteractionId interaction_id(CallId first_call) = 0;
  virtual std::string source_detail(const Datagram& first) = 0;  // the capture's name
  // Where the datagram comes from, if that is another kind of source than Settings::source.
  virtual std::optional<SourceKind> source(const Datagram& first) {
    (void)first;
    return std::nullopt;
  }
};

// What somebody beside the wire says of a call: a capture agent, a proxy.
struct Note {
  WallTime at;
  std::string_view kind;    // "hep_rtcp"
  std::string_view who;     // who says it
  std::string_view detail;  // as it was said
};

struct MediaPacket {
  WallTime at;
  PacketRef ref;
  uint8_t path = 0;  // 0: the stream's own address pair
  bool is_rtcp = false;
  ByteView bytes;  // RTP or RTCP, decrypted
};

// What people can do with the recording of a running call.
enum class RecordingAct : uint8_t { kPause, kResume, kStop };

enum class Change : uint8_t { kBegun, kChanged, kEnded, kClosed };

// Everything the engine has to say. A call's events come in order: kBegun, …, kEnded (its record is final but
// for late correlation; left out where the call closes at once), kClosed (nothing more will come, the object
// goes away).
class Listener {
 public:
  virtual ~Listener() = default;
  virtual void on_call(Call& call, Change change) = 0;
  // Each SIP message of a call, on every hop where it was seen.
  virtual void on_signalling(Call& call, const Datagram& datagram, const sip::Message& message) = 0;
  // Each media packet that is to be stored: new, opened, of a call. `stream` is nothing for RTCP of an
  // unknown source.
  virtual void on_media(Call& call, Stream* stream, const MediaPacket& packet) = 0;
  virtual void on_note(Call& call, const Note& note) {
    (void)call;
    (void)note;
  }
  // Packets of these calls come next, at most 32: time to fetch what they will need.
  virtual void prepare(std::span<Call* const> calls) { (void)calls; }
};

struct EngineCounters {
  uint64_t sip_messages = 0;   // parsed
  uint64_t sip_malformed = 0;  // broke the rules; some could still be used
  uint64_t sip_other = 0;      // SIP outside calls (REGISTER, OPTIONS, …)
  uint64_t rtp_packets = 0;    // of calls
  uint64_t rtp_copies = 0;     // the same packet on another hop or relayed
  uint64_t rtp_duplicates = 0;
  uint64_t rtp_lost_before = 0;  // by LossPlace, of streams of calls
  uint64_t rtp_lost_at_capture = 0;
  uint64_t rtp_lost_in_recorder = 0;
  uint64_t rtp_unopened = 0;  // encrypted without key, or with a wrong tag
  uint64_t rtp_paused = 0;    // while their call or line was paused: not stored
  uint64_t rtcp_packets = 0;
  uint64_t other_datagrams = 0;           // neither SIP nor media
  uint64_t unclaimed = 0;                 // looked like RTP, belonged to nothing
  uint64_t overload_calls = 0;            // not followed: max_calls
  uint64_t early_dropped = 0;             // early media beyond its memory
  std::array<uint64_t, 16> sip_errors{};  // by sip::ParseError
};

class Engine {
 public:
  Engine(Settings settings, Ids& ids, Listener& listener);
  ~Engine();

  // These datagrams come next. Only a hint: it may be left out.
  void prepare(std::span<const Datagram> coming);
  void on_datagram(const Datagram& datagram);
  // Time passes without packets (a live source that is silent).
  void advance(WallTime now);
  // The source has ended: what is open ends for this reason.
  void finish(std::string_view reason = "capture_ended");
  // Of the running call with this id, as all its witnesses have it: nothing of its media is stored from `at`
  // on, or again; kStop is for good. False if there is none.
  bool act_on(CallId call, RecordingAct act, WallTime at);
  // Of the running call that has this Call-ID. False, and it is gone, if there is none or it has too many.
  bool note(std::string_view sip_call_id, const Note& note);
  // So many packets were dropped between these times, before or after they came to us (not
  // LossPlace::kBefore): streams that lack packets then say so. Within two seconds.
  void note_drops(LossPlace place, WallTime from, WallTime to, uint64_t packets);
  // The open calls. Their records may be behind: Call::refresh().
  void each_call(const std::function<void(Call&)>& each);

  const EngineCounters& counters() const;
  size_t open_calls() const;
  size_t open_recording_sessions() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace ew::call
