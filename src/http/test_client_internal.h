// For tests: a client that sends what it is told, also what no honest client would, and a server to send it
// to.
#pragma once

#include <arpa/inet.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "base/text.h"
#include "http/server.h"

namespace ew::http {

struct Reply {
  unsigned status = 0;  // 0: the connection ended without one
  std::string head;     // status line and headers
  std::string body;     // chunks joined
  std::string header(std::string_view name) const {
    for (size_t at = head.find("\r\n"); at != std::string::npos && at + 2 < head.size();
         at = head.find("\r\n", at + 2)) {
      std::string_view line = std::string_view(head).substr(at + 2);
      line = line.substr(0, line.find("\r\n"));
      if (starts_with_ignore_case(line, std::string(name) + ":"))
        return std::string(trim(line.substr(name.size() + 1)));
    }
    return "";
  }
};

class TestClient {
 public:
  explicit TestClient(const Endpoint& server, int receive_buffer = 0) {
    fd_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (receive_buffer > 0) ::setsockopt(fd_, SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(server.port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    connected_ = ::connect(fd_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
  }
  ~TestClient() { close(); }
  TestClient(const TestClient&) = delete;

  bool connected() const { return connected_; }
  int fd() const { return fd_; }
  void close() {
    if (fd_ >= 0) ::close(fd_);
    fd_ = -1;
  }
  bool send(std::string_view bytes) {
    while (!bytes.empty()) {
      ssize_t count = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (count <= 0) return false;
      bytes.remove_prefix(static_cast<size_t>(count));
    }
    return true;
  }
  // More of what the server sends; false at the end, or after `timeout_ms` of silence.
  bool receive(int timeout_ms = 10'000) {
    pollfd waiting{fd_, POLLIN, 0};
    if (::poll(&waiting, 1, timeout_ms) <= 0) return false;
    char buffer[16384];
    ssize_t count = ::recv(fd_, buffer, sizeof buffer, 0);
    if (count <= 0) return ended_ = true, false;
    input_.append(buffer, static_cast<size_t>(count));
    return true;
  }
  bool receive_until(std::string_view text) {
    while (input_.find(text) == input_.npos)
      if (!receive()) return false;
    return true;
  }
  // Whether the server closed the connection, within the time.
  bool wait_for_end(int timeout_ms = 10'000) {
    while (receive(timeout_ms)) {
    }
    return ended_;
  }
  std::string& input() { return input_; }

  Reply read_reply(bool is_head = false) {
    Reply reply;
    if (!receive_until("\r\n\r\n")) return reply;
    size_t end = input_.find("\r\n\r\n") + 4;
    reply.head = take(end);
    reply.status = static_cast<unsigned>(std::atoi(reply.head.c_str() + 9));
    std::string length = reply.header("Content-Length");
    if (is_head || reply.status == 204 || reply.status == 304 || reply.status == 100) return reply;
    if (reply.header("Transfer-Encoding") == "chunked") {
      read_chunks(reply);
    } else if (!length.empty()) {
      size_t size = std::stoul(length);
      while (input_.size() < size && receive()) {
      }
      reply.body = take(std::min(size, input_.size()));
    } else {
      while (receive()) {
      }
      reply.body = take(input_.size());
    }
    return reply;
  }
  Reply request(std::string_view bytes) {
    send(bytes);
    return read_reply(bytes.substr(0, 5) == "HEAD ");
  }

 private:
  std::string take(size_t size) {
    std::string taken = input_.substr(0, size);
    input_.erase(0, size);
    return taken;
  }
  void read_chunks(Reply& reply) {
    for (;;) {
      if (!receive_until("\r\n")) return;
      size_t size = std::stoul(take(input_.find("\r\n") + 2), nullptr, 16);
      while (input_.size() < size + 2 && receive()) {
      }
      reply.body += take(std::min(size, input_.size()));
      take(2);
      if (size == 0) return;
    }
  }

  int fd_ = -1;
  bool connected_ = false;
  bool ended_ = false;
  std::string input_;
};

inline std::string get(std::string_view target, std::string_view headers = "") {
  return "GET " + std::string(target) + " HTTP/1.1\r\nHost: localhost\r\n" + std::string(headers) + "\r\n";
}

inline bool eventually(const std::function<bool()>& holds) {
  for (int i = 0; i < 1000; ++i) {
    if (holds()) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  return false;
}

struct TestServer {
  explicit TestServer(Handler handler, ServerOptions options = {})
      : server(std::move(options), std::move(handler)) {
    auto bound = server.listen({IpAddress::v4(ByteView(kLoopback)), 0});
    EW_CHECK(bound.ok());
    address = *bound;
    server.start();
  }
  Reply request(std::string_view bytes) { return TestClient(address).request(bytes); }

  static constexpr uint8_t kLoopback[4] = {127, 0, 0, 1};
  Server server;
  Endpoint address;
};

}  // namespace ew::http
