// Live events by SSE (the "Server-sent events" chapter of the HTML standard). A hub takes events from any
// thread and hands them to its subscribers; a handler answers with `events(hub.subscribe(...))`, and the
// server sends what arrives.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace ew::http {

struct Event {
  std::string type;   // "call.updated"
  std::string data;   // usually JSON
  std::string scope;  // not sent: what a subscriber's filter may go by, such as a tenant
};

struct EventLimits {
  size_t queue_events = 256;  // per subscriber; who is slower is told to reload, and dropped
  size_t queue_bytes = 512 * 1024;
  size_t history_events = 1024;  // kept for those who come back with Last-Event-ID
};

// One connection's queue. The hub fills it, the server empties it.
class EventSubscriber {
 public:
  struct Batch {
    std::string bytes;
    bool ended = false;  // nothing follows
  };
  // `wake` is called, from any thread, when an empty queue gets something or the end is reached. An empty
  // function detaches; after attach() has returned, the former one is not called any more.
  void attach(std::function<void()> wake);
  Batch take();
  void close();  // the connection ends when the queue is sent

 private:
  friend class EventHub;
  using Frame = std::shared_ptr<const std::string>;
  EventSubscriber(std::string owner, std::function<bool(const Event&)> wants, const EventLimits& limits);
  bool push(const Frame& frame);  // false: overflow
  void wake_locked() const;

  const std::string owner_;
  const std::function<bool(const Event&)> wants_;
  const EventLimits& limits_;
  std::mutex mutex_;
  std::deque<Frame> queue_;
  size_t queued_bytes_ = 0;
  bool ended_ = false;
  std::function<void()> wake_;
};

struct Subscription {
  std::string owner;                        // whom close_where() asks about: a session
  std::function<bool(const Event&)> wants;  // called under the hub's lock: quick, and without calling the hub
  std::string last_event_id;                // the header of that name; empty: only what comes from now on
};

// Outlives its subscribers' connections. Any thread.
class EventHub {
 public:
  explicit EventHub(const EventLimits& limits = {});
  ~EventHub();

  void publish(Event event);
  // Replays what the client missed. Where that is not known any more, its first event is "reload".
  std::shared_ptr<EventSubscriber> subscribe(Subscription subscription);
  // Ends the connections of those owners for which it is true: a session that was revoked.
  void close_where(const std::function<bool(std::string_view owner)>& is_meant);

  size_t subscribers() const;
  uint64_t dropped() const;  // subscribers that were too slow

 private:
  struct Past {
    Event event;
    EventSubscriber::Frame frame;
  };
  std::string id_of(uint64_t number) const;
  void replay(const std::string& last_event_id, EventSubscriber& subscriber);

  const EventLimits limits_;
  const std::string epoch_;  // of this hub: ids of another run mean nothing here
  mutable std::mutex mutex_;
  std::vector<std::weak_ptr<EventSubscriber>> subscribers_;
  std::deque<Past> history_;
  uint64_t published_ = 0;
  uint64_t dropped_ = 0;
};

}  // namespace ew::http
