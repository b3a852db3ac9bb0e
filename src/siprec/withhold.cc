#include "siprec/withhold.h"

#include <algorithm>
#include <cstdint>

#include "base/text.h"
#include "siprec/xml_scanner.h"

namespace ew::siprec {
namespace {

// Overwrites all but the names in tags and the signs that keep the text well-formed.
void overwrite(std::string& text, size_t begin, size_t end) {
  enum class Where : uint8_t { kText, kTag, kValue, kBareValue, kQuoted } where = Where::kText;
  char quote = 0;
  for (size_t i = begin; i < end; ++i) {
    char& c = text[i];
    bool is_quote = c == '"' || c == '\'';
    bool is_space = c == ' ' || c == '\t' || c == '\r' || c == '\n';
    switch (where) {
      case Where::kText:
        // Comments and CDATA are text like any other.
        if (c == '<' && i + 1 < end && text[i + 1] != '!' && text[i + 1] != '?') {
          where = Where::kTag;
        } else if (c != '\r' && c != '\n') {
          c = '-';
        }
        break;
      case Where::kTag:
        if (c == '>') where = Where::kText;
        if (c == '=') where = Where::kValue;
        break;
      case Where::kValue:
        if (is_quote) {
          quote = c;
          where = Where::kQuoted;
        } else if (c == '>') {
          where = Where::kText;
        } else if (!is_space) {
          c = '-';
          where = Where::kBareValue;
        }
        break;
      case Where::kBareValue:
        if (c == '>') {
          where = Where::kText;
        } else if (is_space) {
          where = Where::kTag;
        } else {
          c = '-';
        }
        break;
      case Where::kQuoted:
        if (c == quote) {
          where = Where::kTag;
        } else {
          c = '-';
        }
        break;
    }
  }
}

bool is_denied(std::string_view name, std::span<const std::string> elements) {
  return std::any_of(elements.begin(), elements.end(),
                     [&](const std::string& denied) { return equals_ignore_case(denied, local_name(name)); });
}

}  // namespace

// Looks at every bracket, whatever stands before it: text that deceives an XML reader must not hide an
// element.
std::string withhold(std::string_view text, std::span<const std::string> elements) {
  std::string result(text);
  for (size_t at = text.find('<'); at != std::string_view::npos; at = text.find('<', at)) {
    size_t name = at + 1;
    size_t end = std::min(text.find_first_of(" \t\r\n/>", name), text.size());
    if (!is_denied(text.substr(name, end - name), elements)) {
      at = name;
      continue;
    }
    end = end_of_element(text, at);
    overwrite(result, at, end);
    at = end;
  }
  return result;
}

}  // namespace ew::siprec
