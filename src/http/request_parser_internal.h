// One HTTP/1 request out of bytes, without input or output: Beast reads the grammar, the rules on top are
// ours. The same path serves sockets and the fuzzer.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "base/bytes.h"
#include "http/message.h"

namespace ew::http {

struct ParserLimits {
  size_t head_bytes = 16 * 1024;  // request line and headers
  size_t headers = 100;
  size_t target_bytes = 8 * 1024;
};

enum class ParseError {
  kNone,
  kMalformed,
  kHeadTooLarge,
  kTargetTooLong,
  kMethod,
  kTransferCoding,
  kVersion,
  kExpectation
};
unsigned status_of(ParseError error);  // what to answer, after which the connection ends

struct Head {
  Method method = Method::kGet;
  std::string target, path;
  Query query;
  Headers headers;
  bool is_http_1_1 = true;
  bool keep_alive = true;
  bool has_body = false;                   // chunked, or of a length that is not 0
  std::optional<uint64_t> content_length;  // none: chunked, or no body
  bool expects_continue = false;
};

class RequestParser {
 public:
  enum class State { kHead, kBody, kDone, kFailed };

  explicit RequestParser(const ParserLimits& limits);
  ~RequestParser();

  // Takes what it can of `bytes` and says how many that were; what it left must be offered again, with more
  // behind it. Returns at the end of the head, so that the caller can decide about the body. Decoded body
  // bytes are appended to `body`.
  size_t put(ByteView bytes, std::string& body);

  State state() const;
  ParseError error() const;
  Head& head();  // complete unless the state is kHead or kFailed

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace ew::http
