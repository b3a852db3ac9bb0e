// A connection as bytes, plain or TLS, behind one interface of coroutines: so the protocol is compiled once,
// and Asio's templates for sockets and TLS in stream.cc only.
#pragma once

#include <utility>  // Asio 1.18 uses std::exchange without it

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <memory>

#include "base/bytes.h"
#include "base/result.h"
#include "http/server.h"

namespace ew::http {

// Used by the thread of the sockets only. One read and one write may run at a time.
class Stream {
 public:
  virtual ~Stream() = default;
  virtual boost::asio::awaitable<bool> handshake() = 0;
  virtual boost::asio::awaitable<size_t> read_some(
      ByteSpan out) = 0;                                           // 0: ended, failed, cancelled or closed
  virtual boost::asio::awaitable<bool> write(ByteView bytes) = 0;  // all of them
  virtual boost::asio::awaitable<void> finish() = 0;  // tells the other side that no more will come
  virtual void cancel() = 0;                          // what waits ends; the connection stays usable
  virtual void close() = 0;
};

class TlsContext;  // a certificate, loaded
Result<std::shared_ptr<TlsContext>> load_tls(const TlsFiles& files);

// Plain if there is no context.
std::unique_ptr<Stream> make_stream(boost::asio::ip::tcp::socket socket, std::shared_ptr<TlsContext> tls);

}  // namespace ew::http
