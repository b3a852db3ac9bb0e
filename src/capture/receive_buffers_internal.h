// Room for what one recvmmsg() takes: datagrams with their senders and what the kernel says beside them.
#pragma once

#include <sys/socket.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace ew::capture {

template <size_t kAtOnce, size_t kMaxDatagram>
struct ReceiveBuffers {
  std::array<std::array<uint8_t, kMaxDatagram>, kAtOnce> bytes;
  std::array<sockaddr_storage, kAtOnce> from;
  alignas(cmsghdr) std::array<std::array<uint8_t, 128>, kAtOnce> control;
  std::array<iovec, kAtOnce> pieces;
  std::array<mmsghdr, kAtOnce> messages;

  // Before each call: the kernel has written into the lengths.
  void prepare() {
    for (size_t i = 0; i < kAtOnce; ++i) {
      pieces[i] = {bytes[i].data(), bytes[i].size()};
      messages[i] = {};
      messages[i].msg_hdr.msg_name = &from[i];
      messages[i].msg_hdr.msg_namelen = sizeof from[i];
      messages[i].msg_hdr.msg_iov = &pieces[i];
      messages[i].msg_hdr.msg_iovlen = 1;
      messages[i].msg_hdr.msg_control = control[i].data();
      messages[i].msg_hdr.msg_controllen = control[i].size();
    }
  }
};

// SO_RXQ_OVFL: how many datagrams of its socket the kernel has dropped so far goes to `dropped`, those since
// the last one are returned.
inline uint32_t newly_dropped(const cmsghdr& control, uint32_t& dropped) {
  uint32_t now = 0;
  std::memcpy(&now, CMSG_DATA(&control), sizeof now);
  const uint32_t more = now - dropped;
  dropped = now;
  return more;
}

}  // namespace ew::capture
