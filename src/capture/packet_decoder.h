// One captured packet to what it delivers: the same for files and for a live interface.
#pragma once

#include "capture/defragmenter.h"
#include "capture/source.h"
#include "capture/tcp_reassembler.h"
#include "pcap/dissect.h"

namespace ew::capture {

class PacketDecoder {
 public:
  PacketDecoder() = default;
  PacketDecoder(const PacketDecoder&) = delete;
  PacketDecoder& operator=(const PacketDecoder&) = delete;

  // Counts the packet in exactly one of the counters of source.h and delivers what it completes.
  void decode(uint16_t link_type, ByteView frame, WallTime at, const PacketRef& ref, DatagramSink& sink);
  // At the end of the source.
  void finish(DatagramSink& sink) { tcp_.finish(sink); }

  const SourceCounters& counters() const { return counters_; }

 private:
  pcap::Kind defragment(WallTime at);

  SourceCounters counters_;
  pcap::Dissected packet_;
  Defragmenter defragmenter_{counters_};
  TcpReassembler tcp_{counters_};
};

}  // namespace ew::capture
