// What a response becomes by the conditions and ranges of its request (RFC 9110 sections 13 and 14), as pure
// functions.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "http/message.h"

namespace ew::http {

struct ByteRange {
  uint64_t first = 0;
  uint64_t length = 0;
  bool operator==(const ByteRange&) const = default;
};

enum class RangeOutcome { kWhole, kPart, kNotSatisfiable };

// A Range header against a body of `size` bytes. Several ranges, another unit and what is no range at all ask
// for the whole (section 14.2 allows it).
RangeOutcome parse_range(std::string_view header, uint64_t size, ByteRange& out);

// Whether an If-None-Match header names `etag`, by weak comparison.
bool matches_etag(std::string_view if_none_match, std::string_view etag);

// Whether Accept-Encoding takes gzip.
bool accepts_gzip(std::string_view accept_encoding);

// Applies If-None-Match, Range and If-Range to a response, whose status and headers may change, and says
// which bytes of its body are to be sent. `size`: of the body, if known.
struct BodyPlan {
  bool send = true;  // false: no body at all (HEAD, 204, 304, or replaced by `problem`)
  uint64_t first = 0;
  std::optional<uint64_t> length;          // none: until its end, which is not known yet
  std::optional<uint64_t> content_length;  // what the header says; none: no such header
};
BodyPlan plan_body(Method method, const Headers& request, std::optional<uint64_t> size, bool offers_ranges,
                   unsigned& status, Headers& response);

}  // namespace ew::http
