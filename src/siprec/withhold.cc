#include "siprec/withhold.h"

#include <algorithm>
#include <cstdint>

#include "base/text.h"
#include "siprec/xml_scanner.h"

namespace ew::siprec {
namespace {

void overwrite_text(std::string& text, size_t begin, size_t end) {
  for (size_t i = begin; i < end; ++i)
    if (text[i] != '\r' && text[i] != '\n') text[i] = '-';
}

// The values of a tag's attributes, and what is between quotes where no '=' stands before them: the scanner
// sees quotes everywhere in a tag.
void overwrite_values(std::string& text, size_t begin, size_t end) {
  enum class Where : uint8_t { kName, kBeforeValue, kValue } where = Where::kName;
  char quote = 0;
  for (size_t i = begin; i < end; ++i) {
    char& c = text[i];
    if (quote) {
      if (c == quote)
        quote = 0;
      else
        c = '-';
    } else if (c == '"' || c == '\'') {
      quote = c;
      where = Where::kName;
    } else if (c == ' ' || c == '\t' || c == '\r' || c == '\n') {
      if (where == Where::kValue) where = Where::kName;
    } else if (where != Where::kName) {
      c = '-';
      where = Where::kValue;
    } else if (c == '=') {
      where = Where::kBeforeValue;
    }
  }
}

// All but tags, their names and their attributes' names: what is left has the same elements, for an XML
// reader and when it comes here again. Comments and CDATA are text like any other. `element` ends where the
// element does; `text` is a copy of it, and of what follows.
void overwrite(std::string& text, std::string_view element, size_t begin) {
  using Kind = XmlScanner::Tag::Kind;
  XmlScanner scanner(element, begin);
  for (size_t done = begin;;) {
    const XmlScanner::Tag tag = scanner.next();
    overwrite_text(text, done, tag.begin);
    if (tag.kind == Kind::kEnd) return;
    done = tag.begin;
    if (tag.kind == Kind::kDeclaration) continue;
    const auto name_end = static_cast<size_t>(tag.name.data() - element.data()) + tag.name.size();
    overwrite_values(text, name_end, tag.end - (tag.kind == Kind::kEmpty ? 2 : 1));
    done = tag.end;
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
    overwrite(result, text.substr(0, end), at);
    at = end;
  }
  return result;
}

}  // namespace ew::siprec
