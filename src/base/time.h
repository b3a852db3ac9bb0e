// Points in time and the clocks that give them. All timeouts of a call run on the time of its packets, so nothing
// below cli/ and server/ reads the machine's clock but through Clock.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace ew {

constexpr int64_t kNsPerUs = 1'000;
constexpr int64_t kNsPerMs = 1'000'000;
constexpr int64_t kNsPerSec = 1'000'000'000;

// Nanoseconds since 1970-01-01T00:00:00Z. Captures have up to this resolution; the call log keeps microseconds.
struct WallTime {
  int64_t ns = 0;

  static WallTime from_us(int64_t us) { return {us * kNsPerUs}; }
  int64_t us() const { return ns / kNsPerUs; }
  auto operator<=>(const WallTime&) const = default;
  int64_t operator-(WallTime other) const { return ns - other.ns; }  // nanoseconds
  WallTime operator+(int64_t nanoseconds) const { return {ns + nanoseconds}; }
};

// RFC 3339 UTC with microseconds: 2026-11-21T19:12:22.123456Z
std::string to_rfc3339(WallTime time);
// Accepts any RFC 3339 time (offset, 0 to 9 fraction digits, lower-case t and z). False if it is none.
bool parse_rfc3339(std::string_view text, WallTime& out);

class Clock {
 public:
  virtual ~Clock() = default;
  virtual WallTime wall() const = 0;
  virtual int64_t monotonic_ns() const = 0;
};

class SystemClock : public Clock {
 public:
  WallTime wall() const override;
  int64_t monotonic_ns() const override;
};

// Stands still until told otherwise.
class FakeClock : public Clock {
 public:
  explicit FakeClock(WallTime start = {}) : now_(start) {}
  WallTime wall() const override { return now_; }
  int64_t monotonic_ns() const override { return now_.ns; }
  void set(WallTime time) { now_ = time; }
  void advance(int64_t nanoseconds) { now_.ns += nanoseconds; }

 private:
  WallTime now_;
};

}  // namespace ew
