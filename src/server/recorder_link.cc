#include "server/recorder_link.h"

#include <algorithm>
#include <chrono>
#include <thread>
#include <utility>

namespace ew::server {
namespace {

constexpr auto kLookEvery = std::chrono::milliseconds(100);
constexpr int64_t kConnectNs = kNsPerSec;  // for a recorder that is just being restarted

}  // namespace

void RecorderLink::connect(ipc::Channel channel) {
  client_.connect(std::move(channel));
  ++connections_;
}

// Nothing waits, neither here nor in the journals of recorders before this one.
Result<bool> RecorderLink::is_all_home() { return met_ == connections_ && TRY(ended(0)).empty(); }

Result<Bytes> RecorderLink::ask(RecorderCall call, const ipc::BodyWriter& question) {
  return TRY(client_.ask(static_cast<ipc::Method>(call), question.view())).body;
}

Result<uint64_t> RecorderLink::hello() {
  Bytes body = TRY(ask(RecorderCall::kHello));
  ipc::BodyReader reader(body);
  uint64_t run = reader.number();
  TRY(reader.finish());
  return run;
}

Result<std::vector<EndedPart>> RecorderLink::ended(uint64_t after_serial) {
  return parse_ended(TRY(ask(RecorderCall::kEnded, ipc::BodyWriter().number(after_serial))));
}

Result<journal::PartBytes> RecorderLink::read_part(PartId part) {
  Bytes body = TRY(ask(RecorderCall::kPlaces, ipc::BodyWriter().id(part)));
  return journal::read_part(env_, TRY(parse_places(body)));
}

void RecorderLink::mark_stored(PartId part) {
  std::lock_guard lock(mutex_);
  stored_.push_back(part);
}

Status RecorderLink::tell_stored() {
  std::vector<PartId> parts;
  {
    std::lock_guard lock(mutex_);
    parts.swap(stored_);
  }
  if (parts.empty()) return {};
  TRY(client_.ask(static_cast<ipc::Method>(RecorderCall::kStored), encode(parts)));
  return {};
}

void RecorderLink::forget_stored() {
  std::lock_guard lock(mutex_);
  stored_.clear();
}

Result<RecorderState> RecorderLink::state() { return parse_recorder_state(TRY(ask(RecorderCall::kFigures))); }

Status RecorderLink::set_orders(const node::RecordingOrders& orders) {
  TRY(client_.ask(static_cast<ipc::Method>(RecorderCall::kSetOrders), encode(orders)));
  return {};
}

Result<node::LiveCalls> RecorderLink::live_calls() {
  return parse_live_calls(TRY(ask(RecorderCall::kLiveCalls)));
}

Result<node::OpenRecording::Frames> RecorderLink::frames_of(PartId part, uint64_t first) {
  const Bytes body = TRY(ask(RecorderCall::kFrames, ipc::BodyWriter().id(part).number(first)));
  const journal::FramePlaces places = TRY(parse_frame_places(body));
  journal::PartFrames read = TRY(journal::read_frames(env_, places));
  return node::OpenRecording::Frames{std::move(read.header), places.total, places.has_ended,
                                     std::move(read.frames)};
}

Status RecorderLink::act_on(CallId call, call::RecordingAct act) {
  TRY(ask(RecorderCall::kActOnCall, ipc::BodyWriter().id(call).u8(static_cast<uint8_t>(act))));
  return {};
}

Result<SiprecState> RecorderLink::siprec_state() {
  return parse_siprec_state(TRY(ask(RecorderCall::kSiprec)));
}

Result<std::vector<capture::HepAgent>> RecorderLink::hep_agents() {
  return parse_hep_agents(TRY(ask(RecorderCall::kHep)));
}

Result<node::ImportReport> RecorderLink::import(const std::vector<std::string>& paths,
                                                const node::ImportOptions& options) {
  std::lock_guard importing(importing_);
  for (int deaths = 0; deaths < kMaxDeaths; ++deaths) {
    while (!client_.wait_connected(kConnectNs))
      if (options.progress && !options.progress(0, 0, 0))
        return Error(ErrorCode::kBusy, "the import was stopped");
    Ended ended;
    Status done = import_once(paths, options, ended);
    if (done.ok()) return std::move(*ended);
  }
  return Error(ErrorCode::kInternal, "the recorder died again and again during this import");
}

Result<ImportState> RecorderLink::import_state() {
  Bytes body = TRY(ask(RecorderCall::kImport));
  return parse_import_state(body);
}

// A keeper that was restarted counts on behind what runs for the one before it, and lets that end first: the
// job that asked for it is repeated.
Status RecorderLink::end_import_before() {
  for (bool stopped = false;;) {
    ImportState before = TRY(import_state());
    next_import_ = std::max(next_import_, before.number + 1);
    if (before.number == 0 || before.ended) return {};
    if (!std::exchange(stopped, true)) TRY(ask(RecorderCall::kStopImport));
    std::this_thread::sleep_for(kLookEvery);
  }
}

Status RecorderLink::import_once(const std::vector<std::string>& paths, const node::ImportOptions& options,
                                 Ended& ended) {
  TRY(end_import_before());
  // What an import before it stored is known only when it is home.
  while (!TRY(is_all_home())) {
    if (options.progress && !options.progress(0, 0, 0)) {
      ended = Error(ErrorCode::kBusy, "the import was stopped");
      return {};
    }
    std::this_thread::sleep_for(kLookEvery);
  }
  ImportRequest request;
  request.number = next_import_++;
  request.lanes = options.lanes;
  request.realtime = options.realtime;
  for (size_t i = 0; i < paths.size(); ++i) {
    std::string name = i < options.names.size() ? options.names[i] : paths[i].substr(paths[i].rfind('/') + 1);
    request.files.push_back({std::move(name), paths[i]});
  }
  TRY(client_.ask(static_cast<ipc::Method>(RecorderCall::kStartImport), encode(request), options.opened));
  return follow_import(request.number, options, ended);
}

Status RecorderLink::follow_import(uint64_t number, const node::ImportOptions& options, Ended& ended) {
  for (bool stopped = false;;) {
    ImportState state = TRY(import_state());
    if (state.number != number) return Error(ErrorCode::kIo, "the recorder was restarted during the import");
    // Done is what the call log shows.
    bool is_home = state.ended && (!state.ended->ok() || stopped || TRY(is_all_home()));
    if (is_home) {
      ended = std::move(state.ended);
      return {};
    }
    if (!stopped && options.progress && !options.progress(state.packets, state.bytes, state.total_bytes)) {
      TRY(ask(RecorderCall::kStopImport));
      stopped = true;
    }
    std::this_thread::sleep_for(kLookEvery);
  }
}

}  // namespace ew::server
