// The ports that media comes to: pairs of an even one for RTP and the next for RTCP (RFC 3550 section 11),
// bound while the server runs, so that the system answers nothing and nobody else takes them. One thread.
#pragma once

#include <cstdint>
#include <deque>
#include <map>

#include "base/descriptor.h"
#include "base/result.h"
#include "base/time.h"
#include "net/endpoint.h"

namespace ew::srs {

struct PortPair {
  Endpoint rtp, rtcp;
  int rtp_socket = -1, rtcp_socket = -1;  // the pool's
};

class MediaPorts {
 public:
  static constexpr int64_t kQuarantine = 30 * kNsPerSec;  // REQUIREMENTS F07

  MediaPorts(uint16_t first, uint16_t last, const Clock& clock) : first_(first), last_(last), clock_(clock) {}

  // On this address of ours. kLimit: all are in use or were so a moment ago.
  Result<PortPair> take(const IpAddress& ip);
  void give_back(const PortPair& pair);

  size_t in_use() const { return in_use_; }
  size_t bound() const { return sockets_.size() / 2; }  // pairs

 private:
  struct Resting {
    PortPair pair;
    int64_t since_ns;
  };
  struct Address {
    uint32_t next = 0;  // the port to try next; behind last_ all have been
    std::deque<Resting> resting;
  };

  Result<PortPair> bind_pair(const IpAddress& ip, uint16_t port);

  const uint16_t first_, last_;
  const Clock& clock_;
  size_t in_use_ = 0;
  std::map<IpAddress, Address> addresses_;
  std::deque<Descriptor> sockets_;
};

// False if the system does not take it.
bool send_from(int socket, const Endpoint& to, ByteView bytes);

}  // namespace ew::srs
