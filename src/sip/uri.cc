#include "base/text.h"

#include <algorithm>

#include "sip/message.h"
#include "sip/syntax.h"

namespace ew::sip {
namespace {

bool is_host(std::string_view host) {
  for (char c : host) {
    bool letter_or_digit = (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z');
    if (!letter_or_digit && c != '-' && c != '.' && c != '_') return false;
  }
  return !host.empty();
}

// Only its characters are checked: a wrong IPv6 address in a URI is shown, not connected to.
bool is_ipv6_reference(std::string_view host) {
  return !host.empty() && host.find_first_not_of("0123456789abcdefABCDEF:.") == kNone;
}

// Takes host [ ":" port ] off the front of `rest`.
bool take_host_and_port(std::string_view& rest, Uri& uri) {
  if (rest.starts_with('[')) {
    size_t close = rest.find(']');
    if (close == kNone || !is_ipv6_reference(rest.substr(1, close - 1))) return false;
    uri.host = rest.substr(1, close - 1);
    rest.remove_prefix(close + 1);
  } else {
    size_t end = std::min(rest.find_first_of(":;?"), rest.size());
    uri.host = trimmed(rest.substr(0, end));
    if (!is_host(uri.host)) return false;
    rest.remove_prefix(end);
  }
  if (rest.starts_with(':')) {
    size_t end = std::min(rest.find_first_of(";?"), rest.size());
    auto port = parse_number(trimmed(rest.substr(1, end - 1)), UINT16_MAX);
    if (!port) return false;
    uri.port = static_cast<uint16_t>(*port);
    rest.remove_prefix(end);
  }
  return rest.empty() || rest.front() == ';' || rest.front() == '?';
}

bool parse_sip_uri(std::string_view rest, Uri& uri) {
  // An @ is escaped everywhere else (RFC 3261 section 25.1), so the first one ends the user part.
  if (size_t at = rest.find('@'); at != kNone) {
    std::string_view user_info = rest.substr(0, at);
    uri.user = percent_decoded(user_info.substr(0, user_info.find(':')));
    rest.remove_prefix(at + 1);
  }
  if (!take_host_and_port(rest, uri)) return false;
  size_t question = std::min(rest.find('?'), rest.size());
  uri.parameters = rest.substr(0, question);
  uri.headers = rest.substr(std::min(question + 1, rest.size()));
  return true;
}

bool parse_tel_uri(std::string_view rest, Uri& uri) {
  size_t semicolon = std::min(rest.find(';'), rest.size());
  uri.user = percent_decoded(rest.substr(0, semicolon));
  uri.parameters = rest.substr(semicolon);
  return !uri.user.empty();
}

}  // namespace

std::optional<Uri> parse_uri(std::string_view text) {
  text = trimmed(text);
  size_t colon = text.find(':');
  if (colon == kNone) return std::nullopt;
  Uri uri;
  uri.scheme = text.substr(0, colon);
  std::string_view rest = text.substr(colon + 1);
  bool sip = equals_ignore_case(uri.scheme, "sip") || equals_ignore_case(uri.scheme, "sips");
  bool parsed =
      sip ? parse_sip_uri(rest, uri) : equals_ignore_case(uri.scheme, "tel") && parse_tel_uri(rest, uri);
  return parsed ? std::optional(std::move(uri)) : std::nullopt;
}

std::optional<std::string> uri_header(std::string_view headers, std::string_view name) {
  while (!headers.empty()) {
    size_t end = std::min(headers.find('&'), headers.size());
    std::string_view header = headers.substr(0, end);
    size_t equals = std::min(header.find('='), header.size());
    if (equals_ignore_case(percent_decoded(header.substr(0, equals)), name))
      return percent_decoded(header.substr(std::min(equals + 1, header.size())));
    headers.remove_prefix(std::min(end + 1, headers.size()));
  }
  return std::nullopt;
}

}  // namespace ew::sip
