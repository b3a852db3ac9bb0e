// Timers on a clock that tests can set: nothing happens but in run_due(). One thread.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <utility>

#include "base/time.h"

namespace ew::sipua {

class Timers {
 public:
  using Action = std::function<void()>;
  using Key = std::pair<int64_t, uint64_t>;  // when, and a number that makes it unique

  explicit Timers(const Clock& clock) : clock_(clock) {}
  Timers(const Timers&) = delete;
  Timers& operator=(const Timers&) = delete;

  int64_t now_ns() const { return clock_.monotonic_ns(); }
  // In order of time. Actions may start and stop any timer; what they start is run at the earliest by the
  // next call.
  void run_due();
  size_t size() const { return pending_.size(); }

 private:
  friend class Timer;
  Key add(int64_t due_ns, Action action);

  const Clock& clock_;
  uint64_t next_ = 0;
  std::map<Key, Action> pending_;
};

// One timer of somebody's: stopped when it goes away.
class Timer {
 public:
  explicit Timer(Timers& timers) : timers_(timers) {}
  ~Timer() { stop(); }
  Timer(const Timer&) = delete;
  Timer& operator=(const Timer&) = delete;

  void start(int64_t in_ns, Timers::Action action);  // one that runs is replaced
  void stop();
  bool is_running() const { return key_.second != 0; }

 private:
  Timers& timers_;
  Timers::Key key_{0, 0};
};

}  // namespace ew::sipua
