#include "db/row_visitors.h"

#include <algorithm>
#include <cmath>

#include "model/json_writer.h"

namespace ew::db {
namespace {

bool is_plain(std::string_view text) {
  return text.size() <= kTextMax && std::none_of(text.begin(), text.end(), [](char c) {
           return c == 0 || static_cast<uint8_t>(c) >= 0x80;
         });
}

}  // namespace

std::string stored_text(std::string_view text) {
  // Three bytes of U+FFFD stand for one invalid byte, so more than kTextMax bytes of input never matter. A
  // character that the first cut divides lies behind the second.
  std::string clean = to_utf8(text.substr(0, kTextMax + 4));
  if (clean.size() <= kTextMax) return clean;
  size_t end = kTextMax;
  while (end > 0 && (static_cast<uint8_t>(clean[end]) & 0xc0) == 0x80) --end;
  clean.resize(end);
  return clean;
}

double stored_number(double value) { return std::isfinite(value) ? value + 0.0 : 0.0; }

void RowBinder::field(std::string_view, const std::string& member) {
  if (is_plain(member)) {
    statement_.bind(std::string_view(member));
  } else {
    statement_.bind(std::string_view(stored_text(member)));
  }
}

void RowLine::field(std::string_view name, const std::string& member) {
  std::string quoted;
  JsonWriter(quoted).string(stored_text(member));
  add(name, quoted);
}

void RowLine::field(std::string_view name, double member) {
  std::string text;
  JsonWriter(text).number(stored_number(member));
  add(name, text);
}

}  // namespace ew::db
