// RecorderLink: what the keeper has of the recorder: its ended parts, its imports, its figures. Over one
// client; the recorder may be restarted at any time.
#pragma once

#include <atomic>
#include <mutex>
#include <optional>

#include "io/env.h"
#include "node/importer.h"
#include "node/live_sound.h"
#include "server/link.h"

namespace ew::server {

class RecorderLink : public journal::EndedParts {
 public:
  explicit RecorderLink(io::Env& env) : env_(env) {}

  // A new recorder came.
  void connect(ipc::Channel channel);
  // Grows with each; whoever has brought home what those before it left says so.
  uint64_t connections() const { return connections_; }
  void note_met(uint64_t connection) { met_ = connection; }
  bool is_connected() const { return client_.is_connected(); }
  void stop() { client_.stop(); }

  // The number of the run whose journals are being written now.
  Result<uint64_t> hello();
  Result<std::vector<EndedPart>> ended(uint64_t after_serial);
  // Reads the part from the recorder's files: no audio goes through the socket.
  Result<journal::PartBytes> read_part(PartId part) override;
  void mark_stored(PartId part) override;
  // Tells the recorder what was marked.
  Status tell_stored();
  void forget_stored();
  Result<RecorderState> state();
  Status set_orders(const node::RecordingOrders& orders);
  Result<node::LiveCalls> live_calls();
  // Of a part that is being written: read from the recorder's files too.
  Result<node::OpenRecording::Frames> frames_of(PartId part, uint64_t first);
  Status act_on(CallId call, call::RecordingAct act);
  Result<SiprecState> siprec_state();
  Result<std::vector<capture::HepAgent>> hep_agents();

  // As node::import_captures, done by the recorder; imports follow each other. It ends when the call log
  // shows all of it. A recorder that dies on the way is asked again, unless it does so kMaxDeaths times.
  static constexpr int kMaxDeaths = 5;
  Result<node::ImportReport> import(const std::vector<std::string>& paths,
                                    const node::ImportOptions& options);

 private:
  Result<Bytes> ask(RecorderCall call, const ipc::BodyWriter& question = {});
  // An error says that the recorder is gone; else the import has ended.
  using Ended = std::optional<Result<node::ImportReport>>;
  Status import_once(const std::vector<std::string>& paths, const node::ImportOptions& options, Ended& ended);
  Status follow_import(uint64_t number, const node::ImportOptions& options, Ended& ended);
  Status end_import_before();
  Result<ImportState> import_state();

  Result<bool> is_all_home();

  io::Env& env_;
  ipc::Client client_;
  std::atomic<uint64_t> connections_ = 0, met_ = 0;
  std::mutex importing_;
  std::mutex mutex_;
  std::vector<PartId> stored_;  // guarded by mutex_
  uint64_t next_import_ = 1;    // guarded by importing_
};

}  // namespace ew::server
