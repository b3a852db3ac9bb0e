// One side asks, the other answers, strictly in turn over one channel.
#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <span>

#include "base/time.h"
#include "ipc/body.h"
#include "ipc/channel.h"

namespace ew::ipc {

using Method = uint8_t;

struct Answer {
  Bytes body;
  std::vector<Descriptor> descriptors;
};

// The side that asks. Its channel may be taken away and replaced (the other process was restarted). Any
// thread; questions of several threads are asked one after the other.
class Client {
 public:
  explicit Client(int64_t timeout_ns = 30 * kNsPerSec) : timeout_ns_(timeout_ns) {}

  // Ends a question that waits in the channel before with an error.
  void connect(Channel channel);
  void disconnect();
  bool is_connected() const;
  // False when there was no connection within the time, or stop() was called.
  bool wait_connected(int64_t timeout_ns) const;
  // Whoever waits for a connection, now and later, is let go.
  void stop();

  // What the service answered, also if that is an error. Any other trouble is kIo and ends the connection.
  Result<Answer> ask(Method method, ByteView arguments, std::span<const int> descriptors = {});
  // The same, but repeated on the next connection for as long as there is none: for questions that may be
  // asked twice. Ends only with an answer or by stop().
  Result<Answer> ask_patiently(Method method, ByteView arguments);

 private:
  // Nothing where the connection failed before there was an answer.
  std::optional<Result<Answer>> ask_once(Method method, ByteView arguments, std::span<const int> descriptors);
  Result<Message> exchange(Channel& channel, Method method, ByteView arguments,
                           std::span<const int> descriptors);

  const int64_t timeout_ns_;
  std::mutex asking_;         // held while a question is asked
  mutable std::mutex mutex_;  // guards the rest
  mutable std::condition_variable changed_;
  std::shared_ptr<Channel> channel_;
  bool is_stopped_ = false;
};

class Service {
 public:
  virtual ~Service() = default;
  // An error is sent back with its code and message.
  virtual Result<Answer> answer(Method method, BodyReader& arguments,
                                std::vector<Descriptor>& descriptors) = 0;
};

// Answers until the other side closes the channel (then the result is good) or breaks the rules.
Status serve(Channel& channel, Service& service);
// One question of a channel that has something to read, for a loop of the caller's own.
Status serve_one(Channel& channel, Service& service, int64_t timeout_ns);

}  // namespace ew::ipc
