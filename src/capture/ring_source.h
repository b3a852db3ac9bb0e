// A live interface as a Source: packets out of an AF_PACKET ring (TPACKET_V3) that open_packet_socket() made,
// perhaps in another process. Nothing is copied and no system call is made per packet. A ring outlives its
// reader: the next one begins with the oldest block that was not given back.
#pragma once

#include <memory>

#include "capture/packet_decoder.h"
#include "capture/packet_socket.h"
#include "capture/source.h"

namespace ew::capture {

class RingSource : public Source {
 public:
  // `number` becomes PacketRef::capture.
  static Result<std::unique_ptr<RingSource>> open(PacketSocket socket, uint32_t number);
  ~RingSource() override;

  // Readable when packets wait. After an error of the interface (it went down) it is readable too.
  int descriptor() const { return socket_.descriptor.get(); }

  Pace pace() const override { return Pace::kLive; }
  // Takes what is there, never waits. A live source does not end; an error says that its interface is down or
  // gone, and that it may be asked again.
  Result<bool> run(DatagramSink& sink, size_t limit) override;
  const SourceCounters& counters() const override { return decoder_.counters(); }
  // Asks the kernel what it had to drop since it was asked last; it is in counters() then.
  void count_drops();

 private:
  RingSource(PacketSocket socket, uint32_t number);
  Status map();
  void find_start();
  uint8_t* block(size_t index) const { return memory_ + index * socket_.ring.block_bytes; }
  bool take_block();
  void give_block_back();
  size_t take(DatagramSink& sink, size_t limit);

  PacketSocket socket_;
  const uint32_t number_;
  uint8_t* memory_ = nullptr;
  size_t next_block_ = 0;
  bool has_block_ = false;
  RingBlock block_;
  uint64_t packets_ = 0;
  PacketDecoder decoder_;
};

}  // namespace ew::capture
