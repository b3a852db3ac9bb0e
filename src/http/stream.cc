#include "http/stream_internal.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <boost/asio/buffer.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

namespace ew::http {

namespace asio = boost::asio;
using asio::awaitable;
using asio::ip::tcp;
using boost::system::error_code;

class TlsContext {
 public:
  asio::ssl::context context{asio::ssl::context::tls_server};
};

namespace {

// Of both streams: what they do with their socket or with TLS over it.
template <typename Layer>
awaitable<size_t> read_from(Layer& layer, ByteSpan out) {
  error_code ec;
  size_t count = co_await layer.async_read_some(asio::buffer(out.data(), out.size()),
                                                asio::redirect_error(asio::use_awaitable, ec));
  co_return ec ? 0 : count;
}

template <typename Layer>
awaitable<bool> write_to(Layer& layer, ByteView bytes) {
  error_code ec;
  co_await asio::async_write(layer, asio::buffer(bytes.data(), bytes.size()),
                             asio::redirect_error(asio::use_awaitable, ec));
  co_return !ec;
}

class PlainStream : public Stream {
 public:
  explicit PlainStream(tcp::socket socket) : socket_(std::move(socket)) {}

  awaitable<bool> handshake() override { co_return true; }
  awaitable<size_t> read_some(ByteSpan out) override { return read_from(socket_, out); }
  awaitable<bool> write(ByteView bytes) override { return write_to(socket_, bytes); }
  awaitable<void> finish() override {
    error_code ignored;
    socket_.shutdown(tcp::socket::shutdown_send, ignored);
    co_return;
  }
  void cancel() override {
    error_code ignored;
    socket_.cancel(ignored);
  }
  void close() override {
    error_code ignored;
    socket_.close(ignored);
  }

 private:
  tcp::socket socket_;
};

class TlsStream : public Stream {
 public:
  TlsStream(tcp::socket socket, std::shared_ptr<TlsContext> tls)
      : tls_(std::move(tls)), stream_(std::move(socket), tls_->context) {}

  awaitable<bool> handshake() override {
    error_code ec;
    co_await stream_.async_handshake(asio::ssl::stream_base::server,
                                     asio::redirect_error(asio::use_awaitable, ec));
    co_return !ec;
  }
  awaitable<size_t> read_some(ByteSpan out) override { return read_from(stream_, out); }
  awaitable<bool> write(ByteView bytes) override { return write_to(stream_, bytes); }
  awaitable<void> finish() override {
    error_code ignored;
    co_await stream_.async_shutdown(asio::redirect_error(asio::use_awaitable, ignored));
  }
  void cancel() override {
    error_code ignored;
    stream_.next_layer().cancel(ignored);
  }
  void close() override {
    error_code ignored;
    stream_.next_layer().close(ignored);
  }

 private:
  std::shared_ptr<TlsContext> tls_;  // lives on while a reload has replaced it
  asio::ssl::stream<tcp::socket> stream_;
};

// RFC 7301: a client that offers protocols, and not ours, is refused; one that offers none is taken.
int choose_protocol(SSL*, const unsigned char** out, unsigned char* out_size, const unsigned char* offered,
                    unsigned int offered_size, void*) {
  static constexpr unsigned char kOurs[] = "\x08http/1.1";
  unsigned char* chosen = nullptr;
  int outcome = SSL_select_next_proto(&chosen, out_size, kOurs, sizeof kOurs - 1, offered, offered_size);
  *out = chosen;
  return outcome == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_ALERT_FATAL;
}

Error tls_error(const std::string& file, const error_code& ec) {
  return Error(ErrorCode::kInvalid, "TLS: " + file + ": " + ec.message());
}

}  // namespace

Result<std::shared_ptr<TlsContext>> load_tls(const TlsFiles& files) {
  auto tls = std::make_shared<TlsContext>();
  SSL_CTX* native = tls->context.native_handle();
  // Forward secrecy and authenticated encryption only; TLS 1.3 has no others.
  if (SSL_CTX_set_min_proto_version(native, TLS1_2_VERSION) != 1 ||
      SSL_CTX_set_cipher_list(native, "ECDHE+AESGCM:ECDHE+CHACHA20") != 1)
    return Error(ErrorCode::kInternal, "TLS: the library refuses our settings");
  SSL_CTX_set_options(native, SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION |
                                  SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_NO_TICKET);
  SSL_CTX_set_mode(native, SSL_MODE_RELEASE_BUFFERS);  // idle connections need not hold 34 KiB each
  SSL_CTX_set_alpn_select_cb(native, choose_protocol, nullptr);
  // Without it OpenSSL would ask for the password of an encrypted key at the terminal.
  SSL_CTX_set_default_passwd_cb(native, [](char*, int, int, void*) { return 0; });

  error_code ec;
  tls->context.use_certificate_chain_file(files.certificate, ec);
  if (ec) return tls_error(files.certificate, ec);
  tls->context.use_private_key_file(files.key, asio::ssl::context::pem, ec);
  if (ec) return tls_error(files.key, ec);
  if (SSL_CTX_check_private_key(native) != 1)
    return Error(ErrorCode::kInvalid, "TLS: " + files.key + " is not the key of " + files.certificate);
  ERR_clear_error();
  return tls;
}

std::unique_ptr<Stream> make_stream(tcp::socket socket, std::shared_ptr<TlsContext> tls) {
  if (tls) return std::make_unique<TlsStream>(std::move(socket), std::move(tls));
  return std::make_unique<PlainStream>(std::move(socket));
}

}  // namespace ew::http
