#include "capture/socket_source.h"

#include <netinet/in.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "capture/receive_buffers_internal.h"
#include "net/socket_option.h"

namespace ew::capture {
namespace {

constexpr size_t kReadyAtOnce = 256;

Endpoint endpoint_of(const sockaddr_storage& address) {
  if (address.ss_family == AF_INET) {
    const auto& v4 = reinterpret_cast<const sockaddr_in&>(address);
    return {IpAddress::v4({reinterpret_cast<const uint8_t*>(&v4.sin_addr), 4}), ntohs(v4.sin_port)};
  }
  const auto& v6 = reinterpret_cast<const sockaddr_in6&>(address);
  return {IpAddress::v6(v6.sin6_addr.s6_addr), ntohs(v6.sin6_port)};
}

}  // namespace

struct SocketSource::Buffers : ReceiveBuffers<kAtOnce, kMaxDatagram> {};

SocketSource::SocketSource(Descriptor poll, uint32_t number)
    : poll_(std::move(poll)), number_(number), buffers_(std::make_unique<Buffers>()) {}

SocketSource::~SocketSource() = default;

Result<std::unique_ptr<SocketSource>> SocketSource::create(uint32_t number) {
  Descriptor poll(::epoll_create1(EPOLL_CLOEXEC));
  if (!poll) return Error(ErrorCode::kIo, std::string("epoll: ") + std::strerror(errno));
  return std::unique_ptr<SocketSource>(new SocketSource(std::move(poll), number));
}

Status SocketSource::add(int socket, const Endpoint& local) {
  if (!set_socket_option(socket, SOL_SOCKET, SO_TIMESTAMPNS, int{1}) ||
      !set_socket_option(socket, SOL_SOCKET, SO_RXQ_OVFL, int{1}))
    return Error(ErrorCode::kIo, "media socket " + local.text() + ": " + std::strerror(errno));
  auto added = std::make_unique<Socket>(Socket{socket, local});
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.ptr = added.get();
  if (::epoll_ctl(poll_.get(), EPOLL_CTL_ADD, socket, &event) != 0)
    return Error(ErrorCode::kIo, "media socket " + local.text() + ": " + std::strerror(errno));
  remove(local);
  sockets_[local] = std::move(added);
  return {};
}

void SocketSource::remove(const Endpoint& local) {
  auto found = sockets_.find(local);
  if (found == sockets_.end()) return;
  ::epoll_ctl(poll_.get(), EPOLL_CTL_DEL, found->second->descriptor, nullptr);
  sockets_.erase(found);
}

Result<bool> SocketSource::run(DatagramSink& sink, size_t limit) {
  std::array<epoll_event, kReadyAtOnce> ready;
  while (limit > 0) {
    const int count = ::epoll_wait(poll_.get(), ready.data(), static_cast<int>(ready.size()), 0);
    if (count <= 0) break;
    for (int i = 0; i < count && limit > 0; ++i)
      limit -= receive(*static_cast<Socket*>(ready[static_cast<size_t>(i)].data.ptr), sink, limit);
  }
  return true;
}

size_t SocketSource::receive(Socket& socket, DatagramSink& sink, size_t limit) {
  buffers_->prepare();
  const auto wanted = static_cast<unsigned>(std::min(limit, kAtOnce));
  const int count = ::recvmmsg(socket.descriptor, buffers_->messages.data(), wanted, MSG_DONTWAIT, nullptr);
  // What an answer by ICMP brings is an error once, and no datagram.
  if (count <= 0) return 1;
  for (size_t i = 0; i < static_cast<size_t>(count); ++i) deliver(socket, i, sink);
  return static_cast<size_t>(count);
}

void SocketSource::deliver(Socket& socket, size_t index, DatagramSink& sink) {
  const mmsghdr& message = buffers_->messages[index];
  Datagram datagram;
  for (const cmsghdr* extra = CMSG_FIRSTHDR(&message.msg_hdr); extra;
       extra = CMSG_NXTHDR(const_cast<msghdr*>(&message.msg_hdr), const_cast<cmsghdr*>(extra))) {
    if (extra->cmsg_level != SOL_SOCKET) continue;
    if (extra->cmsg_type == SCM_TIMESTAMPNS) {
      timespec at;
      std::memcpy(&at, CMSG_DATA(extra), sizeof at);
      datagram.at = {int64_t{at.tv_sec} * kNsPerSec + at.tv_nsec};
    } else if (extra->cmsg_type == SO_RXQ_OVFL) {
      counters_.dropped += newly_dropped(*extra, socket.dropped);
    }
  }
  ++counters_.packets;
  ++counters_.datagrams;
  counters_.bytes += message.msg_len;
  if (message.msg_hdr.msg_flags & MSG_TRUNC) ++counters_.cut_short;
  datagram.ref = {number_, ++packets_, 0};
  datagram.source = endpoint_of(buffers_->from[index]);
  datagram.destination = socket.local;
  datagram.payload = ByteView(buffers_->bytes[index]).first(message.msg_len);
  sink.on_datagram(datagram);
}

}  // namespace ew::capture
