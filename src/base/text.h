// Small helpers for text.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace ew {

bool equals_ignore_case(std::string_view a, std::string_view b);  // ASCII only, as SIP asks
bool starts_with_ignore_case(std::string_view text, std::string_view prefix);
std::string to_lower(std::string_view text);  // ASCII only
std::string_view trim(std::string_view text);  // spaces, tabs, CR, LF at both ends

// A whole decimal number, or nothing: no sign, no spaces, at most `maximum`.
std::optional<uint64_t> parse_number(std::string_view text, uint64_t maximum);

// Text from the wire made safe for one line on a terminal or in a log: control bytes and invalid UTF-8 become
// \xNN, the length is cut at `limit` bytes.
std::string printable(std::string_view text, size_t limit = 200);

// The text as valid UTF-8: each invalid byte becomes U+FFFD, NUL included. What goes into JSON and the database.
std::string to_utf8(std::string_view text);

}  // namespace ew
