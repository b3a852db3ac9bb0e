#include "http/server.h"

#include <algorithm>
#include <condition_variable>
#include <exception>
#include <future>
#include <map>
#include <mutex>
#include <thread>
#include <unordered_set>

#include <sys/socket.h>
#include <unistd.h>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>

#include "http/connection_internal.h"
#include "http/core_internal.h"
#include "http/stream_internal.h"

namespace ew::http {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;
using std::chrono::steady_clock;

namespace {

constexpr milliseconds kSweep{100};  // the precision of all deadlines

Endpoint to_endpoint(const tcp::endpoint& from) {
  if (from.address().is_v4()) {
    auto bytes = from.address().to_v4().to_bytes();
    return {IpAddress::v4(bytes), from.port()};
  }
  auto bytes = from.address().to_v6().to_bytes();
  return {IpAddress::v6(bytes), from.port()};
}

// Whom a limit per address counts: who has an IPv6 address has a whole /64 of them.
IpAddress neighbourhood(IpAddress address) {
  if (!address.is_v4()) std::fill(address.bytes.begin() + 8, address.bytes.end(), uint8_t{0});
  return address;
}

struct Listener {
  Listener(asio::io_context& io, std::optional<TlsFiles> tls_files)
      : acceptor(io), files(std::move(tls_files)) {}
  tcp::acceptor acceptor;
  const std::optional<TlsFiles> files;
  std::shared_ptr<TlsContext> tls;
};

}  // namespace

std::vector<Header> secure_headers() {
  return {
      {"Cache-Control", "no-store"},
      {"Content-Security-Policy",
       "default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"},
      {"Cross-Origin-Opener-Policy", "same-origin"},
      {"Cross-Origin-Resource-Policy", "same-origin"},
      {"Referrer-Policy", "no-referrer"},
      {"X-Content-Type-Options", "nosniff"},
      {"X-Frame-Options", "DENY"}};
}

struct Server::Impl {
  Impl(ServerOptions options, Handler handler) : core(std::move(options), std::move(handler)) {}

  asio::awaitable<void> accept_loop(std::shared_ptr<Listener> listener);
  asio::awaitable<void> sweep_loop();
  void admit(tcp::socket socket, const tcp::endpoint& peer, const std::shared_ptr<TlsContext>& tls);
  void leave(const std::shared_ptr<Connection>& connection);
  void begin_stop();
  void close_all();

  Core core;
  asio::executor_work_guard<asio::io_context::executor_type> work{core.io.get_executor()};
  asio::steady_timer sweep_timer{core.io};

  // Of the thread of the sockets.
  std::unordered_set<std::shared_ptr<Connection>> connections;
  std::map<IpAddress, size_t> per_address;
  bool ended = false;

  std::mutex mutex;  // guards what follows
  std::condition_variable changed;
  std::vector<std::shared_ptr<Listener>> listeners;
  bool is_started = false, is_stopped = false;
  bool is_drained = false;  // stopping, and no connection is left
  std::thread thread;
};

asio::awaitable<void> Server::Impl::accept_loop(std::shared_ptr<Listener> listener) {
  asio::steady_timer pause(core.io);
  while (listener->acceptor.is_open()) {
    error_code ec;
    tcp::endpoint peer;
    tcp::socket socket(core.io);
    co_await listener->acceptor.async_accept(socket, peer, asio::redirect_error(asio::use_awaitable, ec));
    if (!ec) {
      admit(std::move(socket), peer, listener->tls);
    } else if (listener->acceptor.is_open()) {
      // Out of descriptors, most likely: asking again at once would only burn time.
      pause.expires_after(kSweep);
      co_await pause.async_wait(asio::redirect_error(asio::use_awaitable, ec));
    }
  }
}

void Server::Impl::admit(tcp::socket socket, const tcp::endpoint& peer,
                         const std::shared_ptr<TlsContext>& tls) {
  const Limits& limits = core.options.limits;
  Endpoint remote = to_endpoint(peer);
  size_t& here = per_address[neighbourhood(remote.ip)];
  if (core.stopping || connections.size() >= limits.connections || here >= limits.connections_per_address) {
    if (here == 0) per_address.erase(neighbourhood(remote.ip));
    ++core.counters.connections_refused;
    return;
  }
  ++here;
  ++core.counters.connections_accepted;
  ++core.counters.connections_open;
  error_code ignored;
  socket.set_option(tcp::no_delay(true), ignored);
  auto connection =
      std::make_shared<Connection>(core, make_stream(std::move(socket), tls), remote, tls != nullptr);
  connections.insert(connection);
  asio::co_spawn(
      core.io, [connection] { return connection->run(); },
      [this, connection](std::exception_ptr) { leave(connection); });
}

void Server::Impl::leave(const std::shared_ptr<Connection>& connection) {
  connection->close();
  connections.erase(connection);
  --core.counters.connections_open;
  auto here = per_address.find(neighbourhood(connection->remote().ip));
  if (--here->second == 0) per_address.erase(here);
  if (!core.stopping || !connections.empty()) return;
  std::lock_guard lock(mutex);
  is_drained = true;
  changed.notify_all();
}

asio::awaitable<void> Server::Impl::sweep_loop() {
  while (!ended) {
    error_code cancelled;
    sweep_timer.expires_after(kSweep);
    co_await sweep_timer.async_wait(asio::redirect_error(asio::use_awaitable, cancelled));
    auto now = steady_clock::now();
    for (const auto& connection : connections) connection->close_if_late(now);
  }
}

void Server::Impl::begin_stop() {
  core.stopping = true;
  std::lock_guard lock(mutex);
  error_code ignored;
  for (const auto& listener : listeners) listener->acceptor.close(ignored);
  for (const auto& connection : connections) connection->begin_stop();
  is_drained = connections.empty();
  changed.notify_all();
}

void Server::Impl::close_all() {
  for (const auto& connection : connections) connection->close();
}

Server::Server(ServerOptions options, Handler handler)
    : impl_(std::make_unique<Impl>(std::move(options), std::move(handler))) {}

Server::~Server() { stop(milliseconds(0)); }

Result<Endpoint> Server::listen(const Endpoint& address, std::optional<TlsFiles> tls) {
  return adopt(TRY(open_listening_socket(address)), std::move(tls));
}

Result<Endpoint> Server::adopt(int listening_socket, std::optional<TlsFiles> tls) {
  auto listener = std::make_shared<Listener>(impl_->core.io, std::move(tls));
  sockaddr_storage name{};
  socklen_t size = sizeof name;
  error_code ec;
  if (getsockname(listening_socket, reinterpret_cast<sockaddr*>(&name), &size) < 0 ||
      (name.ss_family != AF_INET && name.ss_family != AF_INET6)) {
    ::close(listening_socket);
    return Error(ErrorCode::kInvalid, "listen: this is no TCP socket");
  }
  listener->acceptor.assign(name.ss_family == AF_INET ? tcp::v4() : tcp::v6(), listening_socket, ec);
  if (ec) {
    ::close(listening_socket);
    return Error(ErrorCode::kIo, "listen: " + ec.message());
  }
  if (listener->files) listener->tls = TRY(load_tls(*listener->files));
  Endpoint bound = to_endpoint(listener->acceptor.local_endpoint(ec));

  std::lock_guard lock(impl_->mutex);
  if (impl_->is_stopped) return Error(ErrorCode::kUsage, "listen: the server is stopped");
  impl_->listeners.push_back(listener);
  asio::co_spawn(
      impl_->core.io, [impl = impl_.get(), listener] { return impl->accept_loop(listener); }, asio::detached);
  return bound;
}

Status Server::reload_certificates() {
  std::lock_guard lock(impl_->mutex);
  std::vector<std::shared_ptr<TlsContext>> loaded;
  for (const auto& listener : impl_->listeners)
    loaded.push_back(listener->files ? TRY(load_tls(*listener->files)) : nullptr);
  for (size_t i = 0; i < loaded.size(); ++i)
    asio::post(impl_->core.io, [listener = impl_->listeners[i], tls = loaded[i]] { listener->tls = tls; });
  return {};
}

void Server::start() {
  std::lock_guard lock(impl_->mutex);
  EW_CHECK(!impl_->is_started);
  impl_->is_started = true;
  asio::co_spawn(
      impl_->core.io, [impl = impl_.get()] { return impl->sweep_loop(); }, asio::detached);
  impl_->thread = std::thread([impl = impl_.get()] { impl->core.io.run(); });
}

void Server::stop(milliseconds grace) {
  Impl& impl = *impl_;
  std::unique_lock lock(impl.mutex);
  if (!impl.is_started || impl.is_stopped) return;
  impl.is_stopped = true;
  asio::post(impl.core.io, [&impl] { impl.begin_stop(); });
  auto drained = [&impl] { return impl.is_drained; };
  if (!impl.changed.wait_for(lock, grace, drained)) {
    asio::post(impl.core.io, [&impl] { impl.close_all(); });
    impl.changed.wait(lock, drained);
  }
  lock.unlock();
  asio::post(impl.core.io, [&impl] {
    impl.ended = true;
    impl.sweep_timer.cancel();
  });
  impl.work.reset();
  impl.thread.join();
}

bool Server::is_alive(milliseconds within) {
  auto answered = std::make_shared<std::promise<void>>();
  auto answer = answered->get_future();
  asio::post(impl_->core.io,
             [&pool = impl_->core.pool, answered] { pool.submit([answered] { answered->set_value(); }); });
  return answer.wait_for(within) == std::future_status::ready;
}

Counters Server::counters() const { return impl_->core.counters.snapshot(); }

}  // namespace ew::http
