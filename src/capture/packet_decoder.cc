#include "capture/packet_decoder.h"

namespace ew::capture {

using pcap::Kind;

void PacketDecoder::decode(uint16_t link_type, ByteView frame, WallTime at, const PacketRef& ref,
                           DatagramSink& sink) {
  ++counters_.packets;
  counters_.bytes += frame.size();
  Kind kind = pcap::dissect(link_type, frame, packet_);
  if (kind == Kind::kFragment) kind = defragment(at);
  switch (kind) {
    case Kind::kUdp:
      ++counters_.datagrams;
      counters_.cut_short += packet_.cut_short;
      sink.on_datagram(Datagram{at, ref, packet_.source, packet_.destination, Transport::kUdp, packet_.vlan,
                                packet_.dscp, packet_.payload});
      break;
    case Kind::kTcp:
      tcp_.add(packet_, at, ref, sink);
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

// The kind of the datagram that the fragment completes; kFragment if it completes none.
Kind PacketDecoder::defragment(WallTime at) {
  uint8_t protocol = packet_.fragment.protocol;
  switch (defragmenter_.add(packet_, at)) {
    case Defragmenter::Verdict::kComplete:
      return pcap::dissect_transport(protocol, defragmenter_.datagram(), packet_);
    case Defragmenter::Verdict::kMalformed:
      return Kind::kMalformed;
    case Defragmenter::Verdict::kHeld:
      break;
  }
  return Kind::kFragment;
}

}  // namespace ew::capture
