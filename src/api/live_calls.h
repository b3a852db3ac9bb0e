// What goes on now, as the interface shows it: calls in progress, where they come from, and how they are
// paused. Whoever wires the program gives the one implementation; the interface itself knows no recorder.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/ids.h"
#include "base/result.h"
#include "base/time.h"
#include "node/live_sound.h"

namespace ew::api {

// What a recording client does otherwise than the RFCs have it, in words for people.
struct Finding {
  std::string code;    // stable, for the panel's own words; may be empty
  std::string text;    // what was seen and what was done about it
  std::string rule;    // "RFC 7866 section 6.1.1"; may be empty
  std::string detail;  // where, or what was met there; may be empty
  bool matters = false;
};

struct LiveStream {
  uint32_t number = 0;
  std::string participant, label, media, codec;
  bool encrypted = false;
  uint64_t packets = 0, lost = 0;
  std::optional<WallTime> last_at;
};

struct LiveCall {
  enum class State : uint8_t { kRecording, kPaused, kNotRecorded };
  CallId call;
  std::optional<RecordingId> recording;  // nothing: nothing is stored of it
  std::string tenant = "default";
  std::string source;   // word of SourceKind
  std::string peer;     // the recording client or interface
  std::string witness;  // as of RecordingRecord
  WallTime start_at;
  std::optional<WallTime> answer_at;
  std::optional<std::string> caller_number, caller_name, called_number, called_name;
  State state = State::kNotRecorded;
  std::optional<std::string> paused_by;  // "peer", "operator"
  std::string why_code, why_detail;      // why it is recorded or not: words of RecordingState, then in words
  bool can_pause = false;                // or resumed, or stopped
  std::vector<LiveStream> streams;
  std::vector<Finding> findings;
};
using LiveList = std::vector<LiveCall>;  // newest first

struct SiprecAddress {
  std::string uri;        // as a recording client is given it
  std::string transport;  // "udp", "tcp", "tls"
  std::string error;      // why nothing is received there
};
struct SiprecPeer {
  std::string name, user_agent, address, transport;
  bool configured = false, encrypted = false;
  std::optional<WallTime> last_options_at, last_session_at;
  uint64_t sessions_now = 0, sessions_total = 0, refused = 0;
  struct Trouble {
    std::optional<WallTime> at;
    std::string code, text, detail;
  };
  std::vector<Trouble> errors;  // newest first
  std::vector<Finding> findings;
};
struct HepAddress {
  std::string address;    // to which agents send
  std::string transport;  // "udp", "tcp"
};
struct HepAgent {
  std::string address;
  uint32_t id = 0;
  std::string name;
  std::optional<WallTime> last_at;
  uint64_t sip = 0, reports = 0, refused = 0, malformed = 0;
  std::string trouble;  // the last, in words
};
// Whoever may not send, or sends what is no HEP.
struct HepRefused {
  uint64_t count = 0;
  std::optional<WallTime> last_at;
  std::string address, trouble;  // the last
};
struct CaptureSource {
  std::string interface;
  std::optional<WallTime> since;
  std::string error;
  uint64_t packets = 0, bytes = 0;
  uint64_t dropped_by_kernel = 0, dropped_by_us = 0, calls_now = 0;
};
struct LiveSources {
  bool siprec_enabled = false, siprec_ready = false;
  std::string siprec_why_not;
  std::vector<SiprecAddress> siprec_addresses;
  std::vector<SiprecPeer> siprec_peers;
  bool hep_enabled = false;
  std::vector<HepAddress> hep_addresses;
  std::vector<HepAgent> hep_agents;
  std::optional<HepRefused> hep_refused;
  std::vector<CaptureSource> captures;
};

// Any thread.
class LiveCalls {
 public:
  virtual ~LiveCalls() = default;
  // At most a second old.
  virtual std::shared_ptr<const LiveList> calls() = 0;
  virtual LiveSources sources() = 0;
  // kNotFound: the call has ended, or its recording was stopped. What is not to be stored is not, whatever its
  // source makes of it.
  virtual Status pause(CallId call) = 0;
  virtual Status resume(CallId call) = 0;
  virtual Status stop(CallId call) = 0;
  // What is stored of the call's recording while it goes on.
  virtual std::unique_ptr<node::OpenRecording> open(const LiveCall& call) = 0;
};

}  // namespace ew::api
