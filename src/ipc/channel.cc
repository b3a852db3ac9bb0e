#include "ipc/channel.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <limits>

#include "base/system_error.h"
#include "base/time.h"

namespace ew::ipc {
namespace {

constexpr size_t kHead = 4;
constexpr size_t kReceiveStep = 1024 * 1024;  // memory is taken as bytes arrive, not as the length promises

int64_t now_ns() { return SystemClock().monotonic_ns(); }

int64_t deadline(int64_t timeout_ns) {
  return timeout_ns < 0 ? std::numeric_limits<int64_t>::max() : now_ns() + timeout_ns;
}

Error channel_error(const char* what, int number) {
  return system_error(std::string("process channel: ") + what, number);
}

// Descriptors that came with these bytes; the rest of what a hostile sender might attach is closed.
bool take_descriptors(const msghdr& header, Message& message) {
  bool fits = !(header.msg_flags & MSG_CTRUNC);
  for (cmsghdr* control = CMSG_FIRSTHDR(&header); control;
       control = CMSG_NXTHDR(const_cast<msghdr*>(&header), control)) {
    if (control->cmsg_level != SOL_SOCKET || control->cmsg_type != SCM_RIGHTS) continue;
    size_t count = (control->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    for (size_t i = 0; i < count; ++i) {
      int fd;
      std::memcpy(&fd, CMSG_DATA(control) + i * sizeof(int), sizeof fd);
      message.descriptors.emplace_back(fd);
    }
  }
  return fits && message.descriptors.size() <= kMaxDescriptors;
}

}  // namespace

Result<std::pair<Channel, Channel>> Channel::pair() {
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
    return channel_error("socketpair", errno);
  return std::pair(Channel(Descriptor(ends[0])), Channel(Descriptor(ends[1])));
}

void Channel::shut_down() {
  if (socket_) ::shutdown(socket_.get(), SHUT_RDWR);
}

Status Channel::wait_for(short events, int64_t deadline_ns) {
  for (;;) {
    int64_t left_ms = (deadline_ns - now_ns()) / kNsPerMs;
    if (deadline_ns <= now_ns()) return Error(ErrorCode::kBusy, "process channel: no answer in time");
    pollfd waited{socket_.get(), events, 0};
    int ready = ::poll(&waited, 1, static_cast<int>(std::clamp<int64_t>(left_ms + 1, 1, 60'000)));
    if (ready > 0) return {};
    if (ready < 0 && errno != EINTR) return channel_error("poll", errno);
  }
}

Status Channel::send_some(ByteView bytes, std::span<const int> descriptors, size_t& sent) {
  iovec part{const_cast<uint8_t*>(bytes.data()), bytes.size()};
  msghdr header{};
  header.msg_iov = &part;
  header.msg_iovlen = 1;
  alignas(cmsghdr) char control[CMSG_SPACE(kMaxDescriptors * sizeof(int))] = {};
  if (!descriptors.empty()) {
    header.msg_control = control;
    header.msg_controllen = CMSG_SPACE(descriptors.size_bytes());
    cmsghdr* rights = CMSG_FIRSTHDR(&header);
    rights->cmsg_level = SOL_SOCKET;
    rights->cmsg_type = SCM_RIGHTS;
    rights->cmsg_len = CMSG_LEN(descriptors.size_bytes());
    std::memcpy(CMSG_DATA(rights), descriptors.data(), descriptors.size_bytes());
  }
  ssize_t put = ::sendmsg(socket_.get(), &header, MSG_NOSIGNAL | MSG_DONTWAIT);
  sent = put > 0 ? static_cast<size_t>(put) : 0;
  if (put >= 0 || errno == EINTR || errno == EAGAIN) return {};
  return channel_error("send", errno);
}

Status Channel::send(ByteView body, std::span<const int> descriptors, int64_t timeout_ns) {
  if (!socket_) return Error(ErrorCode::kIo, "process channel: closed");
  if (body.size() > kMaxMessage || descriptors.size() > kMaxDescriptors)
    return Error(ErrorCode::kLimit, "process channel: the message is too large");
  const int64_t until = deadline(timeout_ns);
  uint8_t head[kHead];
  for (size_t i = 0; i < kHead; ++i) head[i] = static_cast<uint8_t>(body.size() >> (8 * i));
  // Descriptors travel with the first byte of the length.
  for (ByteView bytes : {ByteView(head), body}) {
    while (!bytes.empty()) {
      size_t sent = 0;
      Status status = send_some(bytes, descriptors, sent);
      if (status.ok() && sent == 0) status = wait_for(POLLOUT, until);
      if (!status.ok()) {
        shut_down();
        return Error(ErrorCode::kIo, status.error().message());
      }
      if (sent > 0) descriptors = {};
      bytes = bytes.subspan(sent);
    }
  }
  return {};
}

Status Channel::receive_exactly(ByteSpan bytes, Message& message, int64_t deadline_ns) {
  while (!bytes.empty()) {
    TRY(wait_for(POLLIN, deadline_ns));
    iovec part{bytes.data(), bytes.size()};
    msghdr header{};
    header.msg_iov = &part;
    header.msg_iovlen = 1;
    alignas(cmsghdr) char control[CMSG_SPACE(kMaxDescriptors * sizeof(int))];
    header.msg_control = control;
    header.msg_controllen = sizeof control;
    ssize_t got = ::recvmsg(socket_.get(), &header, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
    if (got < 0 && (errno == EINTR || errno == EAGAIN)) continue;
    if (got < 0) return channel_error("receive", errno);
    if (!take_descriptors(header, message))
      return Error(ErrorCode::kLimit, "process channel: too many descriptors");
    if (got == 0) return Error(ErrorCode::kNotFound, "process channel: the other side closed it");
    bytes = bytes.subspan(static_cast<size_t>(got));
  }
  return {};
}

Result<Message> Channel::receive(int64_t timeout_ns) {
  if (!socket_) return Error(ErrorCode::kIo, "process channel: closed");
  const int64_t until = deadline(timeout_ns);
  TRY(wait_for(POLLIN, until));  // nothing was taken yet, so the channel may go on
  Message message;
  uint8_t head[kHead];
  Status status = receive_exactly(ByteSpan(head).first(1), message, until);
  bool closed_in_order = !status.ok() && status.error().code() == ErrorCode::kNotFound;
  if (status.ok()) status = receive_exactly(ByteSpan(head).subspan(1), message, until);
  size_t length = ByteReader(head).u32le();
  if (status.ok() && length > kMaxMessage)
    status = Error(ErrorCode::kLimit, "process channel: a message beyond all bounds");
  while (status.ok() && message.body.size() < length) {
    size_t before = message.body.size();
    message.body.resize(std::min(length, before + kReceiveStep));
    status = receive_exactly(ByteSpan(message.body).subspan(before), message, until);
  }
  if (status.ok()) return message;
  shut_down();
  if (closed_in_order) return std::move(status).error();
  return Error(ErrorCode::kIo, status.error().message());
}

}  // namespace ew::ipc
