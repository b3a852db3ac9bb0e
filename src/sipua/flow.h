// The way a message came and its answer goes, and what sockets and their replacements in tests have in
// common.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/time.h"
#include "net/endpoint.h"
#include "sip/message.h"

namespace ew::sipua {

struct Flow {
  Transport transport = Transport::kUdp;
  Endpoint local, remote;
  uint64_t connection = 0;  // of TCP and TLS, never used twice
  // Of the client certificate, checked: its subjectAltNames (DNS, URI, IP) in lower case. Nothing without
  // one.
  std::shared_ptr<const std::vector<std::string>> certificate_names;

  bool is_reliable() const { return transport != Transport::kUdp; }
};

// A message as it came. Everything is borrowed for the time of the call.
struct Received {
  const Flow& flow;
  WallTime at;
  ByteView bytes;
  const sip::Message& message;
};

// What carries messages. All of it on one thread.
class Wire {
 public:
  virtual ~Wire() = default;
  // False: it cannot be reached any more. What is too much for a slow connection ends the connection.
  virtual bool send(const Flow& flow, ByteView message) = 0;
  // Ends a connection when what was sent has left.
  virtual void close(uint64_t connection) = 0;
  // The other side is somebody we know: its connection may be silent for long.
  virtual void keep(uint64_t connection) = 0;
};

class Receiver {
 public:
  virtual ~Receiver() = default;
  // One datagram, or one message of a stream.
  virtual void on_message(const Flow& flow, WallTime at, ByteView message) = 0;
  // Comes again and again, every few milliseconds: timers.
  virtual void on_tick() = 0;
};

}  // namespace ew::sipua
