// XmlScanner: goes through the text of an XML document tag by tag, for what has to be known before or beside
// the XML library: limits, and where in the text an element begins and ends. It takes no element apart,
// follows nothing and never backs up, so its time is linear whatever the text is.
#pragma once

#include <cstddef>
#include <string_view>

namespace ew::siprec {

class XmlScanner {
 public:
  struct Tag {
    enum class Kind { kOpen, kClose, kEmpty, kDeclaration, kEnd } kind = Kind::kEnd;
    size_t begin = 0, end = 0;  // from '<' to behind '>'
    std::string_view name;      // as written; of kDeclaration empty
    size_t attributes = 0;
  };

  explicit XmlScanner(std::string_view text, size_t position = 0) : text_(text), position_(position) {}
  // The next tag. Comments, CDATA and processing instructions are passed over; kDeclaration is "<!" with
  // anything else. A tag that the text cuts off ends the scan.
  Tag next();

 private:
  Tag read_tag(size_t begin);
  bool skip_behind(std::string_view mark);

  std::string_view text_;
  size_t position_;
};

// The part of a name behind its prefix.
std::string_view local_name(std::string_view name);

// Where the element that begins at `begin` ends; the text's end where it is not closed.
size_t end_of_element(std::string_view text, size_t begin);

}  // namespace ew::siprec
