// UDP sockets as a Source: media of recording sessions where no ring may be opened. One system call takes up
// to 32 datagrams of a socket; those of an idle socket cost nothing.
#pragma once

#include <array>
#include <memory>
#include <unordered_map>

#include "base/descriptor.h"
#include "capture/source.h"

namespace ew::capture {

class SocketSource : public Source {
 public:
  static constexpr size_t kMaxDatagram = 2'048;  // a longer one is cut, and counted
  static constexpr size_t kAtOnce = 32;

  // `number` becomes PacketRef::capture.
  static Result<std::unique_ptr<SocketSource>> create(uint32_t number);
  ~SocketSource() override;

  // A bound UDP socket of somebody else's, who keeps it open until it is removed, or read for the last time.
  Status add(int socket, const Endpoint& local);
  void remove(const Endpoint& local);
  bool has(const Endpoint& local) const { return sockets_.contains(local); }
  size_t size() const { return sockets_.size(); }

  // Readable when datagrams wait.
  int descriptor() const { return poll_.get(); }
  Pace pace() const override { return Pace::kLive; }
  Result<bool> run(DatagramSink& sink, size_t limit) override;
  const SourceCounters& counters() const override { return counters_; }

 private:
  struct Socket {
    int descriptor;
    Endpoint local;
    uint32_t dropped = 0;  // by the kernel, as it counts them
  };
  struct Buffers;

  SocketSource(Descriptor poll, uint32_t number);
  size_t receive(Socket& socket, DatagramSink& sink, size_t limit);
  void deliver(Socket& socket, size_t index, DatagramSink& sink);

  Descriptor poll_;
  const uint32_t number_;
  std::unordered_map<Endpoint, std::unique_ptr<Socket>, EndpointHash> sockets_;
  std::unique_ptr<Buffers> buffers_;
  uint64_t packets_ = 0;
  SourceCounters counters_;
};

}  // namespace ew::capture
