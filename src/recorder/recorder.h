// Recorder: call events and policy become records in parts. It decides what is kept, in which part and lane,
// and cuts parts; the lanes seal and write. One thread (the engine's).
#pragma once

#include <array>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "call/call.h"
#include "call/engine.h"
#include "recorder/lane_thread.h"

namespace ew::recorder {

// A capture that packets are taken from.
struct CaptureIdentity {
  std::array<uint8_t, 32> sha256{};
  std::string name;
  uint64_t size = 0;
};

// What earlier runs stored of the same captures: an interrupted import is completed, a repeated one adds
// nothing.
class StoredBefore {
 public:
  virtual ~StoredBefore() = default;
  virtual bool has(const PacketRef& ref) const = 0;
  struct Recording {
    uint32_t log_parts = 0, media_parts = 0;  // numbers used so far
    bool ended = false;                       // its last record is final
    bool complete = false;                    // it ended in order: nothing can be missing
    uint64_t media_bytes = 0;
    std::optional<WallTime> start_at, end_at;
  };
  virtual std::optional<Recording> recording(RecordingId id) const = 0;
};

struct RecorderSettings {
  NodeId node;
  std::string tenant = "default";
  bool record = true;         // policy: media is kept
  std::string record_reason;  // why or why not, in words: "import", "recording is switched off"
  std::string witness;        // "import of a.pcap"; of a live run it goes before the call's source
  part::ClockSource clock_source = part::ClockSource::kCapture;
  // So many calls have media kept at once; those that come later are logged, so that the running ones lose
  // nothing. 0: no bound.
  size_t max_recorded = 0;
  std::vector<CaptureIdentity> captures;
  const StoredBefore* stored_before = nullptr;
  std::function<void(const call::Call&)> closed;  // nothing more comes of this call
};

// Where recording ids come from (see call::Ids).
using RecordingIds = std::function<RecordingId(CallId)>;

struct RecorderFigures {
  uint64_t recordings = 0, recordings_complete_before = 0, packets_stored = 0, packets_known = 0,
           sip_stored = 0, records_too_large = 0, refused = 0;
};

class Recorder : public call::Listener {
 public:
  Recorder(RecorderSettings settings, RecordingIds ids, std::vector<LaneThread*> lanes);
  ~Recorder() override;

  void on_call(call::Call& call, call::Change change) override;
  void on_signalling(call::Call& call, const Datagram& datagram, const sip::Message& message) override;
  void on_media(call::Call& call, call::Stream* stream, const call::MediaPacket& packet) override;
  void on_note(call::Call& call, const call::Note& note) override;
  void prepare(std::span<call::Call* const> calls) override;

  // From `at` on media is kept, or not; running calls have an event that says so.
  void set_policy(bool record, std::string reason, WallTime at);
  // While it is on, the logs that are written to are remembered until seal_logs() seals what is open in them:
  // somebody waits for it to be durable.
  void remember_logs(bool on) { remembers_logs_ = on; }
  void seal_logs();
  // `done` is called once, on any thread, when all that was sealed so far is acknowledged.
  void when_acknowledged(std::function<void()> done);
  // How a call's recording stands.
  struct Standing {
    RecordingId recording;
    RecordingState state = RecordingState::kNoMedia;
    std::string witness;
    std::optional<PartId> media;  // the part that is being written
  };
  Standing standing_of(const call::Call& call) const;

  // Time has reached `now` (arrival time): frames that are due are sealed, old parts are cut.
  void tick(WallTime now);
  void commit();
  // The run ends before its calls do. What is open is ended as recovery after a crash would end it: it comes
  // home now, and whoever repeats the run knows it. Nothing may follow but commit().
  void interrupt();
  const RecorderFigures& figures() const { return figures_; }
  size_t recorded_now() const { return recorded_now_; }  // calls that have had media kept

 private:
  struct OpenPart {
    uint64_t bytes = 0;
    uint64_t serial = 0;  // tells this part from others in stream marks
    PartSlot slot = 0;
    PartId id;
    uint32_t last_capture = UINT32_MAX;
    bool open = false;
    WallTime opened_at;
    std::vector<bool> captures;  // named in this part
  };
  // What every packet touches comes first, in two cache lines.
  struct alignas(64) Recording {
    LaneThread* lane = nullptr;
    uint32_t last_capture = UINT32_MAX;
    bool known_ended = false, known_complete = false;
    bool wrote = false;  // something new, in this run
    bool wrote_answer = false;
    bool left_out = false;  // media that policy did not want
    enum class Room : uint8_t { kUnknown, kHas, kHasNot } room = Room::kUnknown;
    std::optional<WallTime> start_at, end_at;  // of the stored media
    uint64_t media_bytes = 0;
    OpenPart media;

    call::Call* call = nullptr;
    OpenPart log;
    uint32_t log_parts = 0, media_parts = 0;
    WallTime last_snapshot;
    uint64_t known_packets = 0;  // stored by an earlier run
    std::unordered_set<uint32_t> captures;
    RecordingRecord record;  // see write_snapshot()
  };

  Recording& recording_of(call::Call& call);
  void begin(call::Call& call);
  void write_snapshot(Recording& recording, WallTime at);
  void write(Recording& recording, part::Kind kind, const part::Record& record);
  void note_capture(Recording& recording, const PacketRef& ref);
  void describe(Recording& recording, call::Stream& stream, WallTime at);
  void name_capture(Recording& recording, OpenPart& part, const PacketRef& ref, WallTime at);
  OpenPart& open_part(Recording& recording, part::Kind kind, WallTime at);
  void close_part(Recording& recording, OpenPart& part, part::End end);
  void close_parts(Recording& recording, part::End end);
  void cut_old_parts(WallTime now);
  bool is_known(Recording& recording, const PacketRef& ref);
  bool has_room(Recording& recording, WallTime at);
  void finish(Recording& recording);
  RecordingState state_of(const call::Call& call) const;
  // Packet numbers are kept where they mean something: beside the capture that they were counted in.
  bool counts_packets() const { return !settings_.captures.empty(); }

  RecorderSettings settings_;
  RecordingIds ids_;
  std::vector<LaneThread*> lanes_;
  std::vector<std::unique_ptr<Recording>> recordings_;  // by Call::slot
  std::vector<uint64_t> free_slots_;
  std::vector<PartSlot> free_part_slots_;
  PartSlot next_part_slot_ = 0;
  uint64_t part_serial_ = 0;
  struct Opened {  // in order of opening, for cutting by age
    WallTime at;
    uint64_t slot;
    part::Kind kind;
  };
  std::deque<Opened> opened_;
  std::string snapshot_;  // the one last written
  bool remembers_logs_ = false;
  std::vector<uint64_t> remembered_;  // slots of calls
  RecorderFigures figures_;
  size_t recorded_now_ = 0;
};

}  // namespace ew::recorder
