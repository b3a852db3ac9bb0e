#include "sipua/transports.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <signal.h>

#include <atomic>
#include <future>
#include <mutex>
#include <thread>

#include "net/socket_address.h"
#include "sipua/sockets_internal.h"
#include "sipua/test_certificates_internal.h"
#include "sipua/test_peer_internal.h"

using namespace ew;
using namespace ew::sipua;

namespace {

constexpr int kPatienceMs = 10'000;

// Sends every message back to where it came from, in capital letters where asked.
struct EchoReceiver : Receiver {
  void on_message(const Flow& flow, WallTime at, ByteView message) override {
    std::lock_guard lock(mutex);
    flows.push_back(flow);
    times.push_back(at);
    ++messages;
    wire->send(flow, message);
    if (flow.connection != 0 && keeps) wire->keep(flow.connection);
    if (flow.connection != 0 && closes) wire->close(flow.connection);
  }
  void on_tick() override { ++ticks; }

  Transports* wire = nullptr;
  std::mutex mutex;
  std::vector<Flow> flows;
  std::vector<WallTime> times;
  std::atomic<int> messages = 0, ticks = 0;
  std::atomic<bool> keeps = true, closes = false;
};

// A peer's socket, blocking with an end.
struct Client {
  Client(const Endpoint& server, Transport transport) {
    bool is_udp = transport == Transport::kUdp;
    sockaddr_storage storage;
    socklen_t size = to_sockaddr(server, storage);
    fd = Descriptor(socket(storage.ss_family, is_udp ? SOCK_DGRAM : SOCK_STREAM, 0));
    connected = connect(fd.get(), reinterpret_cast<sockaddr*>(&storage), size) == 0;
    timeval patience{kPatienceMs / 1'000, 0};
    setsockopt(fd.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  }
  void send(std::string_view text) {
    EXPECT_EQ(::send(fd.get(), text.data(), text.size(), MSG_NOSIGNAL), ssize_t(text.size()));
  }
  // One datagram, or so many bytes; less if the other side ended it.
  std::string receive(size_t wanted = 0) {
    std::string text;
    char buffer[65'536];
    do {
      ssize_t count =
          recv(fd.get(), buffer, wanted ? std::min(wanted - text.size(), sizeof buffer) : sizeof buffer, 0);
      if (count <= 0) break;
      text.append(buffer, static_cast<size_t>(count));
    } while (text.size() < wanted);
    return text;
  }
  bool is_ended() {
    char byte;
    ssize_t count = recv(fd.get(), &byte, 1, 0);
    return count == 0 || (count < 0 && errno == ECONNRESET);
  }
  Descriptor fd;
  bool connected = false;
};

struct TlsClient {
  TlsClient(const Endpoint& server, const std::string& trusted, const TestAuthority::Files* own = nullptr,
            int version = 0)
      : client(server, Transport::kTcp), context(SSL_CTX_new(TLS_client_method())) {
    SSL_CTX_load_verify_locations(context, trusted.c_str(), nullptr);
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
    if (version)
      SSL_CTX_set_min_proto_version(context, version), SSL_CTX_set_max_proto_version(context, version);
    if (version && version < TLS1_2_VERSION) SSL_CTX_set_security_level(context, 0);
    if (own) {
      SSL_CTX_use_certificate_file(context, own->certificate.c_str(), SSL_FILETYPE_PEM);
      SSL_CTX_use_PrivateKey_file(context, own->key.c_str(), SSL_FILETYPE_PEM);
    }
    signal(SIGPIPE, SIG_IGN);  // of a server that refuses it, at any moment
    session = SSL_new(context);
    SSL_set_fd(session, client.fd.get());
    connected = SSL_connect(session) == 1;
  }
  ~TlsClient() {
    SSL_free(session);
    SSL_CTX_free(context);
  }
  // With TLS 1.3 a client learns only by reading that it was refused.
  std::string exchange(const std::string& text) {
    if (!connected || SSL_write(session, text.data(), int(text.size())) <= 0) return "";
    std::string answer(text.size(), '\0');
    size_t have = 0;
    while (have < answer.size()) {
      int count = SSL_read(session, answer.data() + have, int(answer.size() - have));
      if (count <= 0) return "";
      have += size_t(count);
    }
    return answer;
  }
  Client client;
  SSL_CTX* context;
  SSL* session;
  bool connected;
};

Endpoint loopback(uint16_t port = 0) { return {IpAddress::v4(Bytes{127, 0, 0, 1}), port}; }

struct TransportsTest : ::testing::Test {
  explicit TransportsTest(TransportLimits limits = {}) : transports(limits, clock) {
    receiver.wire = &transports;
  }
  ~TransportsTest() override {
    transports.stop();
    if (thread.joinable()) thread.join();
  }
  Endpoint listen(Transport transport, const Endpoint& address = loopback()) {
    auto bound = transports.listen(address, transport);
    EXPECT_TRUE(bound.ok());
    return *bound;
  }
  void start() {
    thread = std::thread([this] { transports.run(receiver); });
  }
  template <typename Condition>
  bool eventually(Condition condition) {
    for (int i = 0; i < kPatienceMs / 10; ++i) {
      if (condition()) return true;
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    return false;
  }
  TransportCounters counters() {
    std::promise<TransportCounters> asked;
    transports.post([&] { asked.set_value(transports.counters()); });
    return asked.get_future().get();
  }

  SystemClock clock;
  EchoReceiver receiver;
  Transports transports;
  std::thread thread;
  const std::string message = PeerRequest().text();
};

TEST_F(TransportsTest, Udp) {
  Endpoint server = listen(Transport::kUdp);
  start();
  Client client(server, Transport::kUdp);
  client.send(message);
  EXPECT_EQ(client.receive(), message);
  std::lock_guard lock(receiver.mutex);
  EXPECT_EQ(receiver.flows[0].local, server);
  EXPECT_EQ(receiver.flows[0].remote, local_endpoint(client.fd.get()));
  EXPECT_LT(std::abs(receiver.times[0] - clock.wall()), 60 * kNsPerSec);
}

TEST_F(TransportsTest, UdpAnswersFromTheAddressThatWasAsked) {
  auto bound = transports.listen({IpAddress::v4(Bytes(4)), 0}, Transport::kUdp);
  ASSERT_TRUE(bound.ok());
  start();
  // A connected socket hears nobody else.
  Client client({IpAddress::v4(Bytes{127, 0, 0, 2}), bound->port}, Transport::kUdp);
  std::string large = message + std::string(20'000, 'x');
  client.send(large);
  EXPECT_EQ(client.receive(), large);
  std::lock_guard lock(receiver.mutex);
  EXPECT_EQ(receiver.flows[0].local.ip.text(), "127.0.0.2");
}

TEST_F(TransportsTest, Ipv6) {
  auto udp = transports.listen({IpAddress::parse("::1").value(), 0}, Transport::kUdp);
  if (!udp.ok()) GTEST_SKIP() << "this machine has no IPv6: " << udp.error().message();
  Endpoint tcp = listen(Transport::kTcp, {IpAddress::parse("::1").value(), 0});
  start();
  for (auto [server, transport] : {std::pair(*udp, Transport::kUdp), {tcp, Transport::kTcp}}) {
    Client client(server, transport);
    client.send(message);
    EXPECT_EQ(client.receive(message.size()), message);
  }
}

TEST_F(TransportsTest, TcpInPieces) {
  Endpoint server = listen(Transport::kTcp);
  start();
  Client client(server, Transport::kTcp);
  for (size_t at = 0; at < message.size(); at += 50) {
    client.send(std::string_view(message).substr(at, 50));
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  EXPECT_EQ(client.receive(message.size()), message);
  client.send(message + message + "\r\n\r\n" + message);
  EXPECT_EQ(client.receive(3 * message.size() + 2), message + message + "\r\n" + message);
}

TEST_F(TransportsTest, ConnectionsOfWhatIsNoSipAreEnded) {
  Endpoint server = listen(Transport::kTcp);
  start();
  Client http(server, Transport::kTcp), gone(server, Transport::kTcp), closed(server, Transport::kTcp);
  http.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_TRUE(http.is_ended());
  gone.send(message.substr(0, 100));
  gone.fd.reset();
  receiver.closes = true;
  closed.send(message + message);
  EXPECT_EQ(closed.receive(message.size()), message) << "what was sent before the end still comes";
  EXPECT_TRUE(closed.is_ended());
  EXPECT_TRUE(eventually([&] { return counters().connections_open == 0; }));
  EXPECT_EQ(counters().not_sip, 1u);
  EXPECT_EQ(receiver.messages, 1);
}

TEST_F(TransportsTest, AWriterThatDoesNotReadIsEnded) {
  Endpoint server = listen(Transport::kTcp);
  start();
  Client client(server, Transport::kTcp);
  fcntl(client.fd.get(), F_SETFL, O_NONBLOCK);
  PeerRequest request;
  request.body = std::string(100'000, 'x');
  std::string large = request.text();
  bool ended = eventually([&] {
    while (::send(client.fd.get(), large.data(), large.size(), MSG_NOSIGNAL) > 0) {
    }
    return counters().connections_open == 0;
  });
  EXPECT_TRUE(ended) << "its answers wait in bounded memory";
}

struct SlowTest : TransportsTest {
  SlowTest() : TransportsTest(limits()) {}
  static TransportLimits limits() {
    TransportLimits limits;
    limits.connections = 20;
    limits.first_message_ns = 300 * kNsPerMs;
    limits.message_ns = 300 * kNsPerMs;
    return limits;
  }
};

TEST_F(SlowTest, HalfMessagesAndSilenceEnd) {
  Endpoint server = listen(Transport::kTcp);
  start();
  Client silent(server, Transport::kTcp), half(server, Transport::kTcp), kept(server, Transport::kTcp);
  half.send(message.substr(0, 60));
  kept.send(message);
  EXPECT_EQ(kept.receive(message.size()), message);
  EXPECT_TRUE(silent.is_ended());
  EXPECT_TRUE(half.is_ended());
  kept.send(message);
  EXPECT_EQ(kept.receive(message.size()), message) << "who is known may be silent";
  // A byte now and then prolongs nothing.
  auto begin = std::chrono::steady_clock::now();
  for (char c : message) {
    if (::send(kept.fd.get(), &c, 1, MSG_NOSIGNAL) < 0) break;
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  EXPECT_TRUE(kept.is_ended());
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(6));
  EXPECT_EQ(counters().timeouts, 3u);
}

TEST_F(SlowTest, ConnectionsAreBounded) {
  Endpoint server = listen(Transport::kTcp);
  start();
  std::vector<std::unique_ptr<Client>> clients;
  for (int i = 0; i < 60; ++i) clients.push_back(std::make_unique<Client>(server, Transport::kTcp));
  EXPECT_TRUE(eventually([&] { return counters().connections_refused >= 40; }));
  EXPECT_LE(counters().connections_open, 20u);
  clients.clear();
  EXPECT_TRUE(eventually([&] { return counters().connections_open == 0; }));
  Client again(server, Transport::kTcp);
  again.send(message);
  EXPECT_EQ(again.receive(message.size()), message);
}

TEST_F(TransportsTest, ListensOnSocketsOfOthersAndSaysWhatIsTaken) {
  Descriptor given = open_socket(loopback(), Transport::kTcp).value();
  Endpoint expected = local_endpoint(given.get());
  auto bound = transports.listen({}, Transport::kTcp, given.release());
  ASSERT_TRUE(bound.ok());
  EXPECT_EQ(*bound, expected);
  auto taken = transports.listen(expected, Transport::kTcp);
  ASSERT_FALSE(taken.ok());
  EXPECT_EQ(taken.error().code(), ErrorCode::kBusy);
  EXPECT_FALSE(transports.listen(loopback(), Transport::kTls).ok()) << "without a certificate";
  EXPECT_FALSE(
      transports.listen({}, Transport::kUdp, open_socket(loopback(), Transport::kTcp).value().release())
          .ok());
  start();
  Client client(expected, Transport::kTcp);
  client.send(message);
  EXPECT_EQ(client.receive(message.size()), message);
}

// REQUIREMENTS A28.
struct TlsTest : TransportsTest {
  TlsTest() { files = {own.certificate, own.key, authority.certificate_file(), "", false}; }
  Endpoint serve() {
    EXPECT_TRUE(transports.load_tls(files).ok());
    Endpoint server = listen(Transport::kTls);
    start();
    return server;
  }
  std::string exchange(const Endpoint& server, const TestAuthority::Files* client = nullptr,
                       int version = 0) {
    TlsClient tls(server, authority.certificate_file(), client, version);
    return tls.exchange(message);
  }

  TestAuthority authority{"ours"}, other{"theirs"};
  TestAuthority::Files own = authority.issue("server", "DNS:recorder.example");
  TlsFiles files;
};

TEST_F(TlsTest, Versions) {
  Endpoint server = serve();
  EXPECT_EQ(exchange(server, nullptr, TLS1_2_VERSION), message);
  EXPECT_EQ(exchange(server, nullptr, TLS1_3_VERSION), message);
  EXPECT_EQ(exchange(server, nullptr, TLS1_1_VERSION), "");
  Client plain(server, Transport::kTcp);
  plain.send(message);
  // The alert of OpenSSL, then the end.
  EXPECT_EQ(plain.receive(1'000).find("INVITE"), std::string::npos);
  EXPECT_TRUE(eventually([&] { return counters().tls_failures == 2 && counters().connections_open == 0; }));
}

TEST_F(TlsTest, ClientCertificates) {
  auto good = authority.issue("good", "DNS:SBC.example,URI:sip:sbc.example,IP:127.0.0.1");
  auto foreign = other.issue("foreign", "DNS:sbc.example");
  auto revoked = authority.issue("revoked", "DNS:old.example");
  files.require_client_certificate = true;
  files.client_revocations = authority.revocation_file(revoked.serial);
  Endpoint server = serve();
  EXPECT_EQ(exchange(server, &good), message);
  {
    std::lock_guard lock(receiver.mutex);
    ASSERT_TRUE(receiver.flows.back().certificate_names);
    EXPECT_EQ(*receiver.flows.back().certificate_names,
              (std::vector<std::string>{"sbc.example", "sip:sbc.example", "127.0.0.1"}));
  }
  EXPECT_EQ(exchange(server), "") << "none";
  EXPECT_EQ(exchange(server, &foreign), "") << "of a wrong authority";
  EXPECT_EQ(exchange(server, &revoked), "") << "taken back";
  EXPECT_EQ(exchange(server, &good, TLS1_2_VERSION), message);
}

TEST_F(TlsTest, WithoutACertificateThereAreNoNames) {
  Endpoint server = serve();
  EXPECT_EQ(exchange(server), message);
  std::lock_guard lock(receiver.mutex);
  EXPECT_FALSE(receiver.flows.back().certificate_names);
}

TEST_F(TlsTest, ReloadsItsCertificate) {
  Endpoint server = serve();
  auto renewed = other.issue("renewed", "DNS:recorder.example");
  TlsFiles broken = files;
  broken.key = renewed.key;
  auto status = transports.load_tls(broken);
  ASSERT_FALSE(status.ok());
  EXPECT_NE(status.error().message().find(renewed.key), std::string::npos);
  EXPECT_EQ(exchange(server), message) << "the former one stays";
  files.certificate = renewed.certificate;
  files.key = renewed.key;
  ASSERT_TRUE(transports.load_tls(files).ok());
  EXPECT_EQ(exchange(server), "") << "the authority is another one now";
  TlsClient client(server, other.certificate_file());
  EXPECT_EQ(client.exchange(message), message);
}

TEST_F(TlsTest, SaysWhatIsWrongWithItsFiles) {
  auto refused = [&](TlsFiles wrong) { return !transports.load_tls(wrong).ok(); };
  EXPECT_TRUE(refused({"/nonexistent", own.key, "", "", false}));
  EXPECT_TRUE(refused({own.certificate, own.key, "/nonexistent", "", false}));
  EXPECT_TRUE(refused({own.certificate, own.key, authority.certificate_file(), own.key, false}));
  EXPECT_TRUE(refused({own.certificate, own.key, "", "", true}));
  EXPECT_FALSE(refused({own.certificate, own.key, "", "", false}));
}

}  // namespace
