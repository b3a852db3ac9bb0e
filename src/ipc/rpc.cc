#include "ipc/rpc.h"

#include <chrono>

namespace ew::ipc {
namespace {

constexpr uint8_t kAnswered = 0;  // in front of an answer; else 1 + the error's code
constexpr int64_t kAnswerTimeoutNs = 30 * kNsPerSec;

Error broken(const std::string& what) { return Error(ErrorCode::kIo, "process channel: " + what); }

// Nothing for what is no answer.
std::optional<Result<Answer>> parse_answer(Message message) {
  BodyReader reader(message.body);
  uint8_t kind = reader.u8();
  if (reader.failed() || kind > 1 + static_cast<uint8_t>(ErrorCode::kInternal)) return std::nullopt;
  if (kind != kAnswered) {
    std::string text(as_text(reader.rest()));
    return Error(static_cast<ErrorCode>(kind - 1), std::move(text));
  }
  message.body.erase(message.body.begin());
  return Answer{std::move(message.body), std::move(message.descriptors)};
}

std::chrono::nanoseconds bounded(int64_t timeout_ns) {
  constexpr int64_t kDay = 86'400 * kNsPerSec;
  return std::chrono::nanoseconds(timeout_ns < 0 || timeout_ns > kDay ? kDay : timeout_ns);
}

}  // namespace

void Client::connect(Channel channel) {
  std::lock_guard lock(mutex_);
  if (channel_) channel_->shut_down();
  channel_ = std::make_shared<Channel>(std::move(channel));
  changed_.notify_all();
}

void Client::disconnect() {
  std::lock_guard lock(mutex_);
  if (channel_) channel_->shut_down();
  channel_.reset();
}

bool Client::is_connected() const {
  std::lock_guard lock(mutex_);
  return channel_ != nullptr;
}

bool Client::wait_connected(int64_t timeout_ns) const {
  std::unique_lock lock(mutex_);
  changed_.wait_for(lock, bounded(timeout_ns), [this] { return channel_ || is_stopped_; });
  return channel_ && !is_stopped_;
}

void Client::stop() {
  std::lock_guard lock(mutex_);
  is_stopped_ = true;
  if (channel_) channel_->shut_down();
  changed_.notify_all();
}

Result<Message> Client::exchange(Channel& channel, Method method, ByteView arguments,
                                 std::span<const int> descriptors) {
  Bytes question;
  question.reserve(arguments.size() + 1);
  question.push_back(method);
  question.insert(question.end(), arguments.begin(), arguments.end());
  TRY(channel.send(question, descriptors, timeout_ns_));
  return channel.receive(timeout_ns_);
}

std::optional<Result<Answer>> Client::ask_once(Method method, ByteView arguments,
                                               std::span<const int> descriptors) {
  std::lock_guard asking(asking_);
  std::shared_ptr<Channel> channel;
  {
    std::lock_guard lock(mutex_);
    channel = channel_;
  }
  if (!channel) return std::nullopt;
  auto message = exchange(*channel, method, arguments, descriptors);
  if (message.ok())
    if (auto answer = parse_answer(std::move(*message))) return answer;
  // An answer that comes late must not be taken for that to the next question.
  channel->shut_down();
  std::lock_guard lock(mutex_);
  if (channel_ == channel) channel_.reset();
  return std::nullopt;
}

Result<Answer> Client::ask(Method method, ByteView arguments, std::span<const int> descriptors) {
  if (auto answer = ask_once(method, arguments, descriptors)) return std::move(*answer);
  return broken("the other process is not there");
}

Result<Answer> Client::ask_patiently(Method method, ByteView arguments) {
  for (;;) {
    if (auto answer = ask_once(method, arguments, {})) return std::move(*answer);
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return channel_ || is_stopped_; });
    if (is_stopped_) return broken("stopped while the other process was not there");
  }
}

Status serve_one(Channel& channel, Service& service, int64_t timeout_ns) {
  Message question = TRY(channel.receive(timeout_ns));
  BodyReader reader(question.body);
  Method method = reader.u8();
  auto answer = reader.failed() ? Result<Answer>(broken("an empty question"))
                                : service.answer(method, reader, question.descriptors);
  Bytes body;
  std::vector<int> descriptors;
  if (answer.ok()) {
    body.reserve(answer->body.size() + 1);
    body.push_back(kAnswered);
    body.insert(body.end(), answer->body.begin(), answer->body.end());
    for (const Descriptor& descriptor : answer->descriptors) descriptors.push_back(descriptor.get());
  } else {
    body.push_back(static_cast<uint8_t>(1 + static_cast<uint8_t>(answer.error().code())));
    ByteWriter(body).raw(answer.error().message());
  }
  return channel.send(body, descriptors, kAnswerTimeoutNs);
}

Status serve(Channel& channel, Service& service) {
  for (;;) {
    Status status = serve_one(channel, service, kForEver);
    if (status.ok()) continue;
    if (status.error().code() == ErrorCode::kNotFound) return {};
    return status;
  }
}

}  // namespace ew::ipc
