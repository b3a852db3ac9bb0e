#include "server/signalling_sockets.h"

#include "sipua/transports.h"

namespace ew::server {
namespace {

std::string name_of(const SignallingSockets::Socket& socket) {
  constexpr std::string_view kTransports[] = {"UDP", "TCP", "TLS"};
  const std::string speaks = socket.speaks == Speaks::kHep ? "HEP" : "SIP";
  return speaks + " over " + std::string(kTransports[static_cast<size_t>(socket.transport)]);
}

// [::] is asked for by default, also of machines that know no IPv6.
bool is_missing_ipv6(const Endpoint& address, const Error& error) {
  return !address.ip.is_v4() && address.ip.is_unspecified() && error.code() == ErrorCode::kIo;
}

}  // namespace

SignallingSockets::SignallingSockets(const config::Config& config, Log& log) : log_(log) {
  auto add = [this](Speaks speaks, const std::vector<std::string>& addresses, Transport transport) {
    for (const std::string& text : addresses)
      if (auto address = Endpoint::parse(text)) sockets_.push_back({speaks, *address, transport, {}, {}});
  };
  for (Transport transport : {Transport::kUdp, Transport::kTcp}) {
    add(Speaks::kSiprec, config.sip.listen, transport);
    add(Speaks::kHep, config.hep.listen, transport);
  }
  if (config.sip.speaks_tls()) add(Speaks::kSiprec, config.sip.listen_tls, Transport::kTls);
}

std::vector<const SignallingSockets::Socket*> SignallingSockets::open_due(int64_t now_ns) {
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

void SignallingSockets::open(Socket& socket) {
  auto descriptor = sipua::open_socket(socket.address, socket.transport);
  std::string trouble;
  if (descriptor.ok())
    socket.descriptor = std::move(*descriptor);
  else if (!is_missing_ipv6(socket.address, descriptor.error()))
    trouble = descriptor.error().message();
  if (!trouble.empty() && trouble != socket.trouble)
    log_.warning("An address cannot be served, and is tried again",
                 {{"address", socket.address.text()}, {"for", name_of(socket)}, {"reason", trouble}});
  socket.trouble = std::move(trouble);
}

std::vector<std::string> SignallingSockets::occupied() const {
  std::vector<std::string> addresses;
  for (const Socket& socket : sockets_)
    if (!socket.trouble.empty()) addresses.push_back(socket.address.text() + " (" + name_of(socket) + ")");
  return addresses;
}

}  // namespace ew::server
