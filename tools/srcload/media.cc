#include "srcload/media.h"

#include <arpa/inet.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "base/system_error.h"
#include "net/socket_address.h"

namespace srcload {

struct MediaSocket::Group {
  std::array<std::array<uint8_t, kMaxPacket>, kAtOnce> bytes;
  std::array<sockaddr_in, kAtOnce> to;
  alignas(cmsghdr) std::array<std::array<uint8_t, CMSG_SPACE(sizeof(in_pktinfo))>, kAtOnce> control;
  std::array<iovec, kAtOnce> pieces;
  std::array<mmsghdr, kAtOnce> messages;

  Group() {
    for (size_t i = 0; i < kAtOnce; ++i) {
      messages[i] = {};
      msghdr& head = messages[i].msg_hdr;
      head.msg_name = &to[i];
      head.msg_namelen = sizeof to[i];
      head.msg_iov = &pieces[i];
      head.msg_iovlen = 1;
      head.msg_control = control[i].data();
      head.msg_controllen = control[i].size();
      cmsghdr* source = CMSG_FIRSTHDR(&head);
      source->cmsg_level = IPPROTO_IP;
      source->cmsg_type = IP_PKTINFO;
      source->cmsg_len = CMSG_LEN(sizeof(in_pktinfo));
      std::memset(CMSG_DATA(source), 0, sizeof(in_pktinfo));
    }
  }
};

MediaSocket::MediaSocket(ew::Descriptor rtp, ew::Descriptor rtcp)
    : rtp_(std::move(rtp)), rtcp_(std::move(rtcp)), group_(new Group, [](Group* group) { delete group; }) {}

ew::Result<MediaSocket> MediaSocket::open(uint16_t port) {
  ew::Descriptor sockets[2];
  for (uint16_t i = 0; i < 2; ++i) {
    sockets[i] = ew::Descriptor(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    const sockaddr_in any =
        socket_address({ew::IpAddress::v4(ew::Bytes(4)), static_cast<uint16_t>(port + i)});
    if (::bind(sockets[i].get(), reinterpret_cast<const sockaddr*>(&any), sizeof any) != 0)
      return ew::system_error("bind media port " + std::to_string(port + i), errno);
    const int bytes = i == 0 ? 8 << 20 : 0;  // what comes to us is not read
    ::setsockopt(sockets[i].get(), SOL_SOCKET, i == 0 ? SO_SNDBUF : SO_RCVBUF, &bytes, sizeof bytes);
  }
  return MediaSocket(std::move(sockets[0]), std::move(sockets[1]));
}

uint8_t* MediaSocket::add(uint32_t source_ip, const sockaddr_in& to, size_t size) {
  if (count_ == kAtOnce) flush();
  const size_t at = count_++;
  group_->to[at] = to;
  group_->pieces[at] = {group_->bytes[at].data(), size};
  in_pktinfo source{};
  source.ipi_spec_dst.s_addr = source_ip;
  std::memcpy(CMSG_DATA(CMSG_FIRSTHDR(&group_->messages[at].msg_hdr)), &source, sizeof source);
  return group_->bytes[at].data();
}

void MediaSocket::flush() {
  for (size_t at = 0; at < count_;) {
    const int count = ::sendmmsg(rtp_.get(), &group_->messages[at], static_cast<unsigned>(count_ - at), 0);
    if (count < 0) {
      ++refused_;
      ++at;
      continue;
    }
    sent_ += static_cast<uint64_t>(count);
    at += static_cast<size_t>(count);
  }
  count_ = 0;
}

uint32_t address_number(const ew::IpAddress& ip) {
  uint32_t number;
  std::memcpy(&number, ip.bytes.data() + 12, 4);
  return number;
}

ew::IpAddress plus(const ew::IpAddress& ip, uint32_t number) {
  const uint32_t sum = htonl(ntohl(address_number(ip)) + number);
  return ew::IpAddress::v4({reinterpret_cast<const uint8_t*>(&sum), 4});
}

sockaddr_in socket_address(const ew::Endpoint& endpoint) {
  sockaddr_storage storage{};
  ew::to_sockaddr(endpoint, storage);
  sockaddr_in address;
  std::memcpy(&address, &storage, sizeof address);
  return address;
}

void write_rtp_header(uint8_t* to, bool is_first, uint16_t sequence, uint32_t timestamp, uint32_t ssrc) {
  const uint32_t words[3] = {htonl(0x80000000u | (is_first ? 0x880000u : 0x080000u) | sequence),
                             htonl(timestamp), htonl(ssrc)};
  std::memcpy(to, words, sizeof words);
}

}  // namespace srcload
