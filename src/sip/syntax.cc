#include "sip/syntax.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "base/text.h"
#include "sip/header_name.h"

namespace ew::sip {
namespace {

constexpr auto kTokenChars = [] {
  std::array<bool, 256> allowed{};
  for (int c = '0'; c <= '9'; ++c) allowed[c] = true;
  for (int c = 'A'; c <= 'Z'; ++c) allowed[c] = allowed[c + 32] = true;
  for (char c : std::string_view("-.!%*_+`'~")) allowed[static_cast<uint8_t>(c)] = true;
  return allowed;
}();

size_t find_from(std::string_view text, char c, size_t from) {
  if (from >= text.size()) return kNone;
  const void* found = std::memchr(text.data() + from, c, text.size() - from);
  return found ? static_cast<size_t>(static_cast<const char*>(found) - text.data()) : kNone;
}

// "SIP/2.0" without regard to case (RFC 3261 section 7.1).
ParseError check_version(std::string_view version) {
  if (version == "SIP/2.0") return ParseError::kNone;
  if (!starts_with_ignore_case(version, "SIP/")) return ParseError::kNotSip;
  std::string_view number = version.substr(4);
  size_t dot = number.find('.');
  if (dot == kNone || !all_digits(number.substr(0, dot)) || !all_digits(number.substr(dot + 1)))
    return ParseError::kStartLine;
  return number == "2.0" ? ParseError::kNone : ParseError::kVersion;
}

ParseError read_status_line(std::string_view line, StartLine& out) {
  size_t space = line.find(' ');
  if (ParseError error = check_version(line.substr(0, space)); error != ParseError::kNone) return error;
  if (space == kNone) return ParseError::kStartLine;
  std::string_view rest = trimmed(line.substr(space));
  std::string_view code = rest.substr(0, rest.find(' '));
  auto status = parse_number(code, 699);
  if (!status || code.size() != 3 || *status < 100) return ParseError::kStartLine;
  out.status = static_cast<int>(*status);
  out.reason = trimmed(rest.substr(code.size()));
  return ParseError::kNone;
}

bool has_telephony_scheme(std::string_view uri) {
  return starts_with_ignore_case(uri, "sip:") || starts_with_ignore_case(uri, "sips:") ||
         starts_with_ignore_case(uri, "tel:");
}

// RFC 3261 section 7.1 wants single spaces, none within the URI and no <> around it. Senders that err there
// have calls all the same; method and version stand at the two ends, so what lies between has one reading
// only.
ParseError read_request_line(std::string_view line, StartLine& out) {
  size_t space = line.find_first_of(" \t");
  if (space == kNone || !is_token(line.substr(0, space))) return ParseError::kNotSip;
  out.method_name = line.substr(0, space);
  std::string_view rest = trimmed(line.substr(space));
  size_t last_space = rest.find_last_of(" \t");
  size_t version_at = last_space == kNone ? 0 : last_space + 1;
  ParseError version = check_version(rest.substr(version_at));
  if (version == ParseError::kNotSip)
    return has_telephony_scheme(rest) ? ParseError::kStartLine : ParseError::kNotSip;
  out.request_uri = trimmed(rest.substr(0, version_at));
  if (out.request_uri.size() >= 2 && out.request_uri.front() == '<' && out.request_uri.back() == '>')
    out.request_uri = trimmed(out.request_uri.substr(1, out.request_uri.size() - 2));
  if (version != ParseError::kNone) return version;
  return out.request_uri.empty() ? ParseError::kStartLine : ParseError::kNone;
}

}  // namespace

bool all_digits(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

bool is_token(std::string_view text) {
  for (char c : text)
    if (!kTokenChars[static_cast<uint8_t>(c)]) return false;
  return !text.empty();
}

size_t leading_line_breaks(std::string_view text) {
  size_t count = 0;
  while (count < text.size() && (text[count] == '\r' || text[count] == '\n')) ++count;
  return count;
}

ParseError read_start_line(std::string_view text, StartLine& out) {
  if (text.empty() || !kTokenChars[static_cast<uint8_t>(text[0])]) return ParseError::kNotSip;
  size_t end = find_from(text.substr(0, kMaxLine + 1), '\n', 0);
  bool too_long = end == kNone && text.size() > kMaxLine;
  out.length = end == kNone ? text.size() : end + 1;
  std::string_view line = text.substr(0, std::min(end, kMaxLine));
  if (too_long) {
    size_t space = line.find(' ');
    bool sip = starts_with_ignore_case(line, "SIP/") ||
               (space != kNone && has_telephony_scheme(trimmed(line.substr(space))));
    return sip ? ParseError::kTooLong : ParseError::kNotSip;
  }
  line = trimmed(line);
  return starts_with_ignore_case(line, "SIP/") ? read_status_line(line, out) : read_request_line(line, out);
}

FieldReader::Step FieldReader::take_line() {
  std::string_view rest = text_.substr(position_);
  size_t end = find_from(rest, '\n', 0);
  if (end == kNone) return rest.size() > kMaxLine ? Step::kTooLong : Step::kOutOfBytes;
  if (end > kMaxLine) return Step::kTooLong;
  position_ += end + 1;
  return Step::kField;
}

FieldReader::Step FieldReader::next(HeaderField& field) {
  size_t start = position_;
  if (Step step = take_line(); step != Step::kField) return step;
  size_t length = position_ - start;
  if (length == 1 || (length == 2 && text_[start] == '\r')) return Step::kEnd;
  while (position_ < text_.size() && (text_[position_] == ' ' || text_[position_] == '\t'))
    if (Step step = take_line(); step != Step::kField) return step;

  std::string_view line = text_.substr(start, position_ - start);
  size_t colon = find_from(line, ':', 0);
  if (colon == kNone) return Step::kBad;
  std::string_view name = line.substr(0, colon);
  while (!name.empty() && (name.back() == ' ' || name.back() == '\t')) name.remove_suffix(1);
  field.header = header_named(name);
  if (field.header == Header::kOther && !is_token(name)) return Step::kBad;
  field.name = name;
  field.value = trimmed(line.substr(colon + 1));
  return Step::kField;
}

size_t closing_quote(std::string_view text, size_t open) {
  for (size_t i = open + 1; i < text.size(); ++i) {
    if (text[i] == '\\')
      ++i;
    else if (text[i] == '"')
      return i;
  }
  return kNone;
}

bool next_element(std::string_view& rest, std::string_view& element) {
  while (!rest.empty()) {
    size_t i = 0;
    while (i < rest.size() && rest[i] != ',') {
      if (rest[i] == '"')
        i = closing_quote(rest, i);
      else if (rest[i] == '<')
        i = find_from(rest, '>', i);
      if (i == kNone)
        i = rest.size();  // Nothing closes it: the rest is one element.
      else
        ++i;
    }
    element = trimmed(rest.substr(0, i));
    rest.remove_prefix(std::min(i + 1, rest.size()));
    if (!element.empty()) return true;
  }
  return false;
}

// A quote that nothing closes is taken as an ordinary character, so that the URI behind it is not lost.
static size_t find_open_bracket(std::string_view value) {
  bool quotes = true;
  for (size_t i = 0; i < value.size(); ++i) {
    if (value[i] == '<') return i;
    if (value[i] != '"' || !quotes) continue;
    size_t close = closing_quote(value, i);
    if (close == kNone)
      quotes = false;
    else
      i = close;
  }
  return kNone;
}

std::optional<AddressParts> split_address(std::string_view value) {
  AddressParts parts;
  size_t open = find_open_bracket(value);
  size_t after;
  if (open == kNone) {
    after = std::min(value.find(';'), value.size());
    parts.uri = trimmed(value.substr(0, after));
  } else {
    size_t close = find_from(value, '>', open);
    if (close == kNone) return std::nullopt;
    parts.display_name = trimmed(value.substr(0, open));
    parts.uri = trimmed(value.substr(open + 1, close - open - 1));
    after = std::min(value.find(';', close), value.size());
  }
  if (parts.uri.empty()) return std::nullopt;
  parts.parameters = trimmed(value.substr(after));
  return parts;
}

}  // namespace ew::sip
