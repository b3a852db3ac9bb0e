// A block of an AF_PACKET ring (TPACKET_V3, linux/if_packet.h), packet by packet. Nothing is copied: what the
// kernel keeps apart from a packet (its VLAN tag; of a cooked socket the protocol) is written into the room
// that it leaves before the packet, so that what comes out can be dissected like the record of a capture
// file.
#pragma once

#include <cstdint>

#include "base/bytes.h"
#include "base/time.h"

namespace ew::capture {

// What a packet socket gives.
enum class LinkLayer : uint8_t {
  kEthernet,  // SOCK_RAW on Ethernet, or the loopback interface, which looks like it
  kCooked,    // SOCK_DGRAM: from the network layer on, for all interfaces alike
};

struct RingPacket {
  uint16_t link_type = 0;  // pcap::kEthernet or pcap::kLinuxCooked
  ByteView frame;
  WallTime at;
  bool is_echo = false;  // sent over the loopback interface: the same packet is there as a received one too
};

class RingBlock {
 public:
  RingBlock() = default;
  // `memory` is the whole block, whose owner is the reader now.
  RingBlock(ByteSpan memory, LinkLayer link);

  // False at the end of the block. A packet that does not lie in the block ends it too: is_damaged().
  bool next(RingPacket& packet);
  bool is_damaged() const { return is_damaged_; }

 private:
  bool damaged() {
    is_damaged_ = true;
    left_ = 0;
    return false;
  }
  ByteView with_cooked_header(size_t start, size_t length, uint16_t protocol, const uint16_t* tag);
  ByteView with_vlan_tag(size_t start, size_t length, const uint16_t* tag);

  ByteSpan memory_;
  LinkLayer link_ = LinkLayer::kEthernet;
  size_t at_ = 0;      // of the next packet
  uint32_t left_ = 0;  // packets
  bool is_damaged_ = false;
};

}  // namespace ew::capture
