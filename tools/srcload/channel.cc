#include "srcload/channel.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <sys/socket.h>

#include <cerrno>

#include "base/system_error.h"
#include "base/text.h"
#include "net/socket_address.h"
#include "srcload/message.h"

namespace srcload {
namespace {

constexpr int kBufferBytes = 8 << 20;
constexpr size_t kReadBytes = 65'536;

}  // namespace

ew::Result<std::unique_ptr<Channel>> Channel::open(ew::Transport transport, const ew::Endpoint& from,
                                                   const ew::Endpoint& to) {
  const bool is_udp = transport == ew::Transport::kUdp;
  sockaddr_storage address;
  socklen_t size = ew::to_sockaddr(from, address);
  ew::Descriptor fd(::socket(address.ss_family, (is_udp ? SOCK_DGRAM : SOCK_STREAM) | SOCK_CLOEXEC, 0));
  const int on = 1;
  ::setsockopt(fd.get(), SOL_SOCKET, SO_RCVBUF, &kBufferBytes, sizeof kBufferBytes);
  ::setsockopt(fd.get(), SOL_SOCKET, SO_SNDBUF, &kBufferBytes, sizeof kBufferBytes);
  if (!is_udp) ::setsockopt(fd.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  if (::bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), size) != 0)
    return ew::system_error("bind " + from.text(), errno);
  size = ew::to_sockaddr(to, address);
  if (::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), size) != 0)
    return ew::system_error("connect to " + to.text(), errno);
  socklen_t room = sizeof address;
  ::getsockname(fd.get(), reinterpret_cast<sockaddr*>(&address), &room);
  auto channel = std::unique_ptr<Channel>(new Channel(transport, std::move(fd)));
  channel->local_ = ew::from_sockaddr(address);
  if (transport == ew::Transport::kTls) TRY(channel->start_tls());
  ::fcntl(channel->descriptor(), F_SETFL, O_NONBLOCK);
  return channel;
}

Channel::~Channel() {
  SSL_free(tls_);
  SSL_CTX_free(context_);
}

ew::Status Channel::start_tls() {
  context_ = SSL_CTX_new(TLS_client_method());
  tls_ = SSL_new(context_);
  SSL_set_mode(tls_, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  SSL_set_fd(tls_, descriptor());
  if (SSL_connect(tls_) != 1) return ew::Error(ew::ErrorCode::kIo, "the TLS handshake failed");
  return {};
}

// As the system's calls: 0 if the connection is gone, -1 if it would wait.
ssize_t Channel::read(char* to, size_t size) {
  if (!tls_) {
    const ssize_t count = ::recv(descriptor(), to, size, 0);
    const bool would_wait =
        errno == EAGAIN || errno == ECONNREFUSED;  // the latter is said of a datagram before
    return count < 0 && is_reliable() && !would_wait ? 0 : count;
  }
  const int count = SSL_read(tls_, to, static_cast<int>(size));
  if (count > 0) return count;
  return SSL_get_error(tls_, count) == SSL_ERROR_WANT_READ ? -1 : 0;
}

ssize_t Channel::write(std::string_view bytes) {
  if (!tls_) return ::send(descriptor(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
  return SSL_write(tls_, bytes.data(), static_cast<int>(bytes.size()));
}

void Channel::send(std::string_view message) {
  if (!is_reliable()) {
    if (write(message) < 0) ++unsent_;
    return;
  }
  out_ += message;
  flush();
}

void Channel::flush() {
  while (!out_.empty()) {
    const ssize_t count = write(out_);
    if (count <= 0) return;
    out_.erase(0, static_cast<size_t>(count));
  }
}

bool Channel::receive(const std::function<void(std::string_view)>& take) {
  flush();
  char bytes[kReadBytes];
  while (!is_gone_) {
    const ssize_t count = read(bytes, sizeof bytes);
    if (count < 0) break;
    if (!is_reliable()) {
      take({bytes, static_cast<size_t>(count)});
      continue;
    }
    is_gone_ = count == 0;
    in_.append(bytes, static_cast<size_t>(count));
    deliver_whole(take);
  }
  return !is_gone_;
}

void Channel::deliver_whole(const std::function<void(std::string_view)>& take) {
  size_t done = 0;
  while (size_t size = whole_message(std::string_view(in_).substr(done))) {
    take(std::string_view(in_).substr(done, size));
    done += size;
  }
  in_.erase(0, done);
}

size_t whole_message(std::string_view stream) {
  const size_t head = stream.find("\r\n\r\n");
  if (head == stream.npos) return 0;
  const auto length = ew::parse_number(header(stream.substr(0, head + 2), "Content-Length"), 1 << 20);
  const size_t size = head + 4 + length.value_or(0);
  return size <= stream.size() ? size : 0;
}

}  // namespace srcload
