#include "server/recorder_process.h"

#include <sys/resource.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <thread>

#include "base/text.h"
#include "cli/fault_hook.h"
#include "metrics/metrics.h"
#include "node/live_recording.h"
#include "node/live_sound.h"
#include "node/rating.h"
#include "server/capture_sockets.h"
#include "server/orders_loop.h"
#include "server/recorder_imports.h"
#include "server/sandbox.h"
#include "server/siprec.h"

namespace ew::server {
namespace {

// One more than the highest number that is there: the folders of former runs are the keeper's to bring home.
Result<uint64_t> new_run(io::Env& env, const std::string& journals) {
  TRY(env.make_directories(journals));
  uint64_t highest = 0;
  for (const std::string& name : TRY(env.list(journals)))
    highest = std::max(highest, parse_number(name, UINT32_MAX).value_or(0));
  uint64_t run = highest + 1;
  TRY(env.make_directories(io::join(journals, std::to_string(run))));
  return run;
}

// A recording session of two speakers has eight sockets (RTP and RTCP of each, here and in the live source),
// so the usual 1,024 would be used up by 120 calls.
void use_all_descriptors() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  (void)::setrlimit(RLIMIT_NOFILE, &limit);
}

// The configuration was checked when it was read.
capture::HepSource::Settings hep_settings(const config::HepSettings& hep) {
  capture::HepSource::Settings settings{hep.key, {}};
  for (const std::string& text : hep.networks)
    if (auto network = Network::parse(text)) settings.networks.push_back(*network);
  return settings;
}

class Recorder : public ipc::Service {
 public:
  Recorder(config::Config config, Log& log) : config_(std::move(config)), log_(log) {}
  ~Recorder() override { end_serving(); }

  Status open();
  void on_peer(ipc::Channel keeper_asks, ipc::Channel recorder_asks);
  // Does not return while its threads wait for each other.
  void probe() {
    (void)offered_.waiting();
    (void)imports_->state();
    if (siprec_) siprec_->probe();
  }
  void on_capture(CaptureOrder capture) {
    if (capture.interface == CaptureSockets::kSessionMedia)
      live_->add_session_media(std::move(capture.socket));
    else
      live_->add_interface(capture.interface, std::move(capture.socket));
  }
  void on_signalling(SignallingOrder order) {
    if (order.speaks == Speaks::kHep)
      live_->add_hep(order.address, order.transport, std::move(order.socket));
    else if (siprec_)
      siprec_->add_socket(std::move(order));
  }
  void on_reload() {
    if (siprec_) siprec_->reload_certificates();
  }
  // Imports first: nobody waits for the keeper after them. Then the sessions, so that their end is recorded.
  void stop() {
    imports_.reset();
    if (siprec_) siprec_->stop();
    live_->stop();
  }

  // The keeper's questions, on the thread that serves it.
  Result<ipc::Answer> answer(ipc::Method method, ipc::BodyReader& question,
                             std::vector<Descriptor>& descriptors) override;

 private:
  Result<Bytes> answer(RecorderCall call, ipc::BodyReader& question, std::vector<Descriptor>& descriptors);
  size_t how_many_calls(io::Env& env);
  void set_orders(const node::RecordingOrders& orders);
  Status act_on(CallId call, call::RecordingAct act);
  RecorderState state();
  void end_serving();
  void on_journal_error(const Error& error);

  const config::Config config_;
  Log& log_;
  SystemClock clock_;
  std::unique_ptr<io::Env> test_env_;
  std::unique_ptr<vault::KeyStore> keys_;
  uint64_t run_ = 0;
  std::atomic<uint64_t> next_lane_ = 0;
  metrics::Registry figures_;
  metrics::Counter* journal_errors_ = nullptr;
  std::mutex error_mutex_;
  std::string journal_error_;  // guarded by error_mutex_
  Refusals refusals_{clock_};
  ipc::Client keeper_;
  OfferedParts offered_;
  std::unique_ptr<RecorderImports> imports_;
  std::unique_ptr<RemoteImportHost> live_host_;
  std::unique_ptr<node::LiveRecording> live_;
  std::unique_ptr<Siprec> siprec_;  // where recording clients are served
  ipc::Channel served_;
  std::thread serving_;
};

Status Recorder::open() {
  test_env_ = cli::fault_env_from_environment();
  io::Env& env = test_env_ ? *test_env_ : io::posix_env();
  const std::string& data = config_.data_directory;
  keys_ = TRY(vault::make_file_key_store(env, io::join(data, "keys"), vault::KeyStoreUse::kRecorder));
  std::string journals = io::join(data, "journal");
  run_ = TRY(new_run(env, journals));
  journal_errors_ =
      &figures_.counter("earwitness_journal_errors_total", "Failed writes and syncs of a journal");
  RemoteImportHost::Surroundings around{env,
                                        clock_,
                                        *keys_,
                                        keeper_,
                                        offered_,
                                        config_.tenant,
                                        io::join(journals, std::to_string(run_)),
                                        next_lane_,
                                        [this](const Error& error) { on_journal_error(error); }};
  imports_ = std::make_unique<RecorderImports>(around, log_);
  live_host_ = std::make_unique<RemoteImportHost>(around);
  const size_t max_calls = how_many_calls(env);
  const char* ack_log = std::getenv("EARWITNESS_ACK_LOG");
  live_ = std::make_unique<node::LiveRecording>(
      node::LiveRecording::Surroundings{*live_host_,
                                        log_,
                                        figures_,
                                        ack_log ? ack_log : "",
                                        {},
                                        config_.sip.withheld_metadata,
                                        io::join(data, "sessions"),
                                        hep_settings(config_.hep),
                                        max_calls,
                                        [this](const srs::Refusal& refusal) { refusals_.add(refusal); }});
  if (!config_.capture.interfaces.empty() || config_.sip.is_on() || config_.hep.is_on()) live_->start();
  if (config_.sip.is_on()) siprec_ = TRY(Siprec::start({config_, clock_, log_, figures_, *live_, max_calls}));
  return {};
}

// What the configuration says, else what this machine was found to hold.
size_t Recorder::how_many_calls(io::Env& env) {
  auto rating = node::read_rating(env, config_.data_directory);
  if (!rating.ok()) log_.warning("The rating cannot be read", {{"reason", rating.error().message()}});
  const node::Rating rated = rating.ok() && *rating ? **rating : node::Rating();
  const size_t most = config_.max_calls.value_or(rated.is_limit ? rated.calls : 0);
  figures_
      .gauge("earwitness_calls_rated", "Calls at once that this node is known to record; 0: it was not rated")
      .set(config_.max_calls.value_or(0) != 0 ? *config_.max_calls : rated.calls);
  return most;
}

void Recorder::on_journal_error(const Error& error) {
  journal_errors_->add();
  log_.error("The journal cannot be written", {{"reason", error.message()}});
  std::lock_guard lock(error_mutex_);
  journal_error_ = error.message();
}

void Recorder::end_serving() {
  served_.shut_down();
  if (serving_.joinable()) serving_.join();
}

void Recorder::on_peer(ipc::Channel keeper_asks, ipc::Channel recorder_asks) {
  keeper_.connect(std::move(recorder_asks));
  end_serving();
  served_ = std::move(keeper_asks);
  serving_ = std::thread([this] {
    Status served = ipc::serve(served_, *this);
    if (!served.ok()) log_.warning("The keeper is gone", {{"reason", served.error().message()}});
  });
}

Result<ipc::Answer> Recorder::answer(ipc::Method method, ipc::BodyReader& question,
                                     std::vector<Descriptor>& descriptors) {
  return ipc::Answer{TRY(answer(static_cast<RecorderCall>(method), question, descriptors)), {}};
}

Result<Bytes> Recorder::answer(RecorderCall call, ipc::BodyReader& question,
                               std::vector<Descriptor>& descriptors) {
  switch (call) {
    case RecorderCall::kHello:
      return ipc::BodyWriter().number(run_).take();
    case RecorderCall::kEnded: {
      uint64_t serial = question.number();
      TRY(question.finish());
      return encode(offered_.after(serial));
    }
    case RecorderCall::kPlaces: {
      PartId part(question.id());
      TRY(question.finish());
      return encode(TRY(offered_.places_of(part)));
    }
    case RecorderCall::kStored:
      offered_.stored(TRY(parse_parts(question)));
      return Bytes{};
    case RecorderCall::kFigures:
      return encode(state());
    case RecorderCall::kStartImport:
      TRY(imports_->start(TRY(parse_import_request(question)), std::move(descriptors)));
      return Bytes{};
    case RecorderCall::kImport:
      return encode(imports_->state());
    case RecorderCall::kStopImport:
      imports_->stop();
      return Bytes{};
    case RecorderCall::kSetOrders:
      set_orders(TRY(parse_orders(question)));
      return Bytes{};
    case RecorderCall::kFrames: {
      const PartId part(question.id());
      const uint64_t first = question.number();
      TRY(question.finish());
      return encode(TRY(live_->frames_of(part, first, node::OpenRecording::kMaxFrames)));
    }
    case RecorderCall::kLiveCalls:
      return encode(live_->calls());
    case RecorderCall::kActOnCall: {
      CallId call(question.id());
      const auto act = static_cast<call::RecordingAct>(
          std::min<uint8_t>(question.u8(), static_cast<uint8_t>(call::RecordingAct::kStop)));
      TRY(question.finish());
      TRY(act_on(call, act));
      return Bytes{};
    }
    case RecorderCall::kSiprec:
      return encode(siprec_ ? siprec_->state() : SiprecState());
    case RecorderCall::kHep:
      return encode(live_->hep_agents());
  }
  return Error(ErrorCode::kInvalid, "not a question of the keeper");
}

void Recorder::set_orders(const node::RecordingOrders& orders) {
  live_->set_orders(orders);
  if (siprec_) siprec_->set_orders(orders);
}

// What is not to be stored is not stored from here on; that its client is told so, is for the client's sake.
Status Recorder::act_on(CallId call, call::RecordingAct act) {
  auto sessions = TRY(live_->act_on(call, act));
  if (siprec_) siprec_->act(act, sessions);
  return {};
}

RecorderState Recorder::state() {
  figures_.gauge("earwitness_parts_waiting", "Ended parts that the vault does not have yet")
      .set(static_cast<double>(offered_.waiting()));
  std::lock_guard lock(error_mutex_);
  return {figures_.collect(), std::exchange(journal_error_, ""), live_->dropped(), refusals_.take()};
}

Status run(ipc::Channel& orders, ipc::Client& supervisor) {
  StartOrder start = TRY(read_start(orders));
  config::Config config = TRY(configuration_of(start));
  SystemClock clock;
  Log log(clock, log_options(config, "recorder"));
  use_all_descriptors();
  TRY(enter_cage(ChildKind::kRecorder, config.sip.is_on() ? Media::kReceived : Media::kNone));
  Recorder recorder(config, log);
  TRY(recorder.open());
  TRY(supervisor.ask(static_cast<ipc::Method>(Request::kReady), {}));
  OrderHandlers handlers;
  handlers.on_peer = [&](ipc::Channel keeper_asks, ipc::Channel recorder_asks) {
    recorder.on_peer(std::move(keeper_asks), std::move(recorder_asks));
  };
  handlers.on_ping = [&] {
    recorder.probe();
    (void)supervisor.ask(static_cast<ipc::Method>(Request::kAlive), {});
  };
  handlers.on_capture = [&](CaptureOrder capture) { recorder.on_capture(std::move(capture)); };
  handlers.on_signalling = [&](SignallingOrder sip) { recorder.on_signalling(std::move(sip)); };
  handlers.on_reload = [&](LogLevel level) {
    log.set_level(level);
    recorder.on_reload();
  };
  TRY(follow_orders(orders, handlers));
  recorder.stop();
  return {};
}

}  // namespace

int run_recorder() {
  ipc::Channel orders{Descriptor(kOrdersFd)};
  ipc::Client supervisor;
  supervisor.connect(ipc::Channel(Descriptor(kRequestsFd)));
  Status status = run(orders, supervisor);
  if (status.ok()) return 0;
  SystemClock clock;
  Log(clock, log_options({}, "recorder")).error("Ended", {{"reason", status.error().message()}});
  return 1;
}

}  // namespace ew::server
