// What the sessions of a server share. All of it on the SIP thread.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <unordered_map>

#include "sipua/user_agent.h"
#include "srs/media_ports.h"
#include "srs/peers.h"
#include "srs/recording_server.h"

namespace ew::srs {

class Session;

struct Core {
  Core(Settings the_settings, const Clock& the_clock, Log& the_log, SessionSink& the_sink)
      : settings(std::move(the_settings)),
        clock(the_clock),
        log(the_log),
        sink(the_sink),
        ports(settings.media_port_first, settings.media_port_last, the_clock),
        peers(settings) {}

  const Settings settings;
  const Clock& clock;
  Log& log;
  SessionSink& sink;
  MediaPorts ports;
  Peers peers;
  std::string cname = sipua::random_token();  // of RTCP, for the life of the server (RFC 7022)
  bool is_recording = true, is_ready = true;
  bool hears_of_media = false;                  // somebody tells what is received
  uint64_t late_answers = 0;                    // 200s that went without the journal's confirmation
  std::function<void(int64_t ns)> on_answered;  // how long a recording client waited for its 200

  std::map<uint64_t, std::shared_ptr<Session>> sessions;
  struct Place {
    Session* session;
    size_t line;
  };
  std::unordered_map<Endpoint, Place, EndpointHash> places;  // by RTP port

  // The callback for one response of one session that waits for the journal.
  std::function<std::function<void()>(uint64_t session, uint64_t token)> durable;

  // At most every ten seconds: sessions may be refused for it by the hundred.
  void warn_of_ports(const std::string& peer, const Error& error) {
    constexpr int64_t kEvery = 10 * kNsPerSec;
    ++without_port;
    const int64_t now = clock.monotonic_ns();
    if (ports_warned_at_ns != 0 && now - ports_warned_at_ns < kEvery) return;
    ports_warned_at_ns = now;
    log.warning("No media port",
                {{"peer", peer}, {"reason", error.message()}, {"so_far", std::to_string(without_port)}});
  }
  uint64_t without_port = 0;
  int64_t ports_warned_at_ns = 0;

  bool records_now() const { return is_recording && is_ready; }
};

}  // namespace ew::srs
