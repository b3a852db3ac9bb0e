// The lexical rules that the parts of the SIP parser share (RFC 3261 section 25.1), so that each has one
// interpretation.
#pragma once

#include <optional>
#include <string_view>

#include "sip/message.h"

namespace ew::sip {

inline constexpr size_t kNone = std::string_view::npos;

inline bool is_space(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

// As ew::trim(), but in line: it runs twice per header field.
inline std::string_view trimmed(std::string_view text) {
  while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
  return text;
}

bool is_token(std::string_view text);
bool all_digits(std::string_view text);  // and at least one

// The number of bytes of CR and LF at the start: what comes before a message, or a keep-alive (RFC 5626).
size_t leading_line_breaks(std::string_view text);

struct StartLine {
  std::string_view method_name, request_uri;  // request
  int status = 0;                             // response, otherwise 0
  std::string_view reason;
  size_t length = 0;  // with its line end
};
// Reads the first line of `text`, which may lack its line end. kNotSip: some other protocol.
ParseError read_start_line(std::string_view text, StartLine& out);

// Reads the header fields of a message or of a body part one by one. Lines end with LF, a CR before it
// belongs to the line end; CR alone is nothing special. A line that begins with space or tab continues the
// field before it.
class FieldReader {
 public:
  enum class Step {
    kField,
    kEnd,         // the empty line, now consumed
    kOutOfBytes,  // the bytes end before the field or the empty line does
    kBad,         // a line that is no header field, now consumed
    kTooLong,     // a line beyond kMaxLine
  };

  explicit FieldReader(std::string_view text, size_t position = 0) : text_(text), position_(position) {}
  Step next(HeaderField& field);
  size_t position() const { return position_; }

 private:
  // Consumes one line; kField if it was there.
  Step take_line();

  std::string_view text_;
  size_t position_;
};

// The index of the quote that closes the one at `open` (a backslash escapes the next character), or npos.
size_t closing_quote(std::string_view text, size_t open);

// Takes the next element of a comma-separated list off the front. Commas within quotes and within <> do not
// separate; empty elements are skipped (RFC 7230 section 7 style lists occur in the wild). False when none is
// left.
bool next_element(std::string_view& rest, std::string_view& element);

struct AddressParts {
  std::string_view display_name;  // as written, with quotes
  std::string_view uri;
  std::string_view parameters;
};
std::optional<AddressParts> split_address(std::string_view value);

}  // namespace ew::sip
