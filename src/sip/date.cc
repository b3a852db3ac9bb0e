#include <array>
#include <charconv>
#include <chrono>

#include "base/text.h"
#include "sip/message.h"
#include "sip/syntax.h"

namespace ew::sip {
namespace {

constexpr std::array<std::string_view, 12> kMonths = {"jan", "feb", "mar", "apr", "may", "jun",
                                                      "jul", "aug", "sep", "oct", "nov", "dec"};

// Takes digits and what separates them from what follows off the front; -1 where it is something else.
int take_number(std::string_view& text, size_t most_digits, char separator) {
  size_t digits = 0;
  int value = 0;
  while (digits < text.size() && text[digits] >= '0' && text[digits] <= '9') ++digits;
  if (digits == 0 || digits > most_digits) return -1;
  std::from_chars(text.data(), text.data() + digits, value);
  if (digits == text.size() || text[digits] != separator) return -1;
  text.remove_prefix(digits + 1);
  return value;
}

}  // namespace

std::optional<WallTime> parse_date(std::string_view value) {
  using namespace std::chrono;
  std::string_view text = trimmed(value);
  // The day of the week says nothing that the date does not.
  if (const size_t comma = text.find(','); comma != kNone) text = trimmed(text.substr(comma + 1));
  const int d = take_number(text, 2, ' ');
  if (d < 0 || text.size() < 4 || text[3] != ' ') return std::nullopt;
  const std::string name = to_lower(text.substr(0, 3));
  unsigned m = 0;
  while (m < kMonths.size() && kMonths[m] != name) ++m;
  text.remove_prefix(4);
  const int y = take_number(text, 4, ' ');
  const int h = take_number(text, 2, ':'), min = take_number(text, 2, ':'), s = take_number(text, 2, ' ');
  const std::string zone = to_lower(trimmed(text));
  if (m == kMonths.size() || h < 0 || h > 23 || min < 0 || min > 59 || s < 0 || s > 60) return std::nullopt;
  if (zone != "gmt" && zone != "utc") return std::nullopt;
  if (y < 1678 || y > 2261) return std::nullopt;  // what 64 bits of nanoseconds hold
  const year_month_day date{year{y}, month{m + 1}, day{static_cast<unsigned>(d)}};
  if (!date.ok()) return std::nullopt;
  const int64_t seconds =
      sys_days{date}.time_since_epoch() / std::chrono::seconds{1} + h * 3600 + min * 60 + s;
  return WallTime{seconds * kNsPerSec};
}

}  // namespace ew::sip
