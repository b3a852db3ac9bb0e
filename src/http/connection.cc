#include "http/connection_internal.h"

#include <algorithm>
#include <cstdio>
#include <exception>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>

#include "http/conditional_internal.h"
#include "http/events.h"
#include "http/response_head_internal.h"
#include "http/upload_pipe_internal.h"

namespace ew::http {

// In this file no co_await stands in the condition of an if or a loop: GCC 12 lays the coroutine's frame out
// wrongly then (its __ifcd variable comes before the pointer to resume at), and the first resumption jumps
// nowhere.

namespace asio = boost::asio;
using std::chrono::steady_clock;

namespace {

constexpr size_t kReadAhead = 16 * 1024;
constexpr size_t kWriteSlice = 64 * 1024;  // what must be taken within Limits::write_time
constexpr size_t kJoinBelow = 16 * 1024;   // a body up to here goes out together with its head
constexpr milliseconds kLingerTime{
    2'000};  // for a client to read our answer before its unread bytes reset the connection
constexpr size_t kLingerBytes = 4 * 1024 * 1024;

// The body of a request may take this long, by how much of it is there: a minimal rate after a grace. Time in
// which the handler held the client back is not the client's.
class BodyDeadline {
 public:
  explicit BodyDeadline(const Limits& limits) : limits_(limits), start_(steady_clock::now()) {}

  steady_clock::time_point at(uint64_t received) const {
    return start_ + limits_.body_grace +
           milliseconds(received * 1000 / std::max<uint64_t>(limits_.body_bytes_per_second, 1));
  }
  void add_pause(steady_clock::duration pause) { start_ += pause; }

 private:
  const Limits& limits_;
  steady_clock::time_point start_;
};

Response try_later(std::string_view why) {
  Response response = problem(503, why);
  response.headers.add("Retry-After", "1");
  return response;
}

}  // namespace

struct Connection::Exchange {
  explicit Exchange(const Limits& limits)
      : parser({limits.head_bytes, limits.headers, limits.target_bytes}) {}

  RequestParser parser;
  Request request;
  bool is_http_1_1 = true;
  bool keep_alive = false;
  std::optional<uint64_t> content_length;
  steady_clock::time_point started;
};

Connection::Connection(Core& core, std::unique_ptr<Stream> stream, const Endpoint& remote, bool secure)
    : core_(core),
      limits_(core.options.limits),
      stream_(std::move(stream)),
      remote_(remote),
      secure_(secure),
      wakeup_(core.io) {}

// Runs `work` on a worker and resumes here with what it returns. `work` does not throw, and may refer to what
// the caller holds: the caller waits.
template <typename F>
asio::awaitable<std::invoke_result_t<F>> Connection::on_worker(F work) {
  std::optional<std::invoke_result_t<F>> result;
  core_.pool.submit([&] {
    auto made = work();
    asio::post(core_.io, [&, made = std::move(made)]() mutable {
      result.emplace(std::move(made));
      wakeup_.notify();
    });
  });
  while (!result) co_await wakeup_.wait();
  co_return std::move(*result);
}

asio::awaitable<void> Connection::run() {
  allow(limits_.head_time);
  bool ready = co_await stream_->handshake();
  if (!ready) {
    ++core_.counters.tls_failures;
    co_return;
  }
  for (Next next = Next::kRequest; next == Next::kRequest && !core_.stopping;) {
    next = co_await serve_one();
    allow(limits_.idle_time);
  }
  co_await linger();
  stream_->close();
}

void Connection::close_if_late(Instant now) {
  if (now < deadline_) return;
  if (!idle_) ++core_.counters.timeouts;
  close();
}

void Connection::begin_stop() {
  if (idle_) close();
  wakeup_.notify();
}

void Connection::close() {
  allow_forever();
  stream_->close();
}

// More input, within the deadline that the caller set. False if there will be none.
asio::awaitable<bool> Connection::fill() {
  size_t before = input_.size();
  input_.resize(before + kReadAhead);
  size_t count = co_await stream_->read_some(ByteSpan(input_).subspan(before));
  input_.resize(before + count);
  core_.counters.bytes_received += count;
  co_return count > 0;
}

size_t Connection::parse(RequestParser& parser, std::string& body) {
  size_t taken = parser.put(input_, body);
  input_.erase(input_.begin(), input_.begin() + static_cast<std::ptrdiff_t>(taken));
  return taken;
}

// True when there is a head, or an error to answer.
asio::awaitable<bool> Connection::read_head(RequestParser& parser) {
  std::string no_body;
  idle_ = input_.empty();
  if (!idle_) allow(limits_.head_time);
  for (;;) {
    parse(parser, no_body);
    if (parser.state() != RequestParser::State::kHead) co_return true;
    bool more = co_await fill();
    if (!more) co_return false;
    if (idle_) allow(limits_.head_time);
    idle_ = false;
  }
}

asio::awaitable<Connection::Next> Connection::serve_one() {
  Exchange exchange(limits_);
  bool came = co_await read_head(exchange.parser);
  if (!came) co_return Next::kClose;
  allow_forever();
  exchange.started = steady_clock::now();
  if (exchange.parser.state() == RequestParser::State::kFailed) {
    ++core_.counters.malformed;
    unread_ = true;
    co_return co_await respond(exchange, problem(status_of(exchange.parser.error())));
  }
  Head& head = exchange.parser.head();
  exchange.is_http_1_1 = head.is_http_1_1;
  exchange.keep_alive = head.keep_alive;
  exchange.content_length = head.content_length;
  exchange.request = Request{head.method,
                             std::move(head.target),
                             std::move(head.path),
                             std::move(head.query),
                             std::move(head.headers),
                             {},
                             nullptr,
                             remote_,
                             secure_};
  co_return co_await handle(exchange);
}

asio::awaitable<Connection::Next> Connection::handle(Exchange& exchange) {
  bool has_body = exchange.parser.state() == RequestParser::State::kBody;
  unread_ = has_body;
  auto ruled = rule_for(exchange.request);
  if (!ruled) co_return co_await respond(exchange, problem(500));
  BodyRule rule = *ruled;
  if (exchange.content_length.value_or(0) > rule.max_bytes)
    co_return co_await respond(exchange, problem(413));
  if (core_.pool.waiting() >= limits_.queued_requests)
    co_return co_await respond(exchange, try_later("The server is busy."));
  if (has_body && rule.streamed && core_.uploads_running >= core_.options.uploads)
    co_return co_await respond(exchange, try_later("Too many uploads run at the moment."));
  if (exchange.parser.head().expects_continue) {
    constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
    bool told = co_await write(as_bytes(kContinue));
    if (!told) co_return Next::kClose;
  }
  if (has_body && rule.streamed) {
    Response response = co_await handle_upload(exchange, rule.max_bytes);
    co_return co_await respond(exchange, std::move(response));
  }
  bool complete = true;
  if (has_body) complete = co_await read_body(exchange, rule.max_bytes);
  if (!complete) {
    if (exchange.parser.state() == RequestParser::State::kFailed) {
      ++core_.counters.malformed;
      co_return co_await respond(exchange, problem(400));
    }
    if (exchange.request.body.size() <= rule.max_bytes) co_return Next::kClose;  // the client is gone
    co_return co_await respond(exchange, problem(413));
  }
  Response response = co_await on_worker([&] { return run_handler(exchange.request); });
  co_return co_await respond(exchange, std::move(response));
}

// False if the body is broken, too long, or does not come; unread_ stays set then.
asio::awaitable<bool> Connection::read_body(Exchange& exchange, uint64_t limit) {
  BodyDeadline deadline(limits_);
  std::string& body = exchange.request.body;
  for (;;) {
    size_t taken = parse(exchange.parser, body);
    if (exchange.parser.state() == RequestParser::State::kFailed || body.size() > limit) co_return false;
    if (exchange.parser.state() == RequestParser::State::kDone) break;
    // Chunk headers and trailers are taken whole; one that does not fit is no honest one.
    if (taken == 0 && input_.size() >= kReadAhead) co_return false;
    deadline_ = deadline.at(body.size());
    bool more = co_await fill();
    allow_forever();
    if (!more) co_return false;
  }
  unread_ = false;
  co_return true;
}

asio::awaitable<Response> Connection::handle_upload(Exchange& exchange, uint64_t limit) {
  UploadPipe pipe(exchange.content_length, [this] { asio::post(core_.io, [this] { wakeup_.notify(); }); });
  exchange.request.body_reader = &pipe;
  bool handled = false;
  Response response;
  ++core_.uploads_running;
  core_.pool.submit([&] {
    Response made = run_handler(exchange.request);
    asio::post(core_.io, [&, made = std::move(made)]() mutable {
      response = std::move(made);
      handled = true;
      wakeup_.notify();
      stream_->cancel();  // a handler that has seen enough does not wait for the rest
    });
  });
  co_await pump_upload(exchange, limit, pipe, handled);
  while (!handled) co_await wakeup_.wait();
  --core_.uploads_running;
  exchange.request.body_reader = nullptr;
  unread_ = exchange.parser.state() != RequestParser::State::kDone;
  co_return response;
}

asio::awaitable<void> Connection::pump_upload(Exchange& exchange, uint64_t limit, UploadPipe& pipe,
                                              const bool& handled) {
  BodyDeadline deadline(limits_);
  uint64_t received = 0;
  std::string bytes;
  while (!handled) {
    bytes.clear();
    size_t taken = parse(exchange.parser, bytes);
    received += bytes.size();
    if (received > limit) co_return pipe.fail(Error(ErrorCode::kLimit, "the body is larger than allowed"));
    pipe.push(bytes);
    if (exchange.parser.state() == RequestParser::State::kDone) co_return pipe.finish();
    bool stuck = taken == 0 && input_.size() >= kReadAhead;
    if (exchange.parser.state() == RequestParser::State::kFailed || stuck)
      co_return pipe.fail(Error(ErrorCode::kInvalid, "the body's framing is broken"));

    auto paused = steady_clock::now();
    while (!handled && pipe.is_full()) co_await wakeup_.wait();
    deadline.add_pause(steady_clock::now() - paused);
    if (handled) co_return;
    deadline_ = deadline.at(received);
    bool more = co_await fill();
    allow_forever();
    if (!more) co_return pipe.fail(Error(ErrorCode::kTruncated, "the body ended early"));
  }
}

std::optional<BodyRule> Connection::rule_for(const Request& head) noexcept {
  try {
    return core_.options.body_rule ? core_.options.body_rule(head) : BodyRule{};
  } catch (...) {
    ++core_.counters.handler_exceptions;
    return std::nullopt;
  }
}

// On a worker.
Response Connection::run_handler(Request& request) noexcept {
  try {
    return core_.handler(request);
  } catch (...) {
    ++core_.counters.handler_exceptions;
    return problem(500);
  }
}

asio::awaitable<bool> Connection::write(ByteView bytes) {
  while (!bytes.empty()) {
    ByteView slice = bytes.first(std::min(bytes.size(), kWriteSlice));
    allow(limits_.write_time);
    bool written = co_await stream_->write(slice);
    allow_forever();
    if (!written) co_return false;
    core_.counters.bytes_sent += slice.size();
    bytes = bytes.subspan(slice.size());
  }
  co_return true;
}

// Closing while the client still sends would make its system throw our answer away unread.
asio::awaitable<void> Connection::linger() {
  allow(kLingerTime);
  co_await stream_->finish();
  for (size_t total = 0; unread_ && total < kLingerBytes;) {
    input_.resize(kReadAhead);
    size_t count = co_await stream_->read_some(input_);
    if (count == 0) break;
    total += count;
  }
}

asio::awaitable<Connection::Next> Connection::respond(Exchange& exchange, Response response) {
  auto* source = std::get_if<std::unique_ptr<BodySource>>(&response.body);
  auto* subscriber = std::get_if<std::shared_ptr<EventSubscriber>>(&response.body);
  if (response.status < 200 || response.status > 599 || (source && !*source) || (subscriber && !*subscriber))
    response = problem(500), source = nullptr, subscriber = nullptr;

  std::optional<uint64_t> size;
  if (source) size = co_await on_worker([&] { return (*source)->size(); });
  if (auto* text = std::get_if<std::string>(&response.body)) size = text->size();
  if (auto* shared = std::get_if<SharedBytes>(&response.body)) size = *shared ? (*shared)->size() : 0;
  BodyPlan plan = plan_body(exchange.request.method, exchange.request.headers, size, source != nullptr,
                            response.status, response.headers);

  // Without a length, the end of the body is the last chunk, or the end of the connection.
  bool endless = plan.send && !plan.length;
  bool chunked = endless && source && exchange.is_http_1_1;
  bool keep = exchange.keep_alive && !unread_ && !core_.stopping && (!endless || chunked);
  for (const char* ours : {"Content-Length", "Transfer-Encoding", "Connection", "Date"})
    response.headers.remove(ours);
  response.headers.add("Date", http_date(core_.clock.wall()));
  if (plan.content_length) response.headers.add("Content-Length", std::to_string(*plan.content_length));
  if (!plan.send && response.status == 416) response.headers.add("Content-Length", "0");
  if (chunked) response.headers.add("Transfer-Encoding", "chunked");
  if (!keep)
    response.headers.add("Connection", "close");
  else if (!exchange.is_http_1_1)
    response.headers.add("Connection", "keep-alive");

  core_.counters.count_response(response.status,
                                (steady_clock::now() - exchange.started) / std::chrono::nanoseconds(1));
  std::string head = response_head(response.status, response.headers, core_.options.default_headers);
  bool sent = co_await send_body(exchange, response, plan, std::move(head));
  if (!sent) ++core_.counters.bodies_cut;
  // What a source holds may take its time to let go.
  if (source) co_await on_worker([&] { return source->reset(), true; });
  co_return sent&& keep ? Next::kRequest : Next::kClose;
}

asio::awaitable<bool> Connection::send_body(Exchange& exchange, Response& response, const BodyPlan& plan,
                                            std::string head) {
  if (!plan.send) co_return co_await write(as_bytes(head));
  if (auto* source = std::get_if<std::unique_ptr<BodySource>>(&response.body))
    co_return co_await send_source(**source, plan, exchange.is_http_1_1 && !plan.length, std::move(head));
  if (auto* subscriber = std::get_if<std::shared_ptr<EventSubscriber>>(&response.body))
    co_return co_await send_events(std::move(*subscriber), std::move(head));
  if (auto* shared = std::get_if<SharedBytes>(&response.body))
    co_return co_await send_bytes(*shared ? std::string_view(**shared) : std::string_view(), plan,
                                  std::move(head));
  co_return co_await send_bytes(std::get<std::string>(response.body), plan, std::move(head));
}

asio::awaitable<bool> Connection::send_bytes(std::string_view bytes, const BodyPlan& plan, std::string head) {
  bytes = bytes.substr(plan.first, *plan.length);
  bool join = bytes.size() <= kJoinBelow;
  if (join) head += bytes;
  bool written = co_await write(as_bytes(head));
  if (written && !join) written = co_await write(as_bytes(bytes));
  co_return written;
}

// Reads and writes in turn: a slow client costs this buffer, and a worker only while the source is read.
asio::awaitable<bool> Connection::send_source(BodySource& source, const BodyPlan& plan, bool chunked,
                                              std::string head) {
  bool written = co_await write(as_bytes(head));
  if (!written) co_return false;
  constexpr size_t kPrefix = 10, kSuffix = 2;  // around a chunk: its size in hex, line ends
  Bytes buffer(kPrefix + kWriteSlice + kSuffix);
  uint64_t offset = plan.first, left = plan.length.value_or(UINT64_MAX);
  while (left > 0) {
    ByteSpan space =
        ByteSpan(buffer).subspan(kPrefix, static_cast<size_t>(std::min<uint64_t>(kWriteSlice, left)));
    auto count = co_await on_worker([&]() -> Result<size_t> {
      try {
        return source.read(offset, space);
      } catch (...) {
        return Error(ErrorCode::kInternal, "the source of a body threw");
      }
    });
    if (!count || *count > space.size()) co_return false;
    if (*count == 0) break;
    offset += *count;
    left -= *count;
    ByteView piece = space.first(*count);
    if (chunked) {
      char prefix[kPrefix + 1];
      int size = std::snprintf(prefix, sizeof prefix, "%zx\r\n", *count);
      std::copy(prefix, prefix + size, buffer.begin() + kPrefix - size);
      std::copy_n("\r\n", kSuffix, buffer.begin() + static_cast<std::ptrdiff_t>(kPrefix + *count));
      piece = ByteView(buffer).subspan(kPrefix - static_cast<size_t>(size),
                                       static_cast<size_t>(size) + *count + kSuffix);
    }
    written = co_await write(piece);
    if (!written) co_return false;
  }
  if (plan.length) co_return left == 0;
  if (!chunked) co_return true;
  co_return co_await write(as_bytes("0\r\n\r\n"));
}

// What a client sends while it gets events says nothing; that it ends says that the subscriber is not needed
// any more.
asio::awaitable<void> Connection::watch_for_end() {
  Bytes ignored(512);
  for (size_t count = 1; watching_ && count > 0;) count = co_await stream_->read_some(ignored);
  peer_gone_ = true;
  wakeup_.notify();
}

asio::awaitable<bool> Connection::send_events(std::shared_ptr<EventSubscriber> subscriber, std::string head) {
  head += "retry: 2000\n\n";
  bool sent = co_await write(as_bytes(head));
  if (!sent) co_return false;
  ++core_.counters.event_streams_open;
  watching_ = true;
  asio::co_spawn(
      core_.io, [self = shared_from_this()] { return self->watch_for_end(); }, asio::detached);
  // From any thread until detached below, which happens before this connection can end.
  subscriber->attach(
      [this] { asio::post(core_.io, [self = shared_from_this()] { self->wakeup_.notify(); }); });
  while (sent && !peer_gone_ && !core_.stopping) {
    EventSubscriber::Batch batch = subscriber->take();
    if (!batch.bytes.empty()) sent = co_await write(as_bytes(batch.bytes));
    if (batch.ended) break;
    if (!batch.bytes.empty()) continue;
    auto heartbeat = steady_clock::now() + limits_.event_heartbeat;
    co_await wakeup_.wait_until(heartbeat);
    if (steady_clock::now() >= heartbeat) sent = co_await write(as_bytes(":\n\n"));
  }
  subscriber->attach(nullptr);
  --core_.counters.event_streams_open;
  watching_ = false;
  stream_->cancel();
  while (!peer_gone_)
    co_await wakeup_.wait();  // the reader of this stream must have ended before another begins
  co_return sent;
}

}  // namespace ew::http
