#include "http/events.h"

#include <gtest/gtest.h>

#include "http/message.h"
#include "http/test_client_internal.h"

using namespace ew;
using namespace ew::http;
using namespace std::chrono_literals;

namespace {

std::string last_id(const std::string& text) {
  size_t at = text.rfind("id: ");
  return at == text.npos ? "" : text.substr(at + 4, text.find('\n', at) - at - 4);
}

TEST(EventHub, QueuesReplaysAndFilters) {
  EventHub hub(EventLimits{100, 100'000, 3});
  auto first = hub.subscribe({"a", [](const Event& event) { return event.scope == "mine"; }, ""});
  hub.publish({"call", "1\nline\r2", "mine"});
  hub.publish({"call", "2", "other"});
  std::string bytes = first->take().bytes;
  EXPECT_NE(bytes.find("event: call\ndata: 1\ndata: line 2\n\n"), std::string::npos) << bytes;
  EXPECT_EQ(bytes.find("data: 2"), std::string::npos);

  auto again = hub.subscribe({"b", nullptr, last_id(bytes)});
  bytes = again->take().bytes;
  EXPECT_NE(bytes.find("data: 2\n"), std::string::npos);
  EXPECT_EQ(bytes.find("data: 1"), std::string::npos) << "it had that one";
  std::string old = last_id(bytes);
  for (int i = 0; i < 4; ++i) hub.publish({"x", "later", ""});
  for (const std::string& unknown : {old, std::string("nonsense"), "0123456789ab-1" + old.substr(13),
                                     last_id(bytes) + "0", std::string("-")})
    EXPECT_EQ(hub.subscribe({"c", nullptr, unknown})->take().bytes, "event: reload\ndata: {}\n\n") << unknown;
}

TEST(EventHub, DropsTheSlow) {
  EventHub hub(EventLimits{3, 100'000, 10});
  auto slow = hub.subscribe({"a", nullptr, ""});
  for (int i = 0; i < 5; ++i) hub.publish({"x", "y", ""});
  EventSubscriber::Batch batch = slow->take();
  EXPECT_EQ(batch.bytes, "event: reload\ndata: {}\n\n");
  EXPECT_TRUE(batch.ended);
  EXPECT_EQ(hub.dropped(), 1u);
  EXPECT_EQ(hub.subscribers(), 0u);
}

struct EventServer {
  explicit EventServer(ServerOptions options = {})
      : server(
            [this](Request& request) {
              return events(
                  hub.subscribe({request.path, nullptr, std::string(request.headers.get("Last-Event-ID"))}));
            },
            std::move(options)) {}
  EventHub hub;
  TestServer server;
};

TEST(Events, ReachTheClientAndItsLeavingIsSeen) {
  EventServer events;
  std::string id;
  {
    TestClient client(events.server.address);
    client.send(get("/session"));
    ASSERT_TRUE(client.receive_until("retry: "));
    EXPECT_NE(client.input().find("Content-Type: text/event-stream\r\n"), std::string::npos);
    for (int i = 0; i < 100; ++i) events.hub.publish({"call", std::to_string(i), ""});
    ASSERT_TRUE(client.receive_until("data: 99\n\n"));
    id = last_id(client.input());
    EXPECT_EQ(events.server.server.counters().event_streams_open, 1u);
  }
  EXPECT_TRUE(eventually([&] { return events.hub.subscribers() == 0; })) << "without anything published";
  EXPECT_TRUE(eventually([&] { return events.server.server.counters().connections_open == 0; }));
  events.hub.publish({"call", "missed", ""});
  TestClient again(events.server.address);
  again.send(get("/session", "Last-Event-ID: " + id + "\r\n"));
  EXPECT_TRUE(again.receive_until("data: missed\n\n"));
  EXPECT_EQ(again.input().find("data: 99"), std::string::npos);
}

TEST(Events, HaveAHeartbeatAndCanBeEnded) {
  ServerOptions options;
  options.limits.event_heartbeat = 100ms;
  EventServer events(options);
  TestClient one(events.server.address), other(events.server.address);
  one.send(get("/one"));
  other.send(get("/other"));
  EXPECT_TRUE(one.receive_until("\n:\n\n:\n\n"));
  ASSERT_TRUE(other.receive_until(":\n\n"));
  events.hub.close_where([](std::string_view owner) { return owner == "/one"; });
  EXPECT_TRUE(one.wait_for_end());
  other.input().clear();
  EXPECT_TRUE(other.receive_until(":\n\n"));
}

TEST(Events, ComeFromManyThreads) {
  EventServer events;
  TestClient client(events.server.address);
  client.send(get("/"));
  ASSERT_TRUE(client.receive_until("retry: "));
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&] {
      for (int i = 0; i < 50; ++i) events.hub.publish({"call", "x", ""});
    });
  for (std::thread& thread : threads) thread.join();
  events.hub.publish({"call", "last", ""});
  ASSERT_TRUE(client.receive_until("data: last\n\n"));
  size_t count = 0;
  for (size_t at = 0; (at = client.input().find("data: x\n", at)) != std::string::npos; ++at) ++count;
  EXPECT_EQ(count, 200u);
}

TEST(Events, EndWhenTheServerStops) {
  EventServer events;
  TestClient client(events.server.address);
  client.send(get("/"));
  ASSERT_TRUE(client.receive_until("retry: "));
  auto start = std::chrono::steady_clock::now();
  events.server.server.stop(10s);
  EXPECT_LT(std::chrono::steady_clock::now() - start, 5s);
  EXPECT_TRUE(client.wait_for_end());
  events.hub.publish({"call", "to nobody", ""});
}

}  // namespace
