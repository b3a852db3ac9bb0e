// A SIPREC recording server (RFC 7866): SBCs and PBXs send it copies of their calls. It answers their SIP,
// holds the sockets their media comes to, and says in order what was said and which media may come in. It
// stores nothing, and knows nothing of calls: that is its SessionSink's business.
//
//   auto server = srs::RecordingServer::create(settings, clock, log, registry, sink);
//   std::thread sip([&] { (*server)->run(); });
//   ... (*server)->stop(); sip.join();
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/log.h"
#include "base/result.h"
#include "base/time.h"
#include "metrics/metrics.h"
#include "net/datagram.h"
#include "net/endpoint.h"
#include "net/network.h"

namespace ew::srs {

// ---- What is configured ----

struct ListenerSettings {
  Endpoint address;
  Transport transport = Transport::kUdp;
  // Of sipua::open_socket(), which somebody else called; the server's from now on. -1: it opens one itself.
  int socket = -1;
};

struct TlsSettings {
  std::string certificate, key;  // PEM files, the certificate's chain behind it
  std::string
      client_authorities;  // PEM file: client certificates are asked for and checked; empty: not asked for
  std::string client_revocations;  // PEM file of CRLs, optional
  bool require_client_certificate = false;
};

// Who may record here and how it is taken. The first peer that fits counts: a message must come from one of
// its networks (if it has any) and over TLS with a certificate of one of its names (if it has any); one with
// neither fits nobody.
struct PeerSettings {
  std::string name;  // for people and for the call log
  std::string tenant = "default";
  std::vector<Network> networks;
  std::vector<std::string> certificate_names;  // subjectAltName: DNS, URI, IP; without case
  bool strict = false;  // RFC 7866 to the letter; else what real devices send (INTEROP) is taken too
  bool learn_source =
      false;  // media may come from another address than was negotiated (NAT): the first is locked
  bool allow_plain_keys = false;    // a=crypto over signalling that is not TLS (REQUIREMENTS A30)
  bool require_encryption = false;  // refuse sessions whose signalling or media is not encrypted (A32)
  std::string digest_user, digest_password;  // RFC 8760 with SHA-256; empty: not asked for
  bool allow_md5 = false;                    // also take MD5, for devices that know nothing else
  // Where it is called, "sip:src@192.0.2.1:5060", if the recorder begins its sessions (RFC 7866 section 6.2):
  // over UDP, one session at a time, again and again while it has none. Empty: it calls us.
  std::string call;
};

// What happens with a new session while the server is not ready (REQUIREMENTS A08).
enum class WhenNotReady : uint8_t {
  kRefuse,    // 503 with Retry-After: the peer tries its next recorder
  kInactive,  // accepted with a=inactive; a re-INVITE follows when it is ready again
};
// What happens when the journal does not confirm a session within `durable_ms` (REQUIREMENTS H07, A41).
enum class WhenNotDurable : uint8_t { kRefuse, kAnswer };
// What happens with an INVITE that is no recording session (A02): 403 or 488.
enum class WhenNotRecording : uint8_t { kForbidden = 0, kNotAcceptable = 1 };

// An address for media: its family's sessions are answered with it. Without one, the address is used that the
// INVITE came to.
struct MediaAddress {
  IpAddress bind;
  std::optional<IpAddress> advertised;  // what peers are told, if it is another one (NAT)
};

struct Settings {
  std::vector<ListenerSettings> listeners;
  std::optional<TlsSettings> tls;
  std::vector<PeerSettings> peers;
  bool accept_unknown_peers = false;  // whoever is none of `peers` is taken with PeerSettings{}
  std::optional<IpAddress>
      advertised_address;  // in Contact, for IPv4, if it is not the address of the socket (NAT)
  std::string realm = "earwitness";
  std::vector<MediaAddress> media_addresses;  // at most one per family
  uint16_t media_port_first = 20000, media_port_last = 59999;
  WhenNotReady when_not_ready = WhenNotReady::kRefuse;
  WhenNotDurable when_not_durable = WhenNotDurable::kRefuse;
  WhenNotRecording when_not_recording = WhenNotRecording::kForbidden;
  uint32_t durable_ms = 2'000;
  uint32_t overload_ms = 1'000;  // an INVITE that waited longer in its socket is answered with 503 (A44)
  uint32_t retry_after_s = 10;
  uint32_t session_expires_s = 1'800;  // RFC 4028: what we propose where the peer says nothing
  uint32_t min_session_expires_s = 90;
  size_t max_sessions = 20'000;
  size_t max_new_sessions_per_s = 1'000;  // beyond it 503
  size_t max_messages_per_s_and_address =
      5'000;  // beyond it dropped and counted; does not hold for known peers
};

// ---- What is said while it runs ----

// What may come in on one local port, from now on. A rule replaces the one before for the same port. Ports
// that have no rule, or a closed one, admit nothing; a closed port is not given to another session for 30 s
// (F07).
struct MediaPort {
  enum class State : uint8_t {
    kOpen,
    kPaused,  // what comes is counted and not stored
    kClosed,
  };
  Endpoint local;       // as bound: where packets arrive
  Endpoint advertised;  // as the SDP has it; the same unless there is a NAT
  int socket = -1;      // bound to `local`, non-blocking; the server's, open until the server is destroyed
  uint64_t session = 0;
  State state = State::kClosed;
  bool is_rtcp = false;  // a port of its own for RTCP; without one (rtcp-mux) both come to the other
  // Negotiated. Port 0: any port of that address, since many peers send from another one than they offered
  // (INTEROP); locked to the first that comes. Nothing: nobody may send here.
  std::optional<Endpoint> source;
  bool learn = false;  // the address too may be another one (NAT): locked to the first that comes
  bool operator==(const MediaPort&) const = default;
};

// A request that was turned away, for the audit log. Bounded: at most ten a second, the rest is only counted.
struct Refusal {
  WallTime at;
  Endpoint source;
  Transport transport = Transport::kUdp;
  std::string peer;  // name, or empty
  std::string method, call_id;
  int status = 0;      // what was answered
  std::string reason;  // in plain words
};

// Whose message it is.
struct SessionName {
  uint64_t id = 0;
  std::string_view peer;
};

// Called on the SIP thread, in order; must not wait.
class SessionSink {
 public:
  virtual ~SessionSink() = default;
  // A SIP message of a recording session, as it came or as it is about to be sent. `durable`, if set, is to
  // be called once, on any thread, when all that was told so far is acknowledged in the journal: a 200 waits
  // for it.
  virtual void on_signalling(const SessionName& session, const Datagram& datagram,
                             std::function<void()> durable) = 0;
  virtual void on_media_port(const MediaPort& port) = 0;
  virtual void on_refusal(const Refusal& refusal) = 0;
};

// What was received of one RTP source: what receiver reports are made of (RFC 3550 section 6.4.2).
struct Reception {
  Endpoint local;  // the RTP port it comes to (MediaPort::local)
  uint32_t ssrc = 0;
  uint64_t packets = 0;              // distinct, in all
  uint64_t lost = 0;                 // in all
  uint32_t highest_sequence = 0;     // extended: cycles in the upper half
  uint32_t jitter = 0;               // in timestamp units
  uint64_t last_sr_ntp = 0;          // the NTP time in the last sender report, 0 if there was none
  int64_t last_sr_monotonic_ns = 0;  // when it came
};

// ---- What can be asked ----

enum class SessionState : uint8_t {
  kProceeding,  // the INVITE is not answered yet
  kAnswered,    // 200 sent, no ACK yet
  kActive,
  kEnding,
};
struct StreamView {
  std::string label, type;  // "audio"
  std::string direction;    // as answered: "recvonly", "inactive", "refused"
  std::string encodings;    // "PCMA, telephone-event"
  bool encrypted = false;   // SRTP
  Endpoint local;
  std::optional<Endpoint> remote;
  uint64_t packets = 0, lost = 0;  // as reported by on_reception()
};
struct SessionView {
  uint64_t id = 0;
  std::string call_id;  // SIP
  std::string peer, tenant;
  Endpoint remote;
  Transport transport = Transport::kUdp;
  SessionState state = SessionState::kProceeding;
  WallTime since;
  bool paused_by_us = false, paused_by_peer = false;
  bool not_recording = false;  // accepted as inactive, since recording is off or the server was not ready
  std::vector<StreamView> streams;
  std::vector<std::string> findings;  // in plain words: "never acknowledged", "no media", …
};

// What is not as it should be and was passed over.
struct Peculiarity {
  std::string code;    // stable word; that of a siprec::Rule where it breaks one
  std::string text;    // in plain words
  std::string detail;  // what was met; may be empty

  auto operator<=>(const Peculiarity&) const = default;
};

struct PeerView {
  struct Trouble {
    WallTime at;
    std::string code;    // stable word
    std::string text;    // in plain words
    std::string detail;  // which session, which status and why; may be empty
  };
  std::string name;  // of its settings; of an unknown peer its address
  bool configured = false;
  std::string user_agent;
  std::optional<Endpoint> address;  // where its last request came from
  Transport transport = Transport::kUdp;
  std::optional<WallTime> last_options, last_session;
  uint64_t sessions_total = 0, sessions_now = 0, refused = 0;
  std::vector<Trouble> errors;             // the last ten, newest first
  std::vector<Peculiarity> peculiarities;  // what it does otherwise than the RFC has it
};

struct ListenerView {
  Endpoint address;  // as it was asked for
  Transport transport = Transport::kUdp;
  Endpoint bound;
  std::string error;  // why it does not listen: an alarm, never a failed start
};

class RecordingServer {
 public:
  // `clock`, `log`, `registry` and `sink` must outlive it. An error only for settings that make no sense; a
  // port that is taken, or TLS without a certificate that can be read, is said in listeners().
  static Result<std::unique_ptr<RecordingServer>> create(Settings settings, const Clock& clock, Log& log,
                                                         metrics::Registry& registry, SessionSink& sink);
  virtual ~RecordingServer() = default;

  // Answers until stop(): the calling thread is the SIP thread.
  virtual void run() = 0;
  // From any thread, as all that follows. `goodbye`: running sessions are ended with BYE (a restart that is
  // meant); else they are left to their peers, who re-establish them (A42).
  virtual void stop(bool goodbye) = 0;
  // One more address; what is wrong with it is said in listeners().
  virtual void add_listener(const ListenerSettings& listener) = 0;

  // Off: new sessions are accepted with a=inactive. On again: those are asked for their media by re-INVITE.
  virtual void set_recording(bool on) = 0;
  // Not ready (storage full, draining): new sessions are treated as Settings::when_not_ready says, OPTIONS
  // gets 503.
  virtual void set_ready(bool ready, std::string reason) = 0;

  // The session with this Call-ID.
  virtual std::optional<uint64_t> find(std::string_view call_id) const = 0;
  // Of one session; kNotFound if there is none. From the return on the rules of its ports are in order with
  // all that was told before; what the peer says to the re-INVITE does not matter.
  virtual Status pause(uint64_t session) = 0;
  virtual Status resume(uint64_t session) = 0;
  virtual Status end(uint64_t session) = 0;
  // Asks the peer for all of its metadata (RFC 7866 section 9.2); kUnsupported where it takes no UPDATE. A
  // partial update before any snapshot does so by itself.
  virtual Status request_snapshot(uint64_t session, std::string reason) = 0;

  // Figures of streams, as often as convenient (once a second): receiver reports are sent of what was told
  // last.
  virtual void on_reception(std::vector<Reception> receptions) = 0;

  // For new connections; TLS that had no certificate begins. After an error all stays as it was.
  virtual Status reload_certificates() = 0;

  virtual std::vector<SessionView> sessions() const = 0;
  virtual std::vector<PeerView> peers() const = 0;
  virtual std::vector<ListenerView> listeners() const = 0;
};

}  // namespace ew::srs
