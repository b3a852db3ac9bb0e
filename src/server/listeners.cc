#include "server/listeners.h"

#include "http/server.h"
#include "net/endpoint.h"

namespace ew::server {

Listeners::Listeners(const std::vector<std::string>& addresses, Log& log) : log_(log) {
  for (const std::string& address : addresses) listeners_.push_back({address, {}});
}

std::vector<const Listeners::Listener*> Listeners::open_due(int64_t now_ns) {
  std::vector<const Listener*> opened;
  if (now_ns < next_try_ns_) return opened;
  next_try_ns_ = now_ns + kRetryNs;
  for (Listener& listener : listeners_) {
    if (listener.socket) continue;
    auto endpoint = Endpoint::parse(listener.address);
    auto socket = endpoint ? http::open_listening_socket(*endpoint)
                           : Result<int>(Error(ErrorCode::kUsage, "no address and port"));
    if (socket.ok()) {
      listener.socket = Descriptor(*socket);
      opened.push_back(&listener);
    } else if (!said_) {
      log_.warning("Cannot listen, and will try again",
                   {{"address", listener.address}, {"reason", socket.error().message()}});
    }
  }
  said_ = true;
  return opened;
}

std::vector<std::string> Listeners::occupied() const {
  std::vector<std::string> addresses;
  for (const Listener& listener : listeners_)
    if (!listener.socket) addresses.push_back(listener.address);
  return addresses;
}

}  // namespace ew::server
