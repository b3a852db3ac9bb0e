// Where everything that is sent in a scenario comes together, in any order of making, and leaves as frames in
// the order of time.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "callgen/frames.h"
#include "callgen/random.h"
#include "callgen/scenario.h"

namespace callgen {

class Wire {
 public:
  Wire(const Scenario& scenario, Random random);

  void datagram(int64_t at_ns, const Host& source, const Host& destination, uint8_t dscp, ew::Bytes payload);
  // A SIP message. `label` is its method, or status code of an INVITE, for the list of retransmissions.
  void message(int64_t at_ns, const Host& source, const Host& destination, const std::string& transport,
               const std::string& label, const std::string& text);
  std::vector<Frame> finish();

 private:
  struct Packet {
    int64_t at_ns = 0;
    Host source, destination;
    uint8_t dscp = 0;
    ew::Bytes payload;
    bool is_tcp = false;
    TcpSegment segment;  // its payload is in `payload`
  };
  struct Spoken {
    int64_t at_ns;
    bool by_client;
    std::string text;
  };
  struct Connection {
    Host client, server;  // the client's port is an ephemeral one
    std::vector<Spoken> spoken;
  };

  void play(Connection& connection);
  void segment(int64_t at_ns, const Connection& connection, bool by_client, uint8_t flags,
               uint32_t (&next)[2], std::string_view bytes);

  const Scenario& scenario_;
  Random random_;
  std::vector<Packet> packets_;
  std::map<std::pair<Address, Address>, Connection> connections_;
  std::vector<std::string> to_retransmit_;
};

}  // namespace callgen
