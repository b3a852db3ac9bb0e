// A coroutine waits until somebody wakes it: the one way in which workers and publishers reach a connection.
#pragma once

#include <chrono>
#include <utility>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace ew::http {

// Of one thread: other threads post to it. A wake-up before the wait counts; several count as one.
class Wakeup {
 public:
  explicit Wakeup(boost::asio::io_context& io) : timer_(io) {}

  void notify() {
    pending_ = true;
    timer_.cancel();
  }

  boost::asio::awaitable<void> wait() { return wait_until(std::chrono::steady_clock::time_point::max()); }

  boost::asio::awaitable<void> wait_until(std::chrono::steady_clock::time_point until) {
    if (!pending_) {
      boost::system::error_code cancelled;
      timer_.expires_at(until);
      co_await timer_.async_wait(boost::asio::redirect_error(boost::asio::use_awaitable, cancelled));
    }
    pending_ = false;
  }

 private:
  boost::asio::steady_timer timer_;
  bool pending_ = false;
};

}  // namespace ew::http
