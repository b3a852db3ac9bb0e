// What recorder and keeper ask each other. Both are the same binary, so figures travel as they lie in memory;
// all else is checked as if it came from a stranger.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "capture/hep_source.h"
#include "db/call_log.h"
#include "ipc/rpc.h"
#include "journal/journal.h"
#include "metrics/exposition.h"
#include "node/importer.h"
#include "node/live.h"
#include "server/refusals.h"

namespace ew::server {

// The keeper asks the recorder.
enum class RecorderCall : ipc::Method {
  kHello = 1,    // the run's number
  kEnded,        // a serial number: the parts that ended behind it and are not stored
  kPlaces,       // a part: where it lies
  kStored,       // parts that are safe in the vault
  kFigures,      // RecorderFigures
  kStartImport,  // ImportRequest, with the files' descriptors where they are open; kBusy while one runs
  kImport,       // ImportState
  kStopImport,
  kSetOrders,  // RecordingOrders for live sources
  kLiveCalls,  // LiveCalls
  kFrames,     // a part that is being written, and a frame's number: where what is acknowledged from there on
               // lies
  kActOnCall,  // a call and a call::RecordingAct
  kSiprec,     // SiprecState
  kHep,        // the agents, as node::LiveRecording::hep_agents()
};

// The recorder asks the keeper. Each question may be asked twice.
enum class KeeperCall : ipc::Method {
  kNode = 1,
  kCurrentKek,
  kCapture,
  kPutCapture,
  kHasCalls,
  kCallElsewhere,
  kKnownPackets,
  kAct,
};

struct EndedPart {
  uint64_t serial = 0;  // ascending
  PartId part;
};
Bytes encode(const std::vector<EndedPart>& parts);
Result<std::vector<EndedPart>> parse_ended(ByteView bytes);

Bytes encode(const std::vector<PartId>& parts);
Result<std::vector<PartId>> parse_parts(ipc::BodyReader& reader);

Bytes encode(const journal::PartPlaces& places);
Result<journal::PartPlaces> parse_places(ByteView bytes);
Bytes encode(const journal::FramePlaces& places);
Result<journal::FramePlaces> parse_frame_places(ByteView bytes);

struct RecorderState {
  std::vector<metrics::Family> figures;
  std::string journal_error;             // the last one; empty when all is well
  uint64_t dropped = 0;                  // packets of live sources that were lost in us
  std::vector<Refusals::Told> refusals;  // each is told once
};
Bytes encode(const RecorderState& state);
Result<RecorderState> parse_recorder_state(ByteView bytes);

Bytes encode(const node::RecordingOrders& orders);
Result<node::RecordingOrders> parse_orders(ipc::BodyReader& reader);

Bytes encode(const node::LiveCalls& calls);
Result<node::LiveCalls> parse_live_calls(ByteView bytes);

// The recording server as people see it.
struct SiprecState {
  std::string not_ready;  // why no new session is taken; empty: they are
  std::vector<srs::ListenerView> listeners;
  std::vector<srs::PeerView> peers;
};
Bytes encode(const SiprecState& state);
Result<SiprecState> parse_siprec_state(ByteView bytes);

Bytes encode(const std::vector<capture::HepAgent>& agents);
Result<std::vector<capture::HepAgent>> parse_hep_agents(ByteView bytes);

struct ImportRequest {
  struct File {
    std::string name;  // for people
    std::string path;
  };
  uint64_t number = 0;  // tells one import from the next
  std::vector<File> files;
  uint64_t lanes = 1;
  bool realtime = false;
};
Bytes encode(const ImportRequest& request);
Result<ImportRequest> parse_import_request(ipc::BodyReader& reader);

struct ImportState {
  uint64_t number = 0;  // of the import that runs or ran last; 0: none in this run
  uint64_t packets = 0, bytes = 0, total_bytes = 0;
  std::optional<Result<node::ImportReport>> ended;
};
Bytes encode(const ImportState& state);
Result<ImportState> parse_import_state(ByteView bytes);

void write(ipc::BodyWriter& writer, const db::CaptureRow& capture);
db::CaptureRow read_capture(ipc::BodyReader& reader);

}  // namespace ew::server
