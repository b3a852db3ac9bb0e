#include "server/sip_sockets.h"

#include "sipua/transports.h"

namespace ew::server {
namespace {

std::string_view name_of(Transport transport) {
  if (transport == Transport::kUdp) return "SIP over UDP";
  return transport == Transport::kTcp ? "SIP over TCP" : "SIP over TLS";
}

// [::] is asked for by default, also of machines that know no IPv6.
bool is_missing_ipv6(const Endpoint& address, const Error& error) {
  return !address.ip.is_v4() && address.ip.is_unspecified() && error.code() == ErrorCode::kIo;
}

}  // namespace

SipSockets::SipSockets(const config::SipSettings& settings, Log& log) : log_(log) {
  auto add = [this](const std::vector<std::string>& addresses, Transport transport) {
    for (const std::string& text : addresses)
      if (auto address = Endpoint::parse(text)) sockets_.push_back({*address, transport, {}, {}});
  };
  add(settings.listen, Transport::kUdp);
  add(settings.listen, Transport::kTcp);
  if (settings.speaks_tls()) add(settings.listen_tls, Transport::kTls);
}

std::vector<const SipSockets::Socket*> SipSockets::open_due(int64_t now_ns) {
  std::vector<const Socket*> opened;
  if (now_ns < next_try_ns_) return opened;
  next_try_ns_ = now_ns + kRetryNs;
  for (Socket& socket : sockets_) {
    if (socket.descriptor) continue;
    open(socket);
    if (socket.descriptor) opened.push_back(&socket);
  }
  return opened;
}

void SipSockets::open(Socket& socket) {
  auto descriptor = sipua::open_socket(socket.address, socket.transport);
  std::string trouble;
  if (descriptor.ok())
    socket.descriptor = std::move(*descriptor);
  else if (!is_missing_ipv6(socket.address, descriptor.error()))
    trouble = descriptor.error().message();
  if (!trouble.empty() && trouble != socket.trouble)
    log_.warning("Recording clients cannot be served at an address, and it is tried again",
                 {{"address", socket.address.text()},
                  {"transport", std::string(name_of(socket.transport))},
                  {"reason", trouble}});
  socket.trouble = std::move(trouble);
}

std::vector<std::string> SipSockets::occupied() const {
  std::vector<std::string> addresses;
  for (const Socket& socket : sockets_)
    if (!socket.trouble.empty())
      addresses.push_back(socket.address.text() + " (" + std::string(name_of(socket.transport)) + ")");
  return addresses;
}

}  // namespace ew::server
