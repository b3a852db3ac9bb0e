// Siprec: the SIPREC recording server inside of the recorder. Between the configuration and
// srs::RecordingServer, and between that and node::LiveRecording, which keeps what the sessions say and send.
//
//   supervisor's sockets ─► srs::RecordingServer ─► node::LiveRecording ─► engine, recorder, journal
//                             (its thread: "sip")     (its thread: "live")
#pragma once

#include <memory>
#include <mutex>
#include <thread>

#include "config/config.h"
#include "node/live_recording.h"
#include "server/link.h"
#include "server/orders.h"
#include "srs/recording_server.h"

namespace ew::server {

// What the configuration says of SIPREC.
srs::Settings siprec_settings(const config::Config& config);

class Siprec {
 public:
  struct Surroundings {
    const config::Config& config;
    const Clock& clock;
    Log& log;
    metrics::Registry& figures;
    node::LiveRecording& live;
    size_t max_calls =
        0;  // beyond so many sessions: 503, so that a client tries its next recorder; 0: no bound
  };
  // Serves until stop(), and must outlive the live recording's thread. Nothing is taken before the first
  // orders: until then it is not ready (503).
  static Result<std::unique_ptr<Siprec>> start(const Surroundings& around);
  ~Siprec() { stop(); }

  // Any thread, as all that follows.
  void add_socket(SignallingOrder order);
  // After the live recording has them: what is accepted is taken by it.
  void set_orders(const node::RecordingOrders& orders);
  void reload_certificates();
  SiprecState state();
  // To each session that is there.
  void act(call::RecordingAct act, const std::vector<std::string>& call_ids);
  // Returns when the SIP thread has answered.
  void probe() { (void)server_->find(""); }
  // Running sessions are ended with BYE: this stop is meant, and another recorder may have them.
  void stop();

 private:
  Siprec(const Surroundings& around, std::unique_ptr<srs::RecordingServer> server);

  Status act(call::RecordingAct act, uint64_t session);

  Log& log_;
  const std::unique_ptr<srs::RecordingServer> server_;
  std::thread thread_;
  std::mutex mutex_;
  std::string not_ready_;  // guarded by mutex_
};

}  // namespace ew::server
