#include "node/finding_place.h"

#include <algorithm>
#include <optional>

#include "base/text.h"
#include "siprec/recognition.h"
#include "srs/description.h"

namespace ew::node {
namespace {

using siprec::Rule;
using Place = std::optional<std::string_view>;  // of the message's bytes

Place header(const sip::Message& message, std::string_view name) {
  for (const sip::HeaderField& field : message.headers)
    if (equals_ignore_case(field.name, name)) return field.name;
  return std::nullopt;
}
Place header(const sip::Message& message, sip::Header header) {
  for (const sip::HeaderField& field : message.headers)
    if (field.header == header) return field.name;
  return std::nullopt;
}

Place found(std::string_view text, std::string_view wanted) {
  size_t at = wanted.empty() ? text.npos : text.find(wanted);
  if (at == text.npos) return std::nullopt;
  return text.substr(at, wanted.size());
}
Place last(std::string_view text, std::string_view wanted) {
  size_t at = text.rfind(wanted);
  if (at == text.npos) return std::nullopt;
  return text.substr(at, wanted.size());
}

// The first m-line that is on and whose section satisfies `wanted(section)`.
template <typename Wanted>
Place media_line(std::string_view sdp, Wanted wanted) {
  for (size_t begin = sdp.find("m="); begin != sdp.npos;) {
    size_t next = sdp.find("\nm=", begin);
    size_t end = next == sdp.npos ? sdp.size() : next + 1;
    if (wanted(sdp.substr(begin, end - begin))) return sdp.substr(begin, 2);
    begin = next == sdp.npos ? sdp.npos : next + 1;
  }
  return std::nullopt;
}

bool has_attribute(std::string_view section, std::string_view name) {
  return section.find("\na=" + std::string(name)) != section.npos;
}

Place in_sdp(const siprec::Finding& finding, std::string_view sdp) {
  switch (finding.rule) {
    case Rule::kNoLabel:
      return media_line(sdp, [](std::string_view section) { return !has_attribute(section, "label"); });
    case Rule::kNoDirection:
      return media_line(sdp, [](std::string_view section) {
        return !has_attribute(section, "sendonly") && !has_attribute(section, "inactive") &&
               !has_attribute(section, "recvonly");
      });
    case Rule::kLabelTwice:
      return last(sdp, "a=label:" + finding.detail);
    case Rule::kLabelUnknown:
      return found(sdp, "a=label:" + finding.detail);
    case Rule::kNullAddress:
      return found(sdp, "IP4 0.0.0.0");
    case Rule::kSameVersion:
      return found(sdp, "o=");
    default:
      return std::nullopt;
  }
}

// "… at byte 812", counted from where the document begins.
Place at_byte(std::string_view metadata, std::string_view detail) {
  constexpr std::string_view kMark = " at byte ";
  size_t mark = detail.rfind(kMark);
  if (mark == detail.npos) return std::nullopt;
  auto byte = parse_number(detail.substr(mark + kMark.size()), metadata.size());
  size_t lead = metadata.size() - std::min(metadata.size(), trim(metadata).size());
  if (!byte || *byte + lead > metadata.size()) return std::nullopt;
  return metadata.substr(std::min(metadata.size() - 1, static_cast<size_t>(*byte)), 1);
}

Place in_metadata(const siprec::Finding& finding, std::string_view metadata) {
  Place place;
  switch (finding.rule) {
    case Rule::kDataModeName:
      place = found(metadata, "dataMode");
      break;
    case Rule::kForbiddenXml:
      place = found(metadata, "<!DOCTYPE");
      if (!place) place = found(metadata, "<!ENTITY");
      break;
    case Rule::kNotWellFormed:
      place = at_byte(metadata, finding.detail);
      break;
    default:
      place = found(metadata, finding.detail);
  }
  if (place) return place;
  // The document as a whole: its outermost element.
  size_t at = metadata.find('<');
  if (at != metadata.npos && metadata.substr(at).starts_with("<?")) at = metadata.find('<', at + 1);
  return at == metadata.npos ? std::nullopt : Place(metadata.substr(at, 1));
}

Place place_of(const siprec::Finding& finding, const sip::Message& message) {
  switch (finding.rule) {
    case Rule::kNoRequire:
      return header(message, sip::Header::kRequire);
    case Rule::kNoSourceTag:
    case Rule::kSourceTagInUri:
      return header(message, sip::Header::kContact);
    case Rule::kCiscoParticipants:
      return header(message, "X-Cisco-Recording-Participant");
    case Rule::kBuiltInBridge:
      return header(message, sip::Header::kFrom);
    case Rule::kNoMetadata:
    case Rule::kPartialFirst:
      break;
    case Rule::kNoLabel:
    case Rule::kLabelTwice:
    case Rule::kLabelUnknown:
    case Rule::kNoDirection:
    case Rule::kNullAddress:
    case Rule::kSameVersion:
      return in_sdp(finding, srs::find_sdp(message));
    default:
      break;
  }
  auto metadata = siprec::find_metadata(message);
  if (!metadata) return header(message, sip::Header::kContentType);
  if (finding.rule != Rule::kMetadataType) return in_metadata(finding, metadata->text);
  // The type stands before the part, or among the message's headers.
  std::string_view body = as_text(message.body);
  std::string_view before = body.substr(0, static_cast<size_t>(metadata->text.data() - body.data()));
  for (size_t at = before.size(); at-- > 0;)
    if (starts_with_ignore_case(before.substr(at), "content-type")) return before.substr(at, 1);
  return header(message, sip::Header::kContentType);
}

}  // namespace

size_t line_of(const siprec::Finding& finding, const sip::Message& message) {
  Place place = place_of(finding, message);
  if (!place) return 0;
  // Head and body lie behind each other.
  const char* begin = as_text(message.head).data();
  const char* end = as_text(message.body).data() + message.body.size();
  if (message.body.empty()) end = begin + message.head.size();
  if (place->data() < begin || place->data() > end) return 0;
  return static_cast<size_t>(std::count(begin, place->data(), '\n')) + 1;
}

}  // namespace ew::node
