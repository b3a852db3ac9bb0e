// One captured packet to what it delivers: the same for files and for a live interface.
#pragma once

#include <array>
#include <span>

#include "capture/defragmenter.h"
#include "capture/source.h"
#include "capture/tcp_reassembler.h"
#include "pcap/dissect.h"

namespace ew::capture {

// A packet as its source read it.
struct CapturedPacket {
  uint16_t link_type = 0;
  ByteView frame;
  WallTime at;
  PacketRef ref;
};

class PacketDecoder {
 public:
  // So many packets are looked at before the first of them is delivered.
  static constexpr size_t kAtOnce = 32;

  PacketDecoder() = default;
  PacketDecoder(const PacketDecoder&) = delete;
  PacketDecoder& operator=(const PacketDecoder&) = delete;

  // Counts each packet in exactly one of the counters of source.h and delivers what it completes. At most
  // kAtOnce, whose bytes stay where they are until it returns.
  void decode(std::span<const CapturedPacket> packets, DatagramSink& sink);
  // What the source saw besides: packets that it does not hand over, and those that it never got.
  void note_ignored(size_t bytes) {
    ++counters_.packets;
    ++counters_.ignored;
    counters_.bytes += bytes;
  }
  void note_malformed() {
    ++counters_.packets;
    ++counters_.malformed;
  }
  void note_dropped(uint64_t packets) { counters_.dropped += packets; }
  // At the end of the source.
  void finish(DatagramSink& sink) { tcp_.finish(sink); }

  const SourceCounters& counters() const { return counters_; }

 private:
  void deliver(pcap::Kind kind, const CapturedPacket& packet, pcap::Dissected& dissected, DatagramSink& sink);
  pcap::Kind defragment(pcap::Dissected& packet, WallTime at);

  static constexpr int kMaxFragmentations = 3;

  SourceCounters counters_;
  std::array<pcap::Kind, kAtOnce> kinds_{};
  std::array<pcap::Dissected, kAtOnce> dissected_;
  std::array<Datagram, kAtOnce> coming_;
  Defragmenter defragmenter_{counters_};
  TcpReassembler tcp_{counters_};
};

}  // namespace ew::capture
