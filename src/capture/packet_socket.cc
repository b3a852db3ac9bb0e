#include "capture/packet_socket.h"

#include <arpa/inet.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "capture/packet_filter_internal.h"
#include "net/socket_option.h"

namespace ew::capture {
namespace {

constexpr uint32_t kFrameBytes = 2048;  // the ring's third version only checks that it divides a block

Error failed(const std::string& interface, const char* step) {
  const int code = errno;
  ErrorCode kind = code == EPERM || code == EACCES   ? ErrorCode::kDenied
                   : code == ENODEV || code == ENXIO ? ErrorCode::kNotFound
                                                     : ErrorCode::kIo;
  std::string text = "capture on " + interface + ": ";
  if (kind == ErrorCode::kDenied) return Error(kind, text + "this needs the right CAP_NET_RAW");
  return Error(kind, text + step + ": " + std::strerror(code));
}

// The hardware type of an interface (linux/if_arp.h); of all of them: none.
Result<uint16_t> hardware_of(const std::string& interface) {
  ifreq request{};
  if (interface.size() >= sizeof request.ifr_name)
    return Error(ErrorCode::kNotFound, "capture on " + interface + ": no interface has so long a name");
  std::memcpy(request.ifr_name, interface.c_str(), interface.size());
  Descriptor any(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  if (!any || ::ioctl(any.get(), SIOCGIFHWADDR, &request) != 0) return failed(interface, "no such interface");
  return request.ifr_hwaddr.sa_family;
}

bool make_ring(int fd, const RingGeometry& ring) {
  tpacket_req3 request{};
  request.tp_block_size = ring.block_bytes;
  request.tp_block_nr = ring.blocks;
  request.tp_frame_size = kFrameBytes;
  request.tp_frame_nr = ring.blocks * (ring.block_bytes / kFrameBytes);
  request.tp_retire_blk_tov = kRingWaitMs;
  return set_socket_option(fd, SOL_PACKET, PACKET_RX_RING, request);
}

bool attach_filter(int fd, const PacketSocketOptions& options) {
  std::vector<sock_filter> code =
      options.media_only ? media_filter(*options.media_only) : packet_filter(options.tcp_ports);
  sock_fprog program{static_cast<unsigned short>(code.size()), code.data()};
  return set_socket_option(fd, SOL_SOCKET, SO_ATTACH_FILTER, program);
}

// Also what is meant for others, as a mirror port brings it.
bool take_all(int fd, uint32_t index) {
  packet_mreq membership{};
  membership.mr_ifindex = static_cast<int>(index);
  membership.mr_type = PACKET_MR_PROMISC;
  return set_socket_option(fd, SOL_PACKET, PACKET_ADD_MEMBERSHIP, membership);
}

bool bind_to(int fd, uint32_t index) {
  sockaddr_ll address{};
  address.sll_family = AF_PACKET;
  address.sll_protocol = htons(ETH_P_ALL);
  address.sll_ifindex = static_cast<int>(index);
  return ::bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
}

}  // namespace

RingGeometry RingGeometry::of_megabytes(uint32_t megabytes) {
  RingGeometry ring;
  ring.blocks = std::max<uint32_t>(2, megabytes * (1024 * 1024 / kBlockBytes));
  return ring;
}

uint32_t interface_index(const std::string& interface) {
  return interface == kAnyInterface ? 0 : ::if_nametoindex(interface.c_str());
}

Result<PacketSocket> open_packet_socket(const std::string& interface, const PacketSocketOptions& options) {
  PacketSocket opened;
  opened.ring = options.ring;
  opened.link = LinkLayer::kCooked;
  const bool is_any = interface == kAnyInterface;
  if (!is_any) {
    const uint16_t hardware = TRY(hardware_of(interface));
    if (hardware == ARPHRD_ETHER || hardware == ARPHRD_LOOPBACK) opened.link = LinkLayer::kEthernet;
    opened.interface_index = interface_index(interface);
    if (opened.interface_index == 0) return failed(interface, "no such interface");
  }
  // Without a protocol it receives nothing before it is bound: no packet comes in that was not filtered.
  const int kind = opened.link == LinkLayer::kCooked ? SOCK_DGRAM : SOCK_RAW;
  opened.descriptor = Descriptor(::socket(AF_PACKET, kind | SOCK_CLOEXEC, 0));
  const int fd = opened.descriptor.get();
  if (fd < 0) return failed(interface, "socket");
  if (!set_socket_option(fd, SOL_PACKET, PACKET_VERSION, int{TPACKET_V3}))
    return failed(interface, "ring of version 3");
  if (!attach_filter(fd, options)) return failed(interface, "filter");
  if (!make_ring(fd, opened.ring)) return failed(interface, "ring");
  if (!is_any && !take_all(fd, opened.interface_index)) return failed(interface, "promiscuous mode");
  if (!bind_to(fd, opened.interface_index)) return failed(interface, "bind");
  return opened;
}

}  // namespace ew::capture
