#include "http/events.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/bytes.h"
#include "base/text.h"
#include "crypto/crypto.h"

namespace ew::http {
namespace {

constexpr size_t kMaxBatch = 64 * 1024;
// Without an id: the client keeps the last one that it knows.
constexpr std::string_view kReload = "event: reload\ndata: {}\n\n";

std::string random_epoch() {
  std::array<uint8_t, 6> bytes;
  crypto::random_bytes(bytes);
  return to_hex(bytes);
}

void append_line(std::string& out, std::string_view field, std::string_view value) {
  out += field;
  for (char c : value) out += c == '\r' || c == '\n' || c == '\0' ? ' ' : c;
  out += '\n';
}

// Data of several lines becomes several data fields, which the client joins again.
std::string render(std::string_view id, const Event& event) {
  std::string out;
  append_line(out, "id: ", id);
  if (!event.type.empty()) append_line(out, "event: ", event.type);
  std::string_view rest = event.data;
  for (;;) {
    size_t end = std::min(rest.find('\n'), rest.size());
    append_line(out, "data: ", rest.substr(0, end));
    if (end == rest.size()) return out + "\n";
    rest.remove_prefix(end + 1);
  }
}

}  // namespace

EventSubscriber::EventSubscriber(std::string owner, std::function<bool(const Event&)> wants,
                                 const EventLimits& limits)
    : owner_(std::move(owner)), wants_(std::move(wants)), limits_(limits) {}

void EventSubscriber::attach(std::function<void()> wake) {
  std::lock_guard lock(mutex_);
  wake_ = std::move(wake);
  if (!queue_.empty() || ended_) wake_locked();
}

void EventSubscriber::wake_locked() const {
  if (wake_) wake_();
}

EventSubscriber::Batch EventSubscriber::take() {
  std::lock_guard lock(mutex_);
  Batch batch;
  while (!queue_.empty() && batch.bytes.size() < kMaxBatch) {
    batch.bytes += *queue_.front();
    queued_bytes_ -= queue_.front()->size();
    queue_.pop_front();
  }
  batch.ended = ended_ && queue_.empty();
  return batch;
}

void EventSubscriber::close() {
  std::lock_guard lock(mutex_);
  ended_ = true;
  wake_locked();
}

bool EventSubscriber::push(const Frame& frame) {
  std::lock_guard lock(mutex_);
  if (ended_) return true;
  bool overflow =
      queue_.size() >= limits_.queue_events || queued_bytes_ + frame->size() > limits_.queue_bytes;
  if (overflow) {
    static const Frame reload = std::make_shared<const std::string>(kReload);
    queue_.assign(1, reload);
    queued_bytes_ = reload->size();
    ended_ = true;
  } else {
    queue_.push_back(frame);
    queued_bytes_ += frame->size();
  }
  if (queue_.size() == 1) wake_locked();
  return !overflow;
}

EventHub::EventHub(const EventLimits& limits) : limits_(limits), epoch_(random_epoch()) {}

EventHub::~EventHub() {
  close_where([](std::string_view) { return true; });
}

std::string EventHub::id_of(uint64_t number) const { return epoch_ + "-" + std::to_string(number); }

void EventHub::publish(Event event) {
  std::lock_guard lock(mutex_);
  auto frame = std::make_shared<const std::string>(render(id_of(++published_), event));
  std::erase_if(subscribers_, [&](const std::weak_ptr<EventSubscriber>& weak) {
    auto subscriber = weak.lock();
    if (!subscriber) return true;
    if (subscriber->wants_ && !subscriber->wants_(event)) return false;
    bool fits = subscriber->push(frame);
    dropped_ += !fits;
    return !fits;
  });
  history_.push_back({std::move(event), std::move(frame)});
  if (history_.size() > limits_.history_events) history_.pop_front();
}

void EventHub::replay(const std::string& last_event_id, EventSubscriber& subscriber) {
  size_t dash = last_event_id.find('-');
  auto last = parse_number(std::string_view(last_event_id).substr(std::min(dash + 1, last_event_id.size())),
                           published_);
  uint64_t forgotten = published_ - history_.size();  // events 1 to this one are gone
  if (dash == std::string::npos || last_event_id.compare(0, dash, epoch_) != 0 || !last ||
      *last < forgotten) {
    subscriber.push(std::make_shared<const std::string>(kReload));
    return;
  }
  for (size_t i = *last - forgotten; i < history_.size(); ++i) {
    if (subscriber.wants_ && !subscriber.wants_(history_[i].event)) continue;
    if (!subscriber.push(history_[i].frame)) return;
  }
}

std::shared_ptr<EventSubscriber> EventHub::subscribe(Subscription subscription) {
  std::shared_ptr<EventSubscriber> subscriber(
      new EventSubscriber(std::move(subscription.owner), std::move(subscription.wants), limits_));
  std::lock_guard lock(mutex_);
  if (!subscription.last_event_id.empty()) replay(subscription.last_event_id, *subscriber);
  std::erase_if(subscribers_, [](const auto& weak) { return weak.expired(); });
  subscribers_.push_back(subscriber);
  return subscriber;
}

void EventHub::close_where(const std::function<bool(std::string_view)>& is_meant) {
  std::lock_guard lock(mutex_);
  for (const auto& weak : subscribers_)
    if (auto subscriber = weak.lock(); subscriber && is_meant(subscriber->owner_)) subscriber->close();
}

size_t EventHub::subscribers() const {
  std::lock_guard lock(mutex_);
  return static_cast<size_t>(std::count_if(subscribers_.begin(), subscribers_.end(),
                                           [](const auto& weak) { return !weak.expired(); }));
}

uint64_t EventHub::dropped() const {
  std::lock_guard lock(mutex_);
  return dropped_;
}

}  // namespace ew::http
