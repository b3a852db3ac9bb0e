#include <array>

#include "base/text.h"
#include "sip/header_name.h"
#include "sip/message.h"
#include "sip/syntax.h"

namespace ew::sip {
namespace {

// Parsing goes on after an error as far as it makes sense, so that what is shown is as complete as can be;
// the first error is the one reported.
class FirstError {
 public:
  void note(ParseError error) {
    if (error_ == ParseError::kNone) error_ = error;
  }
  ParseError get() const { return error_; }

 private:
  ParseError error_ = ParseError::kNone;
};

void reset(Message& message) {
  std::vector<HeaderField> headers = std::move(message.headers);  // Its memory is used again.
  headers.clear();
  message = Message{};
  message.headers = std::move(headers);
}

ParseError read_length(std::string_view value, size_t& length) {
  auto number = parse_number(value, SIZE_MAX);
  if (!number) return ParseError::kContentLength;
  length = *number;
  return ParseError::kNone;
}

// Compact and long form are one header here, so neither can hide the other (REQUIREMENTS F15).
ParseError check_repeated(const HeaderField& first, const HeaderField& again) {
  if (first.value == again.value) return ParseError::kNone;
  if (first.header == Header::kContentLength) {
    size_t a = 0, b = 0;
    bool same = read_length(first.value, a) == ParseError::kNone &&
                read_length(again.value, b) == ParseError::kNone && a == b;
    return same ? ParseError::kNone : ParseError::kContentLength;
  }
  return unfolded(first.value) == unfolded(again.value) ? ParseError::kNone : ParseError::kDuplicateHeader;
}

// Where each header stands first in Message::headers.
class FirstPositions {
 public:
  FirstPositions() { positions_.fill(kAbsent); }
  bool has(Header header) const { return positions_[static_cast<size_t>(header)] != kAbsent; }
  size_t at(Header header) const { return positions_[static_cast<size_t>(header)]; }
  void set(Header header, size_t position) {
    positions_[static_cast<size_t>(header)] = static_cast<uint8_t>(position);
  }

 private:
  static constexpr uint8_t kAbsent = 255;
  static_assert(kMaxHeaders < kAbsent);
  std::array<uint8_t, kHeaderCount> positions_;
};

// Reads all header fields; `end` is the offset behind the empty line. A datagram that ends after a whole line
// without the empty one is taken as a head without a body.
ParseError read_fields(std::string_view text, size_t& end, Message& out, FirstPositions& first) {
  FieldReader reader(text, end);
  FirstError error;
  for (;;) {
    // Read in place: a copy of every field costs a quarter of the time.
    HeaderField& field = out.headers.emplace_back();
    FieldReader::Step step = reader.next(field);
    end = reader.position();
    bool is_field = step == FieldReader::Step::kField && out.headers.size() <= kMaxHeaders;
    if (!is_field) out.headers.pop_back();
    if (step == FieldReader::Step::kEnd) return error.get();
    if (step == FieldReader::Step::kTooLong) return ParseError::kTooLong;
    if (step == FieldReader::Step::kOutOfBytes) {
      if (end != text.size()) error.note(ParseError::kHeader);
      end = text.size();
      return error.get();
    }
    if (step == FieldReader::Step::kBad) {
      error.note(ParseError::kHeader);
      continue;
    }
    if (!is_field) return ParseError::kTooLong;
    if (field.header == Header::kOther) continue;
    if (!first.has(field.header))
      first.set(field.header, out.headers.size() - 1);
    else if (occurrence_of(field.header) == Occurrence::kOnce)
      error.note(check_repeated(out.headers[first.at(field.header)], field));
  }
}

ParseError check_required(const Message& message, const FirstPositions& first) {
  for (Header header : {Header::kVia, Header::kFrom, Header::kTo, Header::kCallId, Header::kCSeq})
    if (!first.has(header) || is_blank(message.headers[first.at(header)].value))
      return ParseError::kMissingHeader;
  return ParseError::kNone;
}

// The RFC's limit of 2^31 is not enforced: senders that pick any 32-bit number exist, and it is no less
// clear.
ParseError read_cseq(std::string_view value, Message& out) {
  size_t space = value.find_first_of(" \t\r\n");
  if (space == std::string_view::npos) return ParseError::kCSeq;
  auto number = parse_number(value.substr(0, space), UINT32_MAX);
  std::string_view method_name = trimmed(value.substr(space));
  if (!number || !is_token(method_name)) return ParseError::kCSeq;
  out.cseq = {static_cast<uint32_t>(*number), method_named(method_name), method_name};
  if (!out.is_request) out.method = out.cseq.method;
  if (out.is_request && method_name != out.method_name) return ParseError::kCSeq;
  return ParseError::kNone;
}

ParseError take_body(ByteView rest, const FirstPositions& first, Message& out) {
  out.body = rest;
  if (!first.has(Header::kContentLength)) return ParseError::kNone;
  size_t length = 0;
  if (auto error = read_length(out.headers[first.at(Header::kContentLength)].value, length);
      error != ParseError::kNone)
    return error;
  if (length > rest.size()) return ParseError::kContentLength;
  out.body = rest.first(length);
  return ParseError::kNone;
}

}  // namespace

ParseError parse(ByteView bytes, Message& out, size_t max_size) {
  reset(out);
  ByteView whole = bytes.subspan(leading_line_breaks(as_text(bytes)));
  std::string_view text = as_text(whole);

  StartLine start;
  ParseError start_error = read_start_line(text, start);
  if (start_error == ParseError::kNotSip) return start_error;
  out.is_request = start.status == 0 && !start.method_name.empty();
  out.method_name = start.method_name;
  out.method = method_named(start.method_name);
  out.request_uri = start.request_uri;
  out.status = start.status;
  out.reason = start.reason;
  if (start_error != ParseError::kNone) return start_error;
  if (bytes.size() > max_size) return ParseError::kTooLong;

  FirstError error;
  FirstPositions first;
  size_t head_size = start.length;
  error.note(read_fields(text, head_size, out, first));
  if (error.get() == ParseError::kTooLong) return error.get();
  out.head = whole.first(head_size);
  error.note(check_required(out, first));
  if (first.has(Header::kCSeq)) error.note(read_cseq(out.headers[first.at(Header::kCSeq)].value, out));
  error.note(take_body(whole.subspan(head_size), first, out));
  return error.get();
}

bool looks_like_sip(ByteView bytes) {
  std::string_view text = as_text(bytes);
  StartLine start;
  return read_start_line(text.substr(leading_line_breaks(text)), start) != ParseError::kNotSip;
}

}  // namespace ew::sip
