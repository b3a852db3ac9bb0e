#include "siprec/xml_scanner.h"

#include <algorithm>

namespace ew::siprec {
namespace {

constexpr size_t kNone = std::string_view::npos;

}  // namespace

bool XmlScanner::skip_behind(std::string_view mark) {
  size_t found = text_.find(mark, position_);
  position_ = found == kNone ? text_.size() : found + mark.size();
  return found != kNone;
}

XmlScanner::Tag XmlScanner::next() {
  for (;;) {
    size_t begin = text_.find('<', position_);
    if (begin == kNone) break;
    position_ = begin;
    std::string_view rest = text_.substr(begin);
    if (rest.starts_with("<!--")) {
      position_ += 4;
      if (!skip_behind("-->")) break;
    } else if (rest.starts_with("<![CDATA[")) {
      if (!skip_behind("]]>")) break;
    } else if (rest.starts_with("<?")) {
      if (!skip_behind("?>")) break;
    } else if (rest.starts_with("<!")) {
      position_ += 2;
      return {Tag::Kind::kDeclaration, begin, position_, {}, 0};
    } else {
      return read_tag(begin);
    }
  }
  position_ = text_.size();
  return {Tag::Kind::kEnd, text_.size(), text_.size(), {}, 0};
}

XmlScanner::Tag XmlScanner::read_tag(size_t begin) {
  Tag tag{Tag::Kind::kOpen, begin, 0, {}, 0};
  size_t at = begin + 1;
  if (at < text_.size() && text_[at] == '/') {
    tag.kind = Tag::Kind::kClose;
    ++at;
  }
  size_t name_end = std::min(text_.find_first_of(" \t\r\n/>", at), text_.size());
  tag.name = text_.substr(at, name_end - at);
  char quote = 0;
  for (at = name_end; at < text_.size(); ++at) {
    char c = text_[at];
    if (quote) {
      if (c == quote) quote = 0;
    } else if (c == '"' || c == '\'') {
      quote = c;
    } else if (c == '=') {
      ++tag.attributes;
    } else if (c == '>') {
      if (tag.kind == Tag::Kind::kOpen && text_[at - 1] == '/') tag.kind = Tag::Kind::kEmpty;
      tag.end = position_ = at + 1;
      return tag;
    }
  }
  position_ = text_.size();
  return {Tag::Kind::kEnd, text_.size(), text_.size(), {}, 0};
}

std::string_view local_name(std::string_view name) {
  size_t colon = name.rfind(':');
  return colon == kNone ? name : name.substr(colon + 1);
}

size_t end_of_element(std::string_view text, size_t begin) {
  XmlScanner scanner(text, begin);
  size_t open = 0;
  for (;;) {
    XmlScanner::Tag tag = scanner.next();
    if (tag.kind == XmlScanner::Tag::Kind::kEnd) return text.size();
    if (tag.kind == XmlScanner::Tag::Kind::kOpen) ++open;
    if (tag.kind == XmlScanner::Tag::Kind::kClose && open > 0) --open;
    if (open == 0) return tag.end;
  }
}

}  // namespace ew::siprec
