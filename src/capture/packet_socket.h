// Opening an AF_PACKET socket with a TPACKET_V3 ring (packet(7)). It needs CAP_NET_RAW; reading the ring does
// not, so that whoever opens it and whoever reads it may be two processes.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/descriptor.h"
#include "base/result.h"
#include "capture/ring_block.h"

namespace ew::capture {

// The kernel fills a block, or hands it over after kRingWaitMs; the reader gives back whole blocks. So a ring
// holds what comes in blocks * kRingWaitMs at most, however little that is: ten seconds with 64 MB.
struct RingGeometry {
  static constexpr uint32_t kBlockBytes = 128 * 1024;  // holds a packet of 64 KiB, as offloads make them
  uint32_t block_bytes = kBlockBytes;                  // a power of two, at least a page
  uint32_t blocks = 512;
  static RingGeometry of_megabytes(uint32_t megabytes);
};
constexpr uint32_t kRingWaitMs = 20;

inline constexpr std::string_view kAnyInterface = "any";

struct PortRange {
  uint16_t first = 0, last = 0;
};

struct PacketSocket {
  Descriptor descriptor;
  uint32_t interface_index = 0;  // 0: all interfaces
  LinkLayer link = LinkLayer::kEthernet;
  RingGeometry ring;
};

struct PacketSocketOptions {
  RingGeometry ring;
  // SIP over TCP is looked for where one of the ports is from 5060 to 5099, or one of these (at most 64).
  std::vector<uint16_t> tcp_ports;
  // Media for these ports of our own, and nothing else.
  std::optional<PortRange> media_only;
};

// `interface`: a name, or kAnyInterface. kNotFound: there is no such interface; kDenied: not without the
// right; kIo: anything else.
Result<PacketSocket> open_packet_socket(const std::string& interface, const PacketSocketOptions& options);
// The number that the interface of this name has now; 0 if there is none, and for kAnyInterface.
uint32_t interface_index(const std::string& interface);

}  // namespace ew::capture
