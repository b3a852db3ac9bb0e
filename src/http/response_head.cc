#include "http/response_head_internal.h"

#include <array>
#include <cstdio>
#include <ctime>

namespace ew::http {
namespace {

void append_clean(std::string& out, std::string_view text) {
  for (char c : text) {
    bool control = (static_cast<uint8_t>(c) < 0x20 && c != '\t') || c == 0x7f;
    out += control ? ' ' : c;
  }
}

void append_field(std::string& out, const Header& field) {
  append_clean(out, field.name);
  out += ": ";
  append_clean(out, field.value);
  out += "\r\n";
}

}  // namespace

std::string http_date(WallTime time) {
  // Not strftime, whose names of days and months follow the locale.
  constexpr std::array<const char*, 7> kDays = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  constexpr std::array<const char*, 12> kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                   "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  std::time_t seconds = static_cast<std::time_t>(time.ns / kNsPerSec);
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  char text[64];
  std::snprintf(text, sizeof text, "%s, %02d %s %04d %02d:%02d:%02d GMT",
                kDays[static_cast<size_t>(parts.tm_wday)], parts.tm_mday,
                kMonths[static_cast<size_t>(parts.tm_mon)], parts.tm_year + 1900, parts.tm_hour, parts.tm_min,
                parts.tm_sec);
  return text;
}

std::string response_head(unsigned status, const Headers& headers, const std::vector<Header>& defaults) {
  std::string head = "HTTP/1.1 " + std::to_string(status) + " " + std::string(reason_of(status)) + "\r\n";
  for (const Header& field : headers) append_field(head, field);
  for (const Header& field : defaults)
    if (!headers.has(field.name)) append_field(head, field);
  return head + "\r\n";
}

}  // namespace ew::http
