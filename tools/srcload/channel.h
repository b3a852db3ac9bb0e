// The way of SIP to the recorder: a UDP socket, or a TCP or TLS connection. Never waits, but for connecting.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/descriptor.h"
#include "base/result.h"
#include "net/endpoint.h"

struct ssl_st;
struct ssl_ctx_st;

namespace srcload {

class Channel {
 public:
  // `from` may have port 0. TLS takes whatever certificate comes.
  static ew::Result<std::unique_ptr<Channel>> open(ew::Transport transport, const ew::Endpoint& from,
                                                   const ew::Endpoint& to);
  ~Channel();

  // What a full buffer of the system does not take is kept and sent by flush(); a datagram is lost and
  // counted.
  void send(std::string_view message);
  void flush();
  // Each whole message that came. False once the connection is gone.
  bool receive(const std::function<void(std::string_view)>& take);

  int descriptor() const { return socket_.get(); }
  bool is_reliable() const { return transport_ != ew::Transport::kUdp; }
  ew::Transport transport() const { return transport_; }
  const ew::Endpoint& local() const { return local_; }
  uint64_t unsent() const { return unsent_; }

 private:
  Channel(ew::Transport transport, ew::Descriptor socket)
      : transport_(transport), socket_(std::move(socket)) {}
  ew::Status start_tls();
  ssize_t read(char* to, size_t size);
  ssize_t write(std::string_view bytes);
  void deliver_whole(const std::function<void(std::string_view)>& take);

  const ew::Transport transport_;
  ew::Descriptor socket_;
  ew::Endpoint local_;
  ssl_ctx_st* context_ = nullptr;
  ssl_st* tls_ = nullptr;
  bool is_gone_ = false;
  std::string in_, out_;
  uint64_t unsent_ = 0;
};

// The length of the first whole SIP message of a stream; 0 if it is not all there.
size_t whole_message(std::string_view stream);

}  // namespace srcload
