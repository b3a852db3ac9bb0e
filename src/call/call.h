// Call and Stream: what the engine knows of a running call. Owned by the engine; listeners see them during
// their calls only, but may keep a number of their own in `slot`.
#pragma once

#include <array>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/prefetch.h"
#include "call/engine.h"
#include "model/call_record.h"
#include "net/path.h"
#include "rtp/stream_statistics.h"
#include "sdp/session.h"
#include "srtp/context.h"

namespace ew::call {

class Dialog;
class Losses;
class PayloadHistory;
class RecordingSession;
class Roster;
class TwinTrial;

// Nothing may be stored that arrives while it is on. A packet may be read after the message that came behind it.
class Pause {
 public:
  bool is_on() const { return is_on_; }
  bool is_on_at(WallTime at) const { return at < changed_ ? !is_on_ : is_on_; }
  void set(bool on, WallTime at) {
    is_on_ = on;
    changed_ = at;
  }

 private:
  bool is_on_ = false;
  WallTime changed_;
};

// A packet that waits for a decision: signalling that claims it, keys that open it, or proof that it is a
// copy.
struct HeldPacket {
  WallTime at;
  PacketRef ref;
  Bytes bytes;
};

// The packets of one speaker under one SSRC, on one or several address pairs ("paths": hops, relays).
// What every packet touches lies together at the front.
class alignas(64) Stream {
 public:
  explicit Stream(Call& owner);
  ~Stream();

  Call& call;
  uint32_t number = 0;
  bool announced_codec = false;
  bool is_copy = false;        // of another stream, under this SSRC: nothing of it is stored
  uint64_t listener_mark = 0;  // the listener's
  uint64_t payload_bytes = 0;
  std::unique_ptr<PayloadHistory> history;  // where copies of this stream may come
  std::unique_ptr<TwinTrial> trial;         // while this stream may itself be a copy
  std::unique_ptr<Losses> losses;           // from the first packet on that is missing
  std::vector<sdp::Format> formats;         // payload types that SDP gives a meaning to
  std::vector<Path> paths;                  // at most 8 are told apart

 private:
  int last_payload_type_ = -1;
  uint32_t last_clock_rate_ = 8000;

 public:
  rtp::StreamStatistics statistics;
  MediaStream record;  // counters are filled in by refresh()
  uint64_t sender_report_ntp = 0;  // of the last sender report (RFC 3550 section 6.4.1); 0: there was none
  WallTime sender_report_at;

  // A packet of this sequence number comes soon.
  void prepare(uint16_t sequence) const {
    prefetch(this, 128);
    statistics.prepare(sequence);
  }

  const sdp::Format* format(uint8_t payload_type) const;
  // The path on which a recent packet was taken.
  uint8_t path_of(uint16_t sequence) const { return path_of_[sequence % path_of_.size()]; }
  void set_path_of(uint16_t sequence, uint8_t path) { path_of_[sequence % path_of_.size()] = path; }
  // Notes codec and clock rate of a packet of this payload type.
  void note_payload_type(uint8_t payload_type);
  uint32_t clock_rate(uint8_t payload_type) const;
  uint32_t clock_rate() const { return last_clock_rate_; }  // of the last packet
  // Brings record's counters up to date.
  void refresh();

 private:
  std::array<uint8_t, 512> path_of_{};
};

// What every packet touches comes first and fills one cache line.
class alignas(64) Call {
 public:
  Call();
  ~Call();

  uint64_t slot = UINT64_MAX;  // the listener's
  WallTime last_signalling, last_media;
  WallTime ended_at;
  bool ended = false;
  bool had_media = false;
  bool had_pauses = false;  // by whoever uses this recorder: see `pause`
  bool is_stopped = false;  // by the same: its recording does not go on
  std::vector<std::shared_ptr<Dialog>> dialogs;  // the first is the caller's leg

  std::vector<std::unique_ptr<Stream>> streams;  // index == Stream::number
  uint64_t encrypted_unopened = 0;               // packets that nobody could open
  size_t notes = 0;                              // that were kept
  CallRecord record;                             // see refresh()

  Pause pause;
  // Of a call that recording sessions bring: its parties, and the sessions, in order of their first message.
  std::unique_ptr<Roster> roster;
  std::vector<RecordingSession*> sessions;

  bool is_paused_at(WallTime at) const { return had_pauses && pause.is_on_at(at); }
  bool from_media_alone() const { return dialogs.empty() && !roster; }
  // Brings the record's streams and legs up to date.
  void refresh();
  void add_event(WallTime at, std::string_view kind, std::string_view who = {}, std::string_view detail = {});

 private:
  void refresh_from_dialogs();
  void refresh_from_sessions();
};

}  // namespace ew::call
