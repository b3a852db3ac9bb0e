#include "capture/packet_decoder.h"

namespace ew::capture {

using pcap::Kind;

namespace {

Datagram datagram_of(const CapturedPacket& packet, const pcap::Dissected& dissected) {
  return {packet.at,       packet.ref,     dissected.source, dissected.destination,
          Transport::kUdp, dissected.vlan, dissected.dscp,   dissected.payload};
}

}  // namespace

void PacketDecoder::decode(std::span<const CapturedPacket> packets, DatagramSink& sink) {
  EW_CHECK(packets.size() <= kAtOnce);
  size_t coming = 0;
  for (size_t i = 0; i < packets.size(); ++i) {
    kinds_[i] = pcap::dissect(packets[i].link_type, packets[i].frame, dissected_[i]);
    if (kinds_[i] == Kind::kUdp) coming_[coming++] = datagram_of(packets[i], dissected_[i]);
  }
  sink.prepare(std::span(coming_).first(coming));
  for (size_t i = 0; i < packets.size(); ++i) deliver(kinds_[i], packets[i], dissected_[i], sink);
}

void PacketDecoder::deliver(Kind kind, const CapturedPacket& packet, pcap::Dissected& dissected,
                            DatagramSink& sink) {
  ++counters_.packets;
  counters_.bytes += packet.frame.size();
  if (kind == Kind::kFragment) kind = defragment(dissected, packet.at);
  switch (kind) {
    case Kind::kUdp:
      ++counters_.datagrams;
      counters_.cut_short += dissected.cut_short;
      sink.on_datagram(datagram_of(packet, dissected));
      break;
    case Kind::kTcp:
      tcp_.add(dissected, packet.at, packet.ref, sink);
      break;
    case Kind::kFragment:
      ++counters_.fragments_held;
      break;
    case Kind::kIgnored:
      ++counters_.ignored;
      break;
    case Kind::kMalformed:
      ++counters_.malformed;
      break;
  }
}

// The kind of the datagram that the fragment completes; kFragment if it completes none. A tunnel's packet in
// fragments may carry a fragment.
Kind PacketDecoder::defragment(pcap::Dissected& packet, WallTime at) {
  Kind kind = Kind::kFragment;
  for (int depth = 0; kind == Kind::kFragment && depth < kMaxFragmentations; ++depth) {
    const uint8_t protocol = packet.fragment.protocol;
    switch (defragmenter_.add(packet, at)) {
      case Defragmenter::Verdict::kComplete:
        kind = pcap::dissect_transport(protocol, defragmenter_.datagram(), packet);
        break;
      case Defragmenter::Verdict::kMalformed:
        return Kind::kMalformed;
      case Defragmenter::Verdict::kHeld:
        return Kind::kFragment;
    }
  }
  return kind;
}

}  // namespace ew::capture
