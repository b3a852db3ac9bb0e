#include "base/time.h"

#include <chrono>
#include <cstdio>

namespace ew {
namespace {

// Reads `count` digits at `position`; -1 where one is missing.
int digits(std::string_view text, size_t position, size_t count) {
  if (position + count > text.size()) return -1;
  int value = 0;
  for (size_t i = position; i < position + count; ++i) {
    if (text[i] < '0' || text[i] > '9') return -1;
    value = value * 10 + (text[i] - '0');
  }
  return value;
}

}  // namespace

std::string to_rfc3339(WallTime time) {
  using namespace std::chrono;
  sys_time<nanoseconds> point{nanoseconds{time.ns}};
  sys_days day = floor<days>(point);
  year_month_day date{day};
  hh_mm_ss<microseconds> clock{floor<microseconds>(point - day)};
  char text[48];
  std::snprintf(text, sizeof text, "%04d-%02u-%02uT%02d:%02d:%02d.%06dZ", static_cast<int>(date.year()),
                static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()), static_cast<int>(clock.hours().count()),
                static_cast<int>(clock.minutes().count()), static_cast<int>(clock.seconds().count()),
                static_cast<int>(clock.subseconds().count()));
  return text;
}

bool parse_rfc3339(std::string_view text, WallTime& out) {
  using namespace std::chrono;
  int y = digits(text, 0, 4), mo = digits(text, 5, 2), d = digits(text, 8, 2);
  int h = digits(text, 11, 2), mi = digits(text, 14, 2), s = digits(text, 17, 2);
  if (y < 0 || mo < 0 || d < 0 || h < 0 || mi < 0 || s < 0 || h > 23 || mi > 59 || s > 60) return false;
  if (text[4] != '-' || text[7] != '-' || (text[10] != 'T' && text[10] != 't' && text[10] != ' ') || text[13] != ':' ||
      text[16] != ':') {
    return false;
  }
  year_month_day date{year{y}, month{static_cast<unsigned>(mo)}, day{static_cast<unsigned>(d)}};
  if (!date.ok() || y < 1678 || y > 2261) return false;  // what 64 bits of nanoseconds hold
  size_t at = 19;
  int64_t fraction = 0, scale = kNsPerSec;
  if (at < text.size() && text[at] == '.') {
    size_t first = ++at;
    for (; at < text.size() && text[at] >= '0' && text[at] <= '9' && scale > 1; ++at) {
      scale /= 10;
      fraction += (text[at] - '0') * scale;
    }
    if (at == first) return false;
  }
  if (at >= text.size()) return false;
  int64_t offset_s = 0;
  if (text[at] == 'Z' || text[at] == 'z') {
    if (at + 1 != text.size()) return false;
  } else if (text[at] == '+' || text[at] == '-') {
    int oh = digits(text, at + 1, 2), om = digits(text, at + 4, 2);
    if (oh < 0 || om < 0 || oh > 23 || om > 59 || text[at + 3] != ':' || at + 6 != text.size()) return false;
    offset_s = (text[at] == '-' ? -1 : 1) * (oh * 3600 + om * 60);
  } else {
    return false;
  }
  int64_t seconds = sys_days{date}.time_since_epoch() / std::chrono::seconds{1} + h * 3600 + mi * 60 + s - offset_s;
  out.ns = seconds * kNsPerSec + fraction;
  return true;
}

WallTime SystemClock::wall() const {
  using namespace std::chrono;
  return {duration_cast<nanoseconds>(system_clock::now().time_since_epoch()).count()};
}

int64_t SystemClock::monotonic_ns() const {
  using namespace std::chrono;
  return duration_cast<nanoseconds>(steady_clock::now().time_since_epoch()).count();
}

}  // namespace ew
