// One connection: reads requests, has them handled by a worker, writes responses. A coroutine on the thread
// of the sockets; all members belong to that thread.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <utility>  // Asio 1.18 uses std::exchange without it

#include <boost/asio/awaitable.hpp>

#include "http/core_internal.h"
#include "http/request_parser_internal.h"
#include "http/stream_internal.h"
#include "http/wakeup_internal.h"

namespace ew::http {

class UploadPipe;
struct BodyPlan;

class Connection : public std::enable_shared_from_this<Connection> {
 public:
  using Instant = std::chrono::steady_clock::time_point;

  Connection(Core& core, std::unique_ptr<Stream> stream, const Endpoint& remote, bool secure);

  boost::asio::awaitable<void> run();  // until the connection is closed

  // Called by the server, a few times a second: slowness ends here, for reading and writing alike.
  void close_if_late(Instant now);
  void begin_stop();  // what is idle ends now, what runs after its response
  void close();
  const Endpoint& remote() const { return remote_; }

 private:
  template <typename T>
  using Awaitable = boost::asio::awaitable<T>;
  enum class Next { kRequest, kClose };
  struct Exchange;  // one request and its response

  Awaitable<Next> serve_one();
  Awaitable<bool> read_head(RequestParser& parser);
  Awaitable<Next> handle(Exchange& exchange);
  Awaitable<bool> read_body(Exchange& exchange, uint64_t limit);
  Awaitable<Response> handle_upload(Exchange& exchange, uint64_t limit);
  Awaitable<void> pump_upload(Exchange& exchange, uint64_t limit, UploadPipe& pipe, const bool& handled);
  Awaitable<bool> fill();
  size_t parse(RequestParser& parser, std::string& body);

  Awaitable<Next> respond(Exchange& exchange, Response response);
  Awaitable<bool> send_body(Exchange& exchange, Response& response, const BodyPlan& plan, std::string head);
  Awaitable<bool> send_source(BodySource& source, const BodyPlan& plan, bool chunked, std::string head);
  Awaitable<bool> send_bytes(std::string_view bytes, const BodyPlan& plan, std::string head);
  Awaitable<bool> send_events(std::shared_ptr<EventSubscriber> subscriber, std::string head);
  Awaitable<void> watch_for_end();
  Awaitable<bool> write(ByteView bytes);
  Awaitable<void> linger();

  std::optional<BodyRule> rule_for(const Request& head) noexcept;
  Response run_handler(Request& request) noexcept;
  template <typename F>
  Awaitable<std::invoke_result_t<F>> on_worker(F work);

  void allow(milliseconds time) { deadline_ = std::chrono::steady_clock::now() + time; }
  void allow_forever() { deadline_ = Instant::max(); }

  Core& core_;
  const Limits& limits_;
  std::unique_ptr<Stream> stream_;
  const Endpoint remote_;
  const bool secure_;
  Wakeup wakeup_;
  Bytes input_;  // received, not yet parsed; never more than kReadAhead beyond the largest head
  Instant deadline_ = Instant::max();
  bool idle_ = true;        // no request has begun: closing costs nobody anything
  bool unread_ = false;     // the client may still be sending what nobody will read
  bool watching_ = false;   // events are sent: watch_for_end() reads on
  bool peer_gone_ = false;  // watch_for_end() has ended
};

}  // namespace ew::http
