// MediaPorts: which datagrams may come in on the ports of recording sessions (REQUIREMENTS F01, F02, F07):
// only from the source that was negotiated, or from the first one where that is allowed, and only while the
// session takes media. What is refused is counted. One thread.
#pragma once

#include <array>
#include <optional>
#include <unordered_map>

#include "net/datagram.h"
#include "srs/recording_server.h"

namespace ew::node {

class MediaPorts {
 public:
  enum class Verdict : uint8_t {
    kAdmitted,
    kForeign,  // from another source than the session's
    kPaused,
    kClosed,
    kOurs,   // sent by us from such a port
    kOther,  // has nothing to do with these ports
  };
  static constexpr size_t kVerdicts = 6;
  struct Refused {
    uint64_t foreign = 0, paused = 0, closed = 0;
  };

  // A rule replaces the one before for its port.
  void set(const srs::MediaPort& rule);
  Verdict judge(const Datagram& datagram);
  // Whether it comes to such a port or from one.
  bool concerns(const Datagram& datagram) const {
    return ports_.contains(datagram.destination) || ports_.contains(datagram.source);
  }
  // Of one port since its session began; nothing for a port without a rule.
  const Refused* refused(const Endpoint& local) const;
  size_t size() const { return ports_.size(); }

 private:
  struct Port {
    srs::MediaPort rule;
    std::optional<Endpoint> locked;
    Refused refused;
  };
  static bool is_allowed(Port& port, const Endpoint& source);

  std::unordered_map<Endpoint, Port, EndpointHash> ports_;
};

}  // namespace ew::node
