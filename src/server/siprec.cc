#include "server/siprec.h"

#include <pthread.h>

#include "base/text.h"

namespace ew::server {
namespace {

constexpr const char* kStarting = "the recorder is starting";

srs::PeerSettings peer_of(const config::SipPeer& peer, const std::string& tenant) {
  srs::PeerSettings settings;
  settings.name = peer.name;
  settings.tenant = tenant;
  for (const std::string& text : peer.networks)
    if (auto network = Network::parse(text)) settings.networks.push_back(*network);
  settings.certificate_names = peer.certificate_names;
  settings.strict = peer.strict;
  settings.learn_source = peer.learn_source;
  settings.allow_plain_keys = peer.allow_plain_keys;
  settings.require_encryption = peer.require_encryption;
  settings.digest_user = peer.digest_user;
  settings.digest_password = peer.digest_password;
  settings.allow_md5 = peer.allow_md5;
  settings.call = peer.call;
  return settings;
}

}  // namespace

// The configuration was checked when it was read: what it holds can be understood.
srs::Settings siprec_settings(const config::Config& config) {
  const config::SipSettings& sip = config.sip;
  srs::Settings settings;
  if (sip.speaks_tls())
    settings.tls = srs::TlsSettings{sip.tls_certificate, sip.tls_key, sip.tls_client_authorities,
                                    sip.tls_client_revocations, sip.tls_require_client_certificate};
  for (const config::SipPeer& peer : sip.peers) settings.peers.push_back(peer_of(peer, config.tenant));
  settings.accept_unknown_peers = sip.peers.empty();
  settings.advertised_address = IpAddress::parse(sip.advertised_address);
  for (const std::string& text : sip.media_addresses) {
    auto address = IpAddress::parse(text);
    if (!address) continue;
    auto advertised = address->is_v4() ? settings.advertised_address : std::nullopt;
    settings.media_addresses.push_back({*address, advertised});
  }
  settings.media_port_first = sip.media_port_first;
  settings.media_port_last = sip.media_port_last;
  settings.session_expires_s = sip.session_expires_s;
  if (sip.inactive_when_not_ready) settings.when_not_ready = srs::WhenNotReady::kInactive;
  return settings;
}

Siprec::Siprec(const Surroundings& around, std::unique_ptr<srs::RecordingServer> server)
    : log_(around.log), server_(std::move(server)), not_ready_(kStarting) {}

Result<std::unique_ptr<Siprec>> Siprec::start(const Surroundings& around) {
  srs::Settings settings = siprec_settings(around.config);
  if (around.max_calls != 0) settings.max_sessions = std::min(settings.max_sessions, around.max_calls);
  auto server = TRY(srs::RecordingServer::create(std::move(settings), around.clock, around.log,
                                                 around.figures, around.live));
  server->set_ready(false, kStarting);
  std::unique_ptr<Siprec> siprec(new Siprec(around, std::move(server)));
  around.live.report_to([&served = *siprec->server_](std::vector<srs::Reception> receptions) {
    served.on_reception(std::move(receptions));
  });
  around.live.resume_by([served = siprec.get()](const std::string& session) {
    served->act(call::RecordingAct::kResume, {session});
  });
  siprec->thread_ = std::thread([&served = *siprec->server_] {
    pthread_setname_np(pthread_self(), "sip");
    served.run();
  });
  return siprec;
}

void Siprec::add_socket(SignallingOrder order) {
  server_->add_listener({order.address, order.transport, order.socket.release()});
}

void Siprec::set_orders(const node::RecordingOrders& orders) {
  server_->set_recording(orders.record);
  server_->set_ready(orders.not_ready.empty(), orders.not_ready);
  std::lock_guard lock(mutex_);
  not_ready_ = orders.not_ready;
}

SiprecState Siprec::state() {
  SiprecState state{{}, server_->listeners(), server_->peers()};
  std::lock_guard lock(mutex_);
  state.not_ready = not_ready_;
  return state;
}

Status Siprec::act(call::RecordingAct act, uint64_t session) {
  switch (act) {
    case call::RecordingAct::kPause:
      return server_->pause(session);
    case call::RecordingAct::kResume:
      return server_->resume(session);
    case call::RecordingAct::kStop:
      return server_->end(session);
  }
  return Error(ErrorCode::kInvalid, "nothing that a session can do");
}

void Siprec::act(call::RecordingAct what, const std::vector<std::string>& call_ids) {
  for (const std::string& call_id : call_ids) {
    auto session = server_->find(call_id);
    if (!session) continue;  // it has just ended
    if (Status done = act(what, *session); !done.ok())
      log_.warning("A recording session could not be told",
                   {{"call_id", printable(call_id)}, {"reason", done.error().message()}});
  }
}

void Siprec::reload_certificates() {
  if (Status reloaded = server_->reload_certificates(); !reloaded.ok())
    log_.error("The certificates of SIP stay as they were", {{"reason", reloaded.error().message()}});
}

void Siprec::stop() {
  server_->stop(true);
  if (thread_.joinable()) thread_.join();
}

}  // namespace ew::server
