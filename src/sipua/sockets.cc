#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>

#include "net/socket_address.h"
#include "sipua/sockets_internal.h"

namespace ew::sipua {
namespace {

constexpr size_t kBatch = 16, kBatches = 4;
constexpr size_t kDatagram = 65'536;
constexpr int kReceiveBuffer = 8 << 20;  // as much of it as the system allows

IpAddress v4_of(const in_addr& address) {
  return IpAddress::v4({reinterpret_cast<const uint8_t*>(&address), 4});
}
IpAddress v6_of(const in6_addr& address) {
  return IpAddress::v6({reinterpret_cast<const uint8_t*>(&address), 16});
}

void set_option(int socket, int level, int name, int value) {
  setsockopt(socket, level, name, &value, sizeof value);
}

// Where each datagram was sent to and when it came; without these options the reader does with less.
void ask_for_details(int socket, bool is_v4) {
  if (is_v4) {
    set_option(socket, IPPROTO_IP, IP_PKTINFO, 1);
  } else {
    set_option(socket, IPPROTO_IPV6, IPV6_RECVPKTINFO, 1);
  }
  set_option(socket, SOL_SOCKET, SO_TIMESTAMPNS, 1);
  set_option(socket, SOL_SOCKET, SO_RCVBUF, kReceiveBuffer);
}

// The control messages of one datagram.
void read_details(msghdr& header, ReceivedDatagram& datagram) {
  for (cmsghdr* one = CMSG_FIRSTHDR(&header); one; one = CMSG_NXTHDR(&header, one)) {
    if (one->cmsg_level == IPPROTO_IP && one->cmsg_type == IP_PKTINFO) {
      in_pktinfo info;
      std::memcpy(&info, CMSG_DATA(one), sizeof info);
      datagram.local.ip = v4_of(info.ipi_addr);
    } else if (one->cmsg_level == IPPROTO_IPV6 && one->cmsg_type == IPV6_PKTINFO) {
      in6_pktinfo info;
      std::memcpy(&info, CMSG_DATA(one), sizeof info);
      datagram.local.ip = v6_of(info.ipi6_addr);
    } else if (one->cmsg_level == SOL_SOCKET && one->cmsg_type == SCM_TIMESTAMPNS) {
      timespec time;
      std::memcpy(&time, CMSG_DATA(one), sizeof time);
      datagram.at.ns = int64_t{time.tv_sec} * kNsPerSec + time.tv_nsec;
    }
  }
}

}  // namespace

Result<Descriptor> open_socket(const Endpoint& address, Transport transport) {
  bool is_udp = transport == Transport::kUdp;
  sockaddr_storage storage;
  socklen_t size = to_sockaddr(address, storage);
  Descriptor fd(
      socket(storage.ss_family, (is_udp ? SOCK_DGRAM : SOCK_STREAM) | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!fd) return listen_error(address, errno);
  // A restarted server need not wait for its old connections; and [::] takes IPv6 alone, so that 0.0.0.0 can
  // stand beside it.
  if (!is_udp) set_option(fd.get(), SOL_SOCKET, SO_REUSEADDR, 1);
  if (!address.ip.is_v4()) set_option(fd.get(), IPPROTO_IPV6, IPV6_V6ONLY, 1);
  if (bind(fd.get(), reinterpret_cast<const sockaddr*>(&storage), size) < 0)
    return listen_error(address, errno);
  if (!is_udp && ::listen(fd.get(), SOMAXCONN) < 0) return listen_error(address, errno);
  TRY(adopt_socket(fd.get(), transport));
  return fd;
}

Result<Endpoint> adopt_socket(int socket, Transport transport) {
  bool is_udp = transport == Transport::kUdp;
  int type = 0;
  socklen_t size = sizeof type;
  if (getsockopt(socket, SOL_SOCKET, SO_TYPE, &type, &size) < 0 ||
      type != (is_udp ? SOCK_DGRAM : SOCK_STREAM))
    return Error(ErrorCode::kInvalid, "listen: this is no socket of the kind that was asked for");
  int flags = fcntl(socket, F_GETFL);
  if (flags < 0 || fcntl(socket, F_SETFL, flags | O_NONBLOCK) < 0)
    return Error(ErrorCode::kIo, "listen: " + std::generic_category().message(errno));
  Endpoint bound = local_endpoint(socket);
  if (is_udp) ask_for_details(socket, bound.ip.is_v4());
  return bound;
}

Endpoint local_endpoint(int socket) {
  sockaddr_storage storage{};
  socklen_t size = sizeof storage;
  if (getsockname(socket, reinterpret_cast<sockaddr*>(&storage), &size) < 0) return {};
  return from_sockaddr(storage);
}

Endpoint remote_endpoint(int socket) {
  sockaddr_storage storage{};
  socklen_t size = sizeof storage;
  if (getpeername(socket, reinterpret_cast<sockaddr*>(&storage), &size) < 0) return {};
  return from_sockaddr(storage);
}

struct DatagramReader::Buffers {
  std::array<std::array<uint8_t, kDatagram>, kBatch> bytes;
  std::array<std::array<uint8_t, 256>, kBatch> control;
  std::array<sockaddr_storage, kBatch> source;
  std::array<iovec, kBatch> vector;
  std::array<mmsghdr, kBatch> header;

  void prepare() {
    for (size_t i = 0; i < kBatch; ++i) {
      vector[i] = {bytes[i].data(), bytes[i].size()};
      header[i] = {};
      header[i].msg_hdr.msg_name = &source[i];
      header[i].msg_hdr.msg_namelen = sizeof source[i];
      header[i].msg_hdr.msg_iov = &vector[i];
      header[i].msg_hdr.msg_iovlen = 1;
      header[i].msg_hdr.msg_control = control[i].data();
      header[i].msg_hdr.msg_controllen = control[i].size();
    }
  }
};

DatagramReader::DatagramReader() : buffers_(std::make_unique<Buffers>()) {}
DatagramReader::~DatagramReader() = default;

bool DatagramReader::read(int socket, const Endpoint& bound, const Clock& clock,
                          const std::function<void(const ReceivedDatagram&)>& take) {
  for (size_t batch = 0; batch < kBatches; ++batch) {
    buffers_->prepare();
    int count = recvmmsg(socket, buffers_->header.data(), kBatch, MSG_DONTWAIT, nullptr);
    if (count <= 0) return false;
    for (size_t i = 0; i < static_cast<size_t>(count); ++i) {
      mmsghdr& header = buffers_->header[i];
      ReceivedDatagram datagram{bound, from_sockaddr(buffers_->source[i]), clock.wall(),
                                ByteView(buffers_->bytes[i]).first(header.msg_len)};
      read_details(header.msg_hdr, datagram);
      take(datagram);
    }
    if (count < static_cast<int>(kBatch)) return false;
  }
  return true;
}

bool send_datagram(int socket, const Endpoint& local, const Endpoint& remote, ByteView bytes) {
  sockaddr_storage storage;
  socklen_t size = to_sockaddr(remote, storage);
  iovec vector{const_cast<uint8_t*>(bytes.data()), bytes.size()};
  alignas(cmsghdr) uint8_t control[CMSG_SPACE(sizeof(in6_pktinfo))] = {};
  msghdr header{};
  header.msg_name = &storage;
  header.msg_namelen = size;
  header.msg_iov = &vector;
  header.msg_iovlen = 1;
  header.msg_control = control;
  auto add = [&](int level, int type, const void* info, size_t info_size) {
    header.msg_controllen = CMSG_SPACE(info_size);
    cmsghdr* one = CMSG_FIRSTHDR(&header);
    one->cmsg_level = level;
    one->cmsg_type = type;
    one->cmsg_len = CMSG_LEN(info_size);
    std::memcpy(CMSG_DATA(one), info, info_size);
  };
  if (local.ip.is_v4()) {
    in_pktinfo info{};
    std::memcpy(&info.ipi_spec_dst, local.ip.bytes.data() + 12, 4);
    add(IPPROTO_IP, IP_PKTINFO, &info, sizeof info);
  } else {
    in6_pktinfo info{};
    std::memcpy(&info.ipi6_addr, local.ip.bytes.data(), 16);
    add(IPPROTO_IPV6, IPV6_PKTINFO, &info, sizeof info);
  }
  ssize_t sent = sendmsg(socket, &header, MSG_DONTWAIT | MSG_NOSIGNAL);
  // The error of an earlier datagram (its receiver is gone) says nothing of this one.
  if (sent < 0 && errno == ECONNREFUSED) sent = sendmsg(socket, &header, MSG_DONTWAIT | MSG_NOSIGNAL);
  return sent == static_cast<ssize_t>(bytes.size());
}

}  // namespace ew::sipua
