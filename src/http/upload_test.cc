#include <gtest/gtest.h>

#include <atomic>

#include "http/test_client_internal.h"

using namespace ew;
using namespace ew::http;
using namespace std::chrono_literals;

namespace {

ServerOptions streamed(uint64_t max_bytes) {
  ServerOptions options;
  options.body_rule = [max_bytes](const Request&) { return BodyRule{max_bytes, true}; };
  return options;
}

// Reads the whole body and says what came of it.
Response count_body(Request& request) {
  if (!request.body_reader) return respond(200, "text/plain", "no body");
  Bytes buffer(10'000);
  uint64_t total = 0, sum = 0;
  for (;;) {
    auto count = request.body_reader->read(buffer);
    if (!count)
      return problem(count.error().code() == ErrorCode::kLimit ? 413 : 400, count.error().message());
    if (*count == 0) return respond(200, "text/plain", std::to_string(total) + " " + std::to_string(sum));
    total += *count;
    for (size_t i = 0; i < *count; ++i) sum += buffer[i];
  }
}

TEST(Upload, IsReadWhileItArrives) {
  TestServer server(count_body, streamed(10'000'000));
  TestClient client(server.address);
  std::string body(3'000'000, '\1');
  client.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 3000000\r\n\r\n");
  EXPECT_EQ(client.request(body).body, "3000000 3000000");
  client.send("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n");
  for (int i = 0; i < 100; ++i) client.send("2710\r\n" + std::string(10'000, '\2') + "\r\n");
  EXPECT_EQ(client.request("0\r\n\r\n").body, "1000000 2000000");
  EXPECT_EQ(client.request(get("/")).body, "no body") << "the connection goes on";
}

TEST(Upload, EndsAtItsLimitAndWhenBroken) {
  TestServer server(count_body, streamed(1000));
  EXPECT_EQ(server.request("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1001\r\n\r\n").status, 413u);
  const std::string chunked = "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n";
  EXPECT_EQ(server.request(chunked + "3e9\r\n" + std::string(1001, 'x') + "\r\n0\r\n\r\n").status, 413u);
  EXPECT_EQ(server.request(chunked + "nonsense\r\n").status, 400u);
  EXPECT_EQ(server.request(chunked + std::string(40'000, '1')).status, 400u)
      << "a chunk header without an end";
}

TEST(Upload, IsHeldBackByItsReader) {
  std::atomic<bool> go = false;
  TestServer server(
      [&](Request& request) {
        eventually([&] { return go.load(); });
        return count_body(request);
      },
      streamed(100'000'000));
  TestClient client(server.address);
  client.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 50000000\r\n\r\n");
  std::thread sender([&] { client.send(std::string(50'000'000, '\1')); });
  std::this_thread::sleep_for(300ms);
  EXPECT_LT(server.server.counters().bytes_received, 1'000'000u);
  go = true;
  sender.join();
  EXPECT_EQ(client.read_reply().body, "50000000 50000000");
}

TEST(Upload, MayBeAnsweredBeforeItsEnd) {
  TestServer server([](Request&) { return problem(403); }, streamed(1'000'000));
  TestClient client(server.address);
  Reply reply = client.request("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1000000\r\n\r\nbegin");
  EXPECT_EQ(reply.status, 403u);
  EXPECT_EQ(reply.header("Connection"), "close");
}

TEST(Upload, TellsItsReaderThatTheClientLeft) {
  std::atomic<int> outcome = -1;
  auto handler = [&](Request& request) {
    Bytes buffer(100);
    auto count = request.body_reader->read(buffer);
    while (count && *count > 0) count = request.body_reader->read(buffer);
    outcome = count ? 0 : static_cast<int>(count.error().code());
    return no_content();
  };
  ServerOptions options = streamed(1000);
  options.limits.body_grace = 300ms;
  TestServer server(handler, options);
  {
    TestClient client(server.address);
    client.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1000\r\n\r\nbegin");
    ASSERT_TRUE(eventually([&] { return server.server.counters().bytes_received > 50; }));
  }
  EXPECT_TRUE(eventually([&] { return outcome == static_cast<int>(ErrorCode::kTruncated); }));
  outcome = -1;
  TestClient slow(server.address);
  slow.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1000\r\n\r\nbegin");
  EXPECT_TRUE(eventually([&] { return outcome == static_cast<int>(ErrorCode::kTruncated); }));
}

TEST(Upload, NeverTakesTheWorkersOfOthers) {
  ServerOptions options = streamed(1000);
  options.workers = 1;
  options.uploads = 2;
  TestServer server(count_body, options);
  TestClient one(server.address), two(server.address), three(server.address);
  const std::string head = "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\n";
  one.send(head);
  two.send(head);
  ASSERT_TRUE(eventually([&] { return server.server.counters().bytes_received >= 2 * head.size(); }));
  EXPECT_EQ(three.request(head).status, 503u);
  EXPECT_EQ(server.request(get("/")).body, "no body");
  EXPECT_EQ(one.request("abc").status, 200u);
  EXPECT_EQ(two.request("abc").status, 200u);
}

}  // namespace
