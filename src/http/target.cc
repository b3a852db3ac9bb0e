#include <algorithm>
#include <optional>

#include "base/text.h"
#include "http/target_internal.h"

namespace ew::http {
namespace {

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

enum class Part { kPath, kQuery };

std::optional<std::string> percent_decoded(std::string_view text, Part part) {
  std::string result;
  result.reserve(text.size());
  for (size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    if (c == '%') {
      if (text.size() - i < 3) return std::nullopt;
      int high = hex_value(text[i + 1]), low = hex_value(text[i + 2]);
      if (high < 0 || low < 0) return std::nullopt;
      c = static_cast<char>(high << 4 | low);
      // An encoded slash would be a name to a proxy in front of us and a separator to us.
      if (part == Part::kPath && c == '/') return std::nullopt;
      i += 2;
    } else if (part == Part::kQuery && c == '+') {
      c = ' ';
    }
    bool control = static_cast<uint8_t>(c) < 0x20 || c == 0x7f;
    if (c == '\0' || (part == Part::kPath && control)) return std::nullopt;
    result += c;
  }
  return result;
}

bool has_dot_segment(std::string_view path) {
  while (!path.empty()) {
    size_t end = std::min(path.find('/'), path.size());
    std::string_view segment = path.substr(0, end);
    if (segment == "." || segment == "..") return true;
    path.remove_prefix(std::min(end + 1, path.size()));
  }
  return false;
}

bool parse_query(std::string_view text, Query& query) {
  while (!text.empty()) {
    size_t end = std::min(text.find('&'), text.size());
    std::string_view pair = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (pair.empty()) continue;
    size_t equals = std::min(pair.find('='), pair.size());
    auto name = percent_decoded(pair.substr(0, equals), Part::kQuery);
    auto value = percent_decoded(pair.substr(std::min(equals + 1, pair.size())), Part::kQuery);
    if (!name || !value || query.size() == kMaxParameters) return false;
    query.add(*std::move(name), *std::move(value));
  }
  return true;
}

}  // namespace

bool parse_target(Method method, std::string_view target, std::string& path, Query& query) {
  if (target == "*") {
    path = "*";
    return method == Method::kOptions;
  }
  for (std::string_view scheme : {"http://", "https://"}) {
    if (!starts_with_ignore_case(target, scheme)) continue;
    target.remove_prefix(scheme.size());
    target.remove_prefix(std::min(target.find_first_of("/?"), target.size()));
    break;
  }
  if (target.find('#') != target.npos) return false;
  size_t question = std::min(target.find('?'), target.size());
  auto decoded = percent_decoded(target.substr(0, question), Part::kPath);
  if (!decoded || decoded->empty() || decoded->front() != '/' || has_dot_segment(*decoded)) return false;
  path = *std::move(decoded);
  return parse_query(target.substr(std::min(question + 1, target.size())), query);
}

}  // namespace ew::http
