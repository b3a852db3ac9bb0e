#include <algorithm>
#include <string>

#include "base/text.h"
#include "http/conditional_internal.h"

namespace ew::http {
namespace {

bool is_digits(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

// A number too large for 64 bits lies behind every body.
uint64_t saturated(std::string_view digits) { return parse_number(digits, UINT64_MAX).value_or(UINT64_MAX); }

// Calls `each` with the trimmed elements of a comma-separated list until it returns true.
template <typename Each>
bool any_of_list(std::string_view list, Each each) {
  while (!list.empty()) {
    size_t end = std::min(list.find(','), list.size());
    if (each(trim(list.substr(0, end)))) return true;
    list.remove_prefix(std::min(end + 1, list.size()));
  }
  return false;
}

std::string_view without_weakness(std::string_view etag) {
  return etag.substr(0, 2) == "W/" ? etag.substr(2) : etag;
}

// Section 13.1.5: only a strong validator proves that the parts fit together.
bool range_still_fits(std::string_view if_range, const Headers& response) {
  if (if_range.empty()) return true;
  if (if_range.front() == '"') return if_range == response.get("ETag");
  return if_range.substr(0, 2) != "W/" && if_range == response.get("Last-Modified");
}

void not_modified(unsigned& status, Headers& response) {
  status = 304;
  response.remove("Content-Type");
  response.remove("Content-Encoding");
}

BodyPlan no_body() {
  BodyPlan plan;
  plan.send = false;
  return plan;
}

}  // namespace

RangeOutcome parse_range(std::string_view header, uint64_t size, ByteRange& out) {
  constexpr std::string_view kUnit = "bytes=";
  if (!starts_with_ignore_case(header, kUnit)) return RangeOutcome::kWhole;
  std::string_view spec = trim(header.substr(kUnit.size()));
  size_t dash = spec.find('-');
  if (dash == spec.npos || spec.find(',') != spec.npos) return RangeOutcome::kWhole;
  std::string_view from = spec.substr(0, dash), to = spec.substr(dash + 1);

  if (from.empty()) {
    if (!is_digits(to)) return RangeOutcome::kWhole;
    uint64_t length = std::min(saturated(to), size);
    if (length == 0) return RangeOutcome::kNotSatisfiable;
    out = {size - length, length};
    return RangeOutcome::kPart;
  }
  if (!is_digits(from) || (!to.empty() && !is_digits(to))) return RangeOutcome::kWhole;
  uint64_t first = saturated(from), last = to.empty() ? UINT64_MAX : saturated(to);
  if (last < first) return RangeOutcome::kWhole;
  if (first >= size) return RangeOutcome::kNotSatisfiable;
  out = {first, std::min(last, size - 1) - first + 1};
  return RangeOutcome::kPart;
}

bool matches_etag(std::string_view if_none_match, std::string_view etag) {
  if (etag.empty() || if_none_match.empty()) return false;
  if (trim(if_none_match) == "*") return true;
  return any_of_list(if_none_match,
                     [&](std::string_view each) { return without_weakness(each) == without_weakness(etag); });
}

bool accepts_gzip(std::string_view accept_encoding) {
  return any_of_list(accept_encoding, [](std::string_view each) {
    size_t semicolon = std::min(each.find(';'), each.size());
    if (!equals_ignore_case(trim(each.substr(0, semicolon)), "gzip")) return false;
    std::string_view weight = trim(each.substr(std::min(semicolon + 1, each.size())));
    // q=0, q=0. and q=0.000 forbid it.
    return !(starts_with_ignore_case(weight, "q=0") &&
             weight.substr(2).find_first_not_of("0.") == std::string_view::npos);
  });
}

BodyPlan plan_body(Method method, const Headers& request, std::optional<uint64_t> size, bool offers_ranges,
                   unsigned& status, Headers& response) {
  BodyPlan plan;
  plan.send = method != Method::kHead;
  plan.length = plan.content_length = size;
  bool is_read = method == Method::kGet || method == Method::kHead;
  if (status == 200 && is_read && matches_etag(request.joined("If-None-Match"), response.get("ETag")))
    not_modified(status, response);
  if (status == 204 || status == 304) return no_body();
  if (status != 200 || !is_read || !offers_ranges || !size) return plan;

  response.set("Accept-Ranges", "bytes");
  if (method != Method::kGet || request.count("Range") != 1) return plan;  // section 14.2: of GET only
  if (!range_still_fits(request.get("If-Range"), response)) return plan;
  ByteRange range;
  switch (parse_range(request.get("Range"), *size, range)) {
    case RangeOutcome::kWhole:
      break;
    case RangeOutcome::kNotSatisfiable:
      status = 416;
      response.set("Content-Range", "bytes */" + std::to_string(*size));
      return no_body();
    case RangeOutcome::kPart:
      status = 206;
      response.set("Content-Range", "bytes " + std::to_string(range.first) + "-" +
                                        std::to_string(range.first + range.length - 1) + "/" +
                                        std::to_string(*size));
      plan.first = range.first;
      plan.length = plan.content_length = range.length;
  }
  return plan;
}

}  // namespace ew::http
