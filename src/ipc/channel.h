// Channel: one end of a Unix stream socket that carries whole messages, with descriptors where needed.
#pragma once

#include <span>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "base/descriptor.h"
#include "base/result.h"

namespace ew::ipc {

inline constexpr size_t kMaxMessage = 64 * 1024 * 1024;
inline constexpr size_t kMaxDescriptors = 250;  // the kernel takes 253
inline constexpr int64_t kForEver = -1;

struct Message {
  Bytes body;
  std::vector<Descriptor> descriptors;  // close-on-exec
};

// One thread sends and one receives. After any error the socket is shut down and every further call fails: a
// message that was cut in two cannot be continued.
class Channel {
 public:
  Channel() = default;  // closed
  explicit Channel(Descriptor socket) : socket_(std::move(socket)) {}
  static Result<std::pair<Channel, Channel>> pair();

  explicit operator bool() const { return static_cast<bool>(socket_); }
  int fd() const { return socket_.get(); }
  Descriptor release() { return std::move(socket_); }
  // Wakes whoever waits in send() or receive() with an error. Any thread.
  void shut_down();

  // The descriptors stay the caller's.
  Status send(ByteView body, std::span<const int> descriptors, int64_t timeout_ns);
  // kNotFound when the other side closed between two messages; kBusy when no message began within the time.
  // Only after kBusy the channel goes on.
  Result<Message> receive(int64_t timeout_ns);

 private:
  Status send_some(ByteView bytes, std::span<const int> descriptors, size_t& sent);
  Status receive_exactly(ByteSpan bytes, Message& message, int64_t deadline_ns);
  Status wait_for(short events, int64_t deadline_ns);

  Descriptor socket_;
};

}  // namespace ew::ipc
