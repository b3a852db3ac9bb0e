#include "http/request_parser_internal.h"

#include <algorithm>
#include <utility>

#include <boost/asio/buffer.hpp>
#include <boost/beast/core/error.hpp>
#include <boost/beast/core/string_type.hpp>
#include <boost/beast/http/basic_parser.hpp>
#include <boost/optional.hpp>

#include "base/text.h"
#include "http/target_internal.h"

namespace ew::http {
namespace {

namespace beast = boost::beast;

std::string_view view(beast::string_view text) { return {text.data(), text.size()}; }

ParseError meaning_of(const beast::error_code& code) {
  if (code == beast::http::error::header_limit) return ParseError::kHeadTooLarge;
  if (code == beast::http::error::bad_version) return ParseError::kVersion;
  return ParseError::kMalformed;
}

// What the grammar allows and we do not. Two readings of where a request ends are how requests are smuggled
// past a proxy (RFC 9112 section 11.2), so each length must be said once, in one way.
ParseError check_framing(Head& head) {
  const Headers& headers = head.headers;
  size_t lengths = headers.count("Content-Length"), codings = headers.count("Transfer-Encoding");
  if (lengths > 1 || codings > 1 || (lengths && codings) || (codings && !head.is_http_1_1))
    return ParseError::kMalformed;
  if (codings) {
    if (!equals_ignore_case(headers.get("Transfer-Encoding"), "chunked")) return ParseError::kTransferCoding;
    head.has_body = true;
  }
  if (lengths) {
    head.content_length = parse_number(headers.get("Content-Length"), UINT64_MAX);
    if (!head.content_length) return ParseError::kMalformed;
    head.has_body = *head.content_length > 0;
  }
  return ParseError::kNone;
}

ParseError check_head(Head& head) {
  if (ParseError error = check_framing(head); error != ParseError::kNone) return error;
  size_t hosts = head.headers.count("Host");
  if (hosts > 1 || (hosts == 0 && head.is_http_1_1)) return ParseError::kMalformed;
  if (head.is_http_1_1 && head.headers.has("Expect")) {
    if (!equals_ignore_case(head.headers.get("Expect"), "100-continue")) return ParseError::kExpectation;
    head.expects_continue = head.has_body;
  }
  if (!parse_target(head.method, head.target, head.path, head.query)) return ParseError::kMalformed;
  return ParseError::kNone;
}

}  // namespace

unsigned status_of(ParseError error) {
  switch (error) {
    case ParseError::kNone:
      return 200;
    case ParseError::kMalformed:
      return 400;
    case ParseError::kHeadTooLarge:
      return 431;
    case ParseError::kTargetTooLong:
      return 414;
    case ParseError::kMethod:
      return 501;
    case ParseError::kTransferCoding:
      return 501;
    case ParseError::kVersion:
      return 505;
    case ParseError::kExpectation:
      return 417;
  }
  return 400;
}

struct RequestParser::Impl : beast::http::basic_parser<true> {
  using string_view = beast::string_view;
  using error_code = beast::error_code;
  using field = beast::http::field;

  explicit Impl(const ParserLimits& parser_limits) : limits(parser_limits) {
    header_limit(static_cast<uint32_t>(limits.head_bytes));
    body_limit(UINT64_MAX);  // the server counts, by the rule of the route
  }

  void fail(ParseError why) { error = why; }
  void refuse(ParseError why, error_code& ec) {
    fail(why);
    ec = beast::http::error::bad_value;
  }

  void on_request_impl(beast::http::verb, string_view method, string_view target, int version,
                       error_code& ec) override {
    line_seen = true;
    head.is_http_1_1 = version == 11;
    if (version != 10 && version != 11) return refuse(ParseError::kVersion, ec);
    auto known = ew::http::parse_method(view(method));
    if (!known) return refuse(ParseError::kMethod, ec);
    if (target.size() > limits.target_bytes) return refuse(ParseError::kTargetTooLong, ec);
    head.method = *known;
    head.target = view(target);
  }
  void on_response_impl(int, string_view, int, error_code&) override {}
  void on_field_impl(field, string_view name, string_view value, error_code& ec) override {
    if (++fields > limits.headers) return refuse(ParseError::kHeadTooLarge, ec);
    if (!head_complete) head.headers.add(view(name), view(value));
  }
  // Newer versions of Beast report trailers here; older ones do not have it.
  void on_trailer_field_impl(field name, string_view text, string_view value, error_code& ec) {
    on_field_impl(name, text, value, ec);
  }
  void on_header_impl(error_code&) override { head_complete = true; }
  void on_body_init_impl(const boost::optional<uint64_t>&, error_code&) override {}
  size_t on_body_impl(string_view text, error_code&) override {
    body->append(text.data(), text.size());
    return text.size();
  }
  void on_chunk_header_impl(uint64_t, string_view, error_code&) override {}
  size_t on_chunk_body_impl(uint64_t, string_view text, error_code& ec) override {
    return on_body_impl(text, ec);
  }
  void on_finish_impl(error_code&) override {}

  size_t put_head(ByteView bytes);
  size_t put_body(ByteView bytes);
  size_t put_some(ByteView bytes);

  ParserLimits limits;
  Head head;
  State state = State::kHead;
  ParseError error = ParseError::kNone;
  bool line_seen = false;
  bool head_complete = false;
  size_t fields = 0;
  size_t head_bytes = 0;
  std::string* body = nullptr;
};

size_t RequestParser::Impl::put_some(ByteView bytes) {
  error_code ec;
  size_t taken = put(boost::asio::const_buffer(bytes.data(), bytes.size()), ec);
  if (ec && ec != beast::http::error::need_more) {
    if (error == ParseError::kNone) fail(meaning_of(ec));
    state = State::kFailed;
  }
  return taken;
}

size_t RequestParser::Impl::put_head(ByteView bytes) {
  // RFC 9112 section 2.2: an empty line before the request line is passed over.
  size_t skipped = 0;
  if (!line_seen)
    while (bytes.size() - skipped >= 2 && bytes[skipped] == '\r' && bytes[skipped + 1] == '\n') skipped += 2;
  head_bytes += skipped;
  if (skipped == bytes.size() || (!line_seen && as_text(bytes.subspan(skipped)) == "\r")) return skipped;
  size_t taken = put_some(bytes.subspan(skipped));
  head_bytes += taken;
  if (state != State::kFailed && head_bytes > limits.head_bytes) {
    fail(ParseError::kHeadTooLarge);
    state = State::kFailed;
  }
  if (state == State::kFailed || !head_complete) return skipped + taken;
  head.keep_alive = keep_alive();
  fail(check_head(head));
  state = error != ParseError::kNone    ? State::kFailed
          : is_done() || !head.has_body ? State::kDone
                                        : State::kBody;
  eager(true);
  return skipped + taken;
}

size_t RequestParser::Impl::put_body(ByteView bytes) {
  // The end of a chunked body, "0\r\n\r\n", is never shorter than that. Beast takes it for a fault of the
  // program, and ends it, where the end of a body without any chunk comes in shorter pieces.
  constexpr size_t kEndOfChunks = 5;
  if (chunked() && bytes[0] == '0' && bytes.size() < kEndOfChunks) return 0;
  size_t taken = put_some(bytes);
  if (state == State::kBody && is_done()) state = State::kDone;
  return taken;
}

RequestParser::RequestParser(const ParserLimits& limits) : impl_(std::make_unique<Impl>(limits)) {}
RequestParser::~RequestParser() = default;

size_t RequestParser::put(ByteView bytes, std::string& body) {
  if (bytes.empty() || impl_->state == State::kDone || impl_->state == State::kFailed) return 0;
  impl_->body = &body;
  return impl_->state == State::kHead ? impl_->put_head(bytes) : impl_->put_body(bytes);
}

RequestParser::State RequestParser::state() const { return impl_->state; }
ParseError RequestParser::error() const { return impl_->error; }
Head& RequestParser::head() { return impl_->head; }

}  // namespace ew::http
