#include "sipua/timers.h"

namespace ew::sipua {

Timers::Key Timers::add(int64_t due_ns, Action action) {
  Key key{due_ns, ++next_};
  pending_.emplace(key, std::move(action));
  return key;
}

void Timers::run_due() {
  // A timer that an action starts has a number above this one: the loop ends also with timers of no time.
  const Key end{now_ns(), next_};
  while (!pending_.empty()) {
    auto first = pending_.begin();
    if (first->first.first > end.first || first->first.second > end.second) return;
    Action action = std::move(first->second);
    pending_.erase(first);
    action();
  }
}

void Timer::start(int64_t in_ns, Timers::Action action) {
  stop();
  key_ = timers_.add(timers_.now_ns() + in_ns, [this, action = std::move(action)] {
    key_ = {0, 0};
    // The action may end this timer's owner, and this lambda with it is not: run_due() holds it.
    action();
  });
}

void Timer::stop() {
  if (!is_running()) return;
  timers_.pending_.erase(key_);
  key_ = {0, 0};
}

}  // namespace ew::sipua
