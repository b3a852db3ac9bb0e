// LiveRecording: what happens now becomes calls and recordings. It reads the live sources (rings of
// interfaces, sockets of recording sessions), takes in what the SIP server says, and lets time pass, all on
// one thread, the engine's. It never makes a source wait: what it cannot take is dropped and counted.
//
//   LiveRecording live(around);     live.start();
//   live.set_orders(orders);        recording begins with the first orders
//   live.add_interface("eth0", std::move(socket));
//   ...                             live.stop();
#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <thread>
#include <unordered_set>
#include <utility>
#include <vector>

#include "base/log.h"
#include "capture/hep_source.h"
#include "capture/ring_source.h"
#include "capture/socket_source.h"
#include "metrics/metrics.h"
#include "node/known_sessions.h"
#include "node/live.h"
#include "node/media_ports.h"
#include "node/recording_chain.h"
#include "srs/recording_server.h"

namespace ew::node {

struct LiveLimits {
  // What may wait for the disk. Beyond it everything that arrives is dropped, and counted.
  uint64_t journal_bytes = uint64_t{512} * 1024 * 1024;
  // What the SIP server may have said ahead of us.
  size_t queued_bytes = size_t{32} * 1024 * 1024;
};

class LiveRecording : public srs::SessionSink {
 public:
  struct Surroundings {
    RecordingHost& host;
    Log& log;
    metrics::Registry& figures;
    std::string ack_log_path;  // for tests
    LiveLimits limits;
    std::vector<std::string> withheld_metadata;  // call::Settings
    std::string sessions_path;                   // of KnownSessions; empty: nothing is known of earlier runs
    capture::HepSource::Settings hep;
    size_t max_calls = 0;  // recorder::RecorderSettings::max_recorded
    std::function<void(const srs::Refusal&)> on_refusal;
  };
  explicit LiveRecording(Surroundings around);
  ~LiveRecording() override;

  void start();
  // In order: running calls end as "recorder_stopped", and all that was taken is acknowledged.
  void stop();

  // Any thread, as all that follows.
  void set_orders(RecordingOrders orders);
  // Replaces the one of the same name.
  void add_interface(const std::string& name, capture::PacketSocket socket);
  // At which agents send HEP: a UDP socket, or a listening TCP one.
  void add_hep(const Endpoint& local, Transport transport, Descriptor socket);
  // The agents that have been heard, as capture::HepSource::agents(); nothing if it does not answer in time.
  std::vector<capture::HepAgent> hep_agents();
  // Sees the media of recording sessions. Without it, and without an interface that sees all, it is taken
  // from the sessions' own sockets.
  void add_session_media(capture::PacketSocket socket);
  // Packets that were lost in us, so far.
  uint64_t dropped() const { return dropped_; }
  // What is received of recording sessions is told to it once a second, on our thread.
  using Receptions = std::function<void(std::vector<srs::Reception>)>;
  void report_to(Receptions receptions);
  // The running calls; nothing while the recorder has no orders, or if it does not answer in time.
  LiveCalls calls();
  // Where frames of a part that is being written lie, for whoever hears the call while it goes on. kNotFound:
  // it is not being written any more.
  Result<journal::FramePlaces> frames_of(PartId part, uint64_t first, size_t most);
  // From now on nothing of this call is stored, or again. Gives the Call-IDs of the recording sessions that
  // are to be told: those that bring nothing else. kNotFound: it does not go on, or its recording was
  // stopped.
  Result<std::vector<std::string>> act_on(CallId call, call::RecordingAct act);
  // Told on our thread, where a session that was to pause brings a call now that is not paused.
  using ToResume = std::function<void(const std::string& session)>;
  void resume_by(ToResume to_resume);
  // The SIP server's thread.
  void on_signalling(const srs::SessionName& session, const Datagram& datagram,
                     std::function<void()> durable) override;
  void on_media_port(const srs::MediaPort& port) override;
  void on_refusal(const srs::Refusal& refusal) override;

 private:
  class Ids;
  class Interface;
  class SessionMedia;
  class SessionRing;
  class Hep;
  // One of the two.
  struct FromSession {
    std::optional<srs::MediaPort> port;
    Datagram datagram;  // its payload is `bytes`; of a port only its time
    Bytes bytes;
    std::string peer;
    std::function<void()> durable;
  };
  struct AddressPair {  // in either direction
    Endpoint one, other;
    explicit AddressPair(const Datagram& datagram)
        : one(std::min(datagram.source, datagram.destination)),
          other(std::max(datagram.source, datagram.destination)) {}
    bool operator==(const AddressPair&) const = default;
  };
  struct AddressPairHash {
    size_t operator()(const AddressPair& pair) const {
      return EndpointHash{}(pair.one) * 31 + EndpointHash{}(pair.other);
    }
  };
  using Command = std::function<void()>;

  // The thread's.
  void work();
  bool wait_for_orders(RecordingOrders& orders);
  std::unique_ptr<RecordingChain> open_chain(const RecordingOrders& orders);
  void round();
  void wait_for_work();
  void obey();
  void apply(const RecordingOrders& orders);
  void take_from_sessions();
  void set_port(const srs::MediaPort& port, WallTime since);
  uint32_t open_port(const srs::MediaPort& port);
  void read_sources();
  void read_interface(Interface& interface);
  Result<bool> read_source(capture::Source& source, capture::DatagramSink& sink);
  void take_captured(const Datagram& datagram);
  bool take_of_session(const Datagram& datagram);
  void take_of_agent(const Datagram& datagram);
  void take_report(const capture::HepReport& report);
  void prepare(std::span<const Datagram> coming) {
    ports_.prepare(coming);
    chain_->engine().prepare(coming);
  }
  void take(const Datagram& datagram) { chain_->engine().on_datagram(datagram); }
  void give_up(const Datagram& datagram);
  bool is_own_signalling(const Datagram& datagram) const;
  void answer_those_who_wait();
  void let_time_pass();
  void note_drops();
  void report_receptions();
  LiveCalls list_calls();
  std::vector<std::string> sessions_to_tell(CallId call, call::RecordingAct act);
  void resume_sessions();
  LiveCall live_call(call::Call& call) const;
  void count();
  void count_sources();
  void count_hep();
  void complain_of_hep(uint64_t not_taken);
  void count_calls();
  void count_journal();
  void finish();
  void open_known_sessions();

  void command(Command command);
  template <typename Answer>
  std::optional<Answer> ask(std::function<Answer()> question);
  void wake();
  WallTime now() const { return around_.host.clock().wall(); }

  Surroundings around_;
  Descriptor wake_up_;
  std::thread thread_;
  std::atomic<bool> stopping_ = false;

  std::mutex mutex_;  // guards what other threads leave for ours
  std::condition_variable orders_came_;
  std::optional<RecordingOrders> orders_;
  std::vector<Command> commands_;
  std::vector<FromSession> from_sessions_;
  size_t queued_bytes_ = 0;

  // The thread's alone.
  std::unique_ptr<Ids> ids_;
  std::unique_ptr<RecordingChain> chain_;
  std::map<std::string, std::unique_ptr<Interface>> interfaces_;
  std::unique_ptr<SessionMedia> media_;
  std::unique_ptr<SessionRing> session_ring_;
  std::unique_ptr<Hep> hep_;
  Receptions receptions_;
  ToResume to_resume_;
  std::unordered_set<std::string> paused_sessions_;  // that were to be told
  MediaPorts ports_;
  // Address pairs on which the SIP server speaks: what it told us is seen on the wire too.
  std::unordered_set<AddressPair, AddressPairHash> own_signalling_;
  std::vector<std::function<void()>> waiting_;  // until it is durable
  bool is_journal_full_ = false, has_more_ = false;
  int64_t looked_at_ns_ = 0, counted_at_ns_ = 0;
  uint64_t drops_noted_ = 0;
  uint32_t next_number_ = 0;
  WallTime drops_noted_at_;
  uint64_t dropped_by_kernel_ = 0;
  WallTime kernel_looked_at_;
  uint64_t hep_not_taken_ = 0;
  int64_t hep_complain_at_ns_ = 0;
  uint64_t hep_reports_ = 0, hep_reports_of_no_call_ = 0;
  uint64_t dropped_journal_ = 0, dropped_before_ = 0;  // the latter: on interfaces that were replaced
  std::array<uint64_t, MediaPorts::kVerdicts> verdicts_{};

  std::atomic<uint64_t> dropped_queue_ = 0;  // the SIP server's thread
  std::atomic<uint64_t> dropped_ = 0;
};

}  // namespace ew::node
