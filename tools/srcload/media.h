// Sends what is given to it in groups, one system call for many: two sockets send for all sessions, each of
// which has an address of its own (REQUIREMENTS F01: a recorder takes media from its session's source only).
#pragma once

#include <netinet/in.h>
#include <sys/socket.h>

#include <cstdint>
#include <memory>

#include "base/bytes.h"
#include "base/descriptor.h"
#include "base/result.h"
#include "net/endpoint.h"

namespace srcload {

constexpr size_t kRtpHeader = 12;

class MediaSocket {
 public:
  static constexpr size_t kAtOnce = 128, kMaxPacket = 256;

  // A UDP socket on this port of every IPv4 address; its port for RTCP is bound too, so that nobody is told
  // that nothing listens there.
  static ew::Result<MediaSocket> open(uint16_t port);
  MediaSocket(MediaSocket&&) = default;

  // Room for a packet that goes out with the next flush(), at the latest.
  uint8_t* add(uint32_t source_ip, const sockaddr_in& to, size_t size);
  void flush();
  uint64_t sent() const { return sent_; }
  uint64_t refused() const { return refused_; }  // by the system

 private:
  struct Group;
  explicit MediaSocket(ew::Descriptor rtp, ew::Descriptor rtcp);

  ew::Descriptor rtp_, rtcp_;
  std::unique_ptr<Group, void (*)(Group*)> group_;
  size_t count_ = 0;
  uint64_t sent_ = 0, refused_ = 0;
};

// In network order.
uint32_t address_number(const ew::IpAddress& ip);
ew::IpAddress plus(const ew::IpAddress& ip, uint32_t number);
sockaddr_in socket_address(const ew::Endpoint& endpoint);

void write_rtp_header(uint8_t* to, bool is_first, uint16_t sequence, uint32_t timestamp, uint32_t ssrc);

}  // namespace srcload
