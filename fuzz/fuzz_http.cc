// What a stranger's bytes reach in http/: the request parser with its target, and the headers that choose
// ranges.
#include <algorithm>
#include <string>
#include <vector>

#include "base/result.h"
#include "http/conditional_internal.h"
#include "http/request_parser_internal.h"

using namespace ew;
using namespace ew::http;

namespace {

struct Parsed {
  RequestParser::State state = RequestParser::State::kHead;
  ParseError error = ParseError::kNone;
  std::string path, target, body;
  size_t headers = 0, rest = 0;
  bool operator==(const Parsed&) const = default;
};

constexpr ParserLimits kLimits{1024, 20, 256};

Parsed parse(ByteView bytes, size_t step) {
  RequestParser parser(kLimits);
  Parsed parsed;
  Bytes input;
  for (size_t at = 0; at < bytes.size(); at += step) {
    ByteView piece = bytes.subspan(at, std::min(step, bytes.size() - at));
    input.insert(input.end(), piece.begin(), piece.end());
    for (size_t taken = 1; taken > 0 && !input.empty();) {
      taken = parser.put(input, parsed.body);
      EW_CHECK(taken <= input.size());
      input.erase(input.begin(), input.begin() + static_cast<std::ptrdiff_t>(taken));
    }
  }
  parsed.state = parser.state();
  parsed.error = parser.error();
  parsed.headers = parser.head().headers.size();
  parsed.target = parser.head().target;
  parsed.path = parser.head().path;
  parsed.rest = parsed.state == RequestParser::State::kDone ? input.size() : 0;
  return parsed;
}

void check_rules(const Parsed& parsed, size_t size) {
  EW_CHECK((parsed.state == RequestParser::State::kFailed) == (parsed.error != ParseError::kNone));
  EW_CHECK(parsed.headers <= kLimits.headers && parsed.target.size() <= kLimits.target_bytes &&
           parsed.body.size() <= size);
  if (parsed.state != RequestParser::State::kBody && parsed.state != RequestParser::State::kDone) return;
  EW_CHECK(parsed.path == "*" || parsed.path.front() == '/');
  EW_CHECK(parsed.path.find('\0') == std::string::npos && parsed.path.find("/../") == std::string::npos);
}

void check_range(std::string_view header) {
  for (uint64_t size : {uint64_t{0}, uint64_t{1}, uint64_t{1000}, UINT64_MAX}) {
    ByteRange range;
    if (parse_range(header, size, range) != RangeOutcome::kPart) continue;
    EW_CHECK(range.length > 0 && range.first < size && range.length <= size - range.first);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  ByteView bytes(data, size);
  Parsed whole = parse(bytes, std::max<size_t>(size, 1));
  check_rules(whole, size);
  // How the network cuts the bytes must not change which request they are. What is none may be found out
  // later, as Beast waits for the end of a head of which it has seen a part.
  for (size_t step : {1u, 7u}) {
    Parsed cut = parse(bytes, step);
    check_rules(cut, size);
    if (whole.state == RequestParser::State::kFailed) {
      EW_CHECK(cut.state != RequestParser::State::kDone);
    } else if (whole.state == RequestParser::State::kHead) {
      EW_CHECK(cut.state == RequestParser::State::kHead);
    } else if (whole.state == RequestParser::State::kBody) {
      // What could be the beginning of the end of a chunked body waits for the bytes behind it.
      EW_CHECK(whole.body.starts_with(cut.body));
      cut.body = whole.body;
      EW_CHECK(cut == whole);
    } else {
      EW_CHECK(cut == whole);
    }
  }
  std::string_view text = as_text(bytes);
  check_range(text);
  check_range("bytes=" + std::string(text));
  matches_etag(text, "\"etag\"");
  accepts_gzip(text);
  return 0;
}
