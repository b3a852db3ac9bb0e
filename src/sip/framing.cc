#include "base/text.h"

#include <algorithm>

#include "sip/message.h"
#include "sip/syntax.h"

namespace ew::sip {
namespace {

// A start line that has not come in whole. True while it may still become one.
bool may_become_start_line(std::string_view text) {
  constexpr std::string_view kStatusLine = "SIP/";
  size_t space = std::min(text.find_first_of(" \t\r"), text.size());
  std::string_view word = text.substr(0, space);
  return is_token(word) || starts_with_ignore_case(word, kStatusLine);
}

}  // namespace

Framing frame_stream(ByteView stream) {
  using State = Framing::State;
  std::string_view text = as_text(stream);
  Framing framing{State::kNeedMore, leading_line_breaks(text), 0};
  text.remove_prefix(framing.skip);
  auto is = [&](State state) {
    framing.state = state;
    return framing;
  };
  auto incomplete = [&] { return is(text.size() >= kMaxMessageTcp ? State::kTooLong : State::kNeedMore); };
  if (text.empty()) return framing;

  if (text.size() <= kMaxLine && text.find('\n') == std::string_view::npos)
    return is(may_become_start_line(text) ? State::kNeedMore : State::kNotSip);
  StartLine start;
  ParseError error = read_start_line(text, start);
  if (error == ParseError::kNotSip) return is(State::kNotSip);
  if (error == ParseError::kTooLong) return is(State::kTooLong);

  FieldReader reader(text, start.length);
  HeaderField field;
  std::optional<std::string_view> content_length;
  bool contradiction = false;
  for (;;) {
    FieldReader::Step step = reader.next(field);
    if (step == FieldReader::Step::kEnd) break;
    if (step == FieldReader::Step::kOutOfBytes) return incomplete();
    if (step == FieldReader::Step::kTooLong) return is(State::kTooLong);
    if (step == FieldReader::Step::kBad || field.header != Header::kContentLength) continue;
    if (content_length && parse_number(*content_length, UINT64_MAX) != parse_number(field.value, UINT64_MAX))
      contradiction = true;
    if (!content_length) content_length = field.value;
  }

  size_t head = reader.position();
  framing.length = head;
  if (head > kMaxMessageTcp) return is(State::kTooLong);
  // Where the length is absent, wrong or contradicting, the head is given out alone: parse() then says what
  // is wrong with it.
  if (!content_length || contradiction) return is(State::kComplete);
  auto length = parse_number(*content_length, UINT64_MAX);
  if (!length) return is(all_digits(*content_length) ? State::kTooLong : State::kComplete);
  if (*length > kMaxMessageTcp - head) return is(State::kTooLong);
  framing.length = head + *length;
  return is(text.size() < framing.length ? State::kNeedMore : State::kComplete);
}

}  // namespace ew::sip
