// Requests and responses as handlers see them. A handler runs on a worker thread and may block; nothing here
// knows of sockets.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "net/endpoint.h"

namespace ew::http {

class EventSubscriber;

// Any other method is answered with 501 before a handler sees it; TRACE and CONNECT are among them on
// purpose.
enum class Method : uint8_t { kGet, kHead, kPost, kPut, kPatch, kDelete, kOptions };
std::optional<Method> parse_method(std::string_view text);
std::string_view name_of(Method method);

struct Header {
  std::string name;
  std::string value;
};

// Header fields in their order. Names are compared without case.
class Headers {
 public:
  Headers() = default;
  Headers(std::initializer_list<Header> fields) : fields_(fields) {}

  std::string_view get(std::string_view name) const;  // the first; empty if there is none
  bool has(std::string_view name) const { return count(name) > 0; }
  size_t count(std::string_view name) const;
  std::string joined(std::string_view name) const;  // all of that name, as one list (RFC 9110 section 5.3)
  void add(std::string_view name, std::string_view value);
  void set(std::string_view name, std::string_view value);  // replaces all of that name
  void remove(std::string_view name);
  size_t size() const { return fields_.size(); }
  auto begin() const { return fields_.begin(); }
  auto end() const { return fields_.end(); }

 private:
  std::vector<Header> fields_;
};

struct Parameter {
  std::string name;
  std::string value;
};

// The parameters of the query, decoded, in their order.
class Query {
 public:
  std::optional<std::string_view> get(std::string_view name) const;  // the first
  std::vector<std::string_view> all(std::string_view name) const;
  void add(std::string name, std::string value) {
    parameters_.push_back({std::move(name), std::move(value)});
  }
  size_t size() const { return parameters_.size(); }
  auto begin() const { return parameters_.begin(); }
  auto end() const { return parameters_.end(); }

 private:
  std::vector<Parameter> parameters_;
};

// The body of a request that is handled while it arrives.
class BodyReader {
 public:
  virtual ~BodyReader() = default;
  // Waits for bytes; 0 at the end. kTruncated if the client went away or was too slow, kLimit beyond the
  // route's limit, kInvalid if the framing is broken. After an error only errors follow.
  virtual Result<size_t> read(ByteSpan out) = 0;
  virtual std::optional<uint64_t> size() const = 0;  // if the client announced it
};

struct Request {
  Method method = Method::kGet;
  std::string target;  // as received, for logs
  std::string path;    // percent-decoded once: begins with "/", has no control bytes and no dot segments
  Query query;
  Headers headers;
  std::string body;                   // whole; empty if the route takes it as a stream
  BodyReader* body_reader = nullptr;  // set instead, valid until the handler returns
  Endpoint remote;
  bool secure = false;  // came over TLS

  bool is_read() const { return method == Method::kGet || method == Method::kHead; }
  std::optional<std::string_view> cookie(std::string_view name) const;
};

// A body that is made while it is sent. All calls come from worker threads, one at a time. The destructor
// runs on a worker too, as soon as the last byte is sent or the client is gone.
class BodySource {
 public:
  virtual ~BodySource() = default;
  // None: unknown until read() returns 0; then ranges are not offered.
  virtual std::optional<uint64_t> size() const = 0;
  // Fills `out` from `offset` on, at least one byte unless this is the end. Without a size, offsets only
  // grow.
  virtual Result<size_t> read(uint64_t offset, ByteSpan out) = 0;
};

using SharedBytes = std::shared_ptr<const std::string>;
using Body =
    std::variant<std::string, SharedBytes, std::unique_ptr<BodySource>, std::shared_ptr<EventSubscriber>>;

// The server adds Date, framing, its default headers, and answers HEAD, If-None-Match (where there is an
// ETag) and Range (where the body is a BodySource of known size) from a plain 200.
struct Response {
  unsigned status = 200;
  Headers headers;
  Body body;
};

using Handler = std::function<Response(Request&)>;

Response respond(unsigned status, std::string_view media_type, std::string body);
Response json(unsigned status, std::string body);
Response no_content();
Response redirect(unsigned status, std::string_view location);
Response stream(std::string_view media_type, std::unique_ptr<BodySource> source);
Response events(std::shared_ptr<EventSubscriber> subscriber);
// RFC 9457. The detail is for the person who reads it: never a stack, a path or a version.
Response problem(unsigned status, std::string_view detail = {});

std::string_view reason_of(unsigned status);

}  // namespace ew::http
