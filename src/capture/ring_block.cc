#include "capture/ring_block.h"

#include <linux/if_packet.h>
#include <net/if_arp.h>

#include <cstring>

#include "pcap/dissect.h"

namespace ew::capture {
namespace {

constexpr size_t kAddressOffset = TPACKET_ALIGN(sizeof(tpacket3_hdr));
constexpr size_t kRoomFrom =
    kAddressOffset + sizeof(sockaddr_ll);  // what lies behind it and before the packet is free
constexpr size_t kMacs = 12;
constexpr size_t kTag = 4;
constexpr size_t kCookedHeader = 16;
constexpr uint16_t kVlan = 0x8100;

// The kernel's structures, out of memory that may be anything.
template <typename Struct>
bool read(ByteView memory, size_t offset, Struct& out) {
  if (offset > memory.size() || memory.size() - offset < sizeof out) return false;
  std::memcpy(&out, memory.data() + offset, sizeof out);
  return true;
}

void put16(uint8_t* to, uint16_t value) {
  to[0] = static_cast<uint8_t>(value >> 8);
  to[1] = static_cast<uint8_t>(value);
}

}  // namespace

RingBlock::RingBlock(ByteSpan memory, LinkLayer link) : memory_(memory), link_(link) {
  tpacket_block_desc block;
  if (!read(memory_, 0, block)) {
    damaged();
    return;
  }
  at_ = block.hdr.bh1.offset_to_first_pkt;
  left_ = block.hdr.bh1.num_pkts;
}

bool RingBlock::next(RingPacket& packet) {
  if (left_ == 0) return false;
  tpacket3_hdr header;
  sockaddr_ll address;
  if (!read(memory_, at_, header) || !read(memory_, at_ + kAddressOffset, address)) return damaged();
  const size_t space = memory_.size() - at_;
  if (header.tp_mac < kRoomFrom || header.tp_mac > space || header.tp_snaplen > space - header.tp_mac)
    return damaged();

  packet.at = {int64_t{header.tp_sec} * kNsPerSec + header.tp_nsec};
  packet.is_echo = address.sll_hatype == ARPHRD_LOOPBACK && address.sll_pkttype == PACKET_OUTGOING;
  uint16_t tag[2] = {kVlan, 0};
  const bool is_tagged = header.tp_status & TP_STATUS_VLAN_VALID;
  if (is_tagged) {
    tag[1] = static_cast<uint16_t>(header.hv1.tp_vlan_tci);
    if (header.tp_status & TP_STATUS_VLAN_TPID_VALID) tag[0] = header.hv1.tp_vlan_tpid;
  }
  const size_t start = at_ + header.tp_mac;
  const size_t room = header.tp_mac - kRoomFrom;
  if (link_ == LinkLayer::kCooked) {
    if (room < kCookedHeader + kTag) return damaged();
    packet.link_type = pcap::kLinuxCooked;
    packet.frame = with_cooked_header(start, header.tp_snaplen, be16toh(address.sll_protocol),
                                      is_tagged ? tag : nullptr);
  } else {
    packet.link_type = pcap::kEthernet;
    packet.frame = ByteView(memory_).subspan(start, header.tp_snaplen);
    if (is_tagged && packet.frame.size() >= kMacs) {
      if (room < kTag) return damaged();
      packet.frame = with_vlan_tag(start, header.tp_snaplen, tag);
    }
  }
  --left_;
  if (left_ > 0 && header.tp_next_offset == 0) return damaged();
  at_ += header.tp_next_offset;
  return true;
}

// As captures of "any" have it (LINKTYPE_LINUX_SLL); only its protocol is ever looked at.
ByteView RingBlock::with_cooked_header(size_t start, size_t length, uint16_t protocol, const uint16_t* tag) {
  uint8_t* packet = memory_.data() + start;
  size_t added = kCookedHeader;
  if (tag) {
    put16(packet - kTag, tag[1]);
    put16(packet - kTag + 2, protocol);
    protocol = tag[0];
    added += kTag;
  }
  uint8_t* header = packet - added;
  std::memset(header, 0, kCookedHeader - 2);
  put16(header + kCookedHeader - 2, protocol);
  return {header, length + added};
}

// The tag goes back to its place behind the two addresses.
ByteView RingBlock::with_vlan_tag(size_t start, size_t length, const uint16_t* tag) {
  uint8_t* frame = memory_.data() + start - kTag;
  std::memmove(frame, frame + kTag, kMacs);
  put16(frame + kMacs, tag[0]);
  put16(frame + kMacs + 2, tag[1]);
  return {frame, length + kTag};
}

}  // namespace ew::capture
