// Taking the parts of an SDP line off its front.
#pragma once

#include <algorithm>
#include <string_view>

namespace ew::sdp {

// What stands before `separator`, or all; both are taken off `rest`.
inline std::string_view next_field(std::string_view& rest, char separator) {
  size_t end = std::min(rest.find(separator), rest.size());
  std::string_view field = rest.substr(0, end);
  rest.remove_prefix(std::min(end + 1, rest.size()));
  return field;
}

// The next word between spaces and tabs; empty at the end.
inline std::string_view next_word(std::string_view& rest) {
  rest.remove_prefix(std::min(rest.find_first_not_of(" \t"), rest.size()));
  size_t end = std::min(rest.find_first_of(" \t"), rest.size());
  std::string_view word = rest.substr(0, end);
  rest.remove_prefix(end);
  return word;
}

}  // namespace ew::sdp
