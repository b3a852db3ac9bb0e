// Opening sockets, and datagrams with their own address and time of arrival.
#pragma once

#include <array>
#include <functional>
#include <memory>

#include "base/descriptor.h"
#include "base/result.h"
#include "base/time.h"
#include "net/endpoint.h"

namespace ew::sipua {

// For one that open_socket() or somebody else opened.
Result<Endpoint> adopt_socket(int socket, Transport transport);
Endpoint local_endpoint(int socket);
Endpoint remote_endpoint(int socket);

struct ReceivedDatagram {
  Endpoint local, remote;
  WallTime at;  // when the system received it
  ByteView bytes;
};

// Reads many datagrams at a time.
class DatagramReader {
 public:
  DatagramReader();
  ~DatagramReader();
  // What is there, up to a bound, so that others get their turn. True: there may be more.
  bool read(int socket, const Endpoint& bound, const Clock& clock,
            const std::function<void(const ReceivedDatagram&)>& take);

 private:
  struct Buffers;
  std::unique_ptr<Buffers> buffers_;
};

// From this local address (its port is the socket's). False if the system does not take it.
bool send_datagram(int socket, const Endpoint& local, const Endpoint& remote, ByteView bytes);

}  // namespace ew::sipua
