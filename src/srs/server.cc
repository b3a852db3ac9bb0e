#include <algorithm>
#include <atomic>
#include <future>
#include <mutex>
#include <thread>

#include "base/text.h"
#include "net/socket_address.h"
#include "sipua/digest.h"
#include "sipua/transports.h"
#include "srs/admission.h"
#include "srs/recording_server.h"
#include "srs/session_internal.h"

namespace ew::srs {
namespace {

using sip::Header;
using sip::Method;
using sipua::Content;
using sipua::Flow;
using sipua::Headers;
using sipua::Received;
using sipua::ServerTransaction;

constexpr int64_t kCallAgainNs = 10 * kNsPerSec, kCallSeldomNs = 300 * kNsPerSec;
constexpr int64_t kFarewell = 300 * kNsPerMs;  // for BYEs and their repetition
constexpr unsigned kRefusalsPerSecond = 10;    // that are told; all are counted
constexpr std::string_view kAccepts =
    "application/sdp, application/rs-metadata+xml, application/rs-metadata, multipart/mixed";

// What other threads bring: confirmations of the journal. Outlives the server, as its callbacks do.
class Inbox {
 public:
  struct Confirmation {
    uint64_t session, token;
  };

  std::function<void()> callback(const std::shared_ptr<Inbox>& self, uint64_t session, uint64_t token) {
    return [self, confirmation = Confirmation{session, token}] { self->put(confirmation); };
  }
  std::vector<Confirmation> take() {
    std::lock_guard lock(mutex_);
    is_posted_ = false;
    return std::exchange(confirmations_, {});
  }
  // `wake` is called when the first comes in, until close().
  void open(std::function<void()> wake) {
    std::lock_guard lock(mutex_);
    wake_ = std::move(wake);
  }
  void close() {
    std::lock_guard lock(mutex_);
    wake_ = nullptr;
    confirmations_.clear();
  }

 private:
  void put(Confirmation confirmation) {
    std::lock_guard lock(mutex_);
    if (!wake_) return;
    confirmations_.push_back(confirmation);
    if (!std::exchange(is_posted_, true)) wake_();
  }

  std::mutex mutex_;
  std::function<void()> wake_;
  std::vector<Confirmation> confirmations_;
  bool is_posted_ = false;
};

// A bound on how often something happens, per second.
class PerSecond {
 public:
  explicit PerSecond(size_t limit) : limit_(limit) {}
  bool allow(int64_t now_ns) {
    if (int64_t second = now_ns / kNsPerSec; second != second_) {
      second_ = second;
      count_ = 0;
    }
    return count_++ < limit_;
  }

 private:
  const size_t limit_;
  int64_t second_ = 0;
  size_t count_ = 0;
};

struct Figures {
  explicit Figures(metrics::Registry& registry)
      : sessions_now(registry.gauge("earwitness_siprec_sessions", "Recording sessions that run")),
        ports(registry.gauge("earwitness_siprec_media_port_pairs", "Pairs of media ports in use")),
        connections(registry.gauge("earwitness_sip_connections", "TCP and TLS connections")),
        transactions(registry.gauge("earwitness_sip_transactions", "SIP transactions that run")),
        listeners_down(
            registry.gauge("earwitness_sip_listeners_down", "SIP addresses that could not be opened")),
        sessions(registry.counter("earwitness_siprec_sessions_total", "Recording sessions accepted")),
        refused(registry.counter("earwitness_siprec_refused_total", "INVITEs refused")),
        late(registry.counter("earwitness_siprec_late_answers_total",
                              "Answers that the journal did not confirm in time")),
        requests(registry.counter("earwitness_sip_requests_total", "SIP requests received")),
        malformed(registry.counter("earwitness_sip_malformed_total", "Malformed SIP messages")),
        dropped(registry.counter("earwitness_sip_dropped_total", "SIP messages dropped over a rate limit")),
        refused_statelessly(
            registry.counter("earwitness_sip_refused_total", "SIP requests refused without state")),
        repeated(registry.counter("earwitness_sip_repeated_total", "Repeated SIP requests absorbed")),
        timeouts(
            registry.counter("earwitness_sip_connection_timeouts_total", "Connections ended for slowness")),
        tls_failures(registry.counter("earwitness_sip_tls_failures_total", "Failed TLS handshakes")),
        answer_seconds(registry.histogram("earwitness_siprec_answer_seconds", "From the INVITE to its 200",
                                          {0.005, 0.01, 0.02, 0.03, 0.05, 0.1, 0.2, 0.5, 1, 2})) {}

  metrics::Gauge &sessions_now, &ports, &connections, &transactions, &listeners_down;
  metrics::Counter &sessions, &refused, &late, &requests, &malformed, &dropped, &refused_statelessly,
      &repeated, &timeouts, &tls_failures;
  metrics::Histogram& answer_seconds;
};

// Where such a URI calls; nothing if it names no address.
std::optional<Endpoint> call_target(const std::string& text) {
  auto uri = sip::parse_uri(text);
  if (!uri) return std::nullopt;
  auto ip = IpAddress::parse(uri->host);
  if (!ip) return std::nullopt;
  return Endpoint{*ip, uri->port != 0 ? uri->port : uint16_t{5060}};
}

Status check(const Settings& settings) {
  auto usage = [](const std::string& what) { return Error(ErrorCode::kUsage, "SIPREC: " + what); };
  if (settings.media_port_first == 0 || settings.media_port_first >= settings.media_port_last)
    return usage("the range of media ports is empty");
  for (const PeerSettings& peer : settings.peers) {
    if (peer.name.empty()) return usage("a peer has no name");
    if (peer.networks.empty() && peer.certificate_names.empty())
      return usage("peer " + peer.name + " has neither networks nor certificate names");
    if (peer.digest_user.empty() != peer.digest_password.empty())
      return usage("peer " + peer.name + " has a user without a password, or the reverse");
    if (!peer.call.empty() && !call_target(peer.call))
      return usage("peer " + peer.name +
                   " is called by a URI with an address, such as sip:src@192.0.2.1:5060");
    bool by_certificate = !peer.certificate_names.empty();
    if (by_certificate && (!settings.tls || settings.tls->client_authorities.empty()))
      return usage("peer " + peer.name +
                   " is known by its certificate, but no authority of client certificates is given");
  }
  for (const ListenerSettings& listener : settings.listeners)
    if (listener.transport == Transport::kTls && !settings.tls) return usage("TLS needs a certificate");
  return {};
}

sipua::TlsFiles tls_files(const TlsSettings& tls) {
  return {tls.certificate, tls.key, tls.client_authorities, tls.client_revocations,
          tls.require_client_certificate};
}

class Server : public RecordingServer, private sipua::Application, private sipua::Receiver {
 public:
  Server(Settings settings, const Clock& clock, Log& log, metrics::Registry& registry, SessionSink& sink)
      : core_(std::move(settings), clock, log, sink),
        figures_(registry),
        transports_({}, clock),
        agent_(agent_options(core_.settings), clock, transports_, *this),
        digest_(core_.settings.realm, clock),
        new_sessions_(core_.settings.max_new_sessions_per_s),
        refusals_(kRefusalsPerSecond),
        farewell_(agent_.timers()) {
    core_.on_answered = [this](int64_t ns) {
      figures_.answer_seconds.observe(static_cast<double>(ns) * 1e-9);
    };
    core_.durable = [inbox = inbox_](uint64_t session, uint64_t token) {
      return inbox->callback(inbox, session, token);
    };
    inbox_->open([this] { transports_.post([this] { take_confirmations(); }); });
  }
  ~Server() override {
    inbox_->close();
    core_.sessions.clear();  // the rest of them goes with the agent's dialogs, while its timers are there
  }

  void open();
  void run() override;
  void stop(bool goodbye) override;
  void add_listener(const ListenerSettings& listener) override;
  void set_recording(bool on) override;
  void set_ready(bool ready, std::string reason) override;
  std::optional<uint64_t> find(std::string_view call_id) const override;
  Status pause(uint64_t session) override {
    return with_session(session, [](Session& one) { return one.set_paused(true), Status(); });
  }
  Status resume(uint64_t session) override {
    return with_session(session, [](Session& one) { return one.set_paused(false), Status(); });
  }
  Status end(uint64_t session) override {
    return with_session(session, [](Session& one) { return one.end(), Status(); });
  }
  Status request_snapshot(uint64_t session, std::string reason) override {
    return with_session(session, [&](Session& one) { return one.request_snapshot(reason); });
  }
  void on_reception(std::vector<Reception> receptions) override;
  Status reload_certificates() override;
  std::vector<SessionView> sessions() const override;
  std::vector<PeerView> peers() const override;
  std::vector<ListenerView> listeners() const override {
    return ask([this] { return listeners_; });
  }

 private:
  // A TLS address that waits for a certificate.
  struct WaitingForTls {
    size_t listener;  // of listeners_
    Descriptor socket;
  };

  // Receiver
  void on_message(const Flow& flow, WallTime at, ByteView message) override {
    agent_.on_message(flow, at, message);
  }
  void on_tick() override;
  // Application
  bool is_known(const Flow& flow) override { return core_.peers.is_known(flow); }
  void on_request(const Received& request, const std::shared_ptr<ServerTransaction>& transaction) override;
  void on_refused(const Received& request, int status, std::string_view why) override;

  void on_options(const Received& request, const std::shared_ptr<ServerTransaction>& transaction, Peer& peer);
  void on_invite(const Received& invite, const std::shared_ptr<ServerTransaction>& transaction,
                 const std::shared_ptr<Peer>& peer);
  // What an INVITE is refused with before anything is made of it; 0 if it is not.
  int authenticate(const Received& invite, Peer& peer, Headers& headers, std::string& why);
  int check_load(const Received& invite, std::string& why);
  int check_rules(const Received& invite, const siprec::Recognition& recognition, Peer& peer,
                  Headers& headers, std::string& why);
  void refuse(const Received& request, const std::shared_ptr<ServerTransaction>& transaction, Peer& peer,
              int status, const std::string& why, Headers headers = {});
  void tell_refusal(const Received& request, int status, std::string_view why, const std::string& peer);
  void listen(size_t listener, int socket);
  void take_confirmations();
  void resume_inactive();
  void update_figures();
  void call_peers(int64_t now_ns);
  std::optional<Flow> flow_to(const Endpoint& remote) const;
  template <typename Action>
  auto ask(Action action) const -> decltype(action());
  Status with_session(uint64_t id, const std::function<Status(Session&)>& action);

  Core core_;
  Figures figures_;
  const std::shared_ptr<Inbox> inbox_ = std::make_shared<Inbox>();
  mutable sipua::Transports transports_;
  sipua::UserAgent agent_;
  sipua::Digest digest_;
  std::vector<ListenerView> listeners_;
  std::string tls_error_;  // why there is no certificate
  std::vector<WaitingForTls> waiting_for_tls_;
  PerSecond new_sessions_, refusals_;
  sipua::Timer farewell_;
  std::string not_ready_because_;
  uint64_t next_session_ = 0;
  struct Calling {
    uint64_t session = 0;
    int64_t next_ns = 0, wait_ns = kCallAgainNs;
  };
  std::unordered_map<const Peer*, Calling> calling_;
  int64_t figures_at_ns_ = 0;

  mutable std::mutex mutex_;  // guards what follows
  mutable bool is_running_ = false, is_stopped_ = false;
  mutable std::thread::id thread_;
};

void Server::open() {
  if (core_.settings.tls) {
    if (Status loaded = transports_.load_tls(tls_files(*core_.settings.tls)); !loaded.ok())
      tls_error_ = "no certificate: " + loaded.error().message();
  }
  for (const ListenerSettings& listener : core_.settings.listeners) add_listener(listener);
}

void Server::add_listener(const ListenerSettings& listener) {
  ask([&] {
    listeners_.push_back({listener.address, listener.transport, listener.address, ""});
    figures_.listeners_down.add(1);
    listen(listeners_.size() - 1, listener.socket);
  });
}

void Server::listen(size_t listener, int socket) {
  ListenerView& view = listeners_[listener];
  if (view.transport == Transport::kTls && !tls_error_.empty()) {
    view.error = tls_error_;
    waiting_for_tls_.push_back({listener, Descriptor(socket)});
  } else if (auto bound = transports_.listen(view.address, view.transport, socket); !bound.ok()) {
    view.error = bound.error().message();
  } else {
    view.bound = *bound;
    view.error.clear();
    figures_.listeners_down.add(-1);
    return;
  }
  core_.log.warning("A SIP address could not be opened",
                    {{"address", view.address.text()}, {"reason", view.error}});
}

// ---- Threads ----

// Does it on the SIP thread and waits; where that does not run, here.
template <typename Action>
auto Server::ask(Action action) const -> decltype(action()) {
  std::unique_lock lock(mutex_);
  if (!is_running_ || thread_ == std::this_thread::get_id()) {
    if (is_running_) lock.unlock();
    return action();
  }
  auto task = std::make_shared<std::packaged_task<decltype(action())()>>(std::move(action));
  auto answer = task->get_future();
  transports_.post([task] { (*task)(); });
  lock.unlock();
  return answer.get();
}

Status Server::with_session(uint64_t id, const std::function<Status(Session&)>& action) {
  return ask([&]() -> Status {
    auto found = core_.sessions.find(id);
    if (found == core_.sessions.end())
      return Error(ErrorCode::kNotFound, "there is no recording session " + std::to_string(id));
    auto session = found->second;
    return action(*session);
  });
}

void Server::run() {
  {
    std::lock_guard lock(mutex_);
    if (is_stopped_) return;
    is_running_ = true;
    thread_ = std::this_thread::get_id();
  }
  transports_.run(*this);
  std::lock_guard lock(mutex_);
  is_running_ = false;
  // What was asked for in the last moment.
  transports_.run_posted();
}

void Server::stop(bool goodbye) {
  std::lock_guard lock(mutex_);
  if (std::exchange(is_stopped_, true)) return;
  if (!is_running_) return;
  transports_.post([this, goodbye] {
    auto running = core_.sessions;
    if (!goodbye || running.empty()) return transports_.stop();
    for (auto& [id, session] : running) session->end();
    farewell_.start(kFarewell, [this] { transports_.stop(); });
  });
}

void Server::take_confirmations() {
  for (const Inbox::Confirmation& one : inbox_->take()) {
    auto found = core_.sessions.find(one.session);
    if (found == core_.sessions.end()) continue;
    auto session = found->second;
    session->on_durable(one.token);
  }
}

// ---- What is asked for from outside ----

void Server::set_recording(bool on) {
  ask([&] {
    core_.is_recording = on;
    resume_inactive();
  });
}

void Server::set_ready(bool ready, std::string reason) {
  ask([&] {
    core_.is_ready = ready;
    not_ready_because_ = std::move(reason);
    resume_inactive();
  });
}

// Sessions that were accepted while nothing could be recorded.
void Server::resume_inactive() {
  if (!core_.records_now()) return;
  auto running = core_.sessions;
  for (auto& [id, session] : running) session->record();
}

void Server::on_reception(std::vector<Reception> receptions) {
  transports_.post([this, receptions = std::move(receptions)] {
    core_.hears_of_media = true;
    for (const Reception& reception : receptions) {
      auto place = core_.places.find(reception.local);
      if (place != core_.places.end()) place->second.session->on_reception(place->second.line, reception);
    }
  });
}

Status Server::reload_certificates() {
  if (!core_.settings.tls) return {};
  TRY(transports_.load_tls(tls_files(*core_.settings.tls)));
  ask([&] {
    tls_error_.clear();
    for (WaitingForTls& waiting : std::exchange(waiting_for_tls_, {}))
      listen(waiting.listener, waiting.socket.release());
  });
  return {};
}

std::optional<uint64_t> Server::find(std::string_view call_id) const {
  return ask([&]() -> std::optional<uint64_t> {
    for (const auto& [id, session] : core_.sessions)
      if (session->call_id() == call_id) return id;
    return std::nullopt;
  });
}

std::vector<SessionView> Server::sessions() const {
  return ask([&] {
    std::vector<SessionView> views;
    for (const auto& [id, session] : core_.sessions) views.push_back(session->view());
    return views;
  });
}

std::vector<PeerView> Server::peers() const {
  return ask([&] { return core_.peers.views(); });
}

// ---- Requests outside of dialogs ----

void Server::on_request(const Received& request, const std::shared_ptr<ServerTransaction>& transaction) {
  auto peer = core_.peers.find(request.flow, request.at);
  if (!peer) return transaction->respond(403);
  peer->note_address(request.flow);
  if (request.message.method == Method::kOptions) return on_options(request, transaction, *peer);
  on_invite(request, transaction, peer);
}

void Server::on_options(const Received& request, const std::shared_ptr<ServerTransaction>& transaction,
                        Peer& peer) {
  peer.last_options = request.at;
  peer.note_user_agent(request.message.value(Header::kUserAgent));
  // REQUIREMENTS A40: whoever asks wants to know whether he may send calls.
  if (!core_.is_ready)
    return transaction->respond(
        503, {{{"Retry-After", std::to_string(core_.settings.retry_after_s)}}, {}, {}, {}});
  transaction->respond(200, {{{"Contact", agent_.contact(request.flow)},
                              {"Allow", std::string(sipua::UserAgent::allow())},
                              {"Accept", std::string(kAccepts)},
                              {"Supported", "siprec, timer"}},
                             {},
                             {},
                             {}});
}

int Server::authenticate(const Received& invite, Peer& peer, Headers& headers, std::string& why) {
  const PeerSettings& settings = peer.settings();
  if (settings.digest_user.empty()) return 0;
  sipua::Credentials credentials{settings.digest_user, settings.digest_password, settings.allow_md5};
  using Verdict = sipua::Digest::Verdict;
  Verdict verdict = digest_.check(invite.message, credentials);
  if (verdict == Verdict::kAccepted) return 0;
  headers = digest_.challenge(credentials, verdict == Verdict::kStale);
  // The first INVITE never has them: no refusal that anybody should be told of.
  if (verdict == Verdict::kWrong) why = "wrong credentials";
  if (verdict == Verdict::kReplayed) why = "credentials that were used before";
  return 401;
}

int Server::check_load(const Received& invite, std::string& why) {
  if (!core_.is_ready && core_.settings.when_not_ready == WhenNotReady::kRefuse) {
    why = "not ready: " + not_ready_because_;
  } else if (core_.sessions.size() >= core_.settings.max_sessions) {
    why = "as many sessions as are allowed";
  } else if (!new_sessions_.allow(core_.clock.monotonic_ns())) {
    why = "more new sessions in a second than are allowed";
  } else if (core_.clock.wall() - invite.at > int64_t{core_.settings.overload_ms} * kNsPerMs) {
    why = "overload: the INVITE waited too long";
  } else {
    return 0;
  }
  return 503;
}

int Server::check_rules(const Received& invite, const siprec::Recognition& recognition, Peer& peer,
                        Headers& headers, std::string& why) {
  Verdict verdict =
      admit(invite.message, recognition, peer.settings(), core_.settings, invite.flow.transport);
  for (const Peculiarity& peculiarity : verdict.peculiarities) peer.note_peculiarity(peculiarity);
  headers = std::move(verdict.headers);
  why = std::move(verdict.why);
  return verdict.status;
}

void Server::on_invite(const Received& invite, const std::shared_ptr<ServerTransaction>& transaction,
                       const std::shared_ptr<Peer>& peer) {
  Headers headers;
  std::string why;
  auto recognition = siprec::recognise(invite.message);
  int status = authenticate(invite, *peer, headers, why);
  if (status == 0) status = check_rules(invite, recognition, *peer, headers, why);
  if (status == 0) status = check_load(invite, why);
  if (status != 0) return refuse(invite, transaction, *peer, status, why, headers);

  auto session = std::make_shared<Session>(core_, agent_.timers(), ++next_session_, peer, invite);
  status = session->prepare(invite, recognition, why);
  if (status != 0) return refuse(invite, transaction, *peer, status, why, explanation(status, why));
  figures_.sessions.add();
  core_.sessions[session->id()] = session;
  core_.log.debug("Recording session began",
                  {{"session", std::to_string(session->id())}, {"peer", peer->name()}});
  session->begin(invite, transaction);
}

void Server::refuse(const Received& request, const std::shared_ptr<ServerTransaction>& transaction,
                    Peer& peer, int status, const std::string& why, Headers headers) {
  if (status == 503) headers.emplace_back("Retry-After", std::to_string(core_.settings.retry_after_s));
  transaction->respond(status, {std::move(headers), {}, {}, {}});
  if (why.empty()) return;
  ++peer.refused;
  figures_.refused.add();
  peer.note_error({core_.clock.wall(), "session_refused", "a session was refused",
                   std::to_string(status) + ": " + why});
  tell_refusal(request, status, why, peer.name());
}

void Server::on_refused(const Received& request, int status, std::string_view why) {
  if (request.message.method == Method::kInvite) figures_.refused.add();
  auto peer = core_.peers.is_known(request.flow) ? core_.peers.find(request.flow, request.at) : nullptr;
  if (peer) {
    ++peer->refused;
    peer->note_error({core_.clock.wall(), "request_refused", "a request was refused",
                      std::to_string(status) + " to " + printable(request.message.method_name, 20) + ": " +
                          std::string(why)});
  }
  tell_refusal(request, status, why, peer ? peer->name() : "");
}

void Server::tell_refusal(const Received& request, int status, std::string_view why,
                          const std::string& peer) {
  if (!refusals_.allow(core_.clock.monotonic_ns())) return;
  Refusal refusal;
  refusal.at = request.at;
  refusal.source = request.flow.remote;
  refusal.transport = request.flow.transport;
  refusal.peer = peer;
  refusal.method = printable(request.message.method_name, 20);
  refusal.call_id = printable(request.message.call_id(), 200);
  refusal.status = status;
  refusal.reason = std::string(why);
  core_.log.notice("SIP request refused", {{"source", refusal.source.text()},
                                           {"method", refusal.method},
                                           {"status", std::to_string(status)},
                                           {"reason", refusal.reason}});
  core_.sink.on_refusal(refusal);
}

// ---- Time ----

void Server::on_tick() {
  agent_.on_tick();
  int64_t now = core_.clock.monotonic_ns();
  if (now - figures_at_ns_ < kNsPerSec) return;
  figures_at_ns_ = now;
  update_figures();
  call_peers(now);
}

// Peers whose sessions are ours to begin, and that have none.
void Server::call_peers(int64_t now_ns) {
  for (const std::shared_ptr<Peer>& peer : core_.peers.configured()) {
    if (peer->settings().call.empty() || !core_.records_now()) continue;
    Calling& calling = calling_[peer.get()];
    if (auto running = core_.sessions.find(calling.session); running != core_.sessions.end()) {
      if (running->second->view().state == SessionState::kActive) calling.wait_ns = kCallAgainNs;
      continue;
    }
    if (now_ns < calling.next_ns) continue;
    calling.next_ns = now_ns + calling.wait_ns;
    calling.wait_ns = std::min(2 * calling.wait_ns, kCallSeldomNs);
    if (auto flow = flow_to(*call_target(peer->settings().call))) {
      auto session = std::make_shared<Session>(core_, agent_.timers(), ++next_session_, peer, *flow);
      calling.session = session->id();
      core_.sessions[session->id()] = session;
      session->call(agent_, peer->settings().call);
    } else {
      peer->note_error({core_.clock.wall(), "no_way_to_call",
                        "it cannot be called: no UDP address is open that reaches it", ""});
    }
  }
}

// From an address of ours that listens.
std::optional<Flow> Server::flow_to(const Endpoint& remote) const {
  for (const ListenerView& listener : listeners_) {
    const IpAddress& bound = listener.bound.ip;
    if (listener.transport != Transport::kUdp || !listener.error.empty() ||
        bound.is_v4() != remote.ip.is_v4())
      continue;
    auto own = bound.is_unspecified() ? address_towards(remote) : bound;
    if (own) return Flow{Transport::kUdp, {*own, listener.bound.port}, remote, 0, nullptr};
  }
  return std::nullopt;
}

void Server::update_figures() {
  auto agent = agent_.counters();
  auto transports = transports_.counters();
  figures_.sessions_now.set(static_cast<double>(core_.sessions.size()));
  figures_.ports.set(static_cast<double>(core_.ports.in_use()));
  figures_.connections.set(static_cast<double>(transports.connections_open));
  figures_.transactions.set(static_cast<double>(agent_.transactions()));
  figures_.late.set(core_.late_answers);
  figures_.requests.set(agent.requests);
  figures_.malformed.set(agent.malformed);
  figures_.dropped.set(agent.dropped);
  figures_.refused_statelessly.set(agent.refused);
  figures_.repeated.set(agent.repeated);
  figures_.timeouts.set(transports.timeouts);
  figures_.tls_failures.set(transports.tls_failures);
}

}  // namespace

Result<std::unique_ptr<RecordingServer>> RecordingServer::create(Settings settings, const Clock& clock,
                                                                 Log& log, metrics::Registry& registry,
                                                                 SessionSink& sink) {
  TRY(check(settings));
  auto server = std::make_unique<Server>(std::move(settings), clock, log, registry, sink);
  server->open();
  return std::unique_ptr<RecordingServer>(std::move(server));
}

}  // namespace ew::srs
