#include "sip/message.h"

#include <algorithm>
#include <array>

#include "base/text.h"
#include "sip/header_name.h"
#include "sip/syntax.h"

namespace ew::sip {
namespace {

// In the order of enum class Method.
constexpr std::array<std::string_view, 15> kMethodNames = {
    "",          "INVITE", "ACK",     "BYE",  "CANCEL", "OPTIONS", "REGISTER", "PRACK",
    "SUBSCRIBE", "NOTIFY", "PUBLISH", "INFO", "REFER",  "MESSAGE", "UPDATE"};
static_assert(kMethodNames.size() == static_cast<size_t>(Method::kUpdate) + 1);

std::string_view tag_of(std::string_view address) {
  auto parts = split_address(address);
  return parts ? parameter(parts->parameters, "tag").value_or("") : "";
}

// sent-protocol LWS sent-by *( SEMI via-params ), with white space around the slashes (RFC 3261
// section 20.42).
std::optional<Via> parse_via(std::string_view element) {
  size_t semicolon = std::min(element.find(';'), element.size());
  std::string_view protocol = element.substr(0, semicolon);
  std::string_view parameters = element.substr(semicolon);
  size_t slash = protocol.find('/');
  if (slash == std::string_view::npos || !equals_ignore_case(trimmed(protocol.substr(0, slash)), "SIP"))
    return std::nullopt;
  slash = protocol.find('/', slash + 1);
  if (slash == std::string_view::npos) return std::nullopt;
  std::string_view rest = trimmed(protocol.substr(slash + 1));
  size_t space = rest.find_first_of(" \t\r\n");
  if (space == std::string_view::npos) return std::nullopt;

  Via via;
  via.transport = rest.substr(0, space);
  via.sent_by = trimmed(rest.substr(space));
  via.branch = parameter(parameters, "branch").value_or("");
  via.received = parameter(parameters, "received").value_or("");
  via.rport = parameter(parameters, "rport").value_or("");
  return via;
}

}  // namespace

std::string_view name_of(ParseError error) {
  switch (error) {
    case ParseError::kNone:
      return "none";
    case ParseError::kNotSip:
      return "not SIP";
    case ParseError::kStartLine:
      return "malformed start line";
    case ParseError::kVersion:
      return "version other than SIP/2.0";
    case ParseError::kHeader:
      return "malformed header line";
    case ParseError::kMissingHeader:
      return "mandatory header missing";
    case ParseError::kDuplicateHeader:
      return "contradicting duplicate header";
    case ParseError::kCSeq:
      return "malformed CSeq";
    case ParseError::kContentLength:
      return "wrong Content-Length";
    case ParseError::kTooLong:
      return "limit exceeded";
  }
  return "unknown";
}

std::string_view name_of(Method method) { return kMethodNames[static_cast<size_t>(method)]; }

// Method names are compared with case (RFC 3261 section 7.1).
Method method_named(std::string_view name) {
  for (size_t i = 1; i < kMethodNames.size(); ++i)
    if (kMethodNames[i] == name) return static_cast<Method>(i);
  return Method::kUnknown;
}

std::string_view Message::value(Header header) const {
  for (const HeaderField& field : headers)
    if (field.header == header) return field.value;
  return {};
}

std::string_view Message::value(std::string_view name) const {
  if (Header known = header_named(name); known != Header::kOther) return value(known);
  for (const HeaderField& field : headers)
    if (field.header == Header::kOther && equals_ignore_case(field.name, name)) return field.value;
  return {};
}

std::vector<std::string_view> Message::values(Header header) const {
  std::vector<std::string_view> elements;
  for (const HeaderField& field : headers) {
    if (field.header != header) continue;
    if (occurrence_of(header) != Occurrence::kList) {
      elements.push_back(field.value);
      continue;
    }
    std::string_view rest = field.value, element;
    while (next_element(rest, element)) elements.push_back(element);
  }
  return elements;
}

std::string_view Message::from_tag() const { return tag_of(value(Header::kFrom)); }
std::string_view Message::to_tag() const { return tag_of(value(Header::kTo)); }

std::optional<Via> Message::top_via() const {
  std::string_view rest = value(Header::kVia), element;
  return next_element(rest, element) ? parse_via(element) : std::nullopt;
}

size_t Message::via_count() const {
  size_t count = 0;
  for (const HeaderField& field : headers) {
    if (field.header != Header::kVia) continue;
    std::string_view rest = field.value, element;
    while (next_element(rest, element)) ++count;
  }
  return count;
}

bool is_blank(std::string_view value) {
  return value.find_first_not_of(std::string_view(" \t\r\n\0", 5)) == std::string_view::npos;
}

std::string unfolded(std::string_view value) {
  std::string result;
  result.reserve(value.size());
  for (size_t i = 0; i < value.size();) {
    size_t end = i;
    bool fold = false;
    while (end < value.size() && is_space(value[end])) fold |= value[end++] == '\n';
    if (fold) {
      result += ' ';
      i = end;
    } else {
      result += value.substr(i, end - i);
      if (end < value.size()) result += value[end++];
      i = end;
    }
  }
  return result;
}

}  // namespace ew::sip
