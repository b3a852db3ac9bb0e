#include <gtest/gtest.h>
#include <openssl/ssl.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>

#include "base/time.h"
#include "http/certificate.h"
#include "http/events.h"
#include "http/test_client_internal.h"

using namespace ew;
using namespace ew::http;
using namespace std::chrono_literals;

namespace {

TlsFiles written(const std::string& name, const std::vector<std::string>& names) {
  auto certificate = make_self_signed(names, SystemClock().wall());
  EXPECT_TRUE(certificate.ok());
  std::string base = ::testing::TempDir() + "/http_tls_" + std::to_string(::getpid()) + "_" + name;
  TlsFiles files{base + ".crt", base + ".key"};
  std::ofstream(files.certificate) << certificate->certificate_pem;
  std::ofstream(files.key) << certificate->key_pem;
  return files;
}

struct TlsClient {
  // `protocols`: in the form of ALPN, each with its length in front.
  TlsClient(const Endpoint& server, const TlsFiles& trusted, const char* name, int version = 0,
            const std::string& protocols = "")
      : client(server), context(SSL_CTX_new(TLS_client_method())) {
    SSL_CTX_load_verify_locations(context, trusted.certificate.c_str(), nullptr);
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
    if (version)
      SSL_CTX_set_min_proto_version(context, version), SSL_CTX_set_max_proto_version(context, version);
    if (version && version < TLS1_2_VERSION) SSL_CTX_set_security_level(context, 0);
    ssl = SSL_new(context);
    SSL_set_fd(ssl, client.fd());
    SSL_set1_host(ssl, name);
    if (!protocols.empty())
      SSL_set_alpn_protos(ssl, reinterpret_cast<const uint8_t*>(protocols.data()),
                          static_cast<unsigned>(protocols.size()));
    connected = SSL_connect(ssl) == 1;
  }
  ~TlsClient() {
    SSL_free(ssl);
    SSL_CTX_free(context);
  }
  std::string request(std::string_view bytes) {
    if (!connected || SSL_write(ssl, bytes.data(), static_cast<int>(bytes.size())) <= 0) return "";
    std::string answer;
    char buffer[16384];
    for (int count; (count = SSL_read(ssl, buffer, sizeof buffer)) > 0;)
      answer.append(buffer, static_cast<size_t>(count));
    return answer;
  }

  TestClient client;
  SSL_CTX* context;
  SSL* ssl;
  bool connected;
};

Response tell(Request& request) {
  if (request.path == "/large") return respond(200, "text/plain", std::string(1'000'000, 'x'));
  return respond(200, "text/plain", request.secure ? "secure" : "plain");
}

class Tls : public ::testing::Test {
 protected:
  void SetUp() override {
    auto bound = server.listen({IpAddress::v4(ByteView(TestServer::kLoopback)), 0}, files);
    ASSERT_TRUE(bound.ok());
    address = *bound;
    server.start();
  }
  TlsFiles files = written("a", {"recorder.example", "127.0.0.1"});
  Server server{ServerOptions{}, tell};
  Endpoint address;
  const std::string request = get("/", "Connection: close\r\n");
};

TEST_F(Tls, ServesVersions12And13) {
  for (int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    TlsClient client(address, files, "recorder.example", version, "\x02h2\x08http/1.1");
    ASSERT_TRUE(client.connected) << version;
    const uint8_t* protocol = nullptr;
    unsigned size = 0;
    SSL_get0_alpn_selected(client.ssl, &protocol, &size);
    EXPECT_EQ(std::string(reinterpret_cast<const char*>(protocol), size), "http/1.1");
    EXPECT_NE(client.request(request).find("\r\n\r\nsecure"), std::string::npos);
    EXPECT_EQ(SSL_get_shutdown(client.ssl) & SSL_RECEIVED_SHUTDOWN, SSL_RECEIVED_SHUTDOWN)
        << "the end is said, not cut";
  }
  TlsClient large(address, files, "recorder.example");
  EXPECT_GT(large.request(get("/large", "Connection: close\r\n")).size(), 1'000'000u);
}

TEST_F(Tls, RefusesOldVersionsForeignProtocolsAndPlainText) {
  EXPECT_FALSE(TlsClient(address, files, "recorder.example", TLS1_1_VERSION).connected);
  EXPECT_FALSE(TlsClient(address, files, "recorder.example", 0, "\x02h2").connected);
  EXPECT_FALSE(TlsClient(address, files, "other.example").connected) << "the name is checked by the client";
  TestClient plain(address);
  plain.send(request);
  EXPECT_TRUE(plain.wait_for_end());
  EXPECT_EQ(plain.input().find("HTTP/1.1"), std::string::npos);
  EXPECT_TRUE(eventually([&] { return server.counters().tls_failures >= 3; }));
  EXPECT_NE(TlsClient(address, files, "recorder.example").request(request).find("secure"), std::string::npos);
}

TEST_F(Tls, ReloadsItsCertificate) {
  TlsFiles other = written("b", {"renewed.example"});
  EXPECT_FALSE(TlsClient(address, other, "renewed.example").connected);
  std::ofstream(files.key) << "no key";
  EXPECT_FALSE(server.reload_certificates().ok());
  EXPECT_TRUE(TlsClient(address, files, "recorder.example").connected) << "the former one stays";
  std::filesystem::copy_file(other.certificate, files.certificate,
                             std::filesystem::copy_options::overwrite_existing);
  std::filesystem::copy_file(other.key, files.key, std::filesystem::copy_options::overwrite_existing);
  ASSERT_TRUE(server.reload_certificates().ok());
  EXPECT_TRUE(eventually([&] { return TlsClient(address, other, "renewed.example").connected; }));
}

TEST_F(Tls, SaysWhatIsWrongWithItsFiles) {
  TlsFiles other = written("c", {"x.example"});
  Endpoint any{IpAddress::v4(ByteView(TestServer::kLoopback)), 0};
  auto mixed = server.listen(any, TlsFiles{files.certificate, other.key});
  ASSERT_FALSE(mixed.ok());
  EXPECT_NE(mixed.error().message().find(other.key), std::string::npos);
  EXPECT_FALSE(server.listen(any, TlsFiles{"/nonexistent", other.key}).ok());
}

TEST(TlsEvents, EndWithTheirClient) {
  TlsFiles files = written("d", {"recorder.example"});
  EventHub hub;
  Server server({}, [&](Request&) { return events(hub.subscribe({"", nullptr, ""})); });
  auto address = server.listen({IpAddress::v4(ByteView(TestServer::kLoopback)), 0}, files);
  ASSERT_TRUE(address.ok());
  server.start();
  {
    TlsClient client(*address, files, "recorder.example");
    std::string bytes = get("/");
    ASSERT_GT(SSL_write(client.ssl, bytes.data(), static_cast<int>(bytes.size())), 0);
    std::string received;
    char buffer[1000];
    while (received.find("data: hello") == received.npos) {
      if (received.find("retry") != received.npos) hub.publish({"call", "hello", ""});
      int count = SSL_read(client.ssl, buffer, sizeof buffer);
      ASSERT_GT(count, 0);
      received.append(buffer, static_cast<size_t>(count));
    }
  }
  EXPECT_TRUE(eventually([&] { return hub.subscribers() == 0 && server.counters().connections_open == 0; }));
}

TEST(Certificate, SaysWhenItEnds) {
  const WallTime now{1'772'445'600 * kNsPerSec};
  auto made = make_self_signed({"a.example"}, now, 30);
  ASSERT_TRUE(made.ok());
  auto expires = expiry_of(made->certificate_pem);
  ASSERT_TRUE(expires.ok());
  EXPECT_EQ(expires->ns - now.ns, 30 * 86'400 * kNsPerSec);
  for (const char* text : {"", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"})
    EXPECT_FALSE(expiry_of(text).ok()) << text;
}

TEST(Certificate, RefusesWhatIsNoName) {
  WallTime now = SystemClock().wall();
  EXPECT_TRUE(make_self_signed({"a.example", "*.b.example", "::1", "10.0.0.1"}, now).ok());
  EXPECT_FALSE(make_self_signed({}, now).ok());
  EXPECT_FALSE(make_self_signed({"a,DNS:evil.example"}, now).ok());
  EXPECT_FALSE(make_self_signed({"a\nb"}, now).ok());
}

}  // namespace
