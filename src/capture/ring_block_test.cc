#include "capture/ring_block.h"

#include <gtest/gtest.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if_arp.h>

#include <cstring>

#include "capture/test_packets_internal.h"

namespace ew::capture {
namespace {

using testing_internal::endpoint;
using testing_internal::udp_frame;

constexpr uint32_t kMacOffset = 82, kNetworkOffset = 96;  // as the kernel chooses them

// A block as the kernel fills it.
class BlockMaker {
 public:
  BlockMaker() : memory_(64 * 1024) { at_ = first_ = TPACKET_ALIGN(sizeof(tpacket_block_desc)); }

  struct Options {
    uint32_t status = 0;
    uint16_t tci = 0, tpid = 0, hardware = ARPHRD_ETHER, protocol = ETH_P_IP;
    uint8_t direction = PACKET_HOST;
  };
  void add(ByteView bytes, uint32_t offset, const Options& options) {
    auto& header = at<tpacket3_hdr>(at_);
    header.tp_sec = 1'700'000'000;
    header.tp_nsec = 123'456'789;
    header.tp_snaplen = header.tp_len = static_cast<uint32_t>(bytes.size());
    header.tp_status = options.status;
    header.tp_mac = static_cast<uint16_t>(offset);
    header.tp_net = kNetworkOffset;
    header.hv1.tp_vlan_tci = options.tci;
    header.hv1.tp_vlan_tpid = options.tpid;
    auto& address = at<sockaddr_ll>(at_ + TPACKET_ALIGN(sizeof(tpacket3_hdr)));
    address.sll_hatype = options.hardware;
    address.sll_pkttype = options.direction;
    address.sll_protocol = htobe16(options.protocol);
    std::memcpy(memory_.data() + at_ + offset, bytes.data(), bytes.size());
    if (count_ > 0) at<tpacket3_hdr>(last_).tp_next_offset = at_ - last_;
    last_ = at_;
    at_ += static_cast<uint32_t>(TPACKET_ALIGN(offset + bytes.size()));
    ++count_;
    auto& block = at<tpacket_block_desc>(0).hdr.bh1;
    block.offset_to_first_pkt = first_;
    block.num_pkts = count_;
  }
  template <typename Struct>
  Struct& at(size_t offset) {
    return *reinterpret_cast<Struct*>(memory_.data() + offset);
  }
  uint32_t last() const { return last_; }
  ByteSpan memory() { return memory_; }

 private:
  Bytes memory_;
  uint32_t at_ = 0, first_ = 0, last_ = 0, count_ = 0;
};

pcap::Dissected dissected(const RingPacket& packet) {
  pcap::Dissected out;
  EXPECT_EQ(pcap::dissect(packet.link_type, packet.frame, out), pcap::Kind::kUdp);
  return out;
}

TEST(RingBlock, GivesPacketsInOrder) {
  BlockMaker maker;
  for (int i = 1; i <= 3; ++i) maker.add(udp_frame("packet " + std::to_string(i), i), kMacOffset, {});
  RingBlock block(maker.memory(), LinkLayer::kEthernet);
  RingPacket packet;
  for (int i = 1; i <= 3; ++i) {
    ASSERT_TRUE(block.next(packet));
    EXPECT_EQ(packet.at.ns, 1'700'000'000'123'456'789);
    EXPECT_FALSE(packet.is_echo);
    pcap::Dissected found = dissected(packet);
    EXPECT_EQ(as_text(found.payload), "packet " + std::to_string(i));
    EXPECT_EQ(found.source, endpoint(i, 5060));
  }
  EXPECT_FALSE(block.next(packet));
  EXPECT_FALSE(block.is_damaged());
}

TEST(RingBlock, PutsTheVlanTagBack) {
  BlockMaker maker;
  maker.add(udp_frame("tagged"), kMacOffset, {.status = TP_STATUS_VLAN_VALID, .tci = 0x2000 | 42});
  maker.add(udp_frame("service"), kMacOffset,
            {.status = TP_STATUS_VLAN_VALID | TP_STATUS_VLAN_TPID_VALID, .tci = 7, .tpid = ETH_P_8021AD});
  maker.add(udp_frame("plain"), kMacOffset, {});
  RingBlock block(maker.memory(), LinkLayer::kEthernet);
  RingPacket packet;
  for (auto [vlan, text] : {std::pair<int, const char*>{42, "tagged"}, {7, "service"}, {0, "plain"}}) {
    ASSERT_TRUE(block.next(packet));
    pcap::Dissected found = dissected(packet);
    EXPECT_EQ(found.vlan, vlan);
    EXPECT_EQ(as_text(found.payload), text);
  }
}

TEST(RingBlock, CookedPacketsBeginAtTheNetworkLayer) {
  BlockMaker maker;
  Bytes frame = udp_frame("cooked");
  ByteView network = ByteView(frame).subspan(14);
  maker.add(network, kNetworkOffset, {});
  maker.add(network, kNetworkOffset, {.status = TP_STATUS_VLAN_VALID, .tci = 9});
  maker.add(network, kNetworkOffset, {.protocol = ETH_P_ARP});
  RingBlock block(maker.memory(), LinkLayer::kCooked);
  RingPacket packet;
  ASSERT_TRUE(block.next(packet));
  EXPECT_EQ(as_text(dissected(packet).payload), "cooked");
  ASSERT_TRUE(block.next(packet));
  EXPECT_EQ(dissected(packet).vlan, 9);
  ASSERT_TRUE(block.next(packet));
  pcap::Dissected out;
  EXPECT_EQ(pcap::dissect(packet.link_type, packet.frame, out), pcap::Kind::kIgnored);
}

TEST(RingBlock, KnowsTheLoopbackInterfacesSecondSight) {
  BlockMaker maker;
  maker.add(udp_frame("x"), kMacOffset, {.hardware = ARPHRD_LOOPBACK, .direction = PACKET_OUTGOING});
  maker.add(udp_frame("x"), kMacOffset, {.hardware = ARPHRD_LOOPBACK, .direction = PACKET_HOST});
  maker.add(udp_frame("x"), kMacOffset, {.hardware = ARPHRD_ETHER, .direction = PACKET_OUTGOING});
  RingBlock block(maker.memory(), LinkLayer::kEthernet);
  RingPacket packet;
  for (bool is_echo : {true, false, false}) {
    ASSERT_TRUE(block.next(packet));
    EXPECT_EQ(packet.is_echo, is_echo);
  }
}

TEST(RingBlock, NeverLeavesItsMemory) {
  struct Case {
    const char* what;
    std::function<void(BlockMaker&)> damage;
    int good;  // packets before it
  };
  const Case cases[] = {
      {"a length beyond the block",
       [](BlockMaker& m) { m.at<tpacket3_hdr>(m.last()).tp_snaplen = UINT32_MAX; }, 1},
      {"a packet inside its own header", [](BlockMaker& m) { m.at<tpacket3_hdr>(m.last()).tp_mac = 8; }, 1},
      {"more packets than there are",
       [](BlockMaker& m) { m.at<tpacket_block_desc>(0).hdr.bh1.num_pkts = 1'000; }, 1},
      {"a first packet beyond the block",
       [](BlockMaker& m) { m.at<tpacket_block_desc>(0).hdr.bh1.offset_to_first_pkt = 1u << 31; }, 0},
      {"no room for a tag",
       [](BlockMaker& m) {
         m.at<tpacket3_hdr>(m.last()).tp_mac = 68;
         m.at<tpacket3_hdr>(m.last()).tp_status = TP_STATUS_VLAN_VALID;
       },
       1},
  };
  for (const Case& test : cases) {
    BlockMaker maker;
    maker.add(udp_frame("one"), kMacOffset, {});
    maker.add(udp_frame("two"), kMacOffset, {});
    test.damage(maker);
    RingBlock block(maker.memory(), LinkLayer::kEthernet);
    RingPacket packet;
    int good = 0;
    while (block.next(packet)) ++good;
    EXPECT_EQ(good, test.good) << test.what;
    EXPECT_TRUE(block.is_damaged()) << test.what;
  }
  RingPacket packet;
  Bytes tiny(8);
  RingBlock block(tiny, LinkLayer::kEthernet);
  EXPECT_FALSE(block.next(packet));
  EXPECT_TRUE(block.is_damaged());
}

}  // namespace
}  // namespace ew::capture
