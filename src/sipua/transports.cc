#include "sipua/transports.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <signal.h>
#include <sys/socket.h>

#include <utility>  // Asio 1.18 uses std::exchange without it

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

#include <algorithm>
#include <array>
#include <mutex>
#include <unordered_map>

#include "sipua/sockets_internal.h"
#include "sipua/stream_buffer.h"
#include "sipua/timers.h"
#include "sipua/tls_context_internal.h"

namespace ew::sipua {

namespace asio = boost::asio;
using asio::posix::stream_descriptor;
using boost::system::error_code;

namespace {

constexpr std::chrono::milliseconds kTick{10};
constexpr std::chrono::milliseconds kPause{100};  // when the system has no descriptors left
constexpr size_t kScratch = 64 * 1024;
constexpr int kReadsPerTurn = 4;
constexpr std::string_view kPong = "\r\n";

// Whom a limit per address counts: who has an IPv6 address has a whole /64 of them.
IpAddress neighbourhood(IpAddress address) {
  if (!address.is_v4()) std::fill(address.bytes.begin() + 8, address.bytes.end(), uint8_t{0});
  return address;
}

// OpenSSL writes without MSG_NOSIGNAL: on this thread a connection that is gone is an error and no signal.
class WithoutPipeSignal {
 public:
  WithoutPipeSignal() {
    sigset_t pipe;
    sigemptyset(&pipe);
    sigaddset(&pipe, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &pipe, &before_);
  }
  ~WithoutPipeSignal() {
    // One that came meanwhile must not come now.
    sigset_t pipe;
    sigemptyset(&pipe);
    sigaddset(&pipe, SIGPIPE);
    timespec now{};
    while (sigtimedwait(&pipe, nullptr, &now) > 0) {
    }
    pthread_sigmask(SIG_SETMASK, &before_, nullptr);
  }

 private:
  sigset_t before_;
};

}  // namespace

enum class Step : uint8_t { kDone, kWantRead, kWantWrite, kEnded };
struct Progress {
  Step step = Step::kEnded;
  size_t count = 0;
};

// A connection's bytes, with or without TLS, never waiting.
class ByteStream {
 public:
  ByteStream(int socket, TlsSession tls) : socket_(socket), tls_(std::move(tls)) {}

  Step handshake() {
    if (!tls_ || SSL_is_init_finished(tls_.get())) return Step::kDone;
    ERR_clear_error();
    return step_of(SSL_accept(tls_.get()));
  }
  Progress read(ByteSpan out) {
    if (!tls_) return plain(::recv(socket_, out.data(), out.size(), MSG_DONTWAIT), Step::kWantRead);
    ERR_clear_error();
    int count = SSL_read(tls_.get(), out.data(), static_cast<int>(out.size()));
    return count > 0 ? Progress{Step::kDone, static_cast<size_t>(count)} : Progress{step_of(count), 0};
  }
  Progress write(ByteView bytes) {
    if (!tls_)
      return plain(::send(socket_, bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL),
                   Step::kWantWrite);
    ERR_clear_error();
    int count = SSL_write(tls_.get(), bytes.data(), static_cast<int>(bytes.size()));
    return count > 0 ? Progress{Step::kDone, static_cast<size_t>(count)} : Progress{step_of(count), 0};
  }
  // Tells the other side that no more will come.
  void finish() {
    if (tls_ && SSL_is_init_finished(tls_.get())) SSL_shutdown(tls_.get());
    ::shutdown(socket_, SHUT_WR);
  }
  const SSL* tls() const { return tls_.get(); }

 private:
  static Progress plain(ssize_t count, Step waiting) {
    if (count > 0) return {Step::kDone, static_cast<size_t>(count)};
    bool is_waiting = count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR);
    return {is_waiting ? waiting : Step::kEnded, 0};
  }
  Step step_of(int result) {
    if (result == 1) return Step::kDone;
    int error = SSL_get_error(tls_.get(), result);
    ERR_clear_error();
    if (error == SSL_ERROR_WANT_READ) return Step::kWantRead;
    return error == SSL_ERROR_WANT_WRITE ? Step::kWantWrite : Step::kEnded;
  }

  const int socket_;
  TlsSession tls_;
};

struct UdpListener {
  UdpListener(asio::io_context& io, int fd, const Endpoint& address) : socket(io, fd), bound(address) {}
  stream_descriptor socket;
  const Endpoint bound;
};

struct StreamListener {
  StreamListener(asio::io_context& io, int fd, Transport which)
      : socket(io, fd), transport(which), pause(io) {}
  stream_descriptor socket;
  const Transport transport;
  asio::steady_timer pause;
};

struct Transports::Impl {
  class Connection;

  Impl(TransportLimits the_limits, const Clock& the_clock)
      : limits(the_limits), clock(the_clock), timers(the_clock) {}

  void receive(const std::shared_ptr<UdpListener>& listener);
  void accept(const std::shared_ptr<StreamListener>& listener);
  void admit(Descriptor socket, Transport transport);
  void forget(Connection& connection);
  void tick();
  TlsContext current_tls() {
    std::lock_guard lock(tls_mutex);
    return tls;
  }

  const TransportLimits limits;
  const Clock& clock;
  asio::io_context io{1};
  asio::executor_work_guard<asio::io_context::executor_type> work{io.get_executor()};
  asio::steady_timer ticker{io};
  Timers timers;
  Receiver* receiver = nullptr;
  TransportCounters counters;
  std::vector<std::shared_ptr<UdpListener>> udp;
  std::vector<std::shared_ptr<StreamListener>> streams;
  DatagramReader reader;
  std::array<uint8_t, kScratch> scratch;  // what is being read, of whatever connection
  uint64_t next_connection = 0;
  std::unordered_map<uint64_t, std::shared_ptr<Connection>> connections;
  std::unordered_map<Endpoint, size_t, EndpointHash> per_address;
  size_t tls_connections = 0;
  std::mutex tls_mutex;
  TlsContext tls;
};

class Transports::Impl::Connection : public std::enable_shared_from_this<Connection>,
                                     private StreamBuffer::Taker {
 public:
  Connection(Impl& impl, Descriptor socket, Flow flow, TlsSession tls)
      : impl_(impl),
        stream_(socket.get(), std::move(tls)),
        socket_(impl.io, socket.release()),
        flow_(std::move(flow)),
        deadline_(impl.timers) {}

  const Flow& flow() const { return flow_; }

  void start() {
    set_deadline(impl_.limits.first_message_ns);
    go_on();
  }

  bool send(ByteView bytes) {
    if (is_closing_ || is_ended_) return false;
    if (output_.size() + bytes.size() > impl_.limits.output_bytes) {
      end();
      return false;
    }
    output_.insert(output_.end(), bytes.begin(), bytes.end());
    flush();
    return !is_ended_;
  }

  // Later: whoever asks for it may be in the middle of what this connection received.
  void close() {
    if (is_closing_ || is_ended_) return;
    is_closing_ = true;
    set_deadline(impl_.limits.close_ns);
    asio::post(impl_.io, [self = shared_from_this()] { self->flush(); });
  }

  void keep() { is_kept_ = true; }

  void end() {
    if (is_ended_) return;
    is_ended_ = true;
    deadline_.stop();
    error_code ignored;
    stream_.finish();
    socket_.close(ignored);
    impl_.forget(*this);
  }

 private:
  bool on_message(ByteView message) override {
    ++impl_.counters.messages;
    impl_.receiver->on_message(flow_, impl_.clock.wall(), message);
    return !is_closing_ && !is_ended_;
  }
  void on_ping() override { send(as_bytes(kPong)); }

  void set_deadline(int64_t in_ns) {
    deadline_.start(in_ns, [this] {
      ++impl_.counters.timeouts;
      auto self = shared_from_this();
      end();
    });
  }

  void go_on() {
    auto self = shared_from_this();
    if (!is_ready_ && !finish_handshake()) return;
    for (int turn = 0; turn < kReadsPerTurn; ++turn) {
      Progress progress = stream_.read(impl_.scratch);
      if (progress.step == Step::kEnded) return end();
      if (progress.step != Step::kDone) return wait(progress.step);
      take(ByteView(impl_.scratch).first(progress.count));
      if (is_ended_ || is_closing_) return;
    }
    // Its turn is over; what OpenSSL holds already would wake nobody.
    asio::post(impl_.io, [self] {
      if (!self->is_ended_) self->go_on();
    });
  }

  bool finish_handshake() {
    Step step = stream_.handshake();
    if (step == Step::kEnded) {
      ++impl_.counters.tls_failures;
      end();
      return false;
    }
    if (step != Step::kDone) {
      wait(step);
      return false;
    }
    is_ready_ = true;
    if (stream_.tls()) flow_.certificate_names = certificate_names(stream_.tls());
    return true;
  }

  void take(ByteView bytes) {
    bool was_empty = input_.is_empty();
    auto verdict = input_.add(bytes, *this);
    if (is_ended_ || is_closing_) return;
    if (verdict != StreamBuffer::Verdict::kGood) {
      ++impl_.counters.not_sip;
      return end();
    }
    // The time of a message begins with its first byte and is not prolonged by the others.
    if (is_kept_ && input_.is_empty()) {
      deadline_.stop();
    } else if (is_kept_ && (was_empty || !deadline_.is_running())) {
      set_deadline(impl_.limits.message_ns);
    }
  }

  void wait(Step step) {
    auto kind = step == Step::kWantWrite ? stream_descriptor::wait_write : stream_descriptor::wait_read;
    socket_.async_wait(kind, [self = shared_from_this()](error_code ec) {
      if (!ec && !self->is_ended_) self->go_on();
    });
  }

  void flush() {
    auto self = shared_from_this();
    while (!is_ended_ && !output_.empty()) {
      Progress progress = stream_.write(output_);
      if (progress.step == Step::kEnded) return end();
      // A TLS connection that wants to read before it writes is read anyway.
      if (progress.step != Step::kDone) return wait_to_write();
      output_.erase(output_.begin(), output_.begin() + static_cast<ptrdiff_t>(progress.count));
    }
    output_ = {};
    if (is_closing_) end();
  }

  void wait_to_write() {
    if (is_writing_) return;
    is_writing_ = true;
    socket_.async_wait(stream_descriptor::wait_write, [self = shared_from_this()](error_code ec) {
      self->is_writing_ = false;
      if (!ec && !self->is_ended_) self->flush();
    });
  }

  Impl& impl_;
  ByteStream stream_;
  stream_descriptor socket_;
  Flow flow_;
  StreamBuffer input_;
  Bytes output_;
  Timer deadline_;
  bool is_ready_ = false, is_kept_ = false, is_closing_ = false, is_ended_ = false, is_writing_ = false;
};

void Transports::Impl::receive(const std::shared_ptr<UdpListener>& listener) {
  listener->socket.async_wait(stream_descriptor::wait_read, [this, listener](error_code ec) {
    if (ec) return;
    reader.read(listener->socket.native_handle(), listener->bound, clock,
                [&](const ReceivedDatagram& datagram) {
                  ++counters.datagrams;
                  receiver->on_message({Transport::kUdp, datagram.local, datagram.remote, 0, nullptr},
                                       datagram.at, datagram.bytes);
                });
    receive(listener);
  });
}

void Transports::Impl::accept(const std::shared_ptr<StreamListener>& listener) {
  listener->socket.async_wait(stream_descriptor::wait_read, [this, listener](error_code ec) {
    if (ec) return;
    Descriptor socket(
        accept4(listener->socket.native_handle(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (socket)
      admit(std::move(socket), listener->transport);
    else if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
      // Asking again at once would only burn time.
      listener->pause.expires_after(kPause);
      listener->pause.async_wait([this, listener](error_code cancelled) {
        if (!cancelled) accept(listener);
      });
      return;
    }
    accept(listener);
  });
}

void Transports::Impl::admit(Descriptor socket, Transport transport) {
  Flow flow{transport, local_endpoint(socket.get()), remote_endpoint(socket.get()), ++next_connection,
            nullptr};
  bool is_tls = transport == Transport::kTls;
  TlsContext context = is_tls ? current_tls() : nullptr;
  Endpoint neighbour{neighbourhood(flow.remote.ip), 0};
  size_t& here = per_address[neighbour];
  if (connections.size() >= limits.connections || here >= limits.connections_per_address ||
      (is_tls && (!context || tls_connections >= limits.tls_connections))) {
    if (here == 0) per_address.erase(neighbour);
    ++counters.connections_refused;
    return;
  }
  TlsSession session(is_tls ? SSL_new(context.get()) : nullptr);
  if (session) SSL_set_fd(session.get(), socket.get());
  int on = 1;
  setsockopt(socket.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  // A peer that is gone without a word is found out in minutes, whatever else is silent.
  setsockopt(socket.get(), SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
  int idle_s = 60;
  setsockopt(socket.get(), IPPROTO_TCP, TCP_KEEPIDLE, &idle_s, sizeof idle_s);
  ++here;
  tls_connections += is_tls;
  ++counters.connections_accepted;
  ++counters.connections_open;
  uint64_t id = flow.connection;
  auto connection =
      std::make_shared<Connection>(*this, std::move(socket), std::move(flow), std::move(session));
  connections[id] = connection;
  connection->start();
}

void Transports::Impl::forget(Connection& connection) {
  --counters.connections_open;
  if (connection.flow().transport == Transport::kTls) --tls_connections;
  auto here = per_address.find({neighbourhood(connection.flow().remote.ip), 0});
  if (--here->second == 0) per_address.erase(here);
  connections.erase(connection.flow().connection);
}

void Transports::Impl::tick() {
  ticker.expires_after(kTick);
  ticker.async_wait([this](error_code ec) {
    if (ec) return;
    timers.run_due();
    receiver->on_tick();
    tick();
  });
}

Transports::Transports(TransportLimits limits, const Clock& clock)
    : impl_(std::make_unique<Impl>(limits, clock)) {}

Transports::~Transports() {
  // Connections end while all that they use is there.
  WithoutPipeSignal guard;
  while (!impl_->connections.empty()) {
    auto connection = impl_->connections.begin()->second;
    connection->end();
  }
}

Status Transports::load_tls(const TlsFiles& files) {
  TlsContext loaded = TRY(load_context(files));
  std::lock_guard lock(impl_->tls_mutex);
  impl_->tls = std::move(loaded);
  return {};
}

Result<Endpoint> Transports::listen(const Endpoint& address, Transport transport, int socket) {
  Descriptor given(socket);
  if (transport == Transport::kTls && !impl_->current_tls())
    return Error(ErrorCode::kUsage, "listen on " + address.text() + ": TLS needs a certificate");
  if (!given) given = TRY(open_socket(address, transport));
  Endpoint bound = TRY(adopt_socket(given.get(), transport));
  if (transport == Transport::kUdp) {
    impl_->udp.push_back(std::make_shared<UdpListener>(impl_->io, given.release(), bound));
    impl_->receive(impl_->udp.back());
  } else {
    impl_->streams.push_back(std::make_shared<StreamListener>(impl_->io, given.release(), transport));
    impl_->accept(impl_->streams.back());
  }
  return bound;
}

void Transports::run(Receiver& receiver) {
  WithoutPipeSignal guard;
  impl_->receiver = &receiver;
  impl_->tick();
  impl_->io.run();
}

void Transports::stop() { impl_->io.stop(); }

void Transports::run_posted() {
  impl_->ticker.cancel();
  for (const auto& listener : impl_->udp) listener->socket.cancel();
  for (const auto& listener : impl_->streams) listener->socket.cancel();
  impl_->io.restart();
  impl_->io.poll();
}

void Transports::post(std::function<void()> action) { asio::post(impl_->io, std::move(action)); }

bool Transports::send(const Flow& flow, ByteView message) {
  if (flow.is_reliable()) {
    auto found = impl_->connections.find(flow.connection);
    if (found == impl_->connections.end()) return false;
    auto connection = found->second;
    return connection->send(message);
  }
  for (const auto& listener : impl_->udp) {
    bool is_same_family = listener->bound.ip.is_v4() == flow.local.ip.is_v4();
    if (listener->bound.port != flow.local.port || !is_same_family) continue;
    if (!listener->bound.ip.is_unspecified() && listener->bound.ip != flow.local.ip) continue;
    if (!send_datagram(listener->socket.native_handle(), flow.local, flow.remote, message))
      ++impl_->counters.send_failures;
    return true;
  }
  return false;
}

void Transports::close(uint64_t connection) {
  auto found = impl_->connections.find(connection);
  if (found != impl_->connections.end()) found->second->close();
}

void Transports::keep(uint64_t connection) {
  auto found = impl_->connections.find(connection);
  if (found != impl_->connections.end()) found->second->keep();
}

TransportCounters Transports::counters() const { return impl_->counters; }

}  // namespace ew::sipua
