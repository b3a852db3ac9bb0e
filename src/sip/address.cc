#include "base/text.h"

#include <algorithm>

#include "sip/message.h"
#include "sip/syntax.h"

namespace ew::sip {
namespace {

// A display name as a person reads it: without quotes, escapes and folds.
std::string readable(std::string_view display_name) {
  std::string text = unfolded(display_name);
  bool quoted = text.size() >= 2 && text.front() == '"' && closing_quote(text, 0) == text.size() - 1;
  if (!quoted) return text;
  std::string result;
  for (size_t i = 1; i + 1 < text.size(); ++i) {
    if (text[i] == '\\') ++i;
    result += text[i];
  }
  return result;
}

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

}  // namespace

std::optional<NameAddress> parse_name_address(std::string_view value) {
  auto parts = split_address(trimmed(value));
  if (!parts) return std::nullopt;
  return NameAddress{readable(parts->display_name), parts->uri, parts->parameters};
}

// The first of two parameters of the same name counts.
std::optional<std::string_view> parameter(std::string_view parameters, std::string_view name) {
  size_t position = 0;
  while (position < parameters.size()) {
    size_t end = std::min(parameters.find_first_of(";=\"", position), parameters.size());
    std::string_view found = trimmed(parameters.substr(position, end - position));
    std::string_view value;
    if (end < parameters.size() && parameters[end] == '=') {
      size_t begin = end + 1;
      while (begin < parameters.size() && is_space(parameters[begin])) ++begin;
      size_t close =
          begin < parameters.size() && parameters[begin] == '"' ? closing_quote(parameters, begin) : kNone;
      end = std::min(parameters.find(';', close == kNone ? begin : close), parameters.size());
      value = close == kNone ? trimmed(parameters.substr(begin, end - begin))
                             : parameters.substr(begin + 1, close - begin - 1);
    } else if (end < parameters.size() && parameters[end] == '"') {
      // A quoted string where a name belongs: nobody's parameter.
      size_t close = closing_quote(parameters, end);
      end = close == kNone ? parameters.size() : std::min(parameters.find(';', close), parameters.size());
      found = {};
    }
    if (equals_ignore_case(found, name)) return value;
    position = end + 1;
  }
  return std::nullopt;
}

std::string percent_decoded(std::string_view text) {
  std::string result;
  result.reserve(text.size());
  for (size_t i = 0; i < text.size(); ++i) {
    int high = text[i] == '%' && i + 2 < text.size() ? hex_value(text[i + 1]) : -1;
    int low = high >= 0 ? hex_value(text[i + 2]) : -1;
    if (low < 0) {
      result += text[i];
    } else {
      result += static_cast<char>(high << 4 | low);
      i += 2;
    }
  }
  return result;
}

std::optional<Replaces> parse_replaces(std::string_view value) {
  // The header always has a semicolon, as both tags are mandatory; without one it stands encoded in a
  // Refer-To URI.
  if (value.find(';') == kNone && value.find('%') != kNone) {
    std::string decoded = percent_decoded(value);
    return decoded.find(';') == kNone ? std::nullopt : parse_replaces(decoded);
  }
  size_t semicolon = value.find(';');
  if (semicolon == kNone) return std::nullopt;
  std::string_view call_id = trimmed(value.substr(0, semicolon)), parameters = value.substr(semicolon);
  auto to_tag = parameter(parameters, "to-tag"), from_tag = parameter(parameters, "from-tag");
  if (call_id.empty() || !to_tag || !from_tag) return std::nullopt;
  return Replaces{std::string(call_id), std::string(*to_tag), std::string(*from_tag),
                  parameter(parameters, "early-only").has_value()};
}

}  // namespace ew::sip
