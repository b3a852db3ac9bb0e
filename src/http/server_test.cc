#include "http/server.h"

#include <gtest/gtest.h>

#include <atomic>
#include <stdexcept>

#include "http/static_files.h"
#include "http/test_client_internal.h"

using namespace ew;
using namespace ew::http;
using namespace std::chrono_literals;

namespace {

std::string post(std::string_view target, std::string_view body, std::string_view headers = "") {
  return "POST " + std::string(target) +
         " HTTP/1.1\r\nHost: h\r\nContent-Length: " + std::to_string(body.size()) + "\r\n" +
         std::string(headers) + "\r\n" + std::string(body);
}

Response echo(Request& request) {
  return respond(200, "text/plain",
                 std::string(name_of(request.method)) + " " + request.path + " " + request.body);
}

// A body of known content: byte i is i mod 251. Says when it dies.
class CountingSource : public BodySource {
 public:
  CountingSource(uint64_t size, bool known, std::atomic<int>& alive, std::atomic<uint64_t>* served = nullptr)
      : size_(size), known_(known), alive_(alive), served_(served) {
    ++alive_;
  }
  ~CountingSource() override { --alive_; }
  std::optional<uint64_t> size() const override { return known_ ? std::optional(size_) : std::nullopt; }
  Result<size_t> read(uint64_t offset, ByteSpan out) override {
    size_t count = static_cast<size_t>(std::min<uint64_t>({out.size(), size_ - offset, 50'000}));
    for (size_t i = 0; i < count; ++i) out[i] = static_cast<uint8_t>((offset + i) % 251);
    if (served_) *served_ += count;
    return count;
  }

 private:
  const uint64_t size_;
  const bool known_;
  std::atomic<int>& alive_;
  std::atomic<uint64_t>* served_;
};

std::string expected(uint64_t first, uint64_t length) {
  std::string text;
  for (uint64_t i = first; i < first + length; ++i) text += static_cast<char>(i % 251);
  return text;
}

TEST(Server, AnswersRequestsOfOneConnectionInOrder) {
  TestServer server(echo);
  TestClient client(server.address);
  Reply reply = client.request(get("/one"));
  EXPECT_EQ(reply.status, 200u);
  EXPECT_EQ(reply.body, "GET /one ");
  EXPECT_EQ(reply.header("X-Content-Type-Options"), "nosniff");
  EXPECT_EQ(reply.header("Cache-Control"), "no-store");
  EXPECT_EQ(reply.header("Date").size(), 29u);
  EXPECT_EQ(reply.header("Server"), "");
  client.send(post("/two", "abc") + get("/three") + get("/four", "Connection: close\r\n") + get("/never"));
  EXPECT_EQ(client.read_reply().body, "POST /two abc");
  EXPECT_EQ(client.read_reply().body, "GET /three ");
  reply = client.read_reply();
  EXPECT_EQ(reply.body, "GET /four ");
  EXPECT_EQ(reply.header("Connection"), "close");
  EXPECT_TRUE(client.wait_for_end());
  EXPECT_EQ(client.input(), "");
  Counters counters = server.server.counters();
  EXPECT_EQ(counters.responses[2], 4u);
  EXPECT_EQ(counters.connections_accepted, 1u);
  EXPECT_GT(counters.bytes_sent, 500u);
  EXPECT_GT(counters.bytes_received, 100u);
}

TEST(Server, SpeaksHttp10) {
  TestServer server(echo);
  TestClient once(server.address);
  EXPECT_EQ(once.request("GET /a HTTP/1.0\r\n\r\n").body, "GET /a ");
  EXPECT_TRUE(once.wait_for_end());
  TestClient kept(server.address);
  EXPECT_EQ(kept.request("GET /a HTTP/1.0\r\nConnection: keep-alive\r\n\r\n").header("Connection"),
            "keep-alive");
  EXPECT_EQ(kept.request("GET /b HTTP/1.0\r\n\r\n").body, "GET /b ");
}

TEST(Server, TellsTheHandlerWhoAsks) {
  Endpoint remote;
  bool secure = true;
  TestServer server([&](Request& request) {
    remote = request.remote;
    secure = request.secure;
    return no_content();
  });
  Reply reply = server.request(get("/"));
  EXPECT_EQ(reply.status, 204u);
  EXPECT_EQ(reply.header("Content-Length"), "");
  EXPECT_EQ(remote.ip.text(), "127.0.0.1");
  EXPECT_NE(remote.port, 0);
  EXPECT_FALSE(secure);
}

TEST(Server, AnswersWhatIsNoRequestAndCloses) {
  TestServer server(echo);
  for (auto [text, status] :
       {std::pair("NONSENSE\r\n\r\n", 400u), std::pair("TRACE / HTTP/1.1\r\nHost: h\r\n\r\n", 501u),
        std::pair("GET / HTTP/3.0\r\n\r\n", 505u),
        std::pair("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
                  400u)}) {
    TestClient client(server.address);
    Reply reply = client.request(text);
    EXPECT_EQ(reply.status, status) << text;
    EXPECT_EQ(reply.header("Content-Type"), "application/problem+json");
    EXPECT_EQ(reply.header("Connection"), "close");
    EXPECT_TRUE(client.wait_for_end());
  }
  TestClient large(server.address);
  EXPECT_EQ(large.request(get("/", "X: " + std::string(20'000, 'x') + "\r\n")).status, 431u);
  EXPECT_EQ(server.server.counters().malformed, 5u);
}

TEST(Server, ContainsHandlersThatThrow) {
  TestServer server([](Request& request) -> Response {
    if (request.path == "/int") throw 42;
    if (request.path == "/null") return Response{200, {}, std::unique_ptr<BodySource>()};
    if (request.path == "/odd") return Response{42, {}, std::string()};
    throw std::runtime_error("/secret/path: broken");
  });
  TestClient client(server.address);
  for (const char* path : {"/", "/int", "/null", "/odd"}) {
    Reply reply = client.request(get(path));
    EXPECT_EQ(reply.status, 500u) << path;
    EXPECT_EQ(reply.body.find("secret"), std::string::npos);
  }
  EXPECT_EQ(server.server.counters().handler_exceptions, 2u);
  EXPECT_EQ(server.server.counters().responses[5], 4u);
}

TEST(Server, LimitsBodiesByRoute) {
  ServerOptions options;
  options.body_rule = [](const Request& head) -> BodyRule {
    if (head.path == "/throw") throw std::runtime_error("no rule");
    return {head.path == "/small" ? 4u : 100'000u, false};
  };
  TestServer server(echo, options);
  EXPECT_EQ(server.request(post("/small", "1234")).status, 200u);
  EXPECT_EQ(server.request(post("/small", "12345")).status, 413u);
  EXPECT_EQ(server.request(post("/throw", "1")).status, 500u);
  EXPECT_EQ(server.request(post("/large", std::string(100'000, 'x'))).body.size(), 12u + 100'000u);
  // Without a length the limit is found on the way, and the answer arrives although we go on sending.
  TestClient client(server.address);
  client.send("POST /small HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n");
  client.send("20000\r\n" + std::string(0x20000, 'x'));
  EXPECT_EQ(client.read_reply().status, 413u);
}

TEST(Server, TellsClientsToContinue) {
  TestServer server(echo);
  TestClient client(server.address);
  client.send("POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n");
  EXPECT_EQ(client.read_reply().status, 100u);
  EXPECT_EQ(client.request("abc").body, "POST /a abc");
  // Refused before the body is sent.
  EXPECT_EQ(
      client.request("POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: 9999999\r\nExpect: 100-continue\r\n\r\n")
          .status,
      413u);
}

TEST(Server, ServesRangesOfASource) {
  std::atomic<int> alive = 0;
  constexpr uint64_t kSize = 300'000;
  TestServer server([&](Request& request) {
    Response response =
        stream("audio/wav", std::make_unique<CountingSource>(kSize, request.path != "/endless", alive));
    response.headers.add("ETag", "\"v1\"");
    return response;
  });
  TestClient client(server.address);
  Reply whole = client.request(get("/"));
  EXPECT_EQ(whole.status, 200u);
  EXPECT_EQ(whole.header("Accept-Ranges"), "bytes");
  EXPECT_TRUE(whole.body == expected(0, kSize));
  Reply part = client.request(get("/", "Range: bytes=100000-259999\r\n"));
  EXPECT_EQ(part.status, 206u);
  EXPECT_EQ(part.header("Content-Range"), "bytes 100000-259999/300000");
  EXPECT_TRUE(part.body == expected(100'000, 160'000));
  EXPECT_TRUE(client.request(get("/", "Range: bytes=-10\r\n")).body == expected(kSize - 10, 10));
  EXPECT_EQ(client.request(get("/", "Range: bytes=0-9\r\nIf-Range: \"v1\"\r\n")).status, 206u);
  EXPECT_EQ(client.request(get("/", "Range: bytes=0-9\r\nIf-Range: \"v0\"\r\n")).status, 200u);
  EXPECT_EQ(client.request(get("/", "Range: bytes=0-9\r\nIf-Range: W/\"v1\"\r\n")).status, 200u);
  EXPECT_EQ(client.request(get("/", "Range: bytes=0-1,5-6\r\n")).body.size(), kSize);
  Reply none = client.request(get("/", "Range: bytes=300000-\r\n"));
  EXPECT_EQ(none.status, 416u);
  EXPECT_EQ(none.header("Content-Range"), "bytes */300000");
  EXPECT_EQ(client.request(get("/", "If-None-Match: \"v1\"\r\n")).status, 304u);
  Reply head = client.request("HEAD / HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_EQ(head.status, 200u);
  EXPECT_EQ(head.header("Content-Length"), "300000");
  Reply endless = client.request(get("/endless", "Range: bytes=0-9\r\n"));
  EXPECT_EQ(endless.status, 200u);
  EXPECT_EQ(endless.header("Transfer-Encoding"), "chunked");
  EXPECT_TRUE(endless.body == expected(0, kSize));
  EXPECT_TRUE(client.request("GET /endless HTTP/1.0\r\n\r\n").body == expected(0, kSize));
  EXPECT_TRUE(eventually([&] { return alive == 0; }));
}

class FailingSource : public BodySource {
 public:
  std::optional<uint64_t> size() const override { return 100'000; }
  Result<size_t> read(uint64_t offset, ByteSpan out) override {
    if (offset > 0) return Error(ErrorCode::kIo, "the disk is gone");
    return out.size();
  }
};

TEST(Server, CutsAResponseWhoseSourceFails) {
  TestServer server([](Request&) { return stream("audio/wav", std::make_unique<FailingSource>()); });
  TestClient client(server.address);
  Reply reply = client.request(get("/"));
  EXPECT_LT(reply.body.size(), 100'000u);
  EXPECT_TRUE(client.wait_for_end());
  EXPECT_EQ(server.server.counters().bodies_cut, 1u);
}

TEST(Server, HoldsLittleForASlowClientAndLetsGoWhenItLeaves) {
  std::atomic<int> alive = 0;
  std::atomic<uint64_t> served = 0;
  TestServer server([&](Request&) {
    return stream("audio/wav", std::make_unique<CountingSource>(uint64_t{1} << 40, true, alive, &served));
  });
  TestClient client(server.address, 4096);
  client.send(get("/"));
  ASSERT_TRUE(client.receive_until("\r\n\r\n"));
  std::this_thread::sleep_for(200ms);
  EXPECT_EQ(alive, 1);
  EXPECT_LT(served, 16u << 20) << "what the system's socket buffers take, and one of ours";
  client.close();
  EXPECT_TRUE(eventually([&] { return alive == 0; }));
}

TEST(Server, EndsAClientThatDoesNotRead) {
  std::atomic<int> alive = 0;
  ServerOptions options;
  options.limits.write_time = 300ms;
  TestServer server(
      [&](Request&) {
        return stream("audio/wav", std::make_unique<CountingSource>(uint64_t{1} << 40, true, alive));
      },
      options);
  TestClient client(server.address, 4096);
  client.send(get("/"));
  ASSERT_TRUE(eventually([&] { return alive == 1; }));
  EXPECT_TRUE(eventually([&] { return alive == 0; }));
  EXPECT_EQ(server.server.counters().timeouts, 1u);
  EXPECT_EQ(server.server.counters().bodies_cut, 1u);
}

TEST(Server, EndsSlowHeadsIdleConnectionsAndSlowBodies) {
  ServerOptions options;
  options.limits.head_time = 300ms;
  options.limits.idle_time = 900ms;
  options.limits.body_grace = 300ms;
  TestServer server(echo, options);
  auto start = std::chrono::steady_clock::now();
  TestClient silent(server.address), loris(server.address), idle(server.address), slow_body(server.address);
  loris.send("GET / HTTP/1.1\r\nHost: ");
  slow_body.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 10000\r\n\r\nx");
  EXPECT_EQ(idle.request(get("/")).status, 200u);
  for (int i = 0; i < 4; ++i) {  // a byte now and then buys no time
    std::this_thread::sleep_for(100ms);
    loris.send("x");
    slow_body.send("x");
  }
  EXPECT_TRUE(silent.wait_for_end());
  EXPECT_TRUE(loris.wait_for_end());
  EXPECT_TRUE(slow_body.wait_for_end());
  EXPECT_LT(std::chrono::steady_clock::now() - start, 850ms * 4);
  EXPECT_EQ(idle.request(get("/again")).status, 200u);
  EXPECT_TRUE(idle.wait_for_end());
  EXPECT_EQ(server.server.counters().timeouts, 2u) << "idle connections are not among them";
}

TEST(Server, LimitsConnections) {
  ServerOptions options;
  options.limits.connections_per_address = 3;
  TestServer server(echo, options);
  std::vector<std::unique_ptr<TestClient>> clients;
  for (int i = 0; i < 3; ++i) {
    clients.push_back(std::make_unique<TestClient>(server.address));
    EXPECT_EQ(clients.back()->request(get("/")).status, 200u);
  }
  EXPECT_TRUE(TestClient(server.address).wait_for_end());
  EXPECT_EQ(server.server.counters().connections_refused, 1u);
  clients.pop_back();
  EXPECT_TRUE(eventually([&] { return server.server.counters().connections_open == 2; }));
  EXPECT_EQ(server.request(get("/")).status, 200u);
}

TEST(Server, RefusesWhatWouldWaitTooLong) {
  std::atomic<bool> go = false;
  std::atomic<int> running = 0;
  ServerOptions options;
  options.workers = 1;
  options.uploads = 0;
  options.limits.queued_requests = 1;
  TestServer server(
      [&](Request&) {
        ++running;
        eventually([&] { return go.load(); });
        return no_content();
      },
      options);
  TestClient runs(server.address), waits(server.address), refused(server.address);
  runs.send(get("/"));
  ASSERT_TRUE(eventually([&] { return running == 1; }));
  waits.send(get("/"));
  ASSERT_TRUE(eventually([&] { return server.server.counters().bytes_received >= 2 * get("/").size(); }));
  std::this_thread::sleep_for(50ms);
  Reply reply = refused.request(get("/"));
  EXPECT_EQ(reply.status, 503u);
  EXPECT_EQ(reply.header("Retry-After"), "1");
  EXPECT_FALSE(server.server.is_alive(50ms)) << "its one worker takes up nothing";
  go = true;
  EXPECT_TRUE(server.server.is_alive(10s));
  EXPECT_EQ(runs.read_reply().status, 204u);
  EXPECT_EQ(waits.read_reply().status, 204u);
}

TEST(Server, ServesAHundredConnectionsAtOnce) {
  TestServer server(echo);
  std::vector<std::thread> threads;
  std::atomic<int> good = 0;
  for (int t = 0; t < 100; ++t) {
    threads.emplace_back([&, t] {
      TestClient client(server.address);
      for (int i = 0; i < 20; ++i) {
        std::string name = "/" + std::to_string(t) + "/" + std::to_string(i);
        good += client.request(post(name, name)).body == "POST " + name + " " + name;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(good, 2000);
  EXPECT_EQ(server.server.counters().responses[2], 2000u);
}

TEST(Server, StopsAfterWhatRuns) {
  std::atomic<bool> running = false;
  TestServer server([&](Request&) {
    running = true;
    std::this_thread::sleep_for(300ms);
    return respond(200, "text/plain", "done");
  });
  TestClient busy(server.address), idle(server.address);
  busy.send(get("/"));
  ASSERT_TRUE(eventually([&] { return running.load(); }));
  std::thread stopper([&] { server.server.stop(5s); });
  EXPECT_TRUE(idle.wait_for_end());
  Reply reply = busy.read_reply();
  EXPECT_EQ(reply.body, "done");
  EXPECT_EQ(reply.header("Connection"), "close");
  stopper.join();
  EXPECT_FALSE(TestClient(server.address).connected());
  EXPECT_FALSE(server.server.listen(server.address).ok());
}

TEST(Server, CutsWhatOutlivesTheGrace) {
  std::atomic<int> alive = 0;
  TestServer server([&](Request&) {
    return stream("audio/wav", std::make_unique<CountingSource>(uint64_t{1} << 40, true, alive));
  });
  TestClient client(server.address, 4096);
  client.send(get("/"));
  ASSERT_TRUE(eventually([&] { return alive == 1; }));
  auto start = std::chrono::steady_clock::now();
  server.server.stop(200ms);
  EXPECT_LT(std::chrono::steady_clock::now() - start, 3s);
  EXPECT_EQ(alive, 0);
}

TEST(Server, SaysWhenAPortIsTakenAndAdoptsSockets) {
  TestServer server(echo);
  auto taken = server.server.listen(server.address);
  ASSERT_FALSE(taken.ok());
  EXPECT_EQ(taken.error().code(), ErrorCode::kBusy);
  EXPECT_NE(taken.error().message().find(server.address.text()), std::string::npos);

  auto fd = open_listening_socket({IpAddress::v4(ByteView(TestServer::kLoopback)), 0});
  ASSERT_TRUE(fd.ok());
  auto adopted = server.server.adopt(*fd);
  ASSERT_TRUE(adopted.ok());
  EXPECT_EQ(TestClient(*adopted).request(get("/second")).body, "GET /second ");
  EXPECT_FALSE(server.server.adopt(::open("/dev/null", O_RDONLY | O_CLOEXEC)).ok());
}

TEST(Server, MayBeDestroyedUnstarted) {
  Server server({}, echo);
  EXPECT_TRUE(server.listen({IpAddress::v4(ByteView(TestServer::kLoopback)), 0}).ok());
}

TEST(Server, ServesStaticFiles) {
  StaticFiles files({{"/a.js", std::string(200'000, 'a'), "packed", "text/javascript", true}});
  TestServer server([&](Request& request) { return files.answer(request).value_or(problem(404)); });
  TestClient client(server.address);
  Reply plain = client.request(get("/a.js"));
  EXPECT_EQ(plain.body.size(), 200'000u);
  EXPECT_EQ(client.request(get("/a.js", "Accept-Encoding: gzip\r\n")).body, "packed");
  Reply same = client.request(get("/a.js", "If-None-Match: " + plain.header("ETag") + "\r\n"));
  EXPECT_EQ(same.status, 304u);
  EXPECT_EQ(same.header("ETag"), plain.header("ETag"));
  EXPECT_EQ(client.request("HEAD /a.js HTTP/1.1\r\nHost: h\r\n\r\n").header("Content-Length"), "200000");
  EXPECT_EQ(client.request(get("/b.js")).status, 404u);
}

}  // namespace
